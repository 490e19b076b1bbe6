"""The addresses of shops and listings: each marketplace has a scheme of its own."""

from __future__ import annotations

import re

from sandbox.store import Listing, Marketplace, Shop

NOT_IN_A_SLUG = re.compile(r"[^a-z0-9]+")
RULES = {
    "bazarro": (re.compile(r"/bazarro/item/(?P<id>[0-9]{1,20})\.html"), re.compile(r"/bazarro/store/(?P<id>[0-9]{1,20})")),
    "lanqiao": (re.compile(r"/lanqiao/goods"), re.compile(r"/lanqiao/shop")),
    "nordmart": (re.compile(r"/nordmart/p/(?:[a-z0-9-]{1,120}-)?i(?P<id>[0-9]{1,20})"), re.compile(r"/nordmart/s/(?P<id>[a-z0-9-]{1,40})")),
}
"""For each marketplace where a listing and where a shop is; without an id in the path it is the query's `id`."""


OFFICES = {
    "bazarro": re.compile(r"/bazarro/store/(?P<id>[0-9]{1,20})/office"),
    "lanqiao": re.compile(r"/lanqiao/shop/office"),
    "nordmart": re.compile(r"/nordmart/s/(?P<id>[a-z0-9-]{1,40})/office"),
}
"""Where a shop's back office is, by marketplace."""


def listing_path(market: Marketplace, listing: Listing) -> str:
    """Return the one address a listing is listed under."""
    return market.listing_path.format(id=listing.id, slug=slug(listing.title))


def shop_path(market: Marketplace, shop: Shop) -> str:
    """Return the one address a shop is listed under."""
    return market.shop_path.format(id=shop.id)


def office_path(market: Marketplace, shop: Shop) -> str:
    """Return the address of a shop's back office."""
    path, mark, query = shop_path(market, shop).partition("?")
    return f"{path}/office{mark}{query}"


def office_of(path: str, query: dict[str, list[str]]) -> tuple[str, str] | None:
    """Return (marketplace, shop id) of a back office's address, or None."""
    for marketplace, rule in OFFICES.items():
        found = rule.fullmatch(path)
        if found:
            return marketplace, found.groupdict().get("id") or query.get("id", [""])[0]
    return None


def target_of(path: str, query: dict[str, list[str]]) -> tuple[str, str, str] | None:
    """Return (marketplace, `listing` or `shop`, id) of a page's address, or None. Anything else in the query is tracking."""
    for marketplace, rules in RULES.items():
        for kind, rule in zip(("listing", "shop"), rules, strict=True):
            found = rule.fullmatch(path)
            if found:
                return marketplace, kind, found.groupdict().get("id") or query.get("id", [""])[0]
    return None


def slug(title: str) -> str:
    """Return the words of a title as they stand in an address."""
    return NOT_IN_A_SLUG.sub("-", title.lower()).strip("-")[:80].strip("-") or "item"

"""The catalogue as JSON: marketplaces, shops and listings, in keyset pages."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from sandbox.addresses import listing_path, shop_path
from sandbox.commands import RefusedError
from sandbox.store import Listing, Shop, Store

PAGE = 50
LARGEST_PAGE = 100
MOST_IDS = 100
Query = dict[str, list[str]]


def marketplaces(store: Store, origin: str) -> dict[str, Any]:
    """Return every marketplace with the form of its addresses."""
    return {
        "items": [
            {
                "key": market.key,
                "name": market.name,
                "language": market.language,
                "currency": market.currency,
                "url": f"{origin}/{market.key}/",
                "listing_url": origin + market.listing_path,
                "shop_url": origin + market.shop_path,
            }
            for market in store.marketplaces.values()
        ]
    }


def shops(store: Store, origin: str, query: Query) -> dict[str, Any]:
    """Return a page of shops; filter: `marketplace`."""
    limit = _limit(query)
    found = store.shops(marketplace=_market(store, query), after=_after(query), limit=limit + 1)
    return _page([(shop.number, shop_fields(store, origin, shop)) for shop in found], limit)


def listings(store: Store, origin: str, query: Query) -> dict[str, Any]:
    """Return a page of listings; filters: `marketplace`, `shop` (with marketplace), `state`; or those of `ids` (with marketplace)."""
    if "ids" in query:
        found = store.listings_by_id(*_ids(store, query))
        return {"items": [listing_fields(store, origin, one) for one in found], "next_cursor": None}
    limit = _limit(query)
    market = _market(store, query)
    found = store.listings(
        marketplace=market, shop=_shop_number(store, market, query), state=_state(query), after=_after(query), limit=limit + 1
    )
    return _page([(listing.number, listing_fields(store, origin, listing)) for listing in found], limit)


def changes(store: Store, origin: str, query: Query) -> dict[str, Any]:
    """Return what changed behind the cursor `after`, in the order of change; filter: `marketplace`."""
    limit = _limit(query)
    after = _after(query, "after")
    found = store.changes(marketplace=_market(store, query), after=after, limit=limit + 1)
    shown = found[:limit]
    items = [
        {"kind": "listing", "listing": listing_fields(store, origin, record)}
        if isinstance(record, Listing)
        else {"kind": "shop", "shop": shop_fields(store, origin, record)}
        for _number, record in shown
    ]
    return {"items": items, "next_cursor": _cursor(shown[-1][0] if shown else after), "has_more": len(found) > limit}


def shop(store: Store, origin: str, marketplace: str, shop_id: str) -> dict[str, Any]:
    """Return one shop, whatever its state."""
    found = store.shop(marketplace, shop_id)
    if found is None:
        raise RefusedError(404, "no_such_shop", "There is no such shop on this marketplace.")
    return shop_fields(store, origin, found)


def listing(store: Store, origin: str, marketplace: str, listing_id: str) -> dict[str, Any]:
    """Return one listing, whatever its state."""
    found = store.listing(marketplace, listing_id)
    if found is None:
        raise RefusedError(404, "no_such_listing", "There is no such listing on this marketplace.")
    return listing_fields(store, origin, found)


def shop_fields(store: Store, origin: str, shop: Shop) -> dict[str, Any]:
    """Return a shop's public fields."""
    return {
        "marketplace": shop.marketplace,
        "id": shop.id,
        "url": origin + shop_path(store.marketplaces[shop.marketplace], shop),
        "name": shop.name,
        "place": shop.place,
        "since": shop.since,
        "about": shop.about,
        **_standing(shop),
    }


def listing_fields(store: Store, origin: str, listing: Listing) -> dict[str, Any]:
    """Return a listing's public fields."""
    market = store.marketplaces[listing.marketplace]
    return {
        "marketplace": listing.marketplace,
        "id": listing.id,
        "url": origin + listing_path(market, listing),
        "title": listing.title,
        "description": listing.description,
        "price": {"amount": listing.price, "currency": market.currency},
        "pictures": [f"{origin}/pictures/{name}.webp" for name in listing.pictures],
        "shop": {
            "id": listing.shop.id,
            "url": origin + shop_path(market, listing.shop),
            "name": listing.shop.name,
            "place": listing.shop.place,
            "since": listing.shop.since,
            "state": listing.shop.state,
        },
        "listed_on": listing.listed_on,
        "on_sale": listing.on_sale,
        **_standing(listing),
    }


def _standing(record: Shop | Listing) -> dict[str, Any]:
    names = ("state", "reason", "reference", "version", "changed_at")
    return {name: getattr(record, name) for name in names}


def _page(numbered: list[tuple[int, dict[str, Any]]], limit: int) -> dict[str, Any]:
    """Return at most `limit` items and the cursor behind them; one more than that was asked for to know whether there is more."""
    shown = numbered[:limit]
    cursor = _cursor(shown[-1][0]) if len(numbered) > limit else None
    return {"items": [item for _number, item in shown], "next_cursor": cursor}


def _cursor(number: int) -> str:
    return base64.urlsafe_b64encode(f"after:{number}".encode()).decode().rstrip("=")


def _after(query: Query, name: str = "cursor") -> int:
    raw = _one(query, name)
    if not raw:
        return 0
    try:
        word, number = base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)).decode("ascii").split(":")
        if word == "after" and number.isdigit() and len(number) < 16:
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise RefusedError(400, "bad_cursor", "This cursor was not made here; start without one.")


def _limit(query: Query) -> int:
    raw = _one(query, "limit") or str(PAGE)
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 3 and 1 <= int(raw) <= LARGEST_PAGE):
        raise RefusedError(400, "bad_limit", f"'limit' must be a number from 1 to {LARGEST_PAGE}.")
    return int(raw)


def _market(store: Store, query: Query) -> str | None:
    key = _one(query, "marketplace")
    if key is not None and key not in store.marketplaces:
        raise RefusedError(400, "bad_marketplace", f"'marketplace' must be one of: {', '.join(store.marketplaces)}.")
    return key


def _shop_number(store: Store, market: str | None, query: Query) -> int | None:
    shop_id = _one(query, "shop")
    if shop_id is None:
        return None
    found = store.shop(market, shop_id) if market else None
    if found is None:
        raise RefusedError(400, "bad_shop", "'shop' must be a shop of the 'marketplace' that is named with it.")
    return found.number


def _ids(store: Store, query: Query) -> tuple[str, list[str]]:
    market, ids = _market(store, query), (_one(query, "ids") or "").split(",")
    others = query.keys() & {"shop", "state", "cursor", "limit"}
    if market is None or others or not all(ids) or len(ids) > MOST_IDS:
        words = f"'ids' takes 1 to {MOST_IDS} ids with commas between them, needs 'marketplace' and goes with no other filter."
        raise RefusedError(400, "bad_ids", words)
    return market, ids


def _state(query: Query) -> str | None:
    state = _one(query, "state")
    if state not in {None, "live", "removed"}:
        raise RefusedError(400, "bad_state", "'state' must be live or removed.")
    return state


def _one(query: Query, name: str) -> str | None:
    return query[name][0] if name in query else None

"""Tells what a link leads to: a listing, a store, something to open first, somewhere else, or nothing at all (domain.md 5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import parse_qsl, unquote

from marketplaces.rules.addresses import BLANKS, Address, is_foreign, read_address
from marketplaces.rules.documents import Form, Marketplace
from marketplaces.rules.expressions import RulesError
from marketplaces.rules.messages import MESSAGES, UNSUPPORTED
from marketplaces.rules.pasted import links_in
from marketplaces.rules.wrappers import Wrapper

LONGEST_LINK = 2048
"""Characters; nothing longer is matched against anything."""
MOST_HOSTS = 4096
"""Hosts whose rules are remembered; what people paste must not fill the memory."""

# What nearly every link looks like. It only finds listings: whatever else there is to say is said by the careful way.
_ORDINARY = re.compile(r"(https?://[a-z0-9.:-]+)(/[!$-;=@-\[\]-_a-~]*)?(?:\?([!$-;=?-\[\]-_a-~]*))?(?:#[!-~]*)?", re.ASCII).fullmatch
_NAMED = re.compile(r"([\w][\w .-]{0,39}?)[\s:：,，;；|]+(?:([A-Za-z]{2})[\s:：,，;；|]+)?([0-9]{1,20})(?:[\s:,;|]+([A-Za-z0-9]{1,20}))?")
_JUNK = re.compile(r"[^!-~]|[,;|'\")\]}]")
_CUT = re.compile(r"[0-9]\s{1,4}[0-9]|.\s{1,4}[?&=]")
Owner = TypeVar("Owner")
_SEVERAL: dict[str, str] = {"id": ""}


@dataclass(frozen=True, slots=True)
class Link:
    """What one text leads to.

    `listing_id` is the marketplace's own number; `key` is the same for every spelling of one listing, over all marketplaces that share
    their numbers. `site` is the country's site where there is one ("MY"). `needs` names what a usable listing still lacks ("merchant").
    `code` and `message` say what is wrong and how to mend it; both are "" when nothing is.
    """

    input: str
    status: str
    marketplace: str | None = None
    listing_id: str | None = None
    canonical_url: str | None = None
    key: str | None = None
    code: str = ""
    message: str = ""
    site: str = ""
    needs: str = ""

    @property
    def external_id(self) -> str | None:
        """The number as it is unique on its marketplace: with the site, and with the merchant where the page has several."""
        return self.key.partition(":")[2] if self.key and self.status == "listing" else None


class Rulebook:
    """The compiled rules of several marketplaces. It may be used by many threads at once."""

    def __init__(self, marketplaces: Sequence[Marketplace], wrappers: Sequence[Wrapper] = ()) -> None:
        self.marketplaces = {market.key: market for market in marketplaces}
        if len(self.marketplaces) != len(marketplaces):
            raise RulesError("two documents have the same key")
        self._wrappers = _by_name((name, wrapper) for wrapper in wrappers for name in wrapper.domains)
        self._domains = _by_name((name, market) for market in marketplaces for name in market.domains)
        self._hosts = _by_name((name, market) for market in marketplaces for name in market.hosts)
        self._named = _by_name((name, market) for market in marketplaces for name in market.names)
        self._look_alikes = {name for domain in self._domains for name in (domain, domain.partition(".")[0]) if len(name) > 4}
        self._origins = {
            origin: tuple(_Place(market, origin, "", "") for market in marketplaces if market.origin == origin)
            for origin in {market.origin for market in marketplaces if market.origin}
        }
        self._places: dict[str, tuple[_Place, ...]] = dict(self._origins)
        self._makers: dict[tuple[str, str], _ListingMaker] = {}

    def resolve(self, text: str) -> Link:
        """Return what the text leads to: a link, a link among words, or a marketplace's name and a number. It never raises."""
        ordinary = _ORDINARY(text) if len(text) <= LONGEST_LINK else None
        if ordinary:
            origin, path, query = ordinary.groups()
            places = self._places.get(origin)
            for place in self._places_of(origin) if places is None else places:
                link = place.listing(text, path or "/", query or "")
                if link is not None:
                    return link
        return self._resolve_carefully(text)

    def resolve_many(self, texts: Iterable[str]) -> list[Link]:
        """Return what each text leads to, in order."""
        return [self.resolve(text) for text in texts]

    def _resolve_carefully(self, text: str) -> Link:
        """Resolve a text of any form whatever."""
        if len(text) > LONGEST_LINK:
            return _refused(text[:LONGEST_LINK], "too_long")
        words = text.strip(BLANKS)
        if not words:
            return _refused(text, "empty")
        named = _NAMED.fullmatch(words)
        market = self._named.get(named[1].lower()) if named else None
        if named and market:
            return self._by_number(text, market, (named[2] or "").upper(), named[3], named[4] or "")
        return self._resolve_link(text, _link_among(words))

    def _resolve_link(self, text: str, link: str, is_inside: bool = False) -> Link:
        """Resolve one link; `text` is what it was found in, `is_inside` that it was taken out of a wrapper."""
        address = read_address(link, self._origins)
        if isinstance(address, str):
            return _refused(text, address)
        places = self._places_of(address.origin if address.origin in self._origins else f"//{address.host}")
        if not places:
            return self._resolve_elsewhere(text, address, is_inside)
        readings = list(dict.fromkeys(_readings(address)))
        for find in (_Place.listing, _Place.short_link, _Place.store):
            for path, query in readings:
                for place in places:
                    made = find(place, text, path, query)
                    if made is not None:
                        return made
        keys = {place.market.key for place in places}
        return replace(_refused(text, "no_listing"), marketplace=keys.pop() if len(keys) == 1 else None)

    def _resolve_elsewhere(self, text: str, address: Address, is_inside: bool) -> Link:
        """Resolve a link that leads to no marketplace."""
        wrapper = _longest(self._wrappers, address.host)
        if wrapper is None:
            is_alike = is_foreign(address.host) or any(name in address.host for name in self._look_alikes)
            return _refused(text, "lookalike_host" if is_alike else "unknown_site")
        if is_inside:
            return _refused(text, "wrapped_twice")
        inside = wrapper[1].unwrap(address.query)
        market = self.marketplaces.get(inside.marketplace)
        if market and inside.number:
            return self._by_number(text, market, "", inside.number, "")
        return self._resolve_link(text, inside.link, is_inside=True) if inside.link else _refused(text, "no_link_inside")

    def _by_number(self, text: str, market: Marketplace, site: str, number: str, more: str) -> Link:
        """Return the listing a marketplace and a number name; `more` is what the marketplace needs beside it."""
        if market.sites and site not in market.sites.values():
            return replace(_refused(text, "site_missing"), marketplace=market.key)
        if not market.digits.fullmatch(number) or (site and not market.sites) or (more and not market.needs):
            return replace(_refused(text, "bad_id"), marketplace=market.key)
        maker = self._makers.get((market.key, site))
        if maker is None:
            maker = self._makers[market.key, site] = _ListingMaker(market, market.origin, site, market.home_of(site))
        made = maker.make(text, {"id": number, market.needs or "more": more})
        return made or replace(_refused(text, "link_needed"), marketplace=market.key)

    def _places_of(self, origin: str) -> tuple[_Place, ...]:
        """Return the marketplaces that have this origin, each with what holds for this host; the answer is remembered."""
        known = self._places.get(origin)
        if known is None:
            host = origin.partition("//")[2]
            exact = self._hosts.get(host)
            under = (host, exact) if exact else _longest(self._domains, host)
            is_name = ".." not in host and ":" not in host and not host.startswith(".")
            known = (_Place(under[1], origin, host, under[0]),) if under and is_name else ()
            if len(self._places) > MOST_HOSTS:
                self._places = dict(self._origins)
            self._places[origin] = known
        return known


class _Place:
    """A marketplace as it is on one host: the forms that apply there, and its templates with all filled in but the listing."""

    def __init__(self, market: Marketplace, origin: str, host: str, domain: str) -> None:
        self.market = market
        self.site = market.sites.get(domain, "")
        self.maker = _ListingMaker(market, origin, self.site, market.home_of(self.site) or domain)
        self.fixed = self.maker.fixed
        self.short_links = _forms_at(market.short_links, host, domain)
        is_short = any(form.path is None for form, _found in self.short_links)
        self.listings = [] if is_short else [form for form, _found in _forms_at(market.listings, host, domain)]
        self.stores = [] if is_short else _forms_at(market.stores, host, domain)
        self.offset = next((offset for offset in market.offsets if domain in offset.domains), None)

    def listing(self, text: str, path: str, query: str) -> Link | None:
        """Return the listing this path and query name, or None."""
        found = self._number(path, query)
        if found is None:
            return None
        if found is _SEVERAL:
            return replace(_refused(text, "two_listings"), marketplace=self.market.key)
        if self.offset and int(found["id"]) > self.offset.above:
            found["id"] = str(int(found["id"]) - self.offset.subtract)
        for name, keys in self.market.fields.items():
            if not found.get(name):
                found[name] = _value_in(query, keys)
        return self.maker.make(text, found)

    def short_link(self, text: str, path: str, _query: str) -> Link | None:
        """Return that the link must be opened first, or None."""
        for form, _found in self.short_links:
            if form.canonical and (form.path is None or form.path.search(path)):
                return replace(_refused(text, "short_link"), status="needs_resolution", marketplace=form.canonical.fill(self.fixed))
        return None

    def store(self, text: str, path: str, query: str) -> Link | None:
        """Return the store this host, path and query name, or None."""
        for form, in_host in self.stores:
            in_path = form.path.search(path) if form.path else None
            found = {**self.fixed, **in_host, **(in_path.groupdict() if in_path else {})}
            if form.query:
                found["store"] = _value_in(query, form.query)
            if (form.path is None or in_path) and found.get("store") and form.canonical and form.dedupe:
                address, key = form.canonical.fill(found), form.dedupe.fill(found)
                return Link(text, "store", self.market.key, None, address, key, "store", MESSAGES["store"], self.site)
        return None

    def _number(self, path: str, query: str) -> dict[str, str] | None:
        """Return what names the listing, `_SEVERAL` when the query names more than one, None when nothing does."""
        for form in self.listings:
            in_path = form.path.search(path) if form.path else None
            if form.path is not None and in_path is None:
                continue
            found = in_path.groupdict("") if in_path else {}
            if found.get("id"):
                return found
            for key in form.query:
                numbers = key.findall(query)
                if numbers:
                    found["id"] = numbers[0]
                    return found if len(numbers) == 1 or len(set(numbers)) == 1 else _SEVERAL
        return None


class _ListingMaker:
    """Makes the listings of one marketplace on one site."""

    def __init__(self, market: Marketplace, origin: str, site: str, domain: str) -> None:
        self.market = market
        self.site = site
        self.fixed = {"key": market.key, "family": market.family, "origin": origin, "site": site, "domain": domain}
        self.canonical = market.canonical.partly(self.fixed)
        self.dedupe = market.dedupe.partly(self.fixed)
        self.address_around = self.canonical.around("id")
        self.key_around = self.dedupe.around("id")

    def make(self, text: str, found: Mapping[str, str]) -> Link | None:
        """Return the listing, or None when its address needs something that was not found."""
        number = found["id"]
        if self.address_around and self.key_around:
            (before, after), (key_before, key_after) = self.address_around, self.key_around
            url, key = f"{before}{number}{after}", f"{key_before}{number}{key_after}"
        else:
            url, key = self.canonical.fill(found) or "", self.dedupe.fill(found) or ""
        if not url or not key:
            return None
        needs = self.market.needs
        if needs and not found.get(needs):
            code = f"needs_{needs}"
            return Link(text, "listing", self.market.key, number, url, key, code, MESSAGES[code], self.site, needs)
        return Link(text, "listing", self.market.key, number, url, key, "", "", self.site)


def _link_among(words: str) -> str:
    """Return the first link among words, or the words as they are when they hold none, are one link, or may have cut it in two."""
    is_alone = not any(blank in words for blank in " \u3000\u00a0") and words[:1].isascii()
    links = [] if is_alone else links_in(words)
    if not links:
        return words
    after = words[words.find(links[0]) + len(links[0]) :]
    # A browser leaves out a tab or a break inside a link, and a blank between two digits may have come from a line too short.
    return words if _CUT.match(links[0][-1] + after) else links[0]


def _readings(address: Address) -> Iterator[tuple[str, str]]:
    """Yield path and query as they are, then with %-codes read, then up to where words or a table's next field seem to begin."""
    yield address.path, address.query
    path, query = unquote(address.path), _decoded(address.query)
    yield path, query
    cut = _JUNK.split(path, maxsplit=1)[0]
    yield cut, query if cut == path else ""


def _decoded(query: str) -> str:
    """Return the query with its names and values read; a & inside one stays no separator."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=200)
    except ValueError:
        return query
    return "&".join(f"{name}={value}".replace("&", " ") for name, value in pairs)


def _value_in(query: str, keys: Iterable[re.Pattern[str]]) -> str:
    return next((found[1] for found in (key.search(query) for key in keys) if found), "")


def _forms_at(forms: Iterable[Form], host: str, domain: str) -> list[tuple[Form, dict[str, str]]]:
    tried = ((form, form.where.match(host, domain)) for form in forms)
    return [(form, found) for form, found in tried if found is not None]


def _longest(owners: Mapping[str, Owner], host: str) -> tuple[str, Owner] | None:
    """Return the longest registered domain the host is, or is under, and whose it is. Only a dot is a border."""
    rest = host
    while rest:
        owner = owners.get(rest)
        if owner is not None:
            return rest, owner
        rest = rest.partition(".")[2]
    return None


def _refused(text: str, code: str) -> Link:
    return Link(text, "unsupported" if code in UNSUPPORTED else "invalid", code=code, message=MESSAGES[code])


def _by_name(owners: Iterable[tuple[str, Owner]]) -> dict[str, Owner]:
    """Return the owners by name.

    Raises:
        RulesError: two of them claim one name.
    """
    named: dict[str, Owner] = {}
    for name, owner in owners:
        if named.setdefault(name, owner) is not owner:
            raise RulesError(f"two documents claim {name}")
    return named

"""Rules documents: the plain values a marketplace's links are described by, checked and compiled; docs/links.md describes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from marketplaces.rules.expressions import RulesError, compile_expression
from marketplaces.rules.messages import MESSAGES
from marketplaces.rules.templates import Template

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)
_DOMAIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.ASCII)
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]{1,5})?", re.ASCII)
_QUERY_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}", re.ASCII)
_PLACE = re.compile(r"\{([a-z]+)\}")
_VALUE = "[A-Za-z0-9_.-]{1,64}"

_ANY_HOST = {"domains", "hosts", "subdomains", "subdomain"}
_DOCUMENT = {"key", "family", "names", "domains", "hosts", "sites", "origin", "digits", "canonical", "dedupe", "fields", "needs"}
_LISTS = {"listings", "stores", "short_links", "offsets"}


@dataclass(frozen=True)
class Where:
    """Which of a marketplace's hosts a form is for; empty means any."""

    domains: frozenset[str] = frozenset()
    subdomains: frozenset[str] = frozenset()
    subdomain: re.Pattern[str] | None = None

    def match(self, host: str, domain: str) -> dict[str, str] | None:
        """Return the names found in the host, or None when the form is not for it."""
        before = host[: -len(domain)].removesuffix(".")
        if (self.domains and domain not in self.domains) or (self.subdomains and before not in self.subdomains):
            return None
        if self.subdomain is None:
            return {}
        found = self.subdomain.search(before)
        return found.groupdict() if found else None


@dataclass(frozen=True)
class Form:
    """One form of address: the path it has, and the query fields its number stands in when the path does not hold it."""

    where: Where
    path: re.Pattern[str] | None
    query: tuple[re.Pattern[str], ...] = ()
    canonical: Template | None = None
    dedupe: Template | None = None


@dataclass(frozen=True)
class Offset:
    """On these domains a number above `above` is the listing's own number plus `subtract`."""

    domains: frozenset[str]
    above: int
    subtract: int


@dataclass(frozen=True)
class Marketplace:
    """The compiled rules of one marketplace. `sites` maps a domain to the site it belongs to; `origin` is an exact one, or ""."""

    key: str
    family: str
    names: frozenset[str]
    domains: frozenset[str]
    hosts: frozenset[str]
    origin: str
    sites: Mapping[str, str]
    digits: re.Pattern[str]
    canonical: Template
    dedupe: Template
    needs: str
    fields: Mapping[str, tuple[re.Pattern[str], ...]]
    listings: tuple[Form, ...]
    stores: tuple[Form, ...]
    short_links: tuple[Form, ...]
    offsets: tuple[Offset, ...] = field(default=())

    def home_of(self, site: str) -> str:
        """Return the first domain of a site: what `{domain}` is in its addresses."""
        return next((domain for domain, of in self.sites.items() if of == site), "")


def read_marketplace(document: Mapping[str, Any], places: Mapping[str, str]) -> Marketplace:
    """Check and compile one document; `places` fills `{name}` in an `origin`.

    Raises:
        RulesError: the document cannot be used; the text names the marketplace, the field and the reason.
    """
    key = document.get("key")
    try:
        return _Reader(document, places).marketplace()
    except RulesError as error:
        raise RulesError(f"{key or 'a document without a key'}: {error}") from None


class _Reader:
    """Reads the fields of one document."""

    def __init__(self, document: Mapping[str, Any], places: Mapping[str, str]) -> None:
        self.document = document
        self.places = places
        _no_others(document, _DOCUMENT | _LISTS)
        least, most = _digits(document.get("digits", [5, 20]))
        self.number = f"[1-9][0-9]{{{least - 1},{most - 1}}}"

    def marketplace(self) -> Marketplace:
        document = self.document
        key = _match(document.get("key"), _KEY, "key")
        sites = {_match(domain, _DOMAIN, "sites"): _match(site, re.compile("[A-Z]{2}"), "sites") for domain, site in self._table("sites")}
        made = Marketplace(
            key=key,
            family=_match(document.get("family", key), _KEY, "family"),
            names=frozenset({key, *(name.lower() for name in _texts(document, "names"))}),
            domains=frozenset(_match(name, _DOMAIN, "domains") for name in _texts(document, "domains")) | frozenset(sites),
            hosts=frozenset(_match(name, _DOMAIN, "hosts") for name in _texts(document, "hosts")),
            origin=self._origin(),
            sites=sites,
            digits=re.compile(self.number),
            canonical=_template(document, "canonical"),
            dedupe=_template(document, "dedupe", "{family}:{site}:{id}" if sites else "{family}:{id}"),
            needs=self._needs(),
            fields={name: self._query(keys, _VALUE) for name, keys in self._table("fields")},
            listings=self._forms("listings", self._listing),
            stores=self._forms("stores", self._store),
            short_links=self._forms("short_links", self._short_link),
            offsets=self._forms("offsets", _offset),
        )
        if not (made.domains or made.hosts or made.origin):
            raise RulesError("name at least one of domains, hosts, sites, origin")
        return made

    def _origin(self) -> str:
        text = self.document.get("origin", "")
        if not isinstance(text, str):
            raise RulesError("origin: a text such as https://shop.example")
        missing = [name for name in _PLACE.findall(text) if not self.places.get(name)]
        if missing:
            raise RulesError(f"origin: no address is known for {{{missing[0]}}}; hand it to load_rules(places=...)")
        origin = _PLACE.sub(lambda name: self.places[name[1]], text).rstrip("/").lower()
        return _match(origin, _ORIGIN, "origin") if origin else ""

    def _needs(self) -> str:
        needs = self.document.get("needs", "")
        if needs and (needs not in dict(self._table("fields")) or f"needs_{needs}" not in MESSAGES):
            raise RulesError(f"needs: {needs!r} must be one of the fields and have a message needs_{needs}")
        return str(needs)

    def _table(self, name: str) -> Iterable[tuple[str, Any]]:
        table = self.document.get(name, {})
        if not isinstance(table, Mapping):
            raise RulesError(f"{name}: a table")
        return table.items()

    def _forms(self, name: str, read: Callable[[Mapping[str, Any]], Any]) -> tuple[Any, ...]:
        rows = self.document.get(name, [])
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            raise RulesError(f"{name}: a list of tables")
        made = []
        for number, row in enumerate(rows, 1):
            try:
                made.append(read(row))
            except RulesError as error:
                raise RulesError(f"{name} {number}: {error}") from None
        return tuple(made)

    def _listing(self, row: Mapping[str, Any]) -> Form:
        _no_others(row, _ANY_HOST | {"path", "query"})
        form = Form(_where(row), _expression(row, "path"), self._query(row.get("query", []), self.number))
        if not form.query and (form.path is None or "id" not in form.path.groupindex):
            raise RulesError("say where the number is: query = [...], or a path with a group (?P<id>...)")
        return form

    def _store(self, row: Mapping[str, Any]) -> Form:
        _no_others(row, _ANY_HOST | {"path", "query", "canonical", "dedupe"})
        query = self._query(row.get("query", []), _VALUE)
        return Form(
            _where(row), _expression(row, "path"), query, _template(row, "canonical"), _template(row, "dedupe", "{key}:store:{store}")
        )

    def _short_link(self, row: Mapping[str, Any]) -> Form:
        _no_others(row, _ANY_HOST | {"path", "belongs_to"})
        return Form(_where(row), _expression(row, "path"), canonical=Template(row.get("belongs_to", "{key}")))

    def _query(self, names: object, value: str) -> tuple[re.Pattern[str], ...]:
        """Return one expression per query field. A number ends where its digits end: what shops hang on to it does not count."""
        if not isinstance(names, list):
            raise RulesError("query: a list of field names")
        end = "(?![0-9])" if value == self.number else "(?=&|$)"
        return tuple(re.compile(f"(?:^|&)(?:amp;)?{re.escape(_match(name, _QUERY_NAME, 'query'))}=({value}){end}") for name in names)


def _where(row: Mapping[str, Any]) -> Where:
    return Where(
        frozenset(_texts(row, "domains")) | frozenset(_texts(row, "hosts")),
        frozenset(_texts(row, "subdomains")),
        _expression(row, "subdomain"),
    )


def _offset(row: Mapping[str, Any]) -> Offset:
    _no_others(row, {"domains", "above", "subtract"})
    above, subtract = row.get("above"), row.get("subtract")
    if not isinstance(above, int) or not isinstance(subtract, int) or not 0 < subtract <= above:
        raise RulesError("above and subtract are whole numbers, and above is not smaller than subtract")
    return Offset(frozenset(_texts(row, "domains")), above, subtract)


def _expression(row: Mapping[str, Any], name: str) -> re.Pattern[str] | None:
    if name not in row:
        return None
    try:
        return compile_expression(row[name])
    except RulesError as error:
        raise RulesError(f"{name}: {error}") from None


def _template(row: Mapping[str, Any], name: str, otherwise: str = "") -> Template:
    text = row.get(name, otherwise)
    if not isinstance(text, str) or not text:
        raise RulesError(f"{name}: a template such as https://www.shop.example/item/{{id}}")
    return Template(text)


def _texts(row: Mapping[str, Any], name: str) -> list[str]:
    values = row.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise RulesError(f"{name}: a list of texts")
    return values


def _match(value: object, form: re.Pattern[str], name: str) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise RulesError(f"{name}: {value!r} does not have the form {form.pattern}")
    return value


def _digits(value: object) -> tuple[int, int]:
    if isinstance(value, list) and len(value) == 2 and all(isinstance(count, int) for count in value) and 1 <= value[0] <= value[1] <= 20:
        return value[0], value[1]
    raise RulesError("digits: the least and the most digits of a number, as [5, 20]")


def _no_others(row: Mapping[str, Any], known: set[str]) -> None:
    others = set(row) - known
    if others:
        raise RulesError(f"{sorted(others)[0]!r} is no field here; the fields are {', '.join(sorted(known))}")

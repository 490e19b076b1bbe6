"""Shopping agents' addresses with a marketplace's link, or a marketplace's name and a number, in their query; described by data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from marketplaces.rules.expressions import RulesError

_FIELDS = {"domains", "link", "marketplace", "number", "names"}


@dataclass(frozen=True)
class Inside:
    """What a wrapper holds: a link, or a marketplace and a number; all "" when nothing was found."""

    link: str = ""
    marketplace: str = ""
    number: str = ""


@dataclass(frozen=True)
class Wrapper:
    """One agent: its domains, the query fields a link stands in, those of a marketplace and a number, and its names for marketplaces."""

    domains: Sequence[str]
    link: Sequence[str]
    marketplace: str
    number: str
    names: Mapping[str, str]

    def unwrap(self, query: str) -> Inside:
        """Return what the query of an agent's address holds."""
        try:
            values = dict(reversed(parse_qsl(query, max_num_fields=200)))
        except ValueError:
            return Inside()
        name = values.get(self.marketplace, "")
        link = next((values[field] for field in self.link if values.get(field)), "")
        return Inside(link, self.names.get(name, name), values.get(self.number, ""))


def read_wrapper(document: Mapping[str, Any]) -> Wrapper:
    """Check one agent's description.

    Raises:
        RulesError: it cannot be used; the text says why.
    """
    others = set(document) - _FIELDS
    if others:
        raise RulesError(f"a wrapper: {sorted(others)[0]!r} is no field here; the fields are {', '.join(sorted(_FIELDS))}")
    domains, link, names = document.get("domains"), document.get("link", []), document.get("names", {})
    if not domains or not all(isinstance(texts, list) and all(isinstance(text, str) for text in texts) for texts in (domains, link)):
        raise RulesError("a wrapper: domains and link are lists of texts, and there is at least one domain")
    if not isinstance(names, Mapping):
        raise RulesError("a wrapper: names is a table of the agent's names and our keys")
    return Wrapper(domains, link, str(document.get("marketplace", "")), str(document.get("number", "")), names)

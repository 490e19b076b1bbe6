"""The rules documents that come with the program: one file for each marketplace, and one for shopping agents."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from marketplaces.rules.documents import read_marketplace
from marketplaces.rules.rulebook import Rulebook
from marketplaces.rules.wrappers import Wrapper, read_wrapper

DATA = Path(__file__).resolve().parent.parent / "data"


def load_rules(documents: Iterable[Mapping[str, Any]], *, places: Mapping[str, str] | None = None) -> Rulebook:
    """Return the rulebook of these documents; shopping agents are always those of the package.

    Args:
        documents: one table per marketplace, as docs/links.md describes them.
        places: fills `{name}` in a document's `origin`: `{"sandbox": "http://localhost:8003"}`.

    Raises:
        RulesError: a document cannot be used; the text names the marketplace, the field and the reason.
    """
    return Rulebook([read_marketplace(document, places or {}) for document in documents], packaged_wrappers())


def packaged_rules(sandbox_origin: str) -> Rulebook:
    """Return the rulebook of the packaged documents; the sandbox marketplaces answer at this origin and no other spelling of it.

    Raises:
        RulesError: it is no origin (scheme, host and, where there is one, port).
    """
    return load_rules(packaged_documents(), places={"sandbox": sandbox_origin})


def packaged_documents() -> list[dict[str, Any]]:
    """Return the packaged documents as plain values, by key; `{sandbox}` stands where its origin goes. They are the caller's to change."""
    files = sorted((DATA / "links").glob("*.toml"))
    return [tomllib.loads(path.read_text(encoding="utf-8")) for path in files]


@lru_cache(maxsize=1)
def packaged_wrappers() -> tuple[Wrapper, ...]:
    """Return the packaged shopping agents."""
    described = tomllib.loads((DATA / "agents.toml").read_text(encoding="utf-8"))
    return tuple(read_wrapper(document) for document in described["agents"])

"""Pure rules of complaints: which right may be used where, what a reason asks for, how soon a complaint is decided."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

MAX_LISTINGS = 300
"""Listings in one complaint (requirement CMP-02)."""

MAX_ENTRIES = 2000
"""Pasted links that are looked at; more is no complaint but an accident."""

CLAIM_MINUTES = 15
"""How long a reviewer holds a complaint without touching it (reliability.md B12)."""

MAX_CLAIMS = 10
"""How many complaints one reviewer may hold at once (reliability.md B12)."""

ANSWER_BUSINESS_DAYS = 5
"""How long a question to the rights holder waits for its answer (domain.md 6.2)."""

LOOK_BACK_DAYS = 30
"""How far back an earlier rejection of the same listing is brought up (domain.md 11, `duplicate_lookback_days`)."""

SOURCE = "takedowns.reported_listing"
"""What the actions of this app are asked for by."""

STANDARD = "standard"

DECLARATIONS = ("good_faith", "accuracy", "authority", "liability")
"""What every filer declares (domain.md 2.1): good-faith belief, accuracy, authority, liability for a wrong notice."""

COUNTER_DECLARATIONS = ("truth", "good_faith", "liability")
"""What every seller declares with a counter-notice (domain.md 2.3): a guarantee of truth, good faith, liability for a false one."""

MAX_STATEMENT = 5000
"""Characters of a statement, an answer or a ruling's message."""

NOTICE_SOURCE = "takedowns.seller_notice"
"""What messages to shops are sent for."""

FILE_KINDS = frozenset({"file"})
"""Kinds of evidence that are files; all others are typed."""

PATENT_KINDS = frozenset({"utility_model", "invention"})

ON_ACCEPT, AFTER_WINDOW = "on_accept", "after_window"


@dataclass(frozen=True)
class Found:
    """What one check says about one thing: `result` is pass, warn, block or remedy; `facts` fill the sentence."""

    check: str
    result: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def stops(self) -> bool:
        """Whether the filing cannot go on with it."""
        return self.result in ("block", "remedy")


@dataclass(frozen=True)
class RightFacts:
    """What the rules need to know of a right."""

    kind: str
    is_validated: bool
    registered_on: date | None
    expires_on: date | None
    territories: tuple[str, ...]


def check_right(right: RightFacts, *, seen_on: date, today: date) -> list[Found]:
    """Check that a right can ground a complaint filed today about something seen on `seen_on` (domain.md 4.4 and 4.5)."""
    found = []
    if not right.is_validated:
        found.append(Found("right_validated", "block"))
    for check, day in (("right_in_force_today", today), ("right_in_force_when_seen", seen_on)):
        if right.registered_on is not None and day < right.registered_on:
            found.append(Found(check, "block", {"from": right.registered_on.isoformat(), "day": day.isoformat()}))
        elif right.expires_on is not None and day > right.expires_on:
            found.append(Found(check, "block", {"until": right.expires_on.isoformat(), "day": day.isoformat()}))
    if seen_on > today:
        found.append(Found("seen_on", "block", {"day": seen_on.isoformat()}))
    return found


def check_reason(kinds: Collection[str], tiers: Collection[str], *, kind: str, tier: str) -> list[Found]:
    """Check that a reason code fits the type of the right and is open to the filer's tier."""
    if kind not in kinds:
        return [Found("reason_fits_right", "block", {"kind": kind, "kinds": sorted(kinds)})]
    return [] if tier in tiers else [Found("reason_open_to_tier", "block", {"tier": tier})]


def countries_needed(territory: Mapping[str, Any], site: str) -> tuple[str, ...] | None:
    """Return the countries of which a right must cover at least one at a marketplace and site; None where any right will do."""
    if territory.get("any"):
        return None
    by_site: Mapping[str, Sequence[str]] = territory.get("by_site", {})
    return tuple(by_site.get(site, ())) if by_site else tuple(territory.get("any_of", ()))


def check_evidence(asked: Iterable[Mapping[str, Any]], statements: Mapping[str, Any], files: Collection[str]) -> list[Found]:
    """Check that everything a reason asks for was brought; what is missing can be mended, so each is a remedy."""
    missing = [item for item in asked if item.get("required", True) and not _is_brought(item, statements, files)]
    return [
        Found("evidence", "remedy", {"requirement": item["key"], "kind": item["kind"], "en": item["en"], "zh": item["zh"]})
        for item in missing
    ]


def missing_declarations(given: Collection[str]) -> list[str]:
    """Return the declarations that were not made."""
    return [name for name in DECLARATIONS if name not in given]


def removal_mode(policy: Mapping[str, Any], kind: str) -> str:
    """Return when an accepted listing comes down: at once, or after the seller's window (domain.md 2.3, U5)."""
    modes: Mapping[str, str] = policy.get("removal", {})
    return modes.get(kind, modes.get("default", ON_ACCEPT))


def review_hours(policies: Iterable[Mapping[str, Any]], *, kind: str, tier: str) -> int:
    """Return the business hours in which a complaint is decided: its slowest listing's promise (domain.md 6.2)."""
    segment = "patent" if kind in PATENT_KINDS else tier
    return max((int(policy.get("sla_hours", {}).get(segment, 24)) for policy in policies), default=24)


def _is_brought(item: Mapping[str, Any], statements: Mapping[str, Any], files: Collection[str]) -> bool:
    if item["kind"] in FILE_KINDS:
        return item["key"] in files
    value = statements.get(item["key"])
    return value is True if item["kind"] == "tick" else bool(str(value or "").strip())


WINDOWS = {
    "seller": "seller_window_business_days",
    "holder": "holder_window_business_days",
    "platform": "platform_decision_business_days",
}
STANDARD_WINDOWS = {"seller": 3, "holder": 3, "platform": 5}


def window_days(policy: Mapping[str, Any], side: str) -> int:
    """Return the business days a side has to answer (domain.md 2.3 and 11, `counter_notice`)."""
    return int(policy.get(WINDOWS[side], STANDARD_WINDOWS[side]))


def closes_at(due: datetime) -> datetime:
    """Return the first moment at which a window is closed: it is open through its last second (domain.md 12, counter-notice)."""
    return due + timedelta(seconds=1)


def missing_counter_declarations(given: Collection[str]) -> list[str]:
    """Return what the seller did not declare."""
    return [name for name in COUNTER_DECLARATIONS if name not in given]


def names_mark(title: str, mark: str) -> bool:
    """Tell whether a title names a mark, case, width and spaces left aside. A hint, no proof: it misses what is disguised."""
    wanted = _plain(mark)
    return bool(wanted) and wanted in _plain(title)


def _plain(text: str) -> str:
    return "".join(character for character in unicodedata.normalize("NFKC", text).casefold() if character.isalnum())

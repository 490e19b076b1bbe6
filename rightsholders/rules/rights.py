"""Where and when a right holds: territories, force on a day, the usual term (domain.md 4.4 and 4.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from rightsholders.rules.numbers import book, office

RIGHT_BUSINESS_DAYS = 5
"""Promise for checking a right (domain.md 2.2: three to five business days)."""

BERNE = "*"
"""Every country of the Berne convention: where copyright holds."""

EU_MEMBERS = frozenset(
    {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"}
    | {"IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"}
)
"""What "EU" stands for."""


def is_in_force(registered_on: date | None, expires_on: date | None, day: date) -> bool:
    """Tell whether a right holds on a day; both ends belong to it, an end that is not known is open."""
    return (registered_on is None or registered_on <= day) and (expires_on is None or day <= expires_on)


def expand_territories(territories: Iterable[str]) -> frozenset[str]:
    """Return the countries territories stand for; "EU" adds its members and stays, "*" stays."""
    named = frozenset(territories)
    return named | EU_MEMBERS if "EU" in named else named


def covers(territories: Iterable[str], countries: Iterable[str]) -> bool:
    """Tell whether a right with these territories holds in at least one of the countries ("EU" expands, "*" covers all)."""
    held, asked = expand_territories(territories), expand_territories(countries)
    return bool(asked) and (BERNE in held or bool(held & asked))


def is_examined(office_key: str, kind: str, *, is_registered: bool = True) -> bool:
    """Tell whether an authority examined the right before granting it (domain.md 4.4, last paragraph)."""
    if kind == "design":
        found = office(office_key)
        return found is not None and found.examined_designs
    return kind != "utility_model" and is_registered


def term_of(office_key: str, kind: str) -> tuple[int, str] | None:
    """Return (years, what they are counted from: "filed" or "registered") where the term is known."""
    row = _term(office_key, kind)
    return (row["years"], row["from"]) if row else None


def expiry_by_term(office_key: str, kind: str, *, filed_on: date | None, registered_on: date | None) -> date | None:
    """Return when the right ends by the usual term, or None where the term or its beginning is not known."""
    row = _term(office_key, kind)
    start = (filed_on if row["from"] == "filed" else registered_on) if row else None
    if row is None or start is None:
        return None
    end = _anniversary(start, row["years"])
    return end - timedelta(days=1) if row.get("less_a_day") else end


def _term(office_key: str, kind: str) -> Mapping[str, Any] | None:
    return next((row for row in book().terms if office_key in row["offices"] and row["kind"] == kind), None)


def _anniversary(day: date, years: int) -> date:
    """Return the same day `years` later; 29 February becomes the 28th where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)

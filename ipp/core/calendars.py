"""Packaged business calendars, read from data and the holidays library, and the days entered over them; needs no Django."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import holidays

from ipp.core.rules import Calendar

DATA = Path(__file__).resolve().parent / "data" / "calendars.toml"
WARN_AHEAD = timedelta(days=30)


@dataclass(frozen=True)
class Override:
    """A day that is other than the packaged calendar says, with its source."""

    day: date
    is_working: bool
    note: str


@lru_cache(maxsize=1)
def known_calendars() -> Mapping[str, Mapping[str, Any]]:
    """Return every packaged calendar's description by key."""
    return tomllib.loads(DATA.read_text(encoding="utf-8"))


def packaged(key: str, years: Iterable[int]) -> Calendar:
    """Return a packaged calendar for `years`; its version names the library's.

    Raises:
        KeyError: no calendar of this key.
    """
    return _packaged(key, tuple(sorted(set(years))))


def with_overrides(calendar: Calendar, overrides: Iterable[Override], revision: int) -> Calendar:
    """Return the calendar with entered days put over it, the last word on a day winning; the version names the revision.

    A year in which a make-up working day was entered has its notice, so it is no longer provisional.
    """
    latest = {entered.day: entered.is_working for entered in overrides}
    working = frozenset(day for day, is_working in latest.items() if is_working)
    off = frozenset(latest) - working
    noticed = {day.year for day in working if day.weekday() in calendar.weekend}
    return replace(
        calendar,
        version=f"{calendar.version}+{revision}",
        off=(calendar.off | off) - working,
        working=(calendar.working | working) - off,
        provisional_years=calendar.provisional_years - noticed,
    )


def missing_year_warning(calendar: Calendar, today: date) -> int | None:
    """Return next year when it is missing or still provisional in the last 30 days of this one, else None (domain.md 6.1)."""
    soon = (today + WARN_AHEAD).year
    return soon if soon != today.year and not calendar.is_settled(soon) else None


@lru_cache(maxsize=64)
def _packaged(key: str, years: tuple[int, ...]) -> Calendar:
    description = known_calendars()[key]
    table = _holidays_of(description, years)
    held = frozenset(years)
    make_up = frozenset(day for day in getattr(table, "weekend_workdays", ()) if day.year in held)
    expects_notice = bool(description.get("notice"))
    return Calendar(
        key=key,
        version=f"holidays-{version('holidays')}",
        timezone=description["timezone"],
        off=frozenset(table) - make_up,
        working=make_up,
        weekend=frozenset(table.weekend),
        provisional_years=(held - {day.year for day in make_up}) if expects_notice else frozenset(),
        years=held,
    )


def _holidays_of(description: Mapping[str, Any], years: tuple[int, ...]) -> Any:
    if "market" in description:
        return holidays.financial_holidays(description["market"], years=list(years))
    return holidays.country_holidays(
        description["country"],
        subdiv=description.get("subdivision"),
        years=list(years),
        categories=description.get("categories"),
    )

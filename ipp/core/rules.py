"""Business time: due moments and what is left of them, over a calendar that is handed in as a value (domain.md 6).

Pure functions, no clock and no database. A business day supplies its whole local day (24 hours, 23 or 25 on a clock change), any
other day nothing. Every result is read off a list of steps, so "why is it due then?" has an answer: `explain_hours`, `explain_days`.
Arithmetic is done in UTC: two moments of one zone compare by wall clock, which is wrong in the hour a zone lives twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
ZERO = timedelta(0)
LAST_SECOND = time(23, 59, 59)
HORIZON = timedelta(days=3660)
"""No promise runs longer than ten years: a calendar without a single business day must not loop for ever."""

Pause = tuple[datetime, datetime | None]


class Kind(StrEnum):
    """What a step of an explanation is."""

    START = "start"
    BUSINESS = "business"
    CALENDAR = "calendar"
    OFF = "off"
    PAUSED = "paused"
    ROLLED = "rolled"


@dataclass(frozen=True)
class Calendar:
    """A business calendar: days off, make-up working days, the weekend (Monday is 0), the years known and those still provisional.

    `years` are the years it holds days for; a calendar made by hand leaves it empty and vouches for every year.
    """

    key: str
    version: str
    timezone: str
    off: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()
    weekend: frozenset[int] = frozenset({5, 6})
    provisional_years: frozenset[int] = frozenset()
    years: frozenset[int] = frozenset()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone whose midnights bound the days."""
        return ZoneInfo(self.timezone)

    def is_business_day(self, day: date) -> bool:
        """Tell whether clocks run on `day`: a make-up working day always, else neither a weekend nor a day off."""
        return day in self.working or (day.weekday() not in self.weekend and day not in self.off)

    def is_settled(self, year: int) -> bool:
        """Tell whether the days of `year` are known for good: its notice is out and it is among the years held."""
        return year not in self.provisional_years and (not self.years or year in self.years)

    def day_of(self, moment: datetime) -> date:
        """Return the local day of `moment`."""
        return _utc(moment).astimezone(self.zone).date()


@dataclass(frozen=True)
class Step:
    """A span inside one local day and what it counted: elapsed time for a budget of hours, a whole day for a budget of days."""

    kind: Kind
    start: datetime
    end: datetime
    counted: timedelta


def business_hours_due(start: datetime, hours: float | timedelta, calendar: Calendar, pauses: Sequence[Pause] = ()) -> datetime:
    """Return when `hours` (a number, or any span) of business time after `start` are used up: definition A of domain.md 6.2.

    Raises:
        ValueError: a moment without a time zone, a negative budget, or a clock that never gets there (an open pause, no business day).
    """
    left = hours if isinstance(hours, timedelta) else timedelta(hours=hours)
    if left < ZERO:
        raise ValueError("a budget is not negative")
    begun = _utc(start)
    for step in _spans(begun, begun + HORIZON, calendar, pauses):
        if step.kind is Kind.BUSINESS and left <= step.counted:
            return (step.start.astimezone(UTC) + left).astimezone(calendar.zone)
        left -= step.counted
    raise ValueError(f"a clock on calendar {calendar.key} never uses up its budget: it stands still, or there is no business day")


def business_days_due(start: datetime, days: int, calendar: Calendar) -> datetime:
    """Return the end (23:59:59 local) of the `days`-th business day; the day of `start` does not count (domain.md 6.2).

    Raises:
        ValueError: a moment without a time zone, a negative number, or a calendar without that many business days.
    """
    return _last(_count_days(calendar.day_of(start), days, calendar))


def calendar_days_due(start: datetime, days: int, calendar: Calendar, roll: bool) -> datetime:
    """Return the end (23:59:59 local) of the `days`-th calendar day; the day of `start` does not count.

    With `roll`, a last day that is off moves on to the next business day (Civil Code art. 203; domain.md 6.2).

    Raises:
        ValueError: a moment without a time zone, a negative number, or no business day to roll to.
    """
    return _last(_count_calendar_days(calendar.day_of(start), days, calendar, roll))


def business_time_between(start: datetime, end: datetime, calendar: Calendar, pauses: Sequence[Pause] = ()) -> timedelta:
    """Return the business time from `start` to `end`, pauses left out; zero when `end` is not later.

    Raises:
        ValueError: a moment without a time zone.
    """
    return sum((step.counted for step in _spans(_utc(start), _utc(end), calendar, pauses)), ZERO)


def business_days_left(now: datetime, due: datetime, calendar: Calendar) -> int:
    """Return how many business days lie after the day of `now`, up to and with the day of `due`; 0 on the last day and later.

    Raises:
        ValueError: a moment without a time zone.
    """
    today, last = calendar.day_of(now), calendar.day_of(due)
    days = (today + DAY * count for count in range(1, (last - today).days + 1))
    return sum(calendar.is_business_day(day) for day in days)


def explain_hours(start: datetime, end: datetime, calendar: Calendar, pauses: Sequence[Pause] = ()) -> list[Step]:
    """Return the steps a budget of hours takes from `start` to `end`, in order; what they count adds up to the business time between.

    Raises:
        ValueError: a moment without a time zone.
    """
    return list(_spans(_utc(start), _utc(end), calendar, pauses))


def explain_days(start: datetime, days: int, calendar: Calendar) -> list[Step]:
    """Return the steps of `business_days_due`, a local day each; the last one ends when it is due.

    Raises:
        ValueError: as `business_days_due`.
    """
    return list(_count_days(calendar.day_of(start), days, calendar))


def explain_calendar_days(start: datetime, days: int, calendar: Calendar, roll: bool) -> list[Step]:
    """Return the steps of `calendar_days_due`, a local day each; the last one ends when it is due.

    Raises:
        ValueError: as `calendar_days_due`.
    """
    return list(_count_calendar_days(calendar.day_of(start), days, calendar, roll))


def _spans(start: datetime, end: datetime, calendar: Calendar, pauses: Sequence[Pause]) -> Iterator[Step]:
    """Yield the span from `start` to `end`, cut at local midnights and where pauses begin and end."""
    still = [_pause_in_utc(pause) for pause in pauses]
    cuts = sorted({moment for pause in still for moment in pause if moment is not None})
    moment = start
    while moment < end:
        day = moment.astimezone(calendar.zone).date()
        stop = min(_midnight(day + DAY, calendar), next((cut for cut in cuts if cut > moment), end), end)
        kind = _kind_of(moment, day, calendar, still)
        counted = stop - moment if kind is Kind.BUSINESS else ZERO
        yield Step(kind, moment.astimezone(calendar.zone), stop.astimezone(calendar.zone), counted)
        moment = stop


def _kind_of(moment: datetime, day: date, calendar: Calendar, still: Sequence[Pause]) -> Kind:
    if not calendar.is_business_day(day):
        return Kind.OFF
    paused = any(begin <= moment and (until is None or moment < until) for begin, until in still)
    return Kind.PAUSED if paused else Kind.BUSINESS


def _count_days(first: date, days: int, calendar: Calendar) -> Iterator[Step]:
    """Yield the first day and then days until `days` business days are counted."""
    if days < 0:
        raise ValueError("a number of days is not negative")
    yield _whole(Kind.START, first, calendar)
    day, left = first, days
    while left:
        day += DAY
        if day - first > HORIZON:
            raise ValueError(f"calendar {calendar.key} has not enough business days")
        kind = Kind.BUSINESS if calendar.is_business_day(day) else Kind.OFF
        left -= kind is Kind.BUSINESS
        yield _whole(kind, day, calendar)


def _count_calendar_days(first: date, days: int, calendar: Calendar, roll: bool) -> Iterator[Step]:
    """Yield the first day, `days` calendar days, and the days a roll adds."""
    if days < 0:
        raise ValueError("a number of days is not negative")
    yield _whole(Kind.START, first, calendar)
    for count in range(1, days + 1):
        yield _whole(Kind.CALENDAR, first + DAY * count, calendar)
    day = first + DAY * days
    while roll and not calendar.is_business_day(day):
        day += DAY
        if day - first > DAY * days + HORIZON:
            raise ValueError(f"calendar {calendar.key} has no business day to roll to")
        yield _whole(Kind.ROLLED, day, calendar)


def _whole(kind: Kind, day: date, calendar: Calendar) -> Step:
    start = datetime.combine(day, time(0), calendar.zone)
    counted = DAY if kind in {Kind.BUSINESS, Kind.CALENDAR} else ZERO
    return Step(kind, start, datetime.combine(day, LAST_SECOND, calendar.zone), counted)


def _last(steps: Iterator[Step]) -> datetime:
    due = next(steps).end
    for step in steps:
        due = step.end
    return due


def _midnight(day: date, calendar: Calendar) -> datetime:
    return datetime.combine(day, time(0), calendar.zone).astimezone(UTC)


def _pause_in_utc(pause: Pause) -> Pause:
    begin, until = pause
    if until is not None and _utc(until) < _utc(begin):
        raise ValueError("a pause does not end before it begins")
    return _utc(begin), None if until is None else _utc(until)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone has no business time")
    return moment.astimezone(UTC)

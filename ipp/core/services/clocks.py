"""Starting, pausing and stopping clocks over the business calendar in force, packaged days plus the ones entered."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.calendars import Override, packaged, with_overrides
from ipp.core.clock import IppNow, now
from ipp.core.core_events import CalendarDayEntered
from ipp.core.errors import FieldError, InvalidInput
from ipp.core.events import record
from ipp.core.models import CalendarDay, Clock, ClockPause
from ipp.core.rules import (
    Calendar,
    business_days_due,
    business_days_left,
    business_hours_due,
    business_time_between,
    calendar_days_due,
)

YEARS_AHEAD = 2


def calendar_in_force(key: str, year: int) -> Calendar:
    """Return the calendar around `year`: the packaged one with the days entered over it; its version names both."""
    base = packaged(key, range(year - 1, year + YEARS_AHEAD + 1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT day, is_working, note, id FROM core_calendarday WHERE calendar = %s ORDER BY id", [key])
        rows = cursor.fetchall()
    if not rows:
        return base
    latest = {day: Override(day, is_working, note) for day, is_working, note, _id in rows}
    return with_overrides(base, latest.values(), rows[-1][3])


def start_clock(*, organization_id: int, unit: str, budget: int, calendar: str = "", moment: datetime | None = None) -> Clock:
    """Start a clock now; call inside the transaction of what it measures. `moment` is now where the caller has asked already."""
    started = moment or now()
    days = calendar_in_force(calendar or settings.PLATFORM_CALENDAR, started.year)
    return Clock.objects.create(
        organization_id=organization_id,
        calendar=days.key,
        calendar_version=days.version,
        unit=unit,
        budget=budget,
        started_at=started,
        due_at=due_moment(days, unit, budget, started),
    )


def stop_clock(clock_id: int) -> None:
    """Stop a running clock; stopping a stopped one changes nothing."""
    Clock.objects.filter(pk=clock_id, stopped_at=None).update(stopped_at=IppNow())


def restart_clock(clock_id: int) -> None:
    """Let a stopped clock run on as if it had never stopped: the decision that stopped it was undone."""
    Clock.objects.filter(pk=clock_id).update(stopped_at=None)


def pause_clock(clock: Clock, *, cause: str) -> None:
    """Let a running clock stand still, with the cause on record."""
    ClockPause.objects.create(organization_id=clock.organization_id, clock=clock, cause=cause)


def resume_clock(clock: Clock) -> datetime:
    """Let a paused clock go on; what was left when it stopped is left now. Return the new due moment.

    A budget of days keeps the whole days that were left; a budget of hours keeps every second.
    """
    pause = ClockPause.objects.select_for_update().get(clock=clock, to_at=None)
    resumed = now()
    days = calendar_in_force(clock.calendar, resumed.year)
    if clock.unit == Clock.Unit.BUSINESS_HOURS:
        due = business_hours_due(resumed, business_time_between(pause.from_at, clock.due_at, days), days)
    elif clock.unit == Clock.Unit.BUSINESS_DAYS:
        due = business_days_due(resumed, business_days_left(pause.from_at, clock.due_at, days), days)
    else:
        due = calendar_days_due(resumed, max((clock.due_at - pause.from_at).days, 0), days, roll=True)
    ClockPause.objects.filter(pk=pause.pk).update(to_at=resumed)
    Clock.objects.filter(pk=clock.pk).update(due_at=due, calendar_version=days.version)
    return due


def due_moment(calendar: Calendar, unit: str, budget: int, started: datetime) -> datetime:
    """Return when `budget` units after `started` are used up (domain.md 6.2)."""
    if unit == Clock.Unit.BUSINESS_HOURS:
        return business_hours_due(started, budget, calendar)
    if unit == Clock.Unit.BUSINESS_DAYS:
        return business_days_due(started, budget, calendar)
    return calendar_days_due(started, budget, calendar, roll=True)


@transaction.atomic
def enter_calendar_day(*, actor: Actor, calendar: str, day: date, is_working: bool, note: str) -> CalendarDay:
    """Enter a day over the packaged calendar; clocks already running keep the version they were started with.

    Raises:
        InvalidInput: no source is named.
    """
    if not note.strip():
        error = FieldError("note", "required", _("Name the notice this day comes from, so that others can check it."))
        raise InvalidInput("invalid_day", _("The day was not entered."), errors=[error])
    row = CalendarDay.objects.create(
        calendar=calendar, day=day, is_working=is_working, note=note.strip()[:200], entered_by_id=actor.user_id
    )
    record(CalendarDayEntered(calendar=calendar, day=day.isoformat(), is_working=is_working, note=row.note), actor=actor, subject=row)
    return row

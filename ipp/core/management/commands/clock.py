"""`manage.py clock due`: tells when a budget of business time is used up; it needs no settings or database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ipp.core.calendars import known_calendars, packaged
from ipp.core.rules import (
    HORIZON,
    Calendar,
    Step,
    business_days_due,
    business_hours_due,
    calendar_days_due,
    explain_calendar_days,
    explain_days,
    explain_hours,
)

EXAMPLE = "2026-02-13T18:00:00+08:00"


class Command(BaseCommand):
    """Counts on the packaged calendars; days entered in the staff console are in the database and do not count here."""

    help = "Tell when a budget of business hours, business days or calendar days is used up."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `due`, a calendar, a start and one budget."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        due = actions.add_parser("due", help="Print the moment in ISO 8601, in the calendar's time zone.")
        due.add_argument("--calendar", required=True, metavar="KEY", help=f"One of {', '.join(known_calendars())}.")
        due.add_argument("--from", required=True, dest="start", metavar="TIME", help=f"When it starts, with an offset: {EXAMPLE}.")
        budget = due.add_mutually_exclusive_group(required=True)
        budget.add_argument("--business-hours", type=float, metavar="N", help="Hours on business days; each has 24.")
        budget.add_argument("--business-days", type=int, metavar="N", help="The end of the N-th business day after the first day.")
        budget.add_argument("--calendar-days", type=int, metavar="N", help="The end of the N-th day after the first day.")
        due.add_argument("--roll", action="store_true", help="With --calendar-days: move a last day that is off to a business day.")
        due.add_argument("--explain", action="store_true", help="Print the steps, too: from, to, what it was, what it counted.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the due moment, and the steps to it when asked.

        Raises:
            CommandError: status 2: a start without an offset, an unknown calendar or year, or a budget that cannot be counted.
        """
        start, key = _moment(options["start"]), options["calendar"]
        if key not in known_calendars():
            raise _wrong(f"There is no calendar {key!r}. Choose one of: {', '.join(known_calendars())}.")
        if options["roll"] and options["calendar_days"] is None:
            raise _wrong("--roll goes with --calendar-days: business hours and business days never end on a day off.")
        count = _counting(start, options)
        try:
            calendar, (due, steps) = _counted(key, start, count)
        except (ValueError, OverflowError) as error:
            raise _wrong(f"This cannot be counted: {error}.") from error
        self.stdout.write(due.isoformat())
        for step in steps if options["explain"] else ():
            self.stdout.write(f"{step.start.isoformat()}  {step.end.isoformat()}  {step.kind:<8}  {_hours(step.counted)}")
        provisional = [str(year) for year in range(calendar.day_of(start).year, due.year + 1) if not calendar.is_settled(year)]
        if provisional:
            self.stderr.write(f"Provisional: the days off of {', '.join(provisional)} are not all published yet.")


Counting = Callable[[Calendar], tuple[datetime, list[Step]]]


def _counting(start: datetime, options: dict[str, Any]) -> Counting:
    """Return what counts the budget that was given on a calendar.

    Raises:
        CommandError: the budget is negative, no number, or longer than ten years.
    """
    hours, days, calendar_days = options["business_hours"], options["business_days"], options["calendar_days"]
    most = HORIZON.days * (24 if hours is not None else 1)
    budget = next(amount for amount in (hours, days, calendar_days) if amount is not None)
    if not 0 <= budget <= most:
        raise _wrong(f"A budget is a number from 0 to {most}.")
    if hours is not None:

        def by_hours(calendar: Calendar) -> tuple[datetime, list[Step]]:
            due = business_hours_due(start, hours, calendar)
            return due, explain_hours(start, due, calendar)

        return by_hours
    if days is not None:
        return lambda calendar: (business_days_due(start, days, calendar), explain_days(start, days, calendar))
    roll = options["roll"]
    return lambda calendar: (
        calendar_days_due(start, calendar_days, calendar, roll),
        explain_calendar_days(start, calendar_days, calendar, roll),
    )


def _counted(key: str, start: datetime, count: Counting) -> tuple[Calendar, tuple[datetime, list[Step]]]:
    """Count with more and more years until all that the count runs through are loaded.

    Raises:
        ValueError: the calendar has no days off for one of these years.
    """
    first = packaged(key, [start.year]).day_of(start).year
    last = first + 1
    while True:
        calendar = packaged(key, range(first, last + 1))
        counted = count(calendar)
        due = counted[0]
        empty = sorted(set(range(first, min(due.year, last) + 1)) - {day.year for day in calendar.off})
        if empty:
            raise ValueError(f"calendar {key} has no days off for {empty[0]}")
        if due.year <= last:
            return calendar, counted
        last = due.year


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _wrong(f"--from {text!r} is no time. Write it as {EXAMPLE}.") from error
    if moment.tzinfo is None:
        raise _wrong(f"--from {text!r} has no offset from UTC, so it could be any of 26 hours. Write it as {EXAMPLE}.")
    return moment


def _hours(counted: timedelta) -> str:
    minutes, seconds = divmod(int(counted.total_seconds()), 60)
    return f"{minutes // 60:d}:{minutes % 60:02d}:{seconds:02d}"


def _wrong(sentence: str) -> CommandError:
    return CommandError(sentence, returncode=2)

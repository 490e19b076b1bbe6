"""Running clocks: start, pause, resume, stop; entered days count for clocks that start afterwards."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ipp.core import clock, tenancy
from ipp.core.errors import InvalidInput
from ipp.core.models import Clock, ClockPause, Event
from ipp.core.services import clocks

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def at() -> Any:
    """Return a context that puts the clock at a moment in Shanghai."""
    return lambda *moment: clock.moved(datetime(*moment, tzinfo=SHANGHAI) - clock.now())


def start(actor: Any, unit: str = "business_hours", budget: int = 24) -> Clock:
    with tenancy.acting(actor):
        return clocks.start_clock(organization_id=actor.organization_id, unit=unit, budget=budget)


def test_a_clock_remembers_why_it_is_due_when_it_is(alice, at):
    with at(2025, 1, 27, 16, 30):
        row = start(alice)

    assert row.due_at.astimezone(SHANGHAI).replace(microsecond=0) == datetime(2025, 2, 5, 16, 30, tzinfo=SHANGHAI)
    assert row.calendar == "CN"
    assert row.calendar_version.startswith("holidays-")


def test_a_pause_gives_back_exactly_the_business_time_that_was_left(alice, bob, at):
    with at(2026, 3, 11, 10, 0):
        row = start(alice)
    with at(2026, 3, 11, 16, 0), tenancy.acting(bob):
        clocks.pause_clock(row, cause="information_asked")

    with at(2026, 3, 16, 9, 0), tenancy.acting(alice):
        due = clocks.resume_clock(row)

    assert due.astimezone(SHANGHAI).replace(microsecond=0) == datetime(2026, 3, 17, 3, 0, tzinfo=SHANGHAI)


def test_a_pause_of_a_clock_of_days_keeps_the_whole_days_left(alice, bob, at):
    with at(2026, 3, 11, 10, 0):
        row = start(alice, "business_days", 3)
    with at(2026, 3, 12, 10, 0), tenancy.acting(bob):
        clocks.pause_clock(row, cause="information_asked")

    with at(2026, 3, 20, 9, 0), tenancy.acting(alice):
        due = clocks.resume_clock(row)

    assert due == datetime(2026, 3, 24, 23, 59, 59, tzinfo=SHANGHAI).astimezone(UTC)


def test_a_clock_has_one_open_pause(alice, bob):
    from django.db import IntegrityError, transaction

    row = start(alice)
    with tenancy.acting(bob):
        clocks.pause_clock(row, cause="a")
        with pytest.raises(IntegrityError, match="one_open_pause"), transaction.atomic():
            clocks.pause_clock(row, cause="b")
        assert ClockPause.objects.count() == 1


def test_a_day_entered_counts_for_clocks_that_start_afterwards_and_leaves_running_ones_alone(alice, cast, at):
    olga = cast("olga")
    with at(2026, 3, 11, 10, 0):
        before = start(alice)
        with tenancy.acting(olga):
            clocks.enter_calendar_day(actor=olga, calendar="CN", day=date(2026, 3, 12), is_working=False, note="Notice 7")
        after = start(alice)

    assert after.due_at - before.due_at == timedelta(days=1)
    assert after.calendar_version != before.calendar_version
    with tenancy.acting(olga):
        assert Event.objects.get(name="core.calendar.day_entered").payload["note"] == "Notice 7"


def test_the_latest_entry_for_a_day_is_the_one_in_force(alice, cast):
    olga = cast("olga")
    with tenancy.acting(olga):
        for is_working in (False, True):
            clocks.enter_calendar_day(actor=olga, calendar="CN", day=date(2026, 3, 14), is_working=is_working, note="n")
        calendar = clocks.calendar_in_force("CN", 2026)

    assert calendar.is_business_day(date(2026, 3, 14))


def test_a_day_without_a_source_is_refused(cast):
    olga = cast("olga")
    with tenancy.acting(olga), pytest.raises(InvalidInput):
        clocks.enter_calendar_day(actor=olga, calendar="CN", day=date(2026, 3, 12), is_working=False, note=" ")


def test_stopping_twice_keeps_the_first_stop(alice):
    row = start(alice)
    with tenancy.acting(alice):
        clocks.stop_clock(row.pk)
        first = Clock.objects.get(pk=row.pk).stopped_at
        with clock.moved(timedelta(hours=1)):
            clocks.stop_clock(row.pk)
        assert Clock.objects.get(pk=row.pk).stopped_at == first


def test_the_clock_cannot_be_moved_where_it_must_not(db, settings):
    from django.core.exceptions import ImproperlyConfigured

    settings.CLOCK_MOVABLE = False
    with pytest.raises(ImproperlyConfigured), clock.moved(timedelta(days=1)):
        pass


def test_moving_the_clock_moves_the_database_and_comes_back(db):
    before = clock.now()
    with clock.moved(timedelta(days=2)):
        assert clock.now() - before == timedelta(days=2)
        with clock.moved(timedelta(days=1)):
            assert clock.now() - before == timedelta(days=3)
    assert clock.now() == before

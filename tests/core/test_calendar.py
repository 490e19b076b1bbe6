"""Business time over calendars: the specification's worked examples, every packaged year, and properties of any clock."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from subprocess import run
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipp.core.calendars import Override, known_calendars, missing_year_warning, packaged, with_overrides
from ipp.core.rules import (
    Calendar,
    Kind,
    Pause,
    business_days_due,
    business_days_left,
    business_hours_due,
    business_time_between,
    calendar_days_due,
    explain_calendar_days,
    explain_days,
    explain_hours,
)

CN = packaged("CN", range(2023, 2028))
US = packaged("US_FEDERAL", range(2024, 2028))
SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
ADD_WORKDAYS = Path(__file__).resolve().parent.parent / "payloads" / "calendar" / "add_workdays_cn.jsonl"

NOTICES = {
    2024: (
        "01-01 02-12 02-13 02-14 02-15 02-16 04-04 04-05 05-01 05-02 05-03 06-10 09-16 09-17 10-01 10-02 10-03 10-04 10-07",
        "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
        251,
    ),
    2025: (
        "01-01 01-28 01-29 01-30 01-31 02-03 02-04 04-04 05-01 05-02 05-05 06-02 10-01 10-02 10-03 10-06 10-07 10-08",
        "01-26 02-08 04-27 09-28 10-11",
        248,
    ),
    2026: (
        "01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 05-04 05-05 06-19 09-25 10-01 10-02 10-05 10-06 10-07",
        "01-04 02-14 02-28 05-09 09-20 10-10",
        248,
    ),
}
"""Weekdays off, weekend days worked and the working days of the year, as the yearly notices have them (domain.md 6.1)."""

WORKED_EXAMPLES = [
    ("2025-03-12 10:15", "2025-03-13 10:15", "2025-03-17", "2025-03-21"),
    ("2025-03-14 18:00", "2025-03-17 18:00", "2025-03-19", "2025-03-25"),
    ("2025-03-15 11:00", "2025-03-18 00:00", "2025-03-19", "2025-03-25"),
    ("2025-01-27 16:30", "2025-02-05 16:30", "2025-02-07", "2025-02-12"),
    ("2025-09-30 17:00", "2025-10-09 17:00", "2025-10-11", "2025-10-16"),
    ("2024-02-09 09:00", "2024-02-18 09:00", "2024-02-20", "2024-02-26"),
    ("2024-02-04 10:00", "2024-02-05 10:00", "2024-02-07", "2024-02-19"),
    ("2026-02-14 15:00", "2026-02-24 15:00", "2026-02-26", "2026-03-03"),
    ("2026-09-18 12:00", "2026-09-20 12:00", "2026-09-22", "2026-09-29"),
    ("2026-09-20 09:00", "2026-09-21 09:00", "2026-09-23", "2026-09-30"),
    ("2026-09-30 23:30", "2026-10-08 23:30", "2026-10-10", "2026-10-15"),
    ("2025-10-11 20:00", "2025-10-13 20:00", "2025-10-15", "2025-10-21"),
]
"""Start, 24 hours due, end of the third and of the seventh business day, Shanghai (domain.md 6.3)."""


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def end_of(text: str) -> datetime:
    return shanghai(f"{text} 23:59:59")


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=count) for count in range((date(year + 1, 1, 1) - first).days)]


# The packaged calendars


@pytest.mark.parametrize("year", NOTICES)
def test_each_day_of_the_notices_is_off_or_working_as_published(year: int) -> None:
    off, make_up, working_days = NOTICES[year]

    business = {day for day in days_of(year) if CN.is_business_day(day)}

    weekdays = {day for day in days_of(year) if day.weekday() < 5}
    assert weekdays - business == {date.fromisoformat(f"{year}-{day}") for day in off.split()}
    assert business - weekdays == {date.fromisoformat(f"{year}-{day}") for day in make_up.split()}
    assert len(business) == working_days


@pytest.mark.parametrize("row", [json.loads(line) for line in ADD_WORKDAYS.read_text("utf-8").splitlines()], ids=lambda row: row["start"])
def test_adding_working_days_gives_the_published_day(row: dict[str, object]) -> None:
    start, days = date.fromisoformat(str(row["start"])), int(str(row["add_workdays"]))
    noon = datetime(start.year, start.month, start.day, 12, tzinfo=SHANGHAI)

    due = business_days_due(noon, days, CN)

    assert due.date().isoformat() == row["end"]
    assert CN.is_business_day(start) is row["start_is_workday"]
    assert (due.date() - start).days == row["calendar_days"]
    assert business_days_left(noon, due, CN) == days


@pytest.mark.parametrize("key", known_calendars())
def test_every_packaged_calendar_has_days_off_and_business_days(key: str) -> None:
    calendar = packaged(key, [2026])

    assert calendar.off
    assert 200 < sum(calendar.is_business_day(day) for day in days_of(2026)) < 262
    assert not calendar.is_business_day(date(2026, 1, 1))
    assert calendar.version.startswith("holidays-")


def test_an_unknown_calendar_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        packaged("ATLANTIS", [2026])


def test_a_packaged_calendar_is_built_once() -> None:
    assert packaged("CN", [2025, 2024]) is packaged("CN", range(2024, 2026))


def test_a_holiday_on_a_weekend_is_off_on_the_weekday_it_is_observed() -> None:
    assert not US.is_business_day(date(2026, 7, 3))
    assert US.is_business_day(date(2026, 7, 6))


def test_calendars_load_without_django_or_settings() -> None:
    program = "import sys, ipp.core.calendars as c; c.packaged('CN', [2026]); sys.exit('django' in sys.modules)"

    finished = run([sys.executable, "-c", program], env={"PATH": ""}, cwd=Path(__file__).resolve().parents[2], check=False)

    assert finished.returncode == 0


# Years whose notice is not out


def test_a_chinese_year_without_make_up_days_is_provisional_and_has_its_statutory_days() -> None:
    assert CN.provisional_years == {2027}
    assert not CN.is_settled(2027)
    assert not CN.is_business_day(date(2027, 10, 1))
    assert CN.is_business_day(date(2027, 10, 8))


def test_a_year_that_was_not_loaded_is_not_settled() -> None:
    assert US.is_settled(2027)
    assert not US.is_settled(2028)


def test_a_due_moment_in_a_year_beyond_the_data_counts_weekends_only() -> None:
    beyond = packaged("CN", [2101])

    due = business_days_due(datetime(2101, 9, 30, 9, tzinfo=SHANGHAI), 1, beyond)

    assert due == datetime(2101, 10, 3, 23, 59, 59, tzinfo=SHANGHAI)
    assert not beyond.is_settled(2101)


@pytest.mark.parametrize(
    ("today", "warned"), [(date(2026, 12, 1), None), (date(2026, 12, 2), 2027), (date(2026, 12, 31), 2027), (date(2027, 1, 1), None)]
)
def test_a_provisional_next_year_is_warned_of_in_the_last_thirty_days(today: date, warned: int | None) -> None:
    assert missing_year_warning(CN, today) == warned


def test_a_next_year_that_was_not_loaded_is_warned_of() -> None:
    assert missing_year_warning(packaged("US_FEDERAL", [2026]), date(2026, 12, 31)) == 2027
    assert missing_year_warning(US, date(2026, 12, 31)) is None


# Days entered over a packaged calendar


def test_entered_days_outrank_packaged_ones_and_name_their_revision() -> None:
    notice = [
        Override(date(2027, 2, 11), False, "notice for 2027"),
        Override(date(2027, 2, 20), True, "notice for 2027"),
        Override(date(2027, 10, 1), True, "a correction"),
    ]

    entered = with_overrides(CN, notice, 12)

    assert not entered.is_business_day(date(2027, 2, 11))
    assert entered.is_business_day(date(2027, 2, 20))
    assert entered.is_business_day(date(2027, 10, 1))
    assert entered.version == f"{CN.version}+12"
    assert CN.is_business_day(date(2027, 2, 11))


def test_a_year_is_settled_by_its_first_make_up_day_and_not_by_a_day_off() -> None:
    day_off = with_overrides(CN, [Override(date(2027, 2, 11), False, "rumour")], 1)
    make_up = with_overrides(CN, [Override(date(2027, 2, 20), True, "notice for 2027")], 2)

    assert not day_off.is_settled(2027)
    assert make_up.is_settled(2027)


def test_the_last_word_on_a_day_wins() -> None:
    day = date(2026, 3, 11)

    twice = with_overrides(CN, [Override(day, False, "closed"), Override(day, True, "open after all")], 2)

    assert twice.is_business_day(day)


def test_a_make_up_day_can_be_taken_back() -> None:
    taken_back = with_overrides(CN, [Override(date(2026, 2, 28), False, "changed notice")], 1)

    assert CN.is_business_day(date(2026, 2, 28))
    assert not taken_back.is_business_day(date(2026, 2, 28))


# Due moments


@pytest.mark.parametrize(("start", "hours_due", "third", "seventh"), WORKED_EXAMPLES)
def test_the_worked_examples_come_out_as_computed(start: str, hours_due: str, third: str, seventh: str) -> None:
    assert business_hours_due(shanghai(start), 24, CN) == shanghai(hours_due)
    assert business_days_due(shanghai(start), 3, CN) == end_of(third)
    assert business_days_due(shanghai(start), 7, CN) == end_of(seventh)


@pytest.mark.parametrize(
    ("arrives", "due"),
    [("2025-03-03", "2025-03-18"), ("2025-09-18", "2025-10-09"), ("2026-02-03", "2026-02-24"), ("2026-01-31", "2026-02-24")],
)
def test_fifteen_calendar_days_roll_over_days_off(arrives: str, due: str) -> None:
    assert calendar_days_due(shanghai(f"{arrives} 09:00"), 15, CN, roll=True) == end_of(due)


def test_without_a_roll_the_last_calendar_day_may_be_off() -> None:
    assert calendar_days_due(shanghai("2025-09-18 09:00"), 15, CN, roll=False) == end_of("2025-10-03")


@pytest.mark.parametrize(
    ("received", "tenth", "fourteenth"),
    [("2025-03-03", "2025-03-17", "2025-03-21"), ("2025-06-27", "2025-07-14", "2025-07-18"), ("2025-11-21", "2025-12-08", "2025-12-12")],
)
def test_a_counter_notice_is_restored_between_the_tenth_and_the_fourteenth_federal_day(received: str, tenth: str, fourteenth: str) -> None:
    start = datetime.fromisoformat(f"{received} 10:00").replace(tzinfo=NEW_YORK)

    assert business_days_due(start, 10, US).date().isoformat() == tenth
    assert business_days_due(start, 14, US).date().isoformat() == fourteenth


def test_a_moment_counts_for_the_day_it_has_on_the_calendars_own_clock() -> None:
    friday_evening_utc = datetime(2025, 3, 14, 17, tzinfo=UTC)

    assert business_days_due(friday_evening_utc, 1, CN) == end_of("2025-03-17")
    assert business_hours_due(friday_evening_utc, 1, CN) == shanghai("2025-03-17 01:00")


def test_a_budget_may_be_any_span() -> None:
    assert business_hours_due(shanghai("2025-03-12 10:15"), timedelta(minutes=7, seconds=3), CN) == shanghai("2025-03-12 10:22:03")
    assert business_hours_due(shanghai("2025-03-12 10:15"), 0.5, CN) == shanghai("2025-03-12 10:45")
    assert business_hours_due(shanghai("2025-03-15 10:15"), 0, CN) == shanghai("2025-03-17 00:00")


def test_no_days_are_due_at_the_end_of_the_day_they_start() -> None:
    assert business_days_due(shanghai("2025-03-12 10:15"), 0, CN) == end_of("2025-03-12")


@pytest.mark.parametrize(
    ("now", "left"),
    [("2025-03-14 18:00", 3), ("2025-03-16 23:59", 3), ("2025-03-18 00:00", 1), ("2025-03-19 23:59", 0), ("2025-03-25 10:00", 0)],
)
def test_business_days_left_run_down_to_the_last_day(now: str, left: int) -> None:
    assert business_days_left(shanghai(now), end_of("2025-03-19"), CN) == left


# Days on which a zone changes its clock


@pytest.mark.parametrize(("midnight", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-07-01", 24)])
def test_a_day_supplies_the_hours_it_has(midnight: str, hours: int) -> None:
    every_day = Calendar("EVERY_DAY", "1", "America/New_York", weekend=frozenset())
    start = datetime.fromisoformat(midnight).replace(tzinfo=NEW_YORK)

    length = business_time_between(start, start + timedelta(days=1), every_day)

    assert length == timedelta(hours=hours)
    assert business_hours_due(start, hours, every_day) == start + timedelta(days=1)


def test_the_hour_a_zone_lives_twice_is_counted_twice() -> None:
    every_day = Calendar("EVERY_DAY", "1", "America/New_York", weekend=frozenset())
    first = datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK, fold=0)
    second = first.replace(fold=1)

    due = business_hours_due(first, 1, every_day)

    assert business_time_between(first, second, every_day) == timedelta(hours=1)
    assert (due.hour, due.minute, due.fold) == (1, 30, 1)


# Pauses


def test_a_pause_pushes_the_due_moment_by_its_business_time_only() -> None:
    friday_to_monday = (shanghai("2025-03-14 20:00"), shanghai("2025-03-17 04:00"))

    due = business_hours_due(shanghai("2025-03-14 18:00"), 24, CN, [friday_to_monday])

    assert due == shanghai("2025-03-18 02:00")


def test_overlapping_pauses_count_once() -> None:
    pauses: list[Pause] = [
        (shanghai("2025-03-12 11:00"), shanghai("2025-03-12 13:00")),
        (shanghai("2025-03-12 12:00"), shanghai("2025-03-12 14:00")),
    ]

    assert business_hours_due(shanghai("2025-03-12 10:00"), 2, CN, pauses) == shanghai("2025-03-12 15:00")


def test_a_clock_that_stands_still_is_never_due() -> None:
    still: list[Pause] = [(shanghai("2025-03-12 12:00"), None)]

    assert business_hours_due(shanghai("2025-03-12 10:00"), 2, CN, still) == shanghai("2025-03-12 12:00")
    with pytest.raises(ValueError, match="stands still"):
        business_hours_due(shanghai("2025-03-12 10:00"), 2.5, CN, still)


def test_a_pause_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        business_hours_due(shanghai("2025-03-12 10:00"), 1, CN, [(shanghai("2025-03-12 12:00"), shanghai("2025-03-12 11:00"))])


# Why it is due then


def test_the_steps_of_a_budget_of_hours_say_what_counted() -> None:
    start, pause = shanghai("2025-03-14 18:00"), (shanghai("2025-03-17 01:00"), shanghai("2025-03-17 02:00"))
    due = business_hours_due(start, 9, CN, [pause])

    steps = explain_hours(start, due, CN, [pause])

    assert [(step.kind, step.counted) for step in steps] == [
        (Kind.BUSINESS, timedelta(hours=6)),
        (Kind.OFF, timedelta(0)),
        (Kind.OFF, timedelta(0)),
        (Kind.BUSINESS, timedelta(hours=1)),
        (Kind.PAUSED, timedelta(0)),
        (Kind.BUSINESS, timedelta(hours=2)),
    ]
    assert (steps[0].start, steps[-1].end) == (start, due)
    assert all(before.end == after.start for before, after in zip(steps, steps[1:], strict=False))


def test_the_steps_of_a_number_of_days_name_each_day() -> None:
    steps = explain_days(shanghai("2025-03-14 18:00"), 2, CN)

    assert [(step.start.day, step.kind) for step in steps] == [
        (14, Kind.START),
        (15, Kind.OFF),
        (16, Kind.OFF),
        (17, Kind.BUSINESS),
        (18, Kind.BUSINESS),
    ]
    assert steps[-1].end == business_days_due(shanghai("2025-03-14 18:00"), 2, CN)


def test_the_steps_of_calendar_days_show_the_roll() -> None:
    steps = explain_calendar_days(shanghai("2025-09-30 09:00"), 2, CN, roll=True)

    assert [step.kind for step in steps] == [Kind.START, Kind.CALENDAR, Kind.CALENDAR] + [Kind.ROLLED] * 7
    assert steps[-1].end == end_of("2025-10-09")


# What is refused


@pytest.mark.parametrize(
    "call",
    [
        lambda moment: business_hours_due(moment, 1, CN),
        lambda moment: business_days_due(moment, 1, CN),
        lambda moment: calendar_days_due(moment, 1, CN, roll=True),
        lambda moment: business_time_between(moment, shanghai("2026-01-01"), CN),
        lambda moment: business_time_between(shanghai("2026-01-01"), moment, CN),
        lambda moment: business_days_left(moment, shanghai("2026-01-01"), CN),
        lambda moment: explain_hours(shanghai("2026-01-01"), moment, CN),
        lambda moment: business_hours_due(shanghai("2026-01-01"), 1, CN, [(moment, None)]),
    ],
)
def test_a_moment_without_a_time_zone_is_refused(call: object) -> None:
    naive = datetime(2026, 1, 5, 9)  # noqa: DTZ001

    with pytest.raises(ValueError, match="without a time zone"):
        call(naive)  # type: ignore[operator]


@pytest.mark.parametrize(
    "call",
    [
        lambda: business_hours_due(shanghai("2026-01-05"), -1, CN),
        lambda: business_days_due(shanghai("2026-01-05"), -1, CN),
        lambda: calendar_days_due(shanghai("2026-01-05"), -1, CN, roll=False),
    ],
)
def test_a_negative_budget_is_refused(call: object) -> None:
    with pytest.raises(ValueError, match="not negative"):
        call()  # type: ignore[operator]


def test_a_calendar_without_business_days_ends_in_an_error_and_not_in_a_loop() -> None:
    never = Calendar("NEVER", "1", "UTC", weekend=frozenset(range(7)))
    start = datetime(2026, 1, 5, tzinfo=UTC)

    with pytest.raises(ValueError, match="never uses up its budget"):
        business_hours_due(start, 1, never)
    with pytest.raises(ValueError, match="not enough business days"):
        business_days_due(start, 1, never)
    with pytest.raises(ValueError, match="no business day to roll to"):
        calendar_days_due(start, 1, never, roll=True)


# Properties of any clock

calendars = st.sampled_from([CN, US])
moments = st.datetimes(datetime(2024, 1, 2), datetime(2026, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001
budgets = st.timedeltas(timedelta(0), timedelta(days=9))
lengths = st.timedeltas(timedelta(0), timedelta(days=6))


@st.composite
def pauses_after(draw: st.DrawFn, start: datetime) -> list[Pause]:
    begins = draw(st.lists(st.timedeltas(timedelta(0), timedelta(days=12)), max_size=3))
    return [(start + begin, start + begin + draw(lengths)) for begin in begins]


@given(calendars, moments, budgets, st.data())
def test_between_start_and_due_lies_exactly_the_budget(calendar: Calendar, start: datetime, budget: timedelta, data: st.DataObject) -> None:
    pauses = data.draw(pauses_after(start))

    due = business_hours_due(start, budget, calendar, pauses)

    assert due >= start
    assert business_time_between(start, due, calendar, pauses) == budget
    assert sum((step.counted for step in explain_hours(start, due, calendar, pauses)), timedelta(0)) == budget


@given(calendars, moments, lengths, budgets, st.integers(0, 20))
def test_a_later_start_is_never_due_earlier(calendar: Calendar, start: datetime, later: timedelta, budget: timedelta, days: int) -> None:
    after = start + later

    assert business_hours_due(start, budget, calendar) <= business_hours_due(after, budget, calendar)
    assert business_days_due(start, days, calendar) <= business_days_due(after, days, calendar)
    assert calendar_days_due(start, days, calendar, True) <= calendar_days_due(after, days, calendar, True)


@given(calendars, moments, st.timedeltas(timedelta(hours=1), timedelta(days=9)), st.floats(0, 0.99), lengths)
def test_a_pause_pushes_by_its_business_time(
    calendar: Calendar, start: datetime, budget: timedelta, share: float, length: timedelta
) -> None:
    begin = business_hours_due(start, budget * share, calendar)
    pause = (begin, begin + length)

    due = business_hours_due(start, budget, calendar, [pause])

    assert due == business_hours_due(start, budget + business_time_between(*pause, calendar), calendar)


@given(calendars, moments, lengths, lengths)
def test_business_time_adds_up_over_any_cut(calendar: Calendar, start: datetime, first: timedelta, second: timedelta) -> None:
    middle, end = start + first, start + first + second

    whole = business_time_between(start, end, calendar)

    assert whole == business_time_between(start, middle, calendar) + business_time_between(middle, end, calendar)
    assert timedelta(0) <= whole <= end - start
    assert business_time_between(end, start, calendar) == timedelta(0)


@given(calendars, moments, st.integers(0, 30))
def test_the_days_left_at_the_start_are_the_days_given(calendar: Calendar, start: datetime, days: int) -> None:
    due = business_days_due(start, days, calendar)

    assert business_days_left(start, due, calendar) == days
    assert days == 0 or calendar.is_business_day(calendar.day_of(due))

"""The rules of penalties: vectors 1 to 5 of domain.md 12, and what holds for any violations."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penalties.lifecycle import Measure
from penalties.rules import Measure as PureMeasure
from penalties.rules import Offence, Pack, group, measures_due, read_pack, standings

SHANGHAI = ZoneInfo("Asia/Shanghai")
DATA = {
    "strike_severities": ["serious"],
    "valid_hours": 8760,
    "merge": {"anchor": "first", "days": 3, "basis": "complaint_received", "time_zone": "Asia/Shanghai"},
    "steps": [
        {"at": 1, "measures": ["warning"], "lesson": "first_strike"},
        {"at": 2, "measures": ["restriction"], "days": 30},
        {"at": 3, "measures": ["closure"]},
    ],
}
PACK = read_pack(DATA)
SLIDING = read_pack(DATA | {"merge": DATA["merge"] | {"anchor": "sliding"}})
CONFIRMED = read_pack(DATA | {"merge": DATA["merge"] | {"basis": "confirmed"}})


def at(text: str) -> datetime:
    """Return a moment in Shanghai, such as `2026-03-01 10:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def offence(number: int, received: str, *, confirmed: str = "", pack: Pack | None = PACK, **changes) -> Offence:
    received_at = at(received)
    values = {
        "id": number,
        "received_at": received_at,
        "confirmed_at": at(confirmed) if confirmed else received_at + timedelta(days=5),
        "severity": "serious",
        "right_kind": "trademark",
        "reason": "TM-JARGON",
        "pack": pack,
    }
    return Offence(**values | changes)


def members(strikes) -> list[list[int]]:
    return [[item.id for item in strike.members] for strike in strikes]


def measures(offences) -> list[list[str]]:
    return [[due.measure.value for due in measures_due(standing)] for standing in standings(group(offences))]


def test_vector_1_three_days_are_counted_from_the_first_as_calendar_days_in_shanghai():
    three = [offence(1, "2026-03-01 10:00"), offence(2, "2026-03-02 08:00"), offence(3, "2026-03-03 23:59")]

    assert members(group(three)) == [[1, 2, 3]]
    assert members(group([*three, offence(4, "2026-03-04 00:00")])) == [[1, 2, 3], [4]]


def test_vector_1_the_sliding_mode_joins_what_arrives_soon_after_the_last():
    received = ["2026-03-01 10:00", "2026-03-02 08:00", "2026-03-03 23:59", "2026-03-04 00:00"]

    assert members(group([offence(number, text, pack=SLIDING) for number, text in enumerate(received, 1)])) == [[1, 2, 3, 4]]


def test_vector_2_strikes_add_up_across_rights_and_the_third_closes():
    offences = [
        offence(1, "2026-03-01 12:00"),
        offence(2, "2026-03-10 12:00", right_kind="invention"),
        offence(3, "2026-03-20 12:00"),
    ]

    assert measures(offences) == [["warning"], ["restriction"], ["closure"]]


@pytest.mark.parametrize(("opened", "lapses"), [("2024-02-01 12:00", "2025-01-31 12:00"), ("2025-03-01 12:00", "2026-03-01 12:00")])
def test_vector_3_a_strike_counts_for_365_days_of_24_hours(opened, lapses):
    (strike,) = group([offence(1, opened)])

    assert strike.expires_at == at(lapses)
    assert strike.is_valid_at(at(lapses) - timedelta(microseconds=1))
    assert not strike.is_valid_at(at(lapses))


def test_vector_4_what_is_intentional_goes_to_the_last_step_as_far_as_the_policy_says_so():
    pack = read_pack(DATA | {"escalations": [{"reasons": ["TM-OBSCURE"], "listings": 2, "to": 3}]})
    covered = [
        offence(1, "2026-03-01 10:00", pack=pack, reason="TM-OBSCURE"),
        offence(2, "2026-03-02 10:00", pack=pack, reason="TM-OBSCURE"),
    ]

    assert measures(covered) == [["warning", "closure"]]
    assert measures(covered[:1]) == [["warning"]]
    assert measures([replace(item, pack=PACK) for item in covered]) == [["warning"]]


def test_vector_5_a_violation_taken_back_lowers_what_came_after_it():
    offences = [offence(1, "2026-03-01 12:00"), offence(2, "2026-03-10 12:00"), offence(3, "2026-03-20 12:00")]

    assert measures(offences[1:]) == [["warning"], ["restriction"]]


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"severity": "general"}, False),
        ({"severity": "by_decision"}, False),
        ({"pack": None}, False),
        ({"right_kind": "copyright", "pack": read_pack(DATA | {"right_kinds": ["trademark"]})}, False),
        ({"right_kind": "trademark", "pack": read_pack(DATA | {"right_kinds": ["trademark"]})}, True),
    ],
)
def test_what_makes_a_strike_is_said_by_the_policy_in_force_when_the_complaint_arrived(changes, counts):
    assert bool(group([offence(1, "2026-03-01 12:00", **changes)])) is counts


def test_the_days_may_be_counted_by_confirmation_instead():
    """Received weeks apart and confirmed on one day: one strike under one policy, two under the other."""
    pair = [("2026-03-01 12:00", "2026-04-01 09:00"), ("2026-03-20 12:00", "2026-04-01 10:00")]

    by_receipt = [offence(number, received, confirmed=confirmed) for number, (received, confirmed) in enumerate(pair, 1)]
    by_confirmation = [replace(item, pack=CONFIRMED) for item in by_receipt]

    assert members(group(by_receipt)) == [[1], [2]]
    assert members(group(by_confirmation)) == [[1, 2]]


def test_a_strike_follows_the_policy_of_its_first_violation():
    """A complaint under the older version keeps its strike there, also when one under the newer version joins it."""
    older = read_pack(DATA | {"steps": [{"at": 1, "measures": ["closure"]}]})
    pair = [offence(1, "2026-06-30 23:00", pack=older), offence(2, "2026-07-01 01:00")]

    assert members(group(pair)) == [[1, 2]]
    assert measures(pair) == [["closure"]]


def test_strikes_are_numbered_in_the_order_in_which_they_came_to_count():
    """The later complaint was confirmed first: it stays the first strike when the earlier one is confirmed."""
    late = offence(1, "2026-03-01 12:00", confirmed="2026-03-30 12:00")
    early = offence(2, "2026-03-10 12:00", confirmed="2026-03-15 12:00")

    assert [(item.strike.anchor.id, item.level) for item in standings(group([late, early]))] == [(2, 1), (1, 2)]


def test_strikes_that_never_count_at_one_moment_do_not_add_up():
    """Between the first and the last lie 600 days; the middle one overlaps with either, and no moment has three."""
    offences = [
        offence(1, "2024-01-01 12:00"),
        offence(2, "2025-08-23 12:00"),
        offence(3, "2024-10-27 12:00", confirmed="2025-09-30 12:00"),
    ]

    assert [item.level for item in standings(group(offences))] == [1, 1, 2]


def test_a_strike_beyond_the_last_step_brings_the_last_step_again():
    received = ["2026-03-01 12:00", "2026-03-10 12:00", "2026-03-20 12:00", "2026-03-30 12:00"]

    assert measures([offence(number, text) for number, text in enumerate(received, 1)])[-1] == ["closure"]


def test_a_restriction_runs_from_when_its_strike_came_to_count():
    offences = [offence(1, "2026-03-01 12:00"), offence(2, "2026-03-10 12:00", confirmed="2026-03-16 00:00")]

    (due,) = measures_due(standings(group(offences))[1])

    assert due.ends_at == at("2026-04-15 00:00")


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": []},
        {"steps": [{"at": 2, "measures": ["warning"]}, {"at": 1, "measures": ["warning"]}]},
        {"steps": [{"at": 1, "measures": ["restriction"]}]},
        {"steps": [{"at": 1, "measures": ["beheading"]}]},
        {"valid_hours": 0},
        {"merge": DATA["merge"] | {"anchor": "last"}},
        {"merge": DATA["merge"] | {"basis": "tomorrow"}},
        {"merge": DATA["merge"] | {"days": 0}},
        {"escalations": [{"reasons": ["TM-OBSCURE"], "listings": 1, "to": 9}]},
    ],
)
def test_data_nobody_could_follow_is_refused(changes):
    with pytest.raises(ValueError, match=r"steps|merge|valid_hours|escalations|beheading"):
        read_pack(DATA | changes)


def test_the_measures_of_the_rules_are_those_with_words():
    assert [measure.value for measure in PureMeasure] == Measure.values


# -- for any violations --------------------------------------------------------------------------------------------------
BEGINNING = datetime(2025, 1, 1, tzinfo=UTC)


@st.composite
def offences(draw, packs=(PACK, SLIDING)):
    """Draw violations under one pack: received within 500 days, confirmed up to 60 days later."""
    pack = draw(st.sampled_from(packs))
    hours = draw(st.lists(st.tuples(st.integers(0, 12_000), st.integers(0, 1_440), st.booleans()), max_size=12))
    return [
        Offence(
            id=number,
            received_at=BEGINNING + timedelta(hours=received),
            confirmed_at=BEGINNING + timedelta(hours=received + later),
            severity="serious" if is_serious else "general",
            right_kind="trademark",
            reason="TM-JARGON",
            pack=pack,
        )
        for number, (received, later, is_serious) in enumerate(hours, 1)
    ]


@given(offences(), st.randoms())
def test_the_order_in_which_violations_are_looked_at_changes_nothing(found, random):
    shuffled = list(found)
    random.shuffle(shuffled)

    assert standings(group(shuffled)) == standings(group(found))


@given(offences())
def test_every_serious_violation_is_in_exactly_one_strike_and_no_other_is(found):
    grouped = [item.id for strike in group(found) for item in strike.members]

    assert sorted(grouped) == [item.id for item in found if item.severity == "serious"]


@given(offences(packs=(PACK,)))
def test_an_anchored_strike_spans_less_than_its_days_and_the_next_one_begins_outside(found):
    strikes = group(found)

    def day(item):
        return item.received_at.astimezone(SHANGHAI).date()

    assert all((day(strike.members[-1]) - day(strike.anchor)).days < 3 for strike in strikes)
    assert all((day(after.anchor) - day(before.anchor)).days >= 3 for before, after in pairwise(strikes))


@given(offences(packs=(SLIDING,)))
def test_sliding_strikes_are_apart_by_their_days_and_have_no_gap_inside(found):
    strikes = group(found)

    def day(item):
        return item.received_at.astimezone(SHANGHAI).date()

    assert all((day(b) - day(a)).days < 3 for strike in strikes for a, b in pairwise(strike.members))
    assert all((day(after.anchor) - day(before.members[-1])).days >= 3 for before, after in pairwise(strikes))


@given(offences())
def test_a_level_is_the_most_strikes_that_count_together_with_it_and_never_more(found):
    ordered = standings(group(found))

    for place, standing in enumerate(ordered):
        so_far = [item.strike for item in ordered[: place + 1]]
        moments = [item.opened_at for item in so_far if standing.strike.is_valid_at(item.opened_at)]
        assert standing.level == max(sum(item.is_valid_at(moment) for item in so_far) for moment in moments)
        assert standing.strike in standing.with_it
        assert len(standing.with_it) == standing.level


@given(offences())
def test_a_violation_confirmed_later_changes_nothing_about_strikes_it_does_not_touch(found):
    """What a shop was told before stays true: a new strike of its own gets the next number and renumbers none."""
    serious = sorted((item for item in found if item.counts), key=lambda item: (item.confirmed_at, item.received_at, item.id))
    if not serious:
        return
    *before, last = serious
    earlier, later = standings(group(before)), standings(group(serious))
    untouched = {item.strike.members: item.level for item in later if last not in item.strike.members}
    if (last,) in {item.strike.members for item in later} and len(later) == len(earlier) + 1:
        assert {item.strike.members: item.level for item in earlier} == untouched

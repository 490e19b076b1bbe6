"""Upheld listings become violations, strikes and measures, and all of it is taken back exactly when a claim falls."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ipp.core import clock, tenancy
from ipp.core.models import Event
from penalties import services
from penalties.models import PenaltyPolicy, Sanction, Strike, Violation
from takedowns import services as takedowns
from tests.factories.marketplaces import SHOP
from tests.factories.penalties import (
    ENGINE,
    ago,
    closed,
    fall,
    note,
    sanctions,
    strikes,
    three_strikes,
    told,
    upheld,
    violations,
)
from tests.factories.rightsholders import validated_right
from tests.factories.takedowns import decided, link_texts, rows_of, seen_listings

OTHER = "911204999"


def members(shop=SHOP):
    return [[item.listing_external_id for item in strike.violations.all() if item.taken_back_at is None] for strike in strikes(shop)]


def names_of_events():
    with tenancy.engine_scope("tests"):
        return list(Event.objects.filter(name__startswith="penalties.").order_by("id").values_list("name", flat=True))


def test_an_upheld_listing_is_a_violation_a_strike_and_a_warning(alice):
    complaint = upheld(alice, ago(40))

    (violation,) = violations()
    (strike,) = strikes()
    (row,) = rows_of(complaint)
    assert (violation.source, violation.source_id, violation.reference) == ("complaint", row.pk, complaint.reference)
    assert (violation.severity, violation.reason, violation.right_kind) == ("serious", "TM-JARGON", "trademark")
    assert violation.listing_title == "Steel bottle"
    assert violation.received_at == strike.opened_at == complaint.filed_at
    assert violation.confirmed_at == strike.counted_at > violation.received_at
    assert violation.strike == strike
    assert strike.level == 1
    assert strike.expires_at == strike.opened_at + timedelta(days=365)
    assert told() == [("warning", "in_force")]


def test_hearing_of_it_again_changes_nothing(alice):
    complaint = upheld(alice, ago(40))
    before = (names_of_events(), told(), [row.pk for row in violations()], [row.pk for row in strikes()])

    note(complaint)
    note(complaint)

    assert (names_of_events(), told(), [row.pk for row in violations()], [row.pk for row in strikes()]) == before


def test_a_listing_that_is_not_upheld_makes_no_violation(alice):
    seen_listings([3_000_000_001])
    complaint = decided(alice, links=link_texts(1, 3_000_000_001))

    note(complaint)

    assert violations() == []
    assert names_of_events() == []


def test_a_listing_whose_shop_nobody_knows_is_on_no_record(alice):
    complaint = decided(alice, links=link_texts(1, 3_555_000_000))

    note(complaint)

    with tenancy.engine_scope("tests"):
        assert not Violation.objects.exists()


def test_a_claim_that_fell_before_anybody_heard_of_it_makes_no_violation(alice):
    complaint = upheld(alice, ago(40), noted=False)
    fall(alice, complaint, noted=False)

    note(complaint)

    assert violations() == []


def test_events_in_the_wrong_order_end_in_the_same_record(alice):
    """Released is heard before upheld: what counts is where the row stands."""
    complaint = upheld(alice, ago(40), noted=False)
    ids = [row.pk for row in rows_of(complaint)]

    services.note_released(actor=ENGINE, listing_ids=ids)
    services.note_upheld(actor=ENGINE, listing_ids=ids)

    assert len(violations()) == 1
    assert told() == [("warning", "in_force")]


def test_listings_whose_complaints_arrive_within_three_days_are_one_strike(alice):
    right = validated_right(alice)
    upheld(alice, ago(60), right=right, size=2)
    upheld(alice, ago(58), right=right)

    upheld(alice, ago(57), right=right)

    assert [len(strike) for strike in members()] == [3, 1]
    assert [strike.level for strike in strikes()] == [1, 2]
    assert told() == [("warning", "in_force"), ("restriction", "in_force")]


def test_shops_are_counted_each_by_itself(alice):
    right = validated_right(alice)
    upheld(alice, ago(60), right=right)
    upheld(alice, ago(50), right=right, shop=OTHER)

    assert [strike.level for strike in strikes(SHOP) + strikes(OTHER)] == [1, 1]


def test_the_third_strike_makes_a_closure_due_and_closes_nothing(alice):
    three_strikes(alice)

    assert told() == [("warning", "in_force"), ("restriction", "in_force"), ("closure", "due")]
    assert names_of_events()[-1] == "penalties.closure.fell_due"


def test_a_general_violation_is_kept_and_counts_for_nothing(alice):
    values = {"reason": "TM-KEYWORD", "statements": {"quoted_words": "1:1, in the title", "goods_sold": "Another bottle"}}

    upheld(alice, ago(40), **values)

    (violation,) = violations()
    assert (violation.severity, violation.strike) == ("general", None)
    assert strikes() == []
    assert told() == []


def test_a_violation_that_is_earlier_moves_the_anchor_of_the_strike(alice):
    """The later complaint was upheld first; the earlier one joins, and the days are counted from there."""
    right = validated_right(alice)
    first = upheld(alice, ago(60), right=right, noted=False)
    upheld(alice, ago(58), right=right)
    (before,) = strikes()

    note(first)

    (after,) = strikes()
    assert after.pk == before.pk
    assert (after.opened_at, before.opened_at) == (ago(60), ago(58))
    assert len(members()[0]) == 2
    assert told() == [("warning", "in_force")]
    assert "penalties.strike.changed" in names_of_events()


def test_an_earlier_anchor_may_leave_the_last_one_outside(alice):
    """Days 30, 28 and 26: the last two were one strike; anchored at day 30, day 26 stands alone."""
    right = validated_right(alice)
    first = upheld(alice, ago(30), right=right, noted=False)
    upheld(alice, ago(28), right=right)
    upheld(alice, ago(26), right=right)
    assert [len(strike) for strike in members()] == [2]

    note(first)

    assert [len(strike) for strike in members()] == [2, 1]
    assert told() == [("warning", "in_force"), ("restriction", "in_force")]


def test_two_strikes_become_one_when_what_kept_them_apart_falls(alice):
    right = validated_right(alice)
    first = upheld(alice, ago(60), right=right)
    upheld(alice, ago(58), right=right)
    upheld(alice, ago(56), right=right)
    assert [len(strike) for strike in members()] == [2, 1]

    fall(alice, first)

    assert [len(strike) for strike in members()] == [2]
    assert told() == [("warning", "in_force"), ("restriction", "lifted")]


def test_a_claim_that_falls_takes_its_strike_and_its_warning_along(alice):
    complaint = upheld(alice, ago(40))

    fall(alice, complaint)

    (violation,) = violations()
    assert violation.taken_back_at is not None
    assert strikes() == []
    assert told() == [("warning", "lifted")]
    assert names_of_events()[-3:] == ["penalties.violations.taken_back", "penalties.sanction.lifted", "penalties.strike.taken_back"]


def test_a_strike_stands_while_one_of_its_listings_does(alice):
    complaint = upheld(alice, ago(40), size=2)

    fall(alice, complaint, [1])

    (strike,) = strikes()
    assert len(members()[0]) == 1
    assert told() == [("warning", "in_force")]
    assert strike.level == 1


def test_the_record_after_a_claim_fell_is_the_one_it_would_be_had_it_never_been_upheld(alice):
    """Three strikes, the first falls: the second is a warning now, the third a restriction that runs since it came to count."""
    first, _second, _third = three_strikes(alice)
    two, three = (strike.pk for strike in strikes()[1:])

    fall(alice, first)

    assert [(strike.pk, strike.level) for strike in strikes()] == [(two, 1), (three, 2)]
    standing = [(row.strike_id, row.measure, row.status) for row in sanctions() if row.status != "lifted"]
    assert standing == [(two, "warning", "in_force"), (three, "restriction", "in_force")]
    (restriction,) = [row for row in sanctions() if (row.measure, row.status) == ("restriction", "in_force")]
    assert restriction.ends_at == strikes()[1].counted_at + timedelta(days=30)


def test_a_claim_upheld_again_counts_again(alice):
    complaint = upheld(alice, ago(40), noted=False)
    (row,) = rows_of(complaint)
    note(complaint)
    fall(alice, complaint)

    with tenancy.engine_scope("tests"):
        from ipp.core.lifecycle import advance_with_trail
        from takedowns.lifecycle import LISTING
        from takedowns.models import ReportedListing, Transition

        moves = {"again": (frozenset({"withdrawn"}), "upheld")}
        advance_with_trail(ReportedListing, Transition, type(LISTING)("tests", "status", moves), "again", ids=[row.pk])
    note(complaint)

    assert [violation.taken_back_at is None for violation in violations()] == [False, True]
    assert told() == [("warning", "lifted"), ("warning", "in_force")]


def test_a_closure_in_force_is_lifted_when_one_of_its_strikes_falls(alice):
    row = closed(alice)
    complaint = next(item for item in violations())

    with tenancy.engine_scope("tests"):
        from takedowns.models import Complaint

        first = Complaint.objects.get(reference=complaint.reference)
    fall(alice, first)

    assert {item.pk: item.status for item in sanctions()}[row.pk] == "lifted"
    assert [item.level for item in strikes()] == [1, 2]


def test_a_fourth_strike_waits_behind_the_closure_that_is_on_its_way(alice):
    right = validated_right(alice)
    three_strikes(alice, right=right)

    upheld(alice, ago(30), right=right)

    assert [item.level for item in strikes()] == [1, 2, 3, 4]
    assert [measure for measure, _status in told()].count("closure") == 1


def test_when_one_of_four_strikes_falls_a_closure_is_due_for_the_one_that_is_third_now(alice):
    right = validated_right(alice)
    first, *_rest = three_strikes(alice, right=right)
    upheld(alice, ago(30), right=right)

    fall(alice, first)

    closures = [(row.strike_id, row.status) for row in sanctions() if row.measure == "closure"]
    assert [status for _strike, status in closures] == ["lifted", "due"]
    assert closures[-1][0] == strikes()[-1].pk


# -- versions of the policy ------------------------------------------------------------------------------------------------
def test_the_version_in_force_when_the_complaint_arrived_judges_it(alice):
    """Received on 30 June 2026 under version 1, upheld in July under version 2: the sanction rests on version 1."""
    right = validated_right(alice, registered_on=date(2020, 1, 1))
    upheld(alice, day(2026, 6, 20), right=right)

    upheld(alice, day(2026, 6, 30), right=right)

    warning, restriction = sanctions()
    assert [row.policy.version for row in (warning, restriction)] == [1, 1]
    assert restriction.ends_at == strikes()[1].counted_at + timedelta(days=14)
    assert [strike.policy.version for strike in strikes()] == [1, 1]


def test_a_sanction_under_an_older_version_stands_beside_one_under_the_newer(alice):
    right = validated_right(alice, registered_on=date(2020, 1, 1))
    upheld(alice, day(2026, 6, 28), right=right)

    upheld(alice, day(2026, 7, 10), right=right)

    warning, restriction = sanctions()
    assert (warning.policy.version, restriction.policy.version) == (1, 2)
    assert restriction.ends_at == strikes()[1].counted_at + timedelta(days=30)


def test_the_day_a_version_begins_is_shanghais(alice):
    """23:59 on 30 June in Shanghai is version 1, a minute later is version 2."""
    late = day(2026, 6, 30).replace(hour=23, minute=59)

    assert services.counting.policy_at("bazarro", late).version == 1
    assert services.counting.policy_at("bazarro", late + timedelta(minutes=1)).version == 2


def test_a_marketplace_without_rules_keeps_violations_and_counts_none(alice):
    with tenancy.engine_scope("tests"):
        PenaltyPolicy.objects.filter(marketplace="bazarro", version=2).update(effective_to=date(2026, 7, 2))

    upheld(alice, ago(40))

    (violation,) = violations()
    assert (violation.policy, violation.strike) == (None, None)


@pytest.mark.parametrize("change", [{"data": {}}, {"version": 7}, {"effective_from": date(2020, 1, 1)}])
def test_a_published_version_cannot_be_edited_by_anybody(db, change):
    from django.db import DatabaseError, transaction

    with tenancy.engine_scope("tests"), pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        PenaltyPolicy.objects.filter(marketplace="bazarro", version=1).update(**change)


def day(year, month, number):
    from tests.factories.penalties import SHANGHAI

    return clock.now().astimezone(SHANGHAI).replace(year=year, month=month, day=number, hour=12, minute=0, second=0, microsecond=0)


def test_no_strike_or_sanction_is_left_over_when_everything_fell(alice):
    complaints = three_strikes(alice)

    for complaint in reversed(complaints):
        fall(alice, complaint)

    with tenancy.engine_scope("tests"):
        assert not Strike.objects.filter(taken_back_at=None).exists()
        assert not Sanction.objects.exclude(status="lifted").exists()


def test_a_ruling_that_can_be_undone_neither_makes_nor_takes_back_a_violation(alice, sunny, cast):
    """The event of an upheld claim may be late: an overturning in between that is taken back leaves the violation there, once."""
    complaint = upheld(alice, ago(20), owner=sunny, noted=False)
    ann = cast("ann")
    with tenancy.acting(ann):
        overturned = takedowns.overturn_listings(
            actor=ann, code=complaint.code, positions=[1], ruling="NO_INFRINGEMENT", message="Another bottle."
        )

    note(complaint)
    assert len(violations()) == 1
    services.note_released(actor=ENGINE, listing_ids=[row.pk for row in rows_of(complaint)])
    assert [row.taken_back_at for row in violations()] == [None]

    with tenancy.acting(ann):
        takedowns.undo_ruling(actor=ann, batch=overturned)
    note(complaint)
    assert [row.taken_back_at for row in violations()] == [None]

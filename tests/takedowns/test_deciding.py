"""Deciding listings: who may, on which version, with what reason; taking a decision back; and what rules decide by themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from ipp.core import clock, tenancy
from ipp.core.errors import Conflict, Forbidden, IllegalTransition, InvalidInput, NotFound, StaleVersion
from ipp.core.models import Clock, Event
from takedowns import queries, services
from takedowns.models import Decision, RejectionCode, ReviewNote, Transition
from takedowns.queries import own
from tests.factories.marketplaces import known_listing
from tests.takedowns.cases import (
    UNDO_OVER,
    asked,
    carry_out,
    decide,
    decided,
    decisions_of,
    filed,
    fresh,
    held,
    listing_named,
    rows_of,
    screened,
    states_of,
    undo,
    withdraw,
)

pytestmark = pytest.mark.usefixtures("marketplace")


def events(name):
    with tenancy.engine_scope("tests"):
        return list(Event.objects.filter(name=name).order_by("id"))


def test_listings_are_decided_alike_in_one_batch(alice, rex):
    complaint = held(alice, rex, 4)

    batch = decide(rex, complaint, 1, 3, message=" Clear. ", note="quick")

    made = decisions_of(complaint)
    assert states_of(complaint) == ["accepted", "under_review", "accepted", "under_review"]
    assert [(item.batch, item.outcome, item.message, item.decided_by_id, item.seen_version, item.rule) for item in made] == [
        (batch, "accepted", "Clear.", rex.user_id, complaint.version, "")
    ] * 2
    assert fresh(complaint).version == complaint.version + 1
    with tenancy.acting(rex):
        assert [note.text for note in ReviewNote.objects.all()] == ["quick"]
        moves = list(Transition.objects.filter(action="accept").values_list("from_status", "to_status"))
    assert moves == [("under_review", "accepted")] * 2
    assert [event.payload["positions"] for event in events("takedowns.listings.decided")] == [[1, 3]]


def test_the_same_listing_named_twice_is_decided_once(alice, rex):
    complaint = held(alice, rex, 2)

    decide(rex, complaint, 1, 1)

    assert len(decisions_of(complaint)) == 1


def test_the_last_decision_closes_the_complaint_and_stops_its_clock(alice, rex):
    complaint = held(alice, rex, 2)

    decide(rex, complaint, 1)
    assert fresh(complaint).status == "in_review"
    assert fresh(complaint).clock.stopped_at is None
    decide(rex, complaint, 2, outcome="rejected")

    closed = fresh(complaint)
    assert (closed.status, closed.claimed_by_id) == ("decided", None)
    assert closed.decided_at is not None
    assert closed.clock.stopped_at is not None


def test_a_decision_on_an_older_version_is_refused_and_writes_nothing(alice, rex):
    complaint = held(alice, rex)

    with pytest.raises(StaleVersion):
        decide(rex, complaint, 1, version=complaint.version + 1, note="hm")

    assert (decisions_of(complaint), states_of(complaint)) == ([], ["under_review"] * 3)
    with tenancy.acting(rex):
        assert not ReviewNote.objects.exists()


def test_who_does_not_hold_the_complaint_decides_nothing(alice, rex, ann):
    waiting = screened(alice)
    complaint = held(alice, rex)

    for wrong in (waiting, complaint):
        with pytest.raises(Forbidden) as refusal:
            decide(ann, wrong, 1)
        assert refusal.value.code == "claim_lost"
    assert decisions_of(complaint) == []


def test_deciding_twice_is_refused_and_the_rest_of_the_batch_with_it(alice, rex):
    complaint = held(alice, rex)
    decide(rex, complaint, 1)

    with pytest.raises(IllegalTransition):
        decide(rex, complaint, 1, 2, outcome="rejected")

    assert states_of(complaint) == ["accepted", "under_review", "under_review"]
    assert len(decisions_of(complaint)) == 1


@pytest.mark.parametrize(("positions", "error"), [((), InvalidInput), ((4,), NotFound), ((1, 99), NotFound)])
def test_listings_that_are_not_there_are_refused(alice, rex, positions, error):
    complaint = held(alice, rex)

    with pytest.raises(error):
        decide(rex, complaint, *positions)

    assert decisions_of(complaint) == []


def test_a_rejection_needs_a_reason_of_the_catalogue_that_is_in_force_and_a_reviewers(alice, rex):
    complaint = held(alice, rex)
    with tenancy.acting(rex):
        RejectionCode.objects.filter(pk="R10").update(effective_to=clock.now().date() - timedelta(days=2))
        RejectionCode.objects.filter(pk="R01").update(by_reviewer=False)

    for code in ("", "R99", "R10", "R01"):
        with pytest.raises(InvalidInput) as refusal:
            decide(rex, complaint, 1, outcome="rejected", rejection=code)
        assert refusal.value.errors[0].pointer == "rejection"
    with pytest.raises(InvalidInput):
        decide(rex, complaint, 1, outcome="maybe", rejection="R05")

    decide(rex, complaint, 1, outcome="rejected", rejection="R05")
    assert [item.rejection_id for item in decisions_of(complaint)] == ["R05"]


def test_an_acceptance_carries_no_rejection(alice, rex):
    complaint = held(alice, rex, 1)

    decide(rex, complaint, 1, rejection="R05")

    assert decisions_of(complaint)[0].rejection_id is None


def test_a_decision_is_undone_within_its_time_and_the_listing_decided_anew(alice, rex):
    complaint = decided(alice, rex, 2)
    batch = decisions_of(complaint)[0].batch

    with clock.moved(timedelta(seconds=14)):
        again = undo(rex, complaint, batch)

    assert (again.status, again.claimed_by_id, again.decided_at) == ("in_review", rex.user_id, None)
    assert fresh(complaint).clock.stopped_at is None
    assert states_of(complaint) == ["under_review"] * 2
    assert [(row.round, row.decided_at, row.snapshot_decided_id) for row in rows_of(complaint)] == [(2, None, None)] * 2
    decide(rex, complaint, 1, outcome="rejected")
    assert [(item.round, item.outcome) for item in decisions_of(complaint)] == [(1, "accepted"), (1, "accepted"), (2, "rejected")]


def test_a_decision_cannot_be_undone_any_more_in_its_fifteenth_second(alice, rex):
    complaint = decided(alice, rex)
    batch = decisions_of(complaint)[0].batch

    with clock.moved(timedelta(seconds=15)), pytest.raises(Conflict) as refusal:
        undo(rex, complaint, batch)

    assert refusal.value.code == "undo_over"
    assert states_of(complaint) == ["accepted"] * 3


def test_a_decision_that_took_effect_cannot_be_undone_whatever_the_clock_says(alice, rex):
    complaint = decided(alice, rex)
    batch = decisions_of(complaint)[0].batch
    assert carry_out(complaint, batch)

    with pytest.raises(Conflict):
        undo(rex, complaint, batch)

    assert states_of(complaint) == ["accepted"] * 3


def test_only_who_decided_can_undo_and_only_once(alice, rex, ann):
    complaint = decided(alice, rex)
    batch = decisions_of(complaint)[0].batch

    with pytest.raises(NotFound):
        undo(ann, complaint, batch)
    undo(rex, complaint, batch)
    with pytest.raises(NotFound):
        undo(rex, complaint, batch)


def test_an_undo_renews_the_claim_of_who_still_holds_and_takes_nothing_from_a_colleague(alice, rex, ann):
    complaint = held(alice, rex)
    batch = decide(rex, complaint, 1)
    with tenancy.acting(rex):
        services.release_complaint(actor=rex, code=complaint.code)
    with tenancy.acting(ann):
        theirs = services.claim_complaint(actor=ann, code=complaint.code)

    again = undo(rex, complaint, batch)

    assert (again.claimed_by_id, again.claim_expires_at) == (ann.user_id, theirs.claim_expires_at)
    assert states_of(complaint) == ["under_review"] * 3
    with pytest.raises(StaleVersion):
        decide(ann, complaint, 2, version=theirs.version)


def test_an_undo_leaves_what_was_withdrawn_in_between(alice, rex):
    complaint = held(alice, rex)
    batch = decide(rex, complaint, 1, 2)
    withdraw(alice, complaint, 1)

    undo(rex, complaint, batch)

    assert states_of(complaint) == ["withdrawn", "under_review", "under_review"]


def test_a_decision_undone_has_no_effect_when_its_time_comes(alice, rex, run_engine):
    complaint = decided(alice, rex)
    undo(rex, complaint, decisions_of(complaint)[0].batch)

    run_engine(after=UNDO_OVER)

    assert [row.effective_at for row in rows_of(complaint)] == [None] * 3
    assert events("takedowns.listings.decision_effective") == []


def test_the_filer_sees_a_decision_only_once_it_can_not_be_undone(alice, rex):
    complaint = decided(alice, rex)
    with tenancy.acting(alice):
        shown = own.own_complaint(alice, complaint.code)
        assert own.public_status(shown) == "in_review"
        assert {row.shown_status for row in own.own_listings(shown)} == {"under_review"}

    carry_out(complaint, decisions_of(complaint)[0].batch)

    with tenancy.acting(alice):
        shown = own.own_complaint(alice, complaint.code)
        assert own.public_status(shown) == "decided"
        assert {row.shown_status for row in own.own_listings(shown)} == {"accepted"}


def test_the_snapshots_of_filing_and_of_decision_stay_when_the_listing_changes(alice, rex):
    complaint = held(alice, rex, 1)
    (row,) = rows_of(complaint)
    first = listing_named(row.external_id).latest_id
    known_listing(external_id=row.external_id, title="Second title", version=2)
    second = listing_named(row.external_id).latest_id

    decide(rex, complaint, 1)
    known_listing(external_id=row.external_id, title="Third title", version=3)

    (row,) = rows_of(complaint)
    assert (row.snapshot_filed_id, row.snapshot_decided_id) == (first, second)
    assert len({first, second, listing_named(row.external_id).latest_id}) == 3


def test_a_rule_rejects_what_leaves_nothing_to_decide_at_once_and_names_itself(alice, rex, run_engine):
    complaint = screened(alice, 2)
    run_rule(complaint, rows_of(complaint)[:1])

    (decision,) = decisions_of(complaint)
    assert (decision.outcome, decision.rejection_id, decision.rule, decision.decided_by_id) == ("rejected", "R07", "listing_missing", None)
    assert fresh(complaint).status == "queued"
    run_engine()
    assert fresh(complaint).rejected_count == 1


def test_a_rule_leaves_what_a_reviewer_decided_alone(alice, rex):
    complaint = held(alice, rex, 2)
    decide(rex, complaint, 1)

    run_rule(complaint, rows_of(complaint))

    assert states_of(complaint) == ["accepted", "rejected"]
    assert [item.rule for item in decisions_of(complaint)] == ["", "listing_missing"]
    assert fresh(complaint).status == "decided"


def test_a_rule_that_settles_the_rest_while_a_question_is_open_ends_the_pause(alice, rex):
    complaint = asked(alice, rex)

    run_rule(complaint, rows_of(complaint))

    closed = fresh(complaint)
    assert closed.status == "decided"
    with tenancy.acting(rex):
        assert not closed.clock.pauses.filter(to_at=None).exists()
        assert Clock.objects.get(pk=closed.clock_id).stopped_at is not None


def run_rule(complaint, rows):
    from ipp.core.actors import Actor
    from tests.factories.marketplaces import inside_engine

    with inside_engine(Actor.system(complaint.organization_id, "tests")) as engine:
        services.decide_by_rule(
            actor=engine, complaint_id=complaint.pk, listing_ids=[row.pk for row in rows], rule="listing_missing", rejection="R07"
        )


def test_a_decision_is_never_edited_and_a_round_has_one(alice, rex):
    complaint = decided(alice, rex, 1)
    (decision,) = decisions_of(complaint)

    with tenancy.acting(rex):
        for change in (lambda: Decision.objects.update(message="x"), lambda: Decision.objects.all().delete()):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                change()
        with pytest.raises(DatabaseError, match="one_listing_decision_per_round"), transaction.atomic():
            Decision.objects.create(
                organization_id=complaint.organization_id,
                reported_listing_id=decision.reported_listing_id,
                round=1,
                batch="x",
                outcome="accepted",
                decided_by_id=rex.user_id,
                seen_version=1,
            )


def test_a_decision_is_a_persons_or_a_rules_and_a_rejection_has_a_code(alice, rex):
    (row,) = rows_of(held(alice, rex, 1))
    shared = {"organization_id": row.organization_id, "reported_listing": row, "round": 1, "batch": "x", "seen_version": 1}

    with tenancy.acting(rex):
        for values, constraint in (
            ({"outcome": "accepted"}, "a_person_or_a_rule_decides"),
            ({"outcome": "accepted", "rule": "x", "decided_by_id": rex.user_id}, "a_person_or_a_rule_decides"),
            ({"outcome": "rejected", "decided_by_id": rex.user_id}, "a_rejection_has_a_code"),
        ):
            with pytest.raises(DatabaseError, match=constraint), transaction.atomic():
                Decision.objects.create(**shared, **values)


def test_another_tenant_sees_nothing_of_a_decided_complaint(alice, gus, rex):
    complaint = decided(alice, rex)

    with tenancy.acting(gus):
        assert not Decision.objects.exists()
        with pytest.raises(NotFound):
            own.own_complaint(gus, complaint.code)
    assert queries.__doc__


def test_nothing_is_decided_before_the_screening(alice, rex):
    complaint = filed(alice)

    with pytest.raises(Forbidden):
        decide(rex, complaint, 1)

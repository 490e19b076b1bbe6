"""A second reviewer decides a dispute: never the first one under whatever account, listing by listing, with a way back for seconds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from ipp.core import clock, tenancy
from ipp.core.errors import Conflict, Forbidden, IllegalTransition, InvalidInput, NotFound, StaleVersion
from ipp.core.models import Event
from marketplaces.models import Action
from takedowns import services
from takedowns.models import CounterNotice, CounterNoticeListing, Decision, ReportedListing, ReviewNote, StatementOfReasons
from takedowns.rules import AFTER_WINDOW, CLAIM_MINUTES
from takedowns.services import adjudicating
from tests.actors import actor_named
from tests.factories.disputes import carry_out_ruling, contested, countered, fresh_counter, ruled, told
from tests.takedowns.rulings import STAFF, decisions_of, overturn, rows_of, rule, second_account_of, states_of, take, undo

pytestmark = pytest.mark.usefixtures("marketplace")
UNDO_OVER = timedelta(seconds=16)
RUN_OUT = timedelta(minutes=CLAIM_MINUTES)


@pytest.fixture
def ruth(cast):
    """The other reviewer."""
    return cast("ruth")


@pytest.fixture
def sunny(cast):
    """Owner of the shop."""
    return cast("sunny")


@pytest.fixture
def dispute(alice, sunny):
    """A dispute about two listings: Rex accepted them, Sunny answered, Alice rejected the answer."""
    return contested(alice, sunny)


def events_of(counter, name):
    with tenancy.engine_scope("tests"):
        return list(Event.objects.filter(name=name, subject_id=counter.complaint_id).order_by("id"))


def outcomes_of(counter):
    with tenancy.scope(STAFF):
        return list(CounterNoticeListing.objects.filter(counter_notice=counter).order_by("id").values_list("status", "outcome"))


def settle(counter, batch=""):
    carry_out_ruling(counter.organization_id, counter.complaint_id, batch)


def upheld_by_silence(holder, seller):
    notice = told(holder, seller)
    with clock.moved(timedelta(days=30)):
        services.close_windows()
    return notice


# -- who -----------------------------------------------------------------------------------------------------------------------
def test_who_decided_first_can_neither_take_the_dispute_nor_is_given_it(rex, dispute):
    with pytest.raises(Forbidden) as refused:
        take(rex, dispute)

    assert refused.value.code == "decided_before"
    with tenancy.acting(rex):
        assert services.next_dispute(actor=rex) is None
    assert fresh_counter(dispute).status == "contested"


def test_a_second_account_of_who_decided_first_is_the_same_person(dispute):
    again = second_account_of("rex", "amir")

    with pytest.raises(Forbidden) as refused:
        take(again, dispute)

    assert refused.value.code == "decided_before"
    with tenancy.acting(again):
        assert services.next_dispute(actor=again) is None


def test_the_database_refuses_a_second_account_where_the_service_would_not(dispute, monkeypatch):
    again = second_account_of("rex", "amir")
    monkeypatch.setattr(adjudicating, "_refuse_who_decided", lambda actor, counter: None)
    take(again, dispute)

    with pytest.raises(IntegrityError, match="another_person_rules"), transaction.atomic():
        rule(again, dispute, 1, 2)

    assert states_of(dispute) == ["contested"] * 2
    assert len(decisions_of(dispute)) == 2


def test_the_account_made_one_person_with_the_first_after_taking_it_cannot_rule(dispute):
    amir = actor_named("amir")
    take(amir, dispute)
    second_account_of("rex", "amir")

    with pytest.raises(Forbidden) as refused:
        rule(amir, dispute, 1)

    assert refused.value.code == "decided_before"


def test_somebody_who_only_took_a_decision_back_in_time_may_rule(alice, sunny, ruth, dispute):
    take(ruth, dispute)
    undo(ruth, rule(ruth, dispute, 1, 2))

    rule(ruth, dispute, 1, 2, outcome="overturned")

    assert states_of(dispute) == ["overturned"] * 2


def test_the_next_dispute_is_the_one_that_is_due_first_and_may_be_decided(alice, sunny, rex, ruth, dispute):
    later = contested(alice, sunny, start=3_000_000_100)
    with tenancy.scope(STAFF):
        CounterNotice.objects.filter(pk=later.pk).update(platform_due_at=dispute.platform_due_at - timedelta(hours=1))

    with tenancy.acting(ruth):
        first = services.next_dispute(actor=ruth)
        other = services.next_dispute(actor=ruth, besides=first.code)

    assert (first.pk, other.pk) == (later.pk, dispute.pk)


def test_what_a_colleague_holds_is_not_taken_until_the_claim_runs_out(ruth, ann, dispute):
    take(ruth, dispute)

    with pytest.raises(Conflict) as refused:
        take(ann, dispute)
    with clock.moved(RUN_OUT):
        mine = take(ann, dispute)

    assert refused.value.code == "claimed_by_another"
    assert mine.claimed_by_id == ann.user_id


def test_a_dispute_put_back_waits_again(ruth, dispute):
    take(ruth, dispute)

    with tenancy.acting(ruth):
        services.release_dispute(actor=ruth, code=dispute.code)

    row = fresh_counter(dispute)
    assert (row.status, row.claimed_by_id) == ("contested", None)


def test_claims_that_ran_out_go_back_to_the_queue(ruth, dispute):
    take(ruth, dispute)

    with clock.moved(RUN_OUT), tenancy.engine_scope("tests"):
        assert services.release_expired_disputes() == 1

    assert fresh_counter(dispute).status == "contested"


# -- ruling --------------------------------------------------------------------------------------------------------------------
def test_a_ruling_is_made_listing_by_listing(ruth, dispute):
    take(ruth, dispute)

    rule(ruth, dispute, 1, note="seen the invoice")
    between = fresh_counter(dispute)
    rule(ruth, dispute, 2, outcome="overturned")

    assert states_of(dispute) == ["upheld", "overturned"]
    assert (between.status, between.claimed_by_id) == ("in_review", ruth.user_id)
    assert fresh_counter(dispute).status == "closed"
    first, second, one, other = decisions_of(dispute)
    assert (one.supersedes_id, other.supersedes_id) == (first.pk, second.pk)
    assert one.person != one.earlier_person == first.person
    with tenancy.acting(ruth):
        assert [note.text for note in ReviewNote.objects.all()] == ["seen the invoice"]


def test_nothing_follows_from_a_ruling_before_it_is_carried_out(ruth, dispute):
    take(ruth, dispute)

    rule(ruth, dispute, 1, 2, outcome="overturned")

    assert [row.shown_status for row in rows_of(dispute)] == ["contested"] * 2
    assert outcomes_of(dispute) == [("contested", "")] * 2
    with tenancy.engine_scope("tests"):
        assert not Action.objects.filter(kind="restore").exists()


@pytest.mark.parametrize(("outcome", "event"), [("upheld", "takedowns.listings.upheld"), ("overturned", "takedowns.listings.released")])
def test_a_ruling_carried_out_is_told_once_whatever_happens_twice(ruth, dispute, outcome, event):
    take(ruth, dispute)
    batch = rule(ruth, dispute, 1, 2, outcome=outcome)

    settle(dispute, batch)
    settle(dispute, batch)

    (fact,) = events_of(dispute, event)
    assert fact.payload["positions"] == [1, 2]
    assert [row.shown_status for row in rows_of(dispute)] == [outcome] * 2
    assert [row.ending for row in rows_of(dispute)] == [outcome] * 2
    assert outcomes_of(dispute) == [("closed", outcome)] * 2
    assert len(events_of(dispute, "takedowns.listings.ruling_effective")) == 1
    with tenancy.engine_scope("tests"):
        said = StatementOfReasons.objects.filter(decision__supersedes__isnull=False)
        assert [item.body["decision"] for item in said] == [outcome] * 2


def test_a_listing_that_was_let_stay_until_the_end_comes_down_when_its_claim_is_upheld(ruth, dispute):
    with tenancy.scope(STAFF):
        ReportedListing.objects.filter(complaint=dispute.complaint_id, position=2).update(removal=AFTER_WINDOW)
    take(ruth, dispute)

    settle(dispute, rule(ruth, dispute, 1, 2))

    with tenancy.engine_scope("tests"):
        asked = Action.objects.filter(kind="remove", round=rows_of(dispute)[1].round)
        assert list(asked.values_list("source_id", flat=True)) == [rows_of(dispute)[1].pk]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ruling": ""}, "reason_missing"),
        ({"ruling": "ORIGIN_PROVEN"}, "reason_missing"),
        ({"ruling": "AUTHORISED"}, "reason_missing"),
        ({"message": "x" * 5001}, "reason_missing"),
    ],
)
def test_a_ruling_needs_a_reason_of_its_own_outcome(ruth, dispute, changes, code):
    take(ruth, dispute)

    with pytest.raises(InvalidInput) as refused:
        rule(ruth, dispute, 1, **changes)

    assert refused.value.code == code
    assert states_of(dispute) == ["contested"] * 2


def test_listings_that_are_not_in_the_dispute_are_not_ruled_on(alice, sunny, ruth):
    notice = told(alice, sunny, count=3)
    counter = contested(alice, sunny, notice=notice, positions=[1, 2])
    take(ruth, counter)

    for positions, refusal in (([3], NotFound), ([9], NotFound), ([], InvalidInput)):
        with pytest.raises(refusal):
            rule(ruth, counter, *positions)

    assert states_of(counter) == ["contested", "contested", "accepted"]


def test_a_ruling_on_what_changed_meanwhile_is_refused(ruth, dispute):
    held = take(ruth, dispute)
    rule(ruth, dispute, 1)

    with pytest.raises(StaleVersion):
        rule(ruth, dispute, 2, version=held.version)

    assert states_of(dispute) == ["upheld", "contested"]


def test_a_claim_that_ran_out_while_typing_decides_nothing(ruth, dispute):
    take(ruth, dispute)

    with clock.moved(RUN_OUT), pytest.raises(Forbidden) as refused:
        rule(ruth, dispute, 1)

    assert refused.value.code == "claim_lost"


def test_a_complaint_withdrawn_while_it_is_being_decided_leaves_nothing_to_decide(alice, ruth, dispute):
    held = take(ruth, dispute)
    with tenancy.acting(alice):
        services.withdraw_listings(actor=alice, code=dispute.complaint.code)

    with pytest.raises(Forbidden):
        rule(ruth, dispute, 1, version=held.version)

    assert fresh_counter(dispute).status == "closed"
    assert outcomes_of(dispute) == [("closed", "withdrawn")] * 2


def test_one_listing_withdrawn_while_it_is_being_decided_makes_the_page_stale(alice, ruth, dispute):
    held = take(ruth, dispute)
    with tenancy.acting(alice):
        services.withdraw_listings(actor=alice, code=dispute.complaint.code, positions=[1])

    with pytest.raises(StaleVersion):
        rule(ruth, dispute, 1, 2, version=held.version)
    with pytest.raises(IllegalTransition):
        rule(ruth, dispute, 1, 2)

    assert states_of(dispute) == ["withdrawn", "contested"]


def test_a_ruling_withdrawn_under_before_it_took_effect_leaves_nothing_to_carry_out(alice, ruth, dispute):
    take(ruth, dispute)
    batch = rule(ruth, dispute, 1, 2, outcome="upheld")
    with tenancy.acting(alice):
        services.withdraw_listings(actor=alice, code=dispute.complaint.code)

    settle(dispute, batch)

    assert events_of(dispute, "takedowns.listings.upheld") == []
    with pytest.raises(Conflict):
        undo(ruth, batch)


# -- parts of an answer the rights holder has not answered yet -----------------------------------------------------------------
def test_what_the_rights_holder_has_not_answered_is_theirs_again_once_the_rest_is_ruled(alice, sunny, ruth):
    counter = contested(alice, sunny, reject=[1])
    take(ruth, counter)

    settle(counter, rule(ruth, counter, 1))
    between = fresh_counter(counter)
    with tenancy.acting(alice):
        services.reject_counter_notice(actor=alice, code=counter.code, reasons=["STILL_INFRINGES"], message="This one too.")

    assert (between.status, between.claimed_by_id) == ("waiting", None)
    assert states_of(counter) == ["upheld", "contested"]
    again = take(ruth_again := actor_named("ann"), counter)
    assert again.status == "in_review"
    settle(counter, rule(ruth_again, counter, 2, outcome="overturned"))
    assert fresh_counter(counter).status == "closed"


def test_a_ruling_on_a_part_can_be_taken_back_too(alice, sunny, ruth):
    counter = contested(alice, sunny, reject=[1])
    take(ruth, counter)

    undo(ruth, rule(ruth, counter, 1))

    row = fresh_counter(counter)
    assert (row.status, row.claimed_by_id) == ("in_review", ruth.user_id)
    assert states_of(counter) == ["contested", "countered"]


def test_a_dispute_whose_contested_part_is_withdrawn_leaves_the_platforms_queue(alice, sunny, ruth):
    counter = contested(alice, sunny, reject=[1])

    with tenancy.acting(alice):
        services.withdraw_listings(actor=alice, code=counter.complaint.code, positions=[1])

    assert fresh_counter(counter).status == "waiting"
    with tenancy.acting(ruth):
        assert services.next_dispute(actor=ruth) is None


# -- undo ----------------------------------------------------------------------------------------------------------------------
def test_a_ruling_is_taken_back_within_its_time_and_decided_anew(ruth, dispute):
    take(ruth, dispute)
    batch = rule(ruth, dispute, 1, 2)

    undo(ruth, batch)
    settle(dispute, batch)

    row = fresh_counter(dispute)
    assert states_of(dispute) == ["contested"] * 2
    assert (row.status, row.claimed_by_id) == ("in_review", ruth.user_id)
    assert events_of(dispute, "takedowns.listings.upheld") == []
    settle(dispute, rule(ruth, dispute, 1, 2, outcome="overturned"))
    assert states_of(dispute) == ["overturned"] * 2


def test_a_ruling_that_took_effect_is_not_taken_back(ruth, dispute):
    take(ruth, dispute)
    batch = rule(ruth, dispute, 1, 2)
    settle(dispute, batch)

    with pytest.raises(Conflict) as refused:
        undo(ruth, batch)

    assert refused.value.code == "undo_over"
    assert states_of(dispute) == ["upheld"] * 2


def test_a_ruling_is_not_taken_back_after_its_time_even_if_the_engine_is_late(ruth, dispute):
    take(ruth, dispute)
    batch = rule(ruth, dispute, 1, 2)

    with clock.moved(UNDO_OVER), pytest.raises(Conflict):
        undo(ruth, batch)


def test_nobody_takes_somebody_elses_ruling_back(ruth, ann, dispute):
    take(ruth, dispute)
    batch = rule(ruth, dispute, 1, 2)

    with pytest.raises(NotFound):
        undo(ann, batch)
    with pytest.raises(NotFound):
        undo(ruth, "nonsense")


# -- overturning what stood ----------------------------------------------------------------------------------------------------
def test_a_claim_upheld_by_silence_is_overturned_by_somebody_else(alice, sunny, ruth):
    notice = upheld_by_silence(alice, sunny)

    batch = overturn(ruth, notice.complaint, 1)
    with tenancy.scope(STAFF):
        rows = list(ReportedListing.objects.filter(notice=notice).order_by("position"))
    assert [row.status for row in rows] == ["overturned", "upheld"]
    assert rows[0].shown_status == "upheld"

    carry_out_ruling(notice.organization_id, notice.complaint_id, batch)
    with tenancy.engine_scope("tests"):
        row = ReportedListing.objects.get(pk=rows[0].pk)
        released = Event.objects.get(name="takedowns.listings.released", subject_id=notice.complaint_id)
        reversed_action = Action.objects.filter(source_id=row.pk).latest("id")
    assert (row.shown_status, row.ending) == ("overturned", "overturned")
    assert (released.payload["positions"], released.payload["how"]) == ([1], "overturned")
    assert (reversed_action.kind, reversed_action.status) in {("restore", "proposed"), ("remove", "reversed")}


def test_a_claim_upheld_by_a_ruling_is_overturned_by_a_third_person_only(alice, sunny, rex, ruth, ann):
    counter = ruled(alice, sunny)

    for before in (rex, ruth):
        with pytest.raises(Forbidden) as refused:
            overturn(before, counter.complaint, 1)
        assert refused.value.code == "decided_before"
    batch = overturn(ann, counter.complaint, 1, 2)
    settle(counter, batch)

    assert states_of(counter) == ["overturned"] * 2


def test_a_second_account_of_the_adjudicator_does_not_overturn_the_ruling(alice, sunny, monkeypatch):
    counter = ruled(alice, sunny)
    again = second_account_of("ruth", "amir")

    with pytest.raises(Forbidden):
        overturn(again, counter.complaint, 1)
    monkeypatch.setattr(adjudicating, "decisions_of_person", lambda actor: Decision.objects.none())
    with pytest.raises(IntegrityError, match="another_person_rules"), transaction.atomic():
        overturn(again, counter.complaint, 1)

    assert states_of(counter) == ["upheld"] * 2


def test_overturning_is_taken_back_within_its_time(alice, sunny, ann):
    counter = ruled(alice, sunny)
    batch = overturn(ann, counter.complaint, 1, 2)

    undo(ann, batch)
    settle(counter, batch)

    assert states_of(counter) == ["upheld"] * 2
    assert events_of(counter, "takedowns.listings.released") == []
    settle(counter, overturn(ann, counter.complaint, 1))
    assert states_of(counter) == ["overturned", "upheld"]


def test_a_ruling_that_can_still_be_undone_is_not_overturned_yet(ruth, ann, dispute):
    take(ruth, dispute)
    rule(ruth, dispute, 1, 2)

    with pytest.raises(IllegalTransition):
        overturn(ann, dispute.complaint, 1)

    assert states_of(dispute) == ["upheld"] * 2


def test_only_a_claim_that_stands_is_overturned(alice, sunny, ann):
    counter = countered(alice, sunny, positions=[1])

    for place in (1, 2):
        with pytest.raises(IllegalTransition):
            overturn(ann, counter.complaint, place)


@pytest.mark.parametrize("changes", [{"message": "  "}, {"ruling": "INFRINGEMENT_STANDS"}, {"ruling": ""}])
def test_overturning_needs_a_reason_and_words(alice, sunny, ann, changes):
    counter = ruled(alice, sunny)

    with pytest.raises(InvalidInput):
        overturn(ann, counter.complaint, 1, **changes)

    assert states_of(counter) == ["upheld"] * 2

"""Taking a complaint, keeping it while at work, putting it back, asking; nobody works on what somebody else holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from ipp.core import clock, tenancy
from ipp.core.errors import Conflict, Forbidden, IllegalTransition, InvalidInput, NotFound, StaleVersion
from takedowns import services
from takedowns.models import Complaint, ReviewNote
from takedowns.rules import CLAIM_MINUTES, MAX_CLAIMS
from takedowns.tasks import release_expired_claims
from tests.takedowns.cases import asked, decide, fresh, held, screened, withdrawn

RUN_OUT = timedelta(minutes=CLAIM_MINUTES)
ABSENT = "A" * 22


pytestmark = pytest.mark.usefixtures("marketplace")


def test_the_next_complaint_is_the_one_due_first_and_two_reviewers_get_two(alice, rex, ann):
    later, sooner = screened(alice), screened(alice)
    with tenancy.acting(rex):
        Complaint.objects.filter(pk=sooner.pk).update(due_at=later.due_at - timedelta(hours=1))
        first = services.next_complaint(actor=rex)
    with tenancy.acting(ann):
        second = services.next_complaint(actor=ann)
        assert services.next_complaint(actor=ann).pk == second.pk

    assert (first.pk, second.pk) == (sooner.pk, later.pk)
    assert (first.status, first.claimed_by_id) == ("in_review", rex.user_id)


def test_what_a_reviewer_holds_comes_before_what_is_due_sooner(alice, rex):
    mine = held(alice, rex)
    sooner = screened(alice)
    with tenancy.acting(rex):
        Complaint.objects.filter(pk=sooner.pk).update(due_at=mine.due_at - timedelta(hours=1))

        assert services.next_complaint(actor=rex).pk == mine.pk
        assert services.next_complaint(actor=rex, besides=mine.code).pk == sooner.pk
    assert fresh(mine).claimed_by_id == rex.user_id


def test_an_empty_queue_gives_nothing(rex):
    with tenancy.acting(rex):
        assert services.next_complaint(actor=rex) is None


def test_a_complaint_that_was_not_screened_yet_is_not_given_out(alice, rex):
    from tests.takedowns.cases import filed

    complaint = filed(alice)

    with tenancy.acting(rex):
        assert services.next_complaint(actor=rex) is None
        with pytest.raises(IllegalTransition):
            services.claim_complaint(actor=rex, code=complaint.code)


def test_what_a_colleague_holds_cannot_be_taken_decided_or_put_back(alice, rex, ann):
    complaint = held(alice, rex)

    with tenancy.acting(ann):
        with pytest.raises(Conflict) as refusal:
            services.claim_complaint(actor=ann, code=complaint.code)
        with pytest.raises(Forbidden):
            services.release_complaint(actor=ann, code=complaint.code)
        with pytest.raises(Forbidden):
            services.ask_for_information(actor=ann, code=complaint.code, version=complaint.version, question="Why?")
    with pytest.raises(Forbidden):
        decide(ann, complaint, 1)
    assert refusal.value.code == "claimed_by_another"
    assert fresh(complaint).claimed_by_id == rex.user_id
    assert fresh(complaint).version == complaint.version


def test_a_claim_left_alone_runs_out_and_a_colleague_may_take_the_complaint(alice, rex, ann):
    complaint = held(alice, rex)

    with clock.moved(RUN_OUT):
        with pytest.raises(Forbidden) as refusal:
            decide(rex, complaint, 1)
        with tenancy.acting(ann):
            taken = services.next_complaint(actor=ann)
    assert refusal.value.code == "claim_lost"
    assert (taken.pk, taken.claimed_by_id) == (complaint.pk, ann.user_id)


def test_a_claim_holds_until_its_last_second_and_a_decision_renews_it(alice, rex):
    complaint = held(alice, rex)

    with clock.moved(RUN_OUT - timedelta(seconds=1)):
        decide(rex, complaint, 1)
    with clock.moved(2 * RUN_OUT - timedelta(seconds=2)):
        decide(rex, complaint, 2)


def test_who_takes_back_what_ran_out_goes_on_with_the_same_version(alice, rex):
    complaint = held(alice, rex)

    with clock.moved(RUN_OUT):
        with tenancy.acting(rex):
            again = services.claim_complaint(actor=rex, code=complaint.code)
        decide(rex, complaint, 1, version=complaint.version)
    assert again.version == complaint.version


def test_a_reviewer_holds_ten_complaints_and_not_eleven(alice, rex):
    rows = [screened(alice, 1) for _ in range(MAX_CLAIMS + 1)]

    with tenancy.acting(rex):
        for row in rows[:MAX_CLAIMS]:
            services.claim_complaint(actor=rex, code=row.code)
        with pytest.raises(Conflict) as refusal:
            services.claim_complaint(actor=rex, code=rows[-1].code)
    assert refusal.value.code == "too_many_claims"


def test_the_sweep_puts_back_what_ran_out_and_nothing_else(alice, gus, rex, ann):
    mine = held(alice, rex)
    with clock.moved(timedelta(minutes=5)):
        theirs = held(gus, ann)

    with clock.moved(RUN_OUT):
        release_expired_claims()

    assert (fresh(mine).status, fresh(mine).claimed_by_id, fresh(mine).version) == ("queued", None, mine.version)
    assert (fresh(theirs).status, fresh(theirs).claimed_by_id) == ("in_review", ann.user_id)


def test_a_complaint_is_put_back(alice, rex, ann):
    complaint = held(alice, rex)

    with tenancy.acting(rex):
        services.release_complaint(actor=rex, code=complaint.code)

    assert (fresh(complaint).status, fresh(complaint).claimed_by_id) == ("queued", None)
    with tenancy.acting(ann):
        assert services.claim_complaint(actor=ann, code=complaint.code).claimed_by_id == ann.user_id


def test_a_complaint_that_does_not_exist_is_not_found(rex):
    with tenancy.acting(rex):
        for call in (
            lambda: services.claim_complaint(actor=rex, code=ABSENT),
            lambda: services.release_complaint(actor=rex, code=ABSENT),
            lambda: services.ask_for_information(actor=rex, code=ABSENT, version=1, question="Why?"),
            lambda: services.write_note(actor=rex, code=ABSENT, text="hm"),
            lambda: services.undo_decision(actor=rex, code=ABSENT, batch="x"),
        ):
            with pytest.raises(NotFound):
                call()


def test_a_question_lets_the_clock_stand_still_and_frees_the_complaint(alice, rex):
    complaint = asked(alice, rex)

    with tenancy.acting(rex):
        assert complaint.clock.pauses.get().cause == "information_asked"
    assert (complaint.status, complaint.question, complaint.claimed_by_id) == ("information_asked", "Which colour?", None)


def test_a_question_needs_words_and_the_version_that_was_seen(alice, rex):
    complaint = held(alice, rex)

    with tenancy.acting(rex):
        with pytest.raises(InvalidInput) as refusal:
            services.ask_for_information(actor=rex, code=complaint.code, version=complaint.version, question="  ")
        with pytest.raises(StaleVersion):
            services.ask_for_information(actor=rex, code=complaint.code, version=complaint.version - 1, question="Why?")
    assert refusal.value.errors[0].pointer == "message"
    assert fresh(complaint).status == "in_review"


def test_an_answer_brings_the_complaint_back_with_the_time_that_was_left(alice, rex):
    complaint = asked(alice, rex)

    with clock.moved(timedelta(days=14)), tenancy.acting(alice):
        services.answer_question(actor=alice, code=complaint.code, answer="Green.")

    again = fresh(complaint)
    assert (again.status, again.answer) == ("queued", "Green.")
    assert again.due_at > complaint.due_at + timedelta(days=9)
    assert again.due_at == again.clock.due_at


def test_a_withdrawn_complaint_cannot_be_taken(alice, rex):
    complaint = withdrawn(alice, rex)

    with tenancy.acting(rex), pytest.raises(IllegalTransition):
        services.claim_complaint(actor=rex, code=complaint.code)


def test_notes_for_colleagues_need_words_but_no_claim_and_no_tenant_reads_them(alice, rex, ann):
    complaint = held(alice, rex)

    with tenancy.acting(ann):
        services.write_note(actor=ann, code=complaint.code, text=" odd shop ")
        with pytest.raises(InvalidInput):
            services.write_note(actor=ann, code=complaint.code, text=" ")
        assert [note.text for note in ReviewNote.objects.all()] == ["odd shop"]
    with tenancy.acting(alice), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        list(ReviewNote.objects.all())

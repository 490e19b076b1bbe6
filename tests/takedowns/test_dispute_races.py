"""Both sides, reviewers and silence at the same moment, over real connections: one of them wins, nothing happens twice, nobody hangs."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from ipp.core import clock, tenancy
from ipp.core.errors import DomainError
from ipp.core.models import Event
from takedowns import services
from takedowns.models import CounterNotice, CounterNoticeListing, Decision
from takedowns.services import adjudicating, closing, countering
from takedowns.services import answering as answering_of_holder
from tests.actors import actor_named
from tests.factories.disputes import answer, claimed_shop, contested, countered, fresh_counter, notice_of, told
from tests.factories.takedowns import claimed, fresh, link_texts, rows_of, seen_listings
from tests.racing import at_once
from tests.takedowns.cases import carry_out, decide

pytestmark = pytest.mark.usefixtures("marketplace", "own_database")


def code_of(outcome: Any) -> str:
    """Return how a call ended: the refusal's code, or `done`."""
    if isinstance(outcome, DomainError):
        return outcome.code
    assert not isinstance(outcome, Exception), outcome
    return "done"


def gathered(*calls):
    """Start calls together; each has a connection and stands at the barrier with its transaction not yet begun."""
    barrier = threading.Barrier(len(calls))

    def at_the_barrier(call):
        def run():
            connection.ensure_connection()
            barrier.wait(timeout=30)
            return call()

        return run

    return [code_of(item) for item in at_once(*(at_the_barrier(call) for call in calls))]


def answering(seller, notice, *positions):
    def call():
        with tenancy.acting(seller):
            return services.file_counter_notice(actor=seller, notice_code=notice.code, positions=positions, answer=answer())

    return call


def withdrawing(holder, complaint):
    def call():
        with tenancy.acting(holder):
            return services.withdraw_listings(actor=holder, code=complaint.code)

    return call


def states(complaint):
    return [(row.status, row.ending) for row in rows_of(complaint)]


def open_disputes():
    with tenancy.engine_scope("tests"):
        return CounterNoticeListing.objects.exclude(status="closed").count()


def test_two_of_one_shop_who_answer_at_once_answer_once():
    alice, sunny, suki = actor_named("alice"), actor_named("sunny"), actor_named("suki")
    notice = told(alice, sunny)

    outcomes = gathered(answering(sunny, notice, 1, 2), answering(suki, notice, 2, 1))

    assert sorted(outcomes) == ["answered_already", "done"]
    assert states(notice.complaint) == [("countered", "")] * 2
    with tenancy.engine_scope("tests"):
        assert (CounterNotice.objects.count(), CounterNoticeListing.objects.count()) == (1, 2)


def test_the_second_answer_waits_for_the_first_one_and_sees_it(monkeypatch):
    """Held at a named point: the second has looked at the listing before the first commits. Red without the row lock."""
    alice, sunny, suki = actor_named("alice"), actor_named("sunny"), actor_named("suki")
    notice = told(alice, sunny, count=1)
    inside, go_on = threading.Event(), threading.Event()
    checking = countering.answer_errors

    def slow(what, grounds):
        if threading.current_thread().name == "first":
            inside.set()
            go_on.wait(timeout=30)
        return checking(what, grounds)

    monkeypatch.setattr(countering, "answer_errors", slow)

    def first():
        threading.current_thread().name = "first"
        return answering(sunny, notice, 1)()

    def second():
        inside.wait(timeout=30)
        threading.Timer(0.3, go_on.set).start()
        return answering(suki, notice, 1)()

    assert [code_of(item) for item in at_once(first, second)] == ["done", "answered_already"]
    assert open_disputes() == 1


def test_an_answer_and_a_withdrawal_at_once_leave_one_story():
    alice, sunny = actor_named("alice"), actor_named("sunny")
    notice = told(alice, sunny)
    complaint = fresh(notice.complaint)

    outcomes = gathered(answering(sunny, notice, 2, 1), withdrawing(alice, complaint))

    assert outcomes[1] == "done"
    assert outcomes[0] in ("done", "illegal_transition")
    assert states(complaint) == [("withdrawn", "withdrawn")] * 2
    assert open_disputes() == 0


def test_the_seller_answers_while_the_filer_withdraws_and_a_reviewer_decides():
    alice, sunny, ruth = actor_named("alice"), actor_named("sunny"), actor_named("ruth")
    counter = contested(alice, sunny, positions=[1])
    with tenancy.acting(ruth):
        held = services.claim_dispute(actor=ruth, code=counter.code)

    def decide():
        with tenancy.acting(ruth):
            return services.adjudicate(
                actor=ruth, code=counter.code, version=held.version, positions=[1], outcome="upheld", ruling="INFRINGEMENT_STANDS"
            )

    outcomes = gathered(answering(sunny, counter.notice, 2), withdrawing(alice, counter.complaint), decide)

    assert outcomes[1] == "done"
    assert outcomes[0] in ("done", "illegal_transition")
    assert outcomes[2] in ("done", "illegal_transition", "stale_version", "claim_lost")
    assert states(counter.complaint) == [("withdrawn", "withdrawn")] * 2
    assert open_disputes() == 0


def test_silence_and_an_answer_at_the_last_moment_leave_one_of_both(monkeypatch):
    """The answer began in time and holds the listing while the sweep comes by; the sweep finds it answered. Red without the lock."""
    alice, sunny = actor_named("alice"), actor_named("sunny")
    notice = told(alice, sunny, count=1)
    left = notice.due_at - clock.now()
    inside, go_on = threading.Event(), threading.Event()
    checking = countering.answer_errors

    def slow(what, grounds):
        inside.set()
        go_on.wait(timeout=30)
        return checking(what, grounds)

    monkeypatch.setattr(countering, "answer_errors", slow)

    def answer_in_time():
        with clock.moved(left):
            return answering(sunny, notice, 1)()

    def sweep():
        inside.wait(timeout=30)
        threading.Timer(0.3, go_on.set).start()
        with clock.moved(left + timedelta(seconds=5)):
            return services.close_windows()

    assert [code_of(item) for item in at_once(answer_in_time, sweep)] == ["done", "done"]
    assert states(notice.complaint) == [("countered", "")]


def test_two_sweeps_at_once_confirm_once():
    alice, sunny = actor_named("alice"), actor_named("sunny")
    notice = told(alice, sunny)

    def sweep():
        with clock.moved(timedelta(days=15)):
            return services.close_windows()

    gathered(sweep, sweep)

    assert states(notice.complaint) == [("upheld", "silence")] * 2
    with tenancy.engine_scope("tests"):
        assert Event.objects.filter(name="takedowns.listings.upheld").count() == 1


def test_accepting_and_rejecting_an_answer_at_once_is_one_answer():
    alice, finn, sunny = actor_named("alice"), actor_named("finn"), actor_named("sunny")
    counter = countered(alice, sunny)

    def accept():
        with tenancy.acting(alice):
            return services.accept_counter_notice(actor=alice, code=counter.code)

    def reject():
        with tenancy.acting(finn):
            return services.reject_counter_notice(actor=finn, code=counter.code, reasons=["NOT_GENUINE"], message="Copies.")

    outcomes = gathered(accept, reject)

    assert sorted(outcomes) == ["done", "illegal_transition"]
    expected = ("withdrawn", "conceded") if outcomes[0] == "done" else ("contested", "")
    assert states(counter.complaint) == [expected] * 2


def test_two_reviewers_who_take_one_dispute_get_it_once():
    alice, sunny, ruth, ann = (actor_named(name) for name in ("alice", "sunny", "ruth", "ann"))
    counter = contested(alice, sunny)

    def take(reviewer):
        def call():
            with tenancy.acting(reviewer):
                return services.claim_dispute(actor=reviewer, code=counter.code)

        return call

    outcomes = gathered(take(ruth), take(ann))

    assert sorted(outcomes) == ["claimed_by_another", "done"]
    assert fresh_counter(counter).claimed_by_id == (ruth, ann)[outcomes.index("done")].user_id


def test_a_ruling_and_its_undo_at_once_end_as_one_of_both(monkeypatch):
    alice, sunny, ruth = actor_named("alice"), actor_named("sunny"), actor_named("ruth")
    counter = contested(alice, sunny, count=1)
    with tenancy.acting(ruth):
        held = services.claim_dispute(actor=ruth, code=counter.code)
        batch = services.adjudicate(
            actor=ruth, code=counter.code, version=held.version, positions=[1], outcome="overturned", ruling="ORIGIN_PROVEN"
        )

    def undo():
        with tenancy.acting(ruth):
            return services.undo_ruling(actor=ruth, batch=batch)

    from ipp.core.actors import Actor

    engine = Actor.system(alice.organization_id, "tests")

    def carry_out():
        with tenancy.acting(engine):
            return services.carry_out_ruling(actor=engine, complaint_id=counter.complaint_id, batch=batch)

    outcomes = gathered(undo, carry_out)

    assert outcomes[1] == "done"
    expected = ("contested", "") if outcomes[0] == "done" else ("overturned", "overturned")
    assert states(counter.complaint) == [expected]
    with tenancy.engine_scope("tests"):
        assert Decision.objects.filter(supersedes__isnull=False).count() == 1
        assert Event.objects.filter(name="takedowns.listings.released").count() == (0 if outcomes[0] == "done" else 1)


def test_nobody_waits_in_a_circle_when_everybody_comes_at_once():
    """Six rounds of answer, withdrawal, sweep and ruling about the same rows; a deadlock would be an error of PostgreSQL's."""
    alice, sunny, ruth = actor_named("alice"), actor_named("sunny"), actor_named("ruth")
    for number in range(6):
        counter = contested(alice, sunny, positions=[1], count=3, start=3_000_001_000 + 10 * number)

        def rule(counter=counter):
            with tenancy.acting(ruth):
                held = services.claim_dispute(actor=ruth, code=counter.code)
                return services.adjudicate(
                    actor=ruth, code=counter.code, version=held.version, positions=[1], outcome="upheld", ruling="INFRINGEMENT_STANDS"
                )

        def sweep():
            with clock.moved(timedelta(days=15)):
                return closing.close_windows()

        gathered(answering(sunny, counter.notice, 3, 2), withdrawing(alice, counter.complaint), sweep, rule)

        assert {status for status, _ending in states(counter.complaint)} <= {"withdrawn", "upheld", "countered"}
    assert adjudicating.UPHELD == "upheld"


def test_a_holder_accepts_while_a_reviewer_decides_the_last_listing(monkeypatch):
    """Held between reading and locking: the complaint is closed by the reviewer meanwhile. Red when the stale one is written back."""
    alice, sunny, rex = actor_named("alice"), actor_named("sunny"), actor_named("rex")
    seen_listings([3_000_000_000, 3_000_000_001])
    claimed_shop(sunny)
    complaint = claimed(alice, links=link_texts(2))
    carry_out(complaint, decide(rex, complaint, 1))
    counter = countered(alice, sunny, positions=[1], notice=notice_of(complaint))
    read, go_on = threading.Event(), threading.Event()
    reading = answering_of_holder.own_counter_notice

    def slow(actor, code):
        found = reading(actor, code)
        read.set()
        go_on.wait(timeout=30)
        return found

    monkeypatch.setattr(answering_of_holder, "own_counter_notice", slow)

    def accept():
        with tenancy.acting(alice):
            return services.accept_counter_notice(actor=alice, code=counter.code)

    def decide_the_rest():
        read.wait(timeout=30)
        try:
            return decide(rex, complaint, 2)
        finally:
            go_on.set()

    assert [code_of(item) for item in at_once(accept, decide_the_rest)] == ["done", "done"]
    assert fresh(complaint).status == "decided"
    assert [status for status, _ending in states(complaint)] == ["withdrawn", "accepted"]

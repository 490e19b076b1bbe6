"""A shop's record under two hands at once, over real connections: one strike, one closure, two persons."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection

from ipp.core import tenancy
from ipp.core.errors import DomainError
from ipp.core.models import User
from penalties import services
from penalties.services import counting
from tests.actors import actor_named
from tests.factories.penalties import (
    ago,
    asked,
    closure_due,
    fall,
    note,
    proposed,
    sanctions,
    strikes,
    told,
    upheld,
    violations,
)
from tests.factories.rightsholders import validated_right
from tests.racing import at_once

pytestmark = pytest.mark.usefixtures("own_database")

MEETING_SECONDS = 3
"""How long the first waits for the second inside the record: with the lock the second never comes."""


def code_of(answer: Any) -> str:
    """Return how a call ended: the refusal's code, or `done`."""
    if isinstance(answer, DomainError):
        return answer.code
    assert not isinstance(answer, Exception), answer
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

    return at_once(*(at_the_barrier(call) for call in calls))


def acting(name, act, row, **said):
    def call():
        actor = actor_named(name)
        with tenancy.acting(actor):
            return act(actor=actor, code=row.code, **said)

    return call


def meet_before_counting(monkeypatch):
    """Let two who write violations of one shop wait for each other before they count; without a lock neither sees the other's."""
    meeting = threading.Barrier(2)
    recount = counting.recount

    def late(**arguments):
        with suppress(threading.BrokenBarrierError):
            meeting.wait(timeout=MEETING_SECONDS)
        recount(**arguments)

    monkeypatch.setattr(counting, "recount", late)


def test_two_claims_upheld_at_the_same_moment_are_one_strike(monkeypatch):
    alice = actor_named("alice")
    right = validated_right(alice)
    pair = [upheld(alice, ago(days), right=right, noted=False) for days in (30, 29)]
    meet_before_counting(monkeypatch)

    answers = at_once(*(lambda complaint=complaint: note(complaint) for complaint in pair))

    assert [code_of(answer) for answer in answers] == ["done", "done"]
    assert len(violations()) == 2
    assert [strike.level for strike in strikes()] == [1]
    assert told() == [("warning", "in_force")]


def test_one_upheld_listing_heard_of_ten_times_at_once_is_one_violation():
    alice = actor_named("alice")
    complaint = upheld(alice, ago(30), noted=False)

    answers = gathered(*(lambda: note(complaint) for _ in range(10)))

    assert {code_of(answer) for answer in answers} == {"done"}
    assert len(violations()) == 1
    assert told() == [("warning", "in_force")]


def test_a_closure_proposed_by_two_at_once_is_proposed_by_one():
    row = closure_due(actor_named("alice"))

    answers = gathered(*(acting(name, services.propose_closure, row, note="Three strikes.") for name in ("olga", "ann", "amir")))

    assert sorted(code_of(answer) for answer in answers) == ["done", "illegal_transition", "illegal_transition"]
    assert told()[-1] == ("closure", "proposed")


def test_two_accounts_of_one_person_never_propose_and_release_however_they_hurry():
    row = closure_due(actor_named("alice"))
    with tenancy.scope(tenancy.Context()):
        person = User.objects.get(pk=actor_named("ann").user_id).person
        User.objects.filter(pk=actor_named("amir").user_id).update(person=person)

    answers = gathered(
        acting("ann", services.propose_closure, row, note="Three strikes."),
        *(acting("amir", services.release_closure, row) for _ in range(4)),
    )

    assert code_of(answers[0]) == "done"
    assert {code_of(answer) for answer in answers[1:]} <= {"illegal_transition", "same_person"}
    assert told()[-1] == ("closure", "proposed")


def test_a_closure_released_twice_at_once_closes_the_shop_once():
    row = proposed(actor_named("alice"))

    answers = gathered(*(acting(name, services.release_closure, row) for name in ("ann", "amir")))

    assert sorted(code_of(answer) for answer in answers) == ["done", "illegal_transition"]


def test_a_release_and_an_overturned_strike_at_once_never_leave_a_shop_closed():
    alice = actor_named("alice")
    right = validated_right(alice)
    complaints = [upheld(alice, ago(days), right=right) for days in (34, 28, 22)]
    row = sanctions()[-1]
    acting("olga", services.propose_closure, row, note="Three strikes.")()

    answers = gathered(acting("ann", services.release_closure, row), lambda: fall(alice, complaints[0]))

    assert code_of(answers[0]) in ("done", "illegal_transition")
    assert code_of(answers[1]) == "done"
    assert [status for measure, status in told() if measure == "closure"] == ["lifted"]
    assert asked()[-1][0] != "close" or asked()[-1][1] == "reversed"

"""Reviewers, filers and the engine at the same moment, over real connections: one of them wins, and nobody waits for ever."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from ipp.core import clock, tenancy
from ipp.core.actors import Actor
from ipp.core.errors import DomainError
from marketplaces.models import Action
from takedowns import services
from takedowns.services import claiming, deciding, effects, screening
from tests.actors import actor_named
from tests.factories.marketplaces import inside_engine
from tests.racing import at_once
from tests.takedowns.cases import carry_out, decide, decided, decisions_of, fresh, held, rows_of, screened, states_of, undo, withdraw

pytestmark = pytest.mark.usefixtures("marketplace", "own_database")


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


def test_two_reviewers_who_take_one_complaint_get_it_once():
    alice, rex, ann = actor_named("alice"), actor_named("rex"), actor_named("ann")
    complaint = screened(alice, 1)

    def take(reviewer):
        def call():
            with tenancy.acting(reviewer):
                return services.claim_complaint(actor=reviewer, code=complaint.code)

        return call

    answers = [code_of(item) for item in gathered(take(rex), take(ann))]

    assert sorted(answers) == ["claimed_by_another", "done"]
    winner = (rex, ann)[answers.index("done")]
    assert fresh(complaint).claimed_by_id == winner.user_id


def test_two_reviewers_who_ask_for_the_next_get_two_different_ones(monkeypatch):
    """The second asks while the first has chosen and not yet claimed; it must step over what is being taken."""
    alice, rex, ann = actor_named("alice"), actor_named("rex"), actor_named("ann")
    rows = [screened(alice, 1), screened(alice, 1)]
    inside, go_on = threading.Event(), threading.Event()
    claiming_it = claiming._claim

    def slow(actor, complaint):
        if actor == rex:
            inside.set()
            go_on.wait(timeout=30)
        return claiming_it(actor, complaint)

    monkeypatch.setattr(claiming, "_claim", slow)

    def second():
        inside.wait(timeout=30)
        try:
            with tenancy.acting(ann):
                return services.next_complaint(actor=ann).pk
        finally:
            go_on.set()

    def first():
        with tenancy.acting(rex):
            return services.next_complaint(actor=rex).pk

    assert at_once(first, second) == [row.pk for row in rows]


def test_one_decision_sent_twenty_times_at_once_is_made_once():
    alice, rex = actor_named("alice"), actor_named("rex")
    complaint = held(alice, rex, 2)

    answers = gathered(*(lambda: decide(rex, complaint, 1, version=complaint.version) for _ in range(20)))

    assert sorted({code_of(item) for item in answers}) == ["done", "stale_version"]
    assert [code_of(item) for item in answers].count("done") == 1
    assert len(decisions_of(complaint)) == 1


def test_two_windows_that_decide_one_listing_differently_decide_it_once():
    alice, rex = actor_named("alice"), actor_named("rex")
    complaint = held(alice, rex, 2)

    answers = gathered(
        lambda: decide(rex, complaint, 1, version=complaint.version),
        lambda: decide(rex, complaint, 1, version=complaint.version, outcome="rejected"),
    )

    assert sorted(code_of(item) for item in answers) == ["done", "stale_version"]
    assert len(decisions_of(complaint)) == 1


def test_a_decision_waits_for_the_one_in_front_of_it_and_then_sees_that_it_is_stale(monkeypatch):
    """The first holds the complaint's lock with its rows not yet moved; the second must not read the old version past it."""
    alice, rex = actor_named("alice"), actor_named("rex")
    complaint = held(alice, rex, 2)
    inside, go_on = threading.Event(), threading.Event()
    moving = deciding.advance_with_trail

    def slow(*args, **kwargs):
        if not inside.is_set():
            inside.set()
            go_on.wait(timeout=30)
        return moving(*args, **kwargs)

    monkeypatch.setattr(deciding, "advance_with_trail", slow)

    def second():
        inside.wait(timeout=30)
        threading.Timer(0.3, go_on.set).start()
        return decide(rex, complaint, 1, version=complaint.version, outcome="rejected")

    answers = at_once(lambda: decide(rex, complaint, 1, version=complaint.version), second)

    assert [code_of(item) for item in answers] == ["done", "stale_version"]
    assert states_of(complaint)[0] == "accepted"


def test_a_withdrawal_and_a_decision_at_once_leave_one_of_them():
    alice, rex = actor_named("alice"), actor_named("rex")
    complaint = held(alice, rex, 2)

    answers = gathered(
        lambda: withdraw(alice, complaint, 1),
        lambda: decide(rex, complaint, 1, version=complaint.version),
    )

    made = decisions_of(complaint)
    assert code_of(answers[0]) == "done", "a listing may be withdrawn before and after it is decided"
    assert code_of(answers[1]) in ("done", "stale_version")
    assert len(made) == (code_of(answers[1]) == "done")
    assert states_of(complaint) == ["withdrawn", "under_review"]
    assert not any(carry_out(complaint, item.batch) for item in made)


@pytest.mark.parametrize("attempt", range(3))
def test_an_undo_and_the_effect_at_the_same_instant_leave_exactly_one(attempt):
    alice, rex = actor_named("alice"), actor_named("rex")
    complaint = decided(alice, rex, 2)
    batch = decisions_of(complaint)[0].batch

    undone, effective = gathered(lambda: undo(rex, complaint, batch), lambda: carry_out(complaint, batch))

    with tenancy.engine_scope("tests"):
        proposed = Action.objects.filter(kind="remove").count()
    assert (code_of(undone) == "done") is not effective
    assert proposed == (2 if effective else 0)
    assert states_of(complaint) == (["accepted"] * 2 if effective else ["under_review"] * 2)
    assert [row.effective_at is not None for row in rows_of(complaint)] == [effective] * 2


def test_an_undo_that_waits_behind_the_effect_is_too_late_though_it_began_in_time(monkeypatch):
    """The undo's own clock says fourteen seconds; the effect it waited for is what counts."""
    alice, rex = actor_named("alice"), actor_named("rex")
    complaint = decided(alice, rex, 1)
    batch = decisions_of(complaint)[0].batch
    inside, go_on = threading.Event(), threading.Event()
    counting = effects.recount

    def slow(complaint_id):
        inside.set()
        go_on.wait(timeout=30)
        counting(complaint_id)

    monkeypatch.setattr(effects, "recount", slow)

    def late():
        inside.wait(timeout=30)
        threading.Timer(0.3, go_on.set).start()
        with clock.moved(timedelta(seconds=settings.UNDO_SECONDS - 1)):
            return undo(rex, complaint, batch)

    effective, undone = at_once(lambda: carry_out(complaint, batch), late)

    assert (effective, code_of(undone)) == (True, "undo_over")
    assert states_of(complaint) == ["accepted"]


def test_a_sighting_and_a_decision_of_the_same_complaint_never_wait_for_each_other(monkeypatch):
    """Both touch the complaint and its listings; in one order for both, or the database has to shoot one of them."""
    alice, rex = actor_named("alice"), actor_named("rex")
    complaint = held(alice, rex, 3)
    rows = rows_of(complaint)
    with tenancy.engine_scope("tests"):
        type(rows[0]).objects.filter(complaint=complaint).update(listing=None, seller=None, snapshot_filed=None)
    inside, go_on = threading.Event(), threading.Event()
    noting = screening._note_news

    def slow(*args, **kwargs):
        inside.set()
        go_on.wait(timeout=30)
        noting(*args, **kwargs)

    monkeypatch.setattr(screening, "_note_news", slow)

    def see():
        platform = Actor.system(rex.organization_id, "tests")
        with inside_engine(platform):
            return services.note_sightings(
                marketplace="bazarro", listing_ids=[row.listing_id for row in rows[:2]], missing=[rows[2].external_id]
            )

    def decide_it():
        inside.wait(timeout=30)
        threading.Timer(0.3, go_on.set).start()
        return decide(rex, complaint, 1, version=complaint.version)

    seen, made = at_once(see, decide_it)

    assert seen == 3, seen
    assert code_of(made) in ("done", "stale_version")
    assert states_of(complaint)[2] == "rejected"


def test_an_acknowledgement_and_a_withdrawal_of_the_same_complaint_never_wait_for_each_other(monkeypatch):
    alice, rex = actor_named("alice"), actor_named("rex")
    complaint = decided(alice, rex, 2)
    carry_out(complaint, decisions_of(complaint)[0].batch)
    ids = [row.pk for row in rows_of(complaint)]
    inside, go_on = threading.Event(), threading.Event()
    counting = effects.recount

    def slow(complaint_id):
        inside.set()
        go_on.wait(timeout=30)
        counting(complaint_id)

    monkeypatch.setattr(effects, "recount", slow)

    def acknowledge():
        with inside_engine(Actor.system(complaint.organization_id, "tests")) as engine:
            services.note_actions(actor=engine, kind="remove", source_ids=ids)

    def give_up():
        inside.wait(timeout=30)
        threading.Timer(0.3, go_on.set).start()
        return withdraw(alice, complaint)

    answers = at_once(acknowledge, give_up)

    assert [code_of(item) for item in answers] == ["done", "done"]
    assert states_of(complaint) == ["withdrawn"] * 2
    assert fresh(complaint).removed_count == 2

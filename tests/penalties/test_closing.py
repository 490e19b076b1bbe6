"""Closing a shop takes two persons: who proposes, who releases, and who is refused, by the service and by the database."""

from __future__ import annotations

from itertools import product

import pytest
from django.db import IntegrityError, transaction

from ipp.core import tenancy
from ipp.core.errors import DomainError, Forbidden, IllegalTransition, InvalidInput, NotFound
from ipp.core.lifecycle import advance
from ipp.core.models import Event, User
from ipp.core.ui import missing_states
from penalties import services
from penalties.lifecycle import SANCTION, Measure, Status
from penalties.models import Sanction
from penalties.presentation.words import MEASURE_AXIS, SANCTION_AXIS
from tests.actors import actor_named
from tests.factories.penalties import closed, closure_due, fall, proposed, sanctions, three_strikes, told


def propose(name, row, note="Three strikes; I looked at every listing."):
    actor = actor_named(name)
    with tenancy.acting(actor):
        return services.propose_closure(actor=actor, code=row.code, note=note)


def release(name, row, note=""):
    actor = actor_named(name)
    with tenancy.acting(actor):
        return services.release_closure(actor=actor, code=row.code, note=note)


def send_back(name, row, note="The second listing is a borderline case."):
    actor = actor_named(name)
    with tenancy.acting(actor):
        return services.send_back_closure(actor=actor, code=row.code, note=note)


def same_human(first, second):
    """Let two accounts belong to one human."""
    with tenancy.scope(tenancy.Context()):
        person = User.objects.get(pk=actor_named(first).user_id).person
        User.objects.filter(pk=actor_named(second).user_id).update(person=person)


def last_fact():
    with tenancy.engine_scope("tests"):
        return Event.objects.filter(name__startswith="penalties.").order_by("-id").first()


def test_one_person_proposes_and_another_one_releases(alice):
    row = closure_due(alice)

    proposed_row = propose("olga", row)
    released = release("ann", row, "Agreed.")

    assert proposed_row.status == "proposed"
    assert (released.status, released.proposed_by_id, released.released_by_id) == (
        "in_force",
        actor_named("olga").user_id,
        actor_named("ann").user_id,
    )
    assert released.in_force_at is not None
    assert last_fact().name == "penalties.shop.closed"


def test_the_one_who_proposed_cannot_release(alice):
    row = proposed(alice, by="ann")

    with pytest.raises(Forbidden, match="same_person"):
        release("ann", row)

    assert told()[-1] == ("closure", "proposed")


def test_a_second_account_of_the_one_who_proposed_cannot_release(alice):
    row = proposed(alice, by="olga")
    same_human("olga", "ann")

    with pytest.raises(Forbidden, match="same_person"):
        release("ann", row)
    assert told()[-1] == ("closure", "proposed")

    assert release("amir", row).status == "in_force"


def test_the_database_refuses_a_release_by_the_same_person_whatever_the_code_says(alice):
    row = proposed(alice, by="olga")
    ann = actor_named("ann")

    same = {"released_by_id": ann.user_id, "released_person": row.proposed_person}
    for columns, constraint in ((same, "closure_needs_two_persons"), ({}, "closure_was_released")):
        with tenancy.acting(ann), pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            advance(Sanction.objects.all(), SANCTION, "release", ids=[row.pk], in_force_at=row.proposed_at, **columns)

    assert told()[-1] == ("closure", "proposed")


def test_what_was_sent_back_can_be_proposed_again_and_released(alice):
    row = proposed(alice)

    send_back("ann", row)
    assert told()[-1] == ("closure", "sent_back")
    assert last_fact().payload["note"] == "The second listing is a borderline case."
    propose("amir", row, "Looked again, it stands.")

    assert release("ann", row).status == "in_force"


@pytest.mark.parametrize("act", [propose, send_back])
@pytest.mark.parametrize("note", ["", "   "])
def test_a_note_is_needed_where_the_next_person_reads_it(alice, act, note):
    row = closure_due(alice) if act is propose else proposed(alice)
    before = row.status

    with pytest.raises(InvalidInput, match="note_missing"):
        act("ann", row, note)

    assert told()[-1] == ("closure", before)


def test_a_closure_whose_strike_fell_cannot_be_released(alice):
    complaints = three_strikes(alice)
    row = sanctions()[-1]
    propose("olga", row)
    fall(alice, complaints[1])

    with pytest.raises(IllegalTransition):
        release("ann", row)

    assert ("closure", "lifted") in told()


def test_only_closures_are_proposed(alice):
    three_strikes(alice)
    warning, _restriction, _closure = sanctions()

    with pytest.raises(NotFound):
        propose("olga", warning)


@pytest.mark.parametrize("act", [propose, release, send_back])
def test_what_does_not_exist_is_not_found(db, act):
    class Absent:
        code = "Q" * 22

    with pytest.raises(NotFound):
        act("ann", Absent)


# -- every state x move ------------------------------------------------------------------------------------------------------
STATES = {
    "due": closure_due,
    "proposed": lambda alice: proposed(alice, by="olga"),
    "sent_back": lambda alice: send_back("ann", proposed(alice, by="olga")),
    "in_force": closed,
}
MOVES = {"propose": propose, "release": release, "send_back": send_back}


@pytest.mark.parametrize(("state", "move"), list(product(STATES, MOVES)))
def test_each_move_goes_where_the_table_says_or_is_refused(alice, state, move):
    row = STATES[state](alice)
    assert row.status == state
    wanted = SANCTION.target(move, state)

    if wanted is None:
        with pytest.raises(DomainError, match="illegal_transition"):
            MOVES[move]("amir", row)
        assert told()[-1] == ("closure", state)
    else:
        assert MOVES[move]("amir", row).status == wanted


def test_every_state_and_measure_has_a_word():
    assert missing_states(SANCTION_AXIS, Status.values) == set()
    assert missing_states(MEASURE_AXIS, Measure.values) == set()


def test_every_move_leads_somewhere_known():
    for sources, target in SANCTION.moves.values():
        assert sources <= set(Status.values)
        assert target in Status.values

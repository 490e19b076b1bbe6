"""Every status x action cell of a verification: allowed moves move, all others are refused and write nothing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from ipp.core import tenancy
from ipp.core.actors import Actor
from ipp.core.errors import DomainError
from ipp.core.models import Event
from rightsholders import services
from rightsholders.lifecycle import DECIDED, OPEN, VERIFICATION, Status
from rightsholders.models import Verification
from tests.factories.rightsholders import STATES, details, stored_file

ACTIONS: dict[str, Callable[[Actor, Actor, Verification], object]] = {
    "claim": lambda alice, bob, row: services.claim_verification(actor=bob, code=row.code),
    "release": lambda alice, bob, row: services.release_verification(actor=bob, code=row.code),
    "ask": lambda alice, bob, row: services.ask_for_information(actor=bob, code=row.code, version=row.version, question="?"),
    "answer": lambda alice, bob, row: services.answer_question(actor=alice, code=row.code, file=stored_file(alice), details=details()),
    "approve": lambda alice, bob, row: services.approve_verification(actor=bob, code=row.code, version=row.version),
    "refuse": lambda alice, bob, row: services.refuse_verification(actor=bob, code=row.code, version=row.version, reason="unreadable"),
    "undo": lambda alice, bob, row: services.undo_decision(actor=bob, code=row.code),
    "withdraw": lambda alice, bob, row: services.withdraw_verification(actor=alice, code=row.code),
}
BY_APPLICANT = {"answer", "withdraw"}
KEEPS_OWN_CLAIM = {("in_review", "claim")}


def test_every_action_of_the_table_is_tried_here():
    assert set(ACTIONS) == set(VERIFICATION.moves)
    assert set(STATES) == set(Status.values)


def test_the_named_sets_cover_every_status_once():
    assert OPEN | DECIDED | {Status.WITHDRAWN} == set(Status.values)
    assert set() == OPEN & DECIDED


@pytest.mark.parametrize(("state", "action"), list(product(STATES, ACTIONS)))
def test_a_cell_of_the_lifecycle(alice, bob, state, action):
    row = STATES[state](alice, bob)
    assert row.status == state
    target = VERIFICATION.target(action, state)
    events = Event.objects.filter(subject_id=row.pk).count

    with tenancy.acting(alice if action in BY_APPLICANT else bob):
        if target is None and (state, action) not in KEEPS_OWN_CLAIM:
            before = (Verification.objects.get(pk=row.pk).version, events())
            with pytest.raises(DomainError) as refusal:
                ACTIONS[action](alice, bob, row)
            assert refusal.value.status in (403, 409)
            assert (Verification.objects.get(pk=row.pk).version, events()) == before
            assert Verification.objects.get(pk=row.pk).status == state
        else:
            ACTIONS[action](alice, bob, row)
            assert Verification.objects.get(pk=row.pk).status == (target or state)

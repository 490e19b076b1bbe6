"""Every status x action cell of complaints and of reported listings: allowed moves move, all others are refused and write nothing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from django.utils import translation

from ipp.core import tenancy, ui
from ipp.core.actors import Actor
from ipp.core.errors import DomainError, IllegalTransition
from ipp.core.lifecycle import advance_with_trail
from ipp.core.models import Event
from takedowns import lifecycle, services
from takedowns.lifecycle import COMPLAINT, LISTING, ComplaintStatus, ListingStatus
from takedowns.models import Complaint, FindingResult, ReportedListing, Transition
from takedowns.presentation.words import COMPLAINT_AXIS, FINDING_AXIS, LISTING_AXIS
from tests.actors import actor_named
from tests.factories.disputes import contested, countered, ruled
from tests.factories.marketplaces import inside_engine
from tests.takedowns.cases import STATES, carry_out, decide, decisions_of, filed, fresh, held, rows_of, screen, states_of, undo, withdraw

pytestmark = pytest.mark.usefixtures("marketplace")
RULE = "listing_missing"


def by_rule(complaint: Complaint, *rows: ReportedListing) -> None:
    with inside_engine(Actor.system(complaint.organization_id, "tests")) as engine:
        ids = [row.pk for row in rows or rows_of(complaint)]
        services.decide_by_rule(actor=engine, complaint_id=complaint.pk, listing_ids=ids, rule=RULE, rejection="R07")


def acting(actor: Actor, call: Callable[[], object]) -> object:
    with tenancy.acting(actor):
        return call()


def last_batch(complaint: Complaint) -> str:
    made = decisions_of(complaint)
    return made[-1].batch if made else "none"


ACTIONS: dict[str, Callable[[Actor, Actor, Complaint], object]] = {
    "screen": lambda alice, rex, row: screen(row),
    "claim": lambda alice, rex, row: acting(rex, lambda: services.claim_complaint(actor=rex, code=row.code)),
    "release": lambda alice, rex, row: acting(rex, lambda: services.release_complaint(actor=rex, code=row.code)),
    "ask": lambda alice, rex, row: acting(
        rex, lambda: services.ask_for_information(actor=rex, code=row.code, version=row.version, question="Which?")
    ),
    "answer": lambda alice, rex, row: acting(alice, lambda: services.answer_question(actor=alice, code=row.code, answer="That one.")),
    "decide": lambda alice, rex, row: by_rule(row),
    "undo": lambda alice, rex, row: undo(rex, row, last_batch(row)),
    "withdraw": lambda alice, rex, row: withdraw(alice, row),
}
QUIET = {"screen", "decide"}
"""The engine's own: called again where there is nothing to do, they do nothing instead of refusing."""
KEEPS_OWN_CLAIM = {("in_review", "claim")}


def test_every_action_and_every_status_is_tried_here():
    assert set(ACTIONS) == set(COMPLAINT.moves)
    assert set(STATES) == set(ComplaintStatus.values)


@pytest.mark.parametrize(("state", "action"), list(product(STATES, ACTIONS)))
def test_a_cell_of_a_complaint(alice, rex, state, action):
    complaint = STATES[state](alice, rex)
    assert complaint.status == state
    target = COMPLAINT.target(action, state)
    before = standing(complaint)

    if target is not None:
        ACTIONS[action](alice, rex, complaint)
        assert fresh(complaint).status == target
    elif (state, action) in KEEPS_OWN_CLAIM or action in QUIET:
        ACTIONS[action](alice, rex, complaint)
        assert standing(complaint) == before
    else:
        with pytest.raises(DomainError) as refusal:
            ACTIONS[action](alice, rex, complaint)
        assert refusal.value.status in (403, 404, 409)
        assert standing(complaint) == before


def standing(complaint: Complaint) -> tuple[Any, ...]:
    """Return everything a refused action must leave alone."""
    now = fresh(complaint)
    with tenancy.engine_scope("tests"):
        events = Event.objects.filter(subject_id=complaint.pk, subject_type="takedowns.complaint").count()
        moves = Transition.objects.filter(reported_listing__complaint=complaint).count()
    return now.status, now.version, states_of(complaint), events, moves


LISTING_STATES: dict[str, Callable[[Actor, Actor], Complaint]] = {
    "received": lambda alice, rex: filed(alice, 2),
    "under_review": lambda alice, rex: held(alice, rex, 2),
    "accepted": lambda alice, rex: after(held(alice, rex, 2), lambda row: decide(rex, row, 1)),
    "rejected": lambda alice, rex: after(held(alice, rex, 2), lambda row: decide(rex, row, 1, outcome="rejected")),
    "withdrawn": lambda alice, rex: after(held(alice, rex, 2), lambda row: withdraw(alice, row, 1)),
    "countered": lambda alice, rex: countered(alice, actor_named("sunny")).complaint,
    "contested": lambda alice, rex: contested(alice, actor_named("sunny")).complaint,
    "upheld": lambda alice, rex: ruled(alice, actor_named("sunny"), outcome="upheld").complaint,
    "overturned": lambda alice, rex: ruled(alice, actor_named("sunny"), outcome="overturned").complaint,
}


def after(complaint: Complaint, step: Callable[[Complaint], object]) -> Complaint:
    step(complaint)
    return fresh(complaint)


def test_every_status_of_a_listing_is_tried_here():
    assert set(LISTING_STATES) == set(ListingStatus.values)


@pytest.mark.parametrize(("state", "action"), list(product(LISTING_STATES, LISTING.moves)))
def test_a_cell_of_a_listing(alice, rex, state, action):
    complaint = LISTING_STATES[state](alice, rex)
    row = rows_of(complaint)[0]
    assert row.status == state
    target = LISTING.target(action, state)

    with inside_engine(alice):
        count = Transition.objects.filter(reported_listing=row).count()
        if target is None:
            with pytest.raises(IllegalTransition):
                advance_with_trail(ReportedListing, Transition, LISTING, action, ids=[row.pk])
            assert Transition.objects.filter(reported_listing=row).count() == count
        else:
            advance_with_trail(ReportedListing, Transition, LISTING, action, ids=[row.pk])
            last = Transition.objects.filter(reported_listing=row).latest("id")
            assert (last.action, last.from_status, last.to_status) == (action, state, target)
        assert ReportedListing.objects.get(pk=row.pk).status == (target or state)


@pytest.mark.parametrize(
    ("state", "call", "moves"),
    [
        ("under_review", "accept", True),
        ("accepted", "accept", False),
        ("rejected", "accept", False),
        ("withdrawn", "accept", False),
        ("accepted", "reject", False),
        ("rejected", "reject", False),
        ("withdrawn", "reject", False),
        ("withdrawn", "withdraw", False),
        ("rejected", "withdraw", True),  # nobody was told of it yet; once it took effect test_withdrawing has it
        ("accepted", "withdraw", True),
    ],
)
def test_the_services_keep_to_the_table_of_a_listing(alice, rex, state, call, moves):
    complaint = LISTING_STATES[state](alice, rex)

    def act():
        if call == "withdraw":
            return withdraw(alice, complaint, 1)
        return decide(rex, complaint, 1, outcome="accepted" if call == "accept" else "rejected")

    if moves:
        act()
        assert rows_of(complaint)[0].status != state
    else:
        with pytest.raises(IllegalTransition):
            act()
        assert rows_of(complaint)[0].status == state


def test_a_rejection_that_took_effect_cannot_be_withdrawn_any_more(alice, rex):
    complaint = LISTING_STATES["rejected"](alice, rex)
    carry_out(complaint, last_batch(complaint))

    with pytest.raises(IllegalTransition):
        withdraw(alice, complaint, 1)

    assert rows_of(complaint)[0].status == "rejected"


def test_the_named_sets_say_what_their_names_say():
    assert {ComplaintStatus.DECIDED, ComplaintStatus.WITHDRAWN} | lifecycle.OPEN_COMPLAINTS == set(ComplaintStatus.values)
    assert lifecycle.QUEUED_COMPLAINTS < lifecycle.OPEN_COMPLAINTS
    over = {ListingStatus.WITHDRAWN}
    assert lifecycle.UNDECIDED | lifecycle.DECIDED | lifecycle.DISPUTED | lifecycle.RULED | over == set(ListingStatus.values)
    assert set() == lifecycle.UNDECIDED & lifecycle.DECIDED
    assert set(ListingStatus.values) - {ListingStatus.REJECTED} - lifecycle.RULED - over == lifecycle.CLAIMED_AGAINST
    assert {ListingStatus.ACCEPTED, ListingStatus.UPHELD} | lifecycle.DISPUTED == lifecycle.STANDS


@pytest.mark.parametrize(
    ("axis", "values"),
    [(COMPLAINT_AXIS, ComplaintStatus.values), (LISTING_AXIS, ListingStatus.values), (FINDING_AXIS, FindingResult.values)],
)
def test_every_status_has_a_badge_with_a_word_and_a_drawing(axis, values):
    assert ui.missing_states(axis, values) == set()
    with translation.override("en"):
        words = [str(ui.badge_of(value, axis).label) for value in values]
    assert len(set(words)) == len(words)

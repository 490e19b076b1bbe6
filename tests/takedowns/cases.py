"""Complaints at the review desk, reached by calling the services: filed over listings the catalogue knows, screened, held, decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from ipp.core import tenancy
from ipp.core.actors import Actor
from marketplaces.models import Listing
from takedowns import services
from takedowns.models import Complaint, Decision
from tests.actors import actor_named
from tests.factories.marketplaces import inside_engine, known_listing
from tests.factories.rightsholders import validated_right
from tests.factories.takedowns import filing, fresh, rows_of

NUMBERS = count(3_100_000_000)
UNDO_OVER = timedelta(seconds=16)


def filed(actor: Actor, size: int = 3, *, known: bool = True, right: Any = None, ids: Sequence[str] = (), **changes: Any) -> Complaint:
    """Return a complaint about `size` listings of bazarro, which the catalogue has seen unless told otherwise."""
    wanted = list(ids) or [str(next(NUMBERS)) for _ in range(size)]
    if known:
        for number in wanted:
            known_listing(external_id=number, title=f"Steel bottle {number}")
    right = right or validated_right(actor)
    values = {"links": [f"bazarro {number}" for number in wanted], "explanation": "They use our mark."} | changes
    with tenancy.acting(actor):
        return services.file_complaint(actor=actor, filing=filing(right, **values)).complaint


def screen(complaint: Complaint) -> bool:
    """Let the engine check a complaint, as its handler does."""
    owner = Actor.system(complaint.organization_id, "tests")
    with inside_engine(owner) as engine:
        return services.screen_complaint(actor=engine, complaint_id=complaint.pk)


def screened(actor: Actor, size: int = 3, **changes: Any) -> Complaint:
    """Return a complaint that waits for review."""
    complaint = filed(actor, size, **changes)
    screen(complaint)
    return fresh(complaint)


def held(actor: Actor, reviewer: Actor, size: int = 3, **changes: Any) -> Complaint:
    """Return a complaint a reviewer works on."""
    complaint = screened(actor, size, **changes)
    with tenancy.acting(reviewer):
        return services.claim_complaint(actor=reviewer, code=complaint.code)


def decide(reviewer: Actor, complaint: Complaint, *positions: int, outcome: str = "accepted", **changes: Any) -> str:
    """Decide listings on the version that stands; return the batch."""
    if outcome == "rejected":
        changes = {"rejection": "R05"} | changes
    with tenancy.acting(reviewer):
        version = changes.pop("version", None) or fresh(complaint).version
        return services.decide_listings(
            actor=reviewer, code=complaint.code, version=version, positions=positions, outcome=outcome, **changes
        )


def undo(reviewer: Actor, complaint: Complaint, batch: str) -> Complaint:
    """Take a decision back."""
    with tenancy.acting(reviewer):
        return services.undo_decision(actor=reviewer, code=complaint.code, batch=batch)


def carry_out(complaint: Complaint, batch: str) -> bool:
    """Carry a decision out, as its handler does once the undo time is over."""
    with inside_engine(Actor.system(complaint.organization_id, "tests")) as engine:
        return services.carry_out_decision(actor=engine, complaint_id=complaint.pk, batch=batch)


def asked(actor: Actor, reviewer: Actor, size: int = 3) -> Complaint:
    """Return a complaint whose filer was asked something."""
    complaint = held(actor, reviewer, size)
    with tenancy.acting(reviewer):
        return services.ask_for_information(actor=reviewer, code=complaint.code, version=complaint.version, question="Which colour?")


def decided(actor: Actor, reviewer: Actor, size: int = 3) -> Complaint:
    """Return a complaint of which every listing was accepted; its effects are still to come."""
    complaint = held(actor, reviewer, size)
    decide(reviewer, complaint, *range(1, size + 1))
    return fresh(complaint)


def withdrawn(actor: Actor, reviewer: Actor, size: int = 3) -> Complaint:
    """Return a complaint its filer withdrew."""
    complaint = screened(actor, size)
    withdraw(actor, complaint)
    return fresh(complaint)


def withdraw(actor: Actor, complaint: Complaint, *positions: int) -> Complaint:
    """Withdraw listings, or all of them."""
    with tenancy.acting(actor):
        return services.withdraw_listings(actor=actor, code=complaint.code, positions=positions or None)


STATES: dict[str, Callable[[Actor, Actor], Complaint]] = {
    "filed": lambda actor, reviewer: filed(actor),
    "queued": lambda actor, reviewer: screened(actor),
    "in_review": held,
    "information_asked": asked,
    "decided": decided,
    "withdrawn": withdrawn,
}


def states_of(complaint: Complaint) -> list[str]:
    """Return where each listing stands."""
    return [row.status for row in rows_of(complaint)]


def decisions_of(complaint: Complaint) -> list[Decision]:
    """Return every decision of a complaint, oldest first."""
    with tenancy.scope(tenancy.Context(audience="staff", scope="staff")):
        return list(Decision.objects.filter(reported_listing__complaint=complaint).order_by("id"))


def listing_named(external_id: str) -> Listing:
    """Return a listing of the catalogue."""
    with tenancy.engine_scope("tests"):
        return Listing.objects.get(marketplace="bazarro", external_id=external_id)


def reviewer() -> Actor:
    """Return Rex."""
    return actor_named("rex")

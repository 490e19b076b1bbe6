"""What an adjudicator does, step by step, and a second account of one and the same person."""

from __future__ import annotations

from typing import Any

from ipp.core import tenancy
from ipp.core.actors import Actor
from ipp.core.models import Membership, User
from takedowns import services
from takedowns.models import Complaint, CounterNotice, Decision, ReportedListing
from tests.actors import actor_named
from tests.cast import address
from tests.factories.disputes import fresh_counter

RULINGS = {"upheld": "INFRINGEMENT_STANDS", "overturned": "ORIGIN_PROVEN"}
STAFF = tenancy.Context(audience="staff", scope="staff")


def take(adjudicator: Actor, counter: CounterNotice) -> CounterNotice:
    """Let somebody take a dispute."""
    with tenancy.acting(adjudicator):
        return services.claim_dispute(actor=adjudicator, code=counter.code)


def rule(adjudicator: Actor, counter: CounterNotice, *positions: int, outcome: str = "upheld", **changes: Any) -> str:
    """Rule on listings of a dispute on the version that stands; return the batch."""
    values = {"version": fresh_counter(counter).version, "ruling": RULINGS[outcome], "message": "Both sides' papers were read."} | changes
    with tenancy.acting(adjudicator):
        return services.adjudicate(actor=adjudicator, code=counter.code, positions=positions, outcome=outcome, **values)


def overturn(adjudicator: Actor, complaint: Complaint, *positions: int, **changes: Any) -> str:
    """Overturn claims that stand; return the batch."""
    values = {"ruling": "NO_INFRINGEMENT", "message": "The word is not on it."} | changes
    with tenancy.acting(adjudicator):
        return services.overturn_listings(actor=adjudicator, code=complaint.code, positions=positions, **values)


def undo(adjudicator: Actor, batch: str) -> Complaint:
    """Take a ruling back."""
    with tenancy.acting(adjudicator):
        return services.undo_ruling(actor=adjudicator, batch=batch)


def rows_of(counter: CounterNotice) -> list[ReportedListing]:
    """Return the listings of a counter-notice's complaint as they are now, in order."""
    with tenancy.scope(STAFF):
        return list(ReportedListing.objects.filter(complaint=counter.complaint_id).order_by("position"))


def states_of(counter: CounterNotice) -> list[str]:
    """Return where each listing of the complaint stands."""
    return [row.status for row in rows_of(counter)]


def decisions_of(counter: CounterNotice) -> list[Decision]:
    """Return every decision about the complaint, oldest first."""
    with tenancy.scope(STAFF):
        return list(Decision.objects.filter(reported_listing__complaint=counter.complaint_id).order_by("id"))


def second_account_of(name: str, as_name: str) -> Actor:
    """Make a colleague's account a second account of somebody, and return it as an actor."""
    with tenancy.scope(STAFF):
        person = User.objects.get(email=address(name)).person
        User.objects.filter(email=address(as_name)).update(person=person)
        assert Membership.objects.filter(user__person=person).count() == 2
    return actor_named(as_name)

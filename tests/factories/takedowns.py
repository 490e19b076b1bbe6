"""Complaints in every state, reached by calling the services; the engine's part is done here, without the broker."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from django.test import override_settings

from ipp.core import clock, tenancy
from ipp.core.actors import Actor
from marketplaces.models import Listing, Marketplace
from marketplaces.services.catalogue import take_in
from rightsholders.models import Right
from takedowns import services
from takedowns.models import Complaint, ComplaintDraft, Decision, ReportedListing
from takedowns.rules import DECLARATIONS
from tests.actors import actor_named
from tests.factories.marketplaces import listing_seen
from tests.factories.rightsholders import validated_right
from tests.sandbox.conftest import SECRET

FIRST_NUMBER = 3_000_000_000
SIGNATURE = {"declarations": list(DECLARATIONS), "signed_name": "Alice Ames", "signed_role": "Owner"}


def link_texts(count: int = 3, start: int = FIRST_NUMBER) -> list[str]:
    """Return links to as many listings of one sandbox marketplace."""
    return [f"bazarro {start + number}" for number in range(count)]


def filing(right: Right, **changes: Any) -> services.Filing:
    """Return a complaint that can be filed: coded words for fakes, quoted."""
    values: dict[str, Any] = {
        "right": right.code,
        "reason": "TM-JARGON",
        "links": link_texts(),
        "seen_on": clock.now().date(),
        "statements": {"quoted_words": "1:1, in the title"},
        **SIGNATURE,
    }
    return services.Filing(**values | changes)


def filed(actor: Actor, right: Right | None = None, **changes: Any) -> Complaint:
    """Return a complaint as it was filed; with a right of its own unless one is given."""
    right = right or validated_right(actor)
    with tenancy.acting(actor):
        return services.file_complaint(actor=actor, filing=filing(right, **changes)).complaint


def screened(actor: Actor, right: Right | None = None, **changes: Any) -> Complaint:
    """Return a complaint the engine has checked: it waits for a reviewer."""
    complaint = filed(actor, right, **changes)
    engine = Actor.system(actor.organization_id, "takedowns.screen")
    with tenancy.acting(engine):
        services.screen_complaint(actor=engine, complaint_id=complaint.pk)
    return fresh(complaint)


def claimed(actor: Actor, right: Right | None = None, *, reviewer: str = "rex", **changes: Any) -> Complaint:
    """Return a complaint a reviewer holds."""
    complaint = screened(actor, right, **changes)
    rex = actor_named(reviewer)
    with tenancy.acting(rex):
        return services.claim_complaint(actor=rex, code=complaint.code)


def asked(actor: Actor, right: Right | None = None, *, question: str = "Which words do you mean?", **changes: Any) -> Complaint:
    """Return a complaint about which a reviewer asked something."""
    complaint = claimed(actor, right, **changes)
    rex = actor_named("rex")
    with tenancy.acting(rex):
        return services.ask_for_information(actor=rex, code=complaint.code, version=complaint.version, question=question)


def decided(
    actor: Actor,
    right: Right | None = None,
    *,
    accept: Sequence[int] | None = None,
    reject: Sequence[int] = (),
    rejection: str = "R05",
    message: str = "",
    told: bool = True,
    **changes: Any,
) -> Complaint:
    """Return a complaint with decisions; `told` says that their undo time is over and they took effect."""
    complaint = claimed(actor, right, **changes)
    positions = range(1, complaint.listing_count + 1)
    rest = [position for position in positions if position not in reject] if accept is None else list(accept)
    for outcome, chosen, code in (("accepted", rest, ""), ("rejected", list(reject), rejection)):
        if chosen:
            complaint = _decide(actor, fresh(complaint), chosen, outcome, code, message, told=told)
    return fresh(complaint)


def removed(actor: Actor, right: Right | None = None, **changes: Any) -> Complaint:
    """Return a complaint whose accepted listings came down, as the marketplace says."""
    complaint = decided(actor, right, **changes)
    return _noted(actor, complaint, "remove")


def withdrawn(actor: Actor, right: Right | None = None, **changes: Any) -> Complaint:
    """Return a complaint its filer withdrew before anything was decided."""
    complaint = screened(actor, right, **changes)
    with tenancy.acting(actor):
        return services.withdraw_listings(actor=actor, code=complaint.code, why="Settled.")


def draft(actor: Actor, right: Right | None = None, *, count: int = 3, **changes: Any) -> ComplaintDraft:
    """Return a draft in which every step is done but the signature."""
    right = right or validated_right(actor)
    values: dict[str, Any] = {
        "reason": "TM-JARGON",
        "links": "\n".join(link_texts(count)),
        "data": {"statements": {"quoted_words": "1:1, in the title"}, "seen_on": clock.now().date().isoformat()},
    }
    with tenancy.acting(actor):
        begun = services.start_draft(actor=actor, right=right.code)
        return services.save_draft(actor=actor, code=begun.code, **values | changes)


def seen_listings(numbers: Sequence[int], **changes: Any) -> list[Listing]:
    """Put listings into the catalogue, as a marketplace would show them; without pictures."""
    with tenancy.engine_scope("tests"), override_settings(SANDBOX_SECRET=base64.b64encode(SECRET).decode()):
        place = Marketplace.objects.get(pk="bazarro")
        take_in(place, [listing_seen(str(number), **changes) for number in numbers], read_at=clock.now())
        return list(Listing.objects.filter(marketplace=place, external_id__in=[str(number) for number in numbers]))


def fresh(complaint: Complaint) -> Complaint:
    """Return a complaint as it is now."""
    with tenancy.engine_scope("tests"):
        return Complaint.objects.select_related("right", "reason", "clock").get(pk=complaint.pk)


def rows_of(complaint: Complaint) -> list[ReportedListing]:
    """Return a complaint's listings as they are now, in order."""
    with tenancy.engine_scope("tests"):
        rows = ReportedListing.objects.select_related("listing", "snapshot_filed", "snapshot_decided")
        return list(rows.filter(complaint_id=complaint.pk).order_by("position"))


def carried_out(complaint: Complaint) -> Complaint:
    """Let the undo time of every decision be over, and the engine carry them out."""
    with tenancy.engine_scope("tests"):
        waiting = Decision.objects.filter(reported_listing__complaint_id=complaint.pk, reported_listing__effective_at=None)
        batches = sorted(set(waiting.values_list("batch", flat=True)))
    engine = Actor.system(complaint.organization_id, "takedowns.carry_out_decision")
    for batch in batches:
        with tenancy.acting(engine):
            services.carry_out_decision(actor=engine, complaint_id=complaint.pk, batch=batch)
    return fresh(complaint)


def _decide(
    actor: Actor, complaint: Complaint, positions: Sequence[int], outcome: str, rejection: str, message: str, *, told: bool
) -> Complaint:
    rex = actor_named("rex")
    with tenancy.acting(rex):
        services.decide_listings(
            actor=rex,
            code=complaint.code,
            version=complaint.version,
            positions=positions,
            outcome=outcome,
            rejection=rejection,
            message=message,
        )
    return carried_out(complaint) if told else complaint


def _noted(actor: Actor, complaint: Complaint, kind: str) -> Complaint:
    engine = Actor.system(actor.organization_id, "takedowns.note_actions")
    accepted = [row.pk for row in rows_of(complaint) if row.status == "accepted"]
    with tenancy.acting(engine):
        services.note_actions(actor=engine, kind=kind, source_ids=accepted)
    return fresh(complaint)

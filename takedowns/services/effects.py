"""What follows from a decision once it cannot be undone any more: listings come down, sellers get their reasons, counts are told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F

from ipp.core.actors import Actor
from ipp.core.clock import IppNow
from ipp.core.events import record
from marketplaces.services import ActionTarget, propose_actions, request_sightings, reverse_actions
from takedowns.events import DecisionEffective, ListingsReleased, ListingsRemoved, ListingsRestored
from takedowns.lifecycle import ListingStatus
from takedowns.models import Complaint, Decision, ReportedListing, StatementOfReasons
from takedowns.rules import ON_ACCEPT, SOURCE
from takedowns.services.counting import recount
from takedowns.services.notifying import send_notices
from takedowns.services.settling import settle_notices


@transaction.atomic
def carry_out_decision(*, actor: Actor, complaint_id: int, batch: str) -> bool:
    """Carry out what a batch of decisions says, for the listings that still stand as it left them; return whether any did.

    An undo or a withdrawal in between leaves nothing to carry out; carrying out twice changes nothing.
    """
    complaint = Complaint.objects.select_related("right", "reason").select_for_update(of=("self",), no_key=True).get(pk=complaint_id)
    decisions = Decision.objects.filter(batch=batch, reported_listing__complaint=complaint, round=F("reported_listing__round"))
    standing = decisions.filter(reported_listing__status=F("outcome"), reported_listing__effective_at=None)
    made = list(standing.select_related("reported_listing", "rejection").order_by("reported_listing__position"))
    if not made:
        return False
    rows = [item.reported_listing for item in made]
    ReportedListing.objects.filter(pk__in=[row.pk for row in rows]).update(effective_at=IppNow())
    if made[0].outcome == Decision.Outcome.ACCEPTED:
        take_down(actor, complaint, [row for row in rows if row.removal == ON_ACCEPT])
        _look_at_unseen(rows)
        state_reasons(complaint, made)
        send_notices(actor=actor, complaint_id=complaint.pk)
    recount(complaint.pk)
    _tell(actor, complaint, made)
    return True


@transaction.atomic
def carry_out_withdrawal(*, actor: Actor, complaint_id: int, positions: Sequence[int]) -> None:
    """Bring back what was taken down for withdrawn listings, or stop what is still on its way."""
    complaint = Complaint.objects.select_for_update(of=("self",), no_key=True).get(pk=complaint_id)
    rows = ReportedListing.objects.filter(complaint=complaint, position__in=list(positions), status=ListingStatus.WITHDRAWN)
    ids = list(rows.filter(effective_at__isnull=False).values_list("id", flat=True))
    if not ids:
        return
    reason = public_reason("withdrawn")
    reverse_actions(actor=actor, source=SOURCE, source_ids=ids, kind="remove", reason=reason, reference=complaint.reference)
    settle_notices(rows.filter(pk__in=ids).values_list("notice_id", flat=True))
    record(ListingsReleased(complaint.reference, complaint.code, sorted(positions), ids, "withdrawn"), actor=actor, subject=complaint)


@transaction.atomic
def note_actions(*, actor: Actor, kind: str, source_ids: Sequence[int]) -> None:
    """Take in that a marketplace acknowledged taking listings down or putting them back."""
    fact_class = {"remove": ListingsRemoved, "restore": ListingsRestored}[kind]
    named = ReportedListing.objects.filter(organization_id=actor.organization_id, pk__in=list(source_ids))
    # Complaints before their listings, as everybody else locks them.
    complaints = {row.pk: row for row in Complaint.objects.filter(listings__in=named).distinct()}
    list(Complaint.objects.locked().filter(pk__in=list(complaints)).values_list("id"))
    fresh = named.exclude(removed_at__isnull=False, restored_at=None) if kind == "remove" else named.filter(restored_at=None)
    by_complaint: dict[int, list[int]] = defaultdict(list)
    for complaint_id, position in fresh.values_list("complaint_id", "position"):
        by_complaint[complaint_id].append(position)
    fresh.update(**({"removed_at": IppNow(), "restored_at": None} if kind == "remove" else {"restored_at": IppNow()}))
    for complaint_id, positions in sorted(by_complaint.items()):
        recount(complaint_id)
        complaint = complaints[complaint_id]
        record(fact_class(reference=complaint.reference, code=complaint.code, positions=sorted(positions)), actor=actor, subject=complaint)


def take_down(actor: Actor, complaint: Complaint, rows: Sequence[ReportedListing]) -> None:
    """Ask the marketplaces to take listings down."""
    targets = [
        ActionTarget(
            source_id=row.pk,
            round=row.round,
            marketplace=row.marketplace_id,
            external_id=row.external_id,
            listing_id=row.listing_id,
            seller_id=row.seller_id,
        )
        for row in rows
    ]
    if targets:
        reason = public_reason(complaint.right.kind)
        propose_actions(actor=actor, kind="remove", targets=targets, reason=reason, reference=complaint.reference, source=SOURCE)


def _look_at_unseen(rows: Sequence[ReportedListing]) -> None:
    """Have listings looked at whose shop nobody knows yet, so that it can be told."""
    unseen = [(row.marketplace_id, row.external_id) for row in rows if row.listing_id is None]
    if unseen:
        request_sightings(targets=unseen)


PUBLIC_REASONS = {
    "trademark": "Reported as a trademark infringement and accepted after review",
    "copyright": "Reported as a copyright infringement and accepted after review",
    "design": "Reported as a design infringement and accepted after review",
    "utility_model": "Reported as a patent infringement and accepted after review",
    "invention": "Reported as a patent infringement and accepted after review",
    "withdrawn": "The complaint was withdrawn",
    "overturned": "The complaint was decided in the shop's favour after its answer",
}
"""What stands on the marketplace's own page: public, so it names neither the right nor the complainant."""


def public_reason(kind: str) -> str:
    """Return what the marketplace shows in public as the reason, by kind of right or of giving back."""
    return PUBLIC_REASONS[kind]


def state_reasons(complaint: Complaint, made: Sequence[Decision]) -> None:
    """Store, for each accepted listing, what its seller is told and why (DSA art. 17, requirement SLA-04)."""
    StatementOfReasons.objects.bulk_create(
        [
            StatementOfReasons(
                organization_id=complaint.organization_id,
                reported_listing=item.reported_listing,
                decision=item,
                body=statement_body(complaint, item),
            )
            for item in made
        ],
        ignore_conflicts=True,
    )


def statement_body(complaint: Complaint, decision: Decision) -> dict[str, Any]:
    """Return the facts of a statement of reasons; words are made from them in the reader's language."""
    row, right, reason = decision.reported_listing, complaint.right, complaint.reason
    removed = row.removal == ON_ACCEPT
    return {
        "decision": "removed" if removed else "notice_first",
        "reference": complaint.reference,
        "listing": {"marketplace": row.marketplace_id, "id": row.external_id, "url": row.url},
        "facts": {"reason": reason.pk, "reason_en": reason.label_en, "reason_zh": reason.label_zh, "explanation": complaint.explanation},
        "ground": "illegal_content",
        "right": {
            "kind": right.kind,
            "name": right.name,
            "office": right.office,
            "number": right.number,
            "owner": right.owner_name,
            "territories": list(right.territories),
        },
        "scope": {"sites": [row.site] if row.site else [], "territories": list(right.territories)},
        "message": decision.message,
        "automated": {"detection": False, "decision": bool(decision.rule)},
        "source": "notice",
        "rules": {"policy": row.policy_id},
        "redress": ["counter_notice", "court"],
        "snapshot": row.snapshot_decided_id,
    }


def _tell(actor: Actor, complaint: Complaint, made: Sequence[Decision]) -> None:
    first = made[0]
    fact = DecisionEffective(
        reference=complaint.reference,
        code=complaint.code,
        batch=first.batch,
        outcome=first.outcome,
        rejection=first.rejection_id or "",
        message=first.message,
        positions=[item.reported_listing.position for item in made],
        coming_down=sum(first.outcome == Decision.Outcome.ACCEPTED and item.reported_listing.removal == ON_ACCEPT for item in made),
        is_last=not ReportedListing.objects.filter(complaint=complaint)
        .filter(effective_at=None)
        .exclude(status=ListingStatus.WITHDRAWN)
        .exists(),
    )
    record(fact, actor=actor, subject=complaint)

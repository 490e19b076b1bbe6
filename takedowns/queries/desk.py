"""What reviewers see: the queue, and one complaint with everything about it."""

from __future__ import annotations

from django.db.models import QuerySet

from ipp.core.clock import IppNow
from ipp.core.errors import NotFound
from takedowns.lifecycle import QUEUED_COMPLAINTS
from takedowns.models import Complaint, Lead, ReportedListing


def review_queue() -> QuerySet[Complaint]:
    """Return what reviewers can work on; `shown_at` is the database's now, asked once for all."""
    rows = Complaint.objects.filter(status__in=QUEUED_COMPLAINTS)
    return rows.select_related("organization", "right", "reason", "clock", "claimed_by").annotate(shown_at=IppNow())


def desk_complaint(code: str) -> Complaint:
    """Return one complaint for the desk.

    Raises:
        NotFound: no such complaint.
    """
    rows = Complaint.objects.select_related("organization", "right", "reason", "clock", "claimed_by")
    found = rows.filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def desk_listings(complaint: Complaint) -> QuerySet[ReportedListing]:
    """Return a complaint's listings in order, with what was seen of each."""
    rows = ReportedListing.objects.filter(complaint=complaint)
    return rows.select_related("marketplace", "listing", "listing__latest", "seller", "snapshot_filed", "snapshot_decided").order_by("position")


def leads() -> QuerySet[Lead]:
    """Return what visitors reported."""
    return Lead.objects.select_related("marketplace")

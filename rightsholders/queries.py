"""Reads for pages: where an applicant stands, and the verification desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from ipp.core.actors import Actor
from ipp.core.clock import IppNow
from ipp.core.errors import NotFound
from ipp.core.models import Organization, StoredFile, StoredPage
from rightsholders.lifecycle import DECIDED, Status
from rightsholders.models import Decision, IdentityPaper, Verification


@dataclass(frozen=True)
class Finding:
    """Something the machine saw on a paper: `tone` ok or warn, a short label and a sentence."""

    tone: str
    label: str
    text: str


def public_status(verification: Verification, now: datetime) -> str:
    """Return the status its applicant may see: a decision shows only once it cannot be undone any more."""
    decided_at = verification.decided_at if verification.status in DECIDED else None
    if decided_at is not None and now < decided_at + timedelta(seconds=settings.UNDO_SECONDS):
        return Status.IN_REVIEW
    return verification.status


def own_verifications(actor: Actor) -> QuerySet[Verification]:
    """Return the organization's verifications with their papers and decisions."""
    rows = Verification.objects.filter(organization_id=actor.organization_id)
    return rows.select_related("paper", "paper__file", "clock").prefetch_related("decisions__reason")


def own_verification(actor: Actor, code: str) -> Verification:
    """Return one of the organization's verifications.

    Raises:
        NotFound: it is missing or another tenant's.
    """
    found = own_verifications(actor).filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def desk_queue() -> QuerySet[Verification]:
    """Return what verifiers can work on, nearest deadline first."""
    rows = Verification.objects.filter(status__in=(Status.SUBMITTED, Status.IN_REVIEW))
    rows = rows.select_related("organization", "paper", "clock", "claimed_by").annotate(shown_at=IppNow())
    return rows.order_by("due_at", "id")


def desk_case(code: str) -> Verification:
    """Return one case of the desk with everything on it.

    Raises:
        NotFound: no such case.
    """
    rows = Verification.objects.select_related("organization", "paper", "paper__file", "clock", "claimed_by")
    found = rows.prefetch_related("decisions__reason", "decisions__decided_by", "notes__author").filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def latest_decision(verification: Verification) -> Decision | None:
    """Return the decision of the present round."""
    return next((item for item in verification.decisions.all() if item.round == verification.round), None)


def pages_of(file: StoredFile) -> list[StoredPage]:
    """Return the pictures of a file's pages, in order."""
    return list(StoredPage.objects.filter(file=file).order_by("number"))


def same_file_elsewhere(paper: IdentityPaper) -> bool:
    """Tell whether another organization sent in the very same bytes (reliability.md B1); for staff only."""
    same = StoredFile.objects.filter(sha256=paper.file.sha256)
    return same.exclude(organization_id=paper.organization_id).exists()


def organization_of(actor: Actor) -> Organization:
    """Return the actor's organization."""
    return Organization.objects.get(pk=actor.organization_id)

"""Reads for pages: where an applicant stands, and the verification desk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from ipp.core.actors import Actor
from ipp.core.clock import IppNow
from ipp.core.errors import NotFound
from ipp.core.models import Organization, StoredFile, StoredPage
from rightsholders.lifecycle import DECIDED, ENDED, RightStatus, Status
from rightsholders.models import Decision, Right, RightDocument, Verification


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
    """Return the verifications of the organization's identity, with their papers and decisions; a right's are told by the right."""
    rows = Verification.objects.filter(organization_id=actor.organization_id, paper__isnull=False)
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
    rows = rows.select_related("organization", "paper", "right", "clock", "claimed_by").annotate(shown_at=IppNow())
    return rows.order_by("due_at", "id")


def desk_case(code: str) -> Verification:
    """Return one case of the desk with everything on it.

    Raises:
        NotFound: no such case.
    """
    rows = Verification.objects.select_related("organization", "paper", "paper__file", "right", "clock", "claimed_by")
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


def same_files_elsewhere(files: Iterable[StoredFile]) -> bool:
    """Tell whether another organization sent in the very same bytes as one of these files (reliability.md B1); for staff only."""
    mine = list(files)
    same = StoredFile.objects.filter(sha256__in=[file.sha256 for file in mine])
    return same.exclude(organization_id__in={file.organization_id for file in mine}).exists()


def same_number_elsewhere(right: Right) -> bool:
    """Tell whether another organization holds the same number in its library; for staff only, never told to a tenant."""
    if not right.normalized_number:
        return False
    same = Right.objects.filter(office=right.office, kind=right.kind, normalized_number=right.normalized_number)
    return same.exclude(organization_id=right.organization_id).exclude(status__in=ENDED).exists()


def rights_of(actor: Actor) -> QuerySet[Right]:
    """Return the organization's rights, newest first."""
    return Right.objects.filter(organization_id=actor.organization_id).order_by("-id")


def own_right(actor: Actor, code: str) -> Right:
    """Return one of the organization's rights.

    Raises:
        NotFound: it is missing or another tenant's.
    """
    found = rights_of(actor).filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def told_rights(actor: Actor) -> QuerySet[Right]:
    """Return the organization's rights with their documents, checks and decisions, for telling all about them."""
    return rights_of(actor).prefetch_related("documents__file", "verifications__decisions")


def told_right(actor: Actor, code: str) -> Right:
    """Return one of the organization's rights with everything to tell about it.

    Raises:
        NotFound: it is missing or another tenant's.
    """
    found = told_rights(actor).filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def usable_rights(organization_id: int, today: date) -> QuerySet[Right]:
    """Return the rights a complaint can be based on today: validated and in force, newest first."""
    begun = Q(registered_on__isnull=True) | Q(registered_on__lte=today)
    held = Q(expires_on__isnull=True) | Q(expires_on__gte=today)
    return Right.objects.filter(begun, held, organization_id=organization_id, status=RightStatus.VALIDATED).order_by("-id")


def verification_of(right: Right) -> Verification:
    """Return the latest check of a right, with its decisions and clock."""
    rows = Verification.objects.filter(right=right).select_related("clock").prefetch_related("decisions__reason")
    return rows.latest("id")


def documents_of(right: Right) -> list[RightDocument]:
    """Return a right's documents with their files and pages, in the order they came."""
    rows = RightDocument.objects.filter(right=right).select_related("file").prefetch_related("file__pages")
    return list(rows.order_by("id"))


def organization_of(actor: Actor) -> Organization:
    """Return the actor's organization."""
    return Organization.objects.get(pk=actor.organization_id)

"""A reviewer takes a complaint, keeps it while at work, and puts it back; nobody decides what somebody else holds."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.expressions import CombinedExpression
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.clock import IppNow, now
from ipp.core.errors import Conflict, FieldError, Forbidden, InvalidInput, NotFound, StaleVersion
from ipp.core.events import record
from ipp.core.lifecycle import advance
from ipp.core.services.clocks import pause_clock
from ipp.core.tenancy import engine_scope
from takedowns.events import InformationAsked
from takedowns.lifecycle import COMPLAINT, ComplaintStatus
from takedowns.models import Complaint, ReviewNote
from takedowns.rules import CLAIM_MINUTES, MAX_CLAIMS


@transaction.atomic
def next_complaint(*, actor: Actor, besides: str = "") -> Complaint | None:
    """Claim the complaint whose deadline is nearest and that nobody holds; one the reviewer holds already comes first.

    Args:
        besides: the code of one the reviewer leaves for later; it stays theirs and is not what comes next.
    """
    held = _held(actor).exclude(code=besides).order_by("due_at", "id").select_for_update(of=("self",), no_key=True).first()
    if held is not None:
        return _keep(held)
    waiting = Complaint.objects.filter(Q(status=ComplaintStatus.QUEUED) | _expired()).exclude(code=besides).order_by("due_at", "id")
    complaint = waiting.select_for_update(of=("self",), no_key=True, skip_locked=True).first()
    return _claim(actor, complaint) if complaint is not None else None


@transaction.atomic
def claim_complaint(*, actor: Actor, code: str) -> Complaint:
    """Take a complaint, or go on holding it.

    Raises:
        NotFound: no such complaint.
        Conflict: a colleague holds it, or the reviewer holds too many.
        IllegalTransition: it is not waiting for review.
    """
    complaint = locked_complaint(code)
    if complaint.status == ComplaintStatus.IN_REVIEW and complaint.claimed_by_id == actor.user_id:
        return _keep(complaint)
    if complaint.status == ComplaintStatus.IN_REVIEW and complaint.claim_expires_at is not None and complaint.claim_expires_at > now():
        raise Conflict("claimed_by_another", _("A colleague is working on this complaint. Take the next one, or come back later."))
    return _claim(actor, complaint)


@transaction.atomic
def release_complaint(*, actor: Actor, code: str) -> Complaint:
    """Put a complaint back into the queue.

    Raises:
        NotFound, Forbidden: no such complaint, or not held by this reviewer.
    """
    complaint = claimed_complaint(actor, code, None)
    _advance(complaint, "release", claimed_by=None, claim_expires_at=None)
    complaint.refresh_from_db()
    return complaint


@transaction.atomic
def ask_for_information(*, actor: Actor, code: str, version: int, question: str, note: str = "") -> Complaint:
    """Ask the rights holder for something more; the clock stands still until they answer.

    Raises:
        InvalidInput: nothing is asked.
        NotFound, Forbidden, StaleVersion: as for a decision.
    """
    complaint = claimed_complaint(actor, code, version)
    if not question.strip():
        error = FieldError("message", "required", _("Write what is missing and what would do."))
        raise InvalidInput("question_missing", _("Say what you need; the rights holder reads it word for word."), errors=[error])
    if note.strip():
        ReviewNote.objects.create(complaint=complaint, author_id=actor.person_id, text=note.strip())
    _advance(complaint, "ask", question=question.strip(), answer="", claimed_by=None, claim_expires_at=None)
    pause_clock(complaint.clock, cause="information_asked")
    fact = InformationAsked(reference=complaint.reference, code=complaint.code, message=question.strip())
    record(fact, actor=actor, subject=complaint, about=complaint.organization_id)
    complaint.refresh_from_db()
    return complaint


@transaction.atomic
def write_note(*, actor: Actor, code: str, text: str) -> ReviewNote:
    """Write something for colleagues; no tenant ever reads it, and nobody needs to hold the complaint for it.

    Raises:
        NotFound: no such complaint.
        InvalidInput: nothing is written.
    """
    complaint = Complaint.objects.filter(code=code).first()
    if complaint is None:
        raise NotFound
    if not text.strip():
        error = FieldError("text", "required", _("Write what colleagues should know."))
        raise InvalidInput("note_empty", _("The note is empty."), errors=[error])
    return ReviewNote.objects.create(complaint=complaint, author_id=actor.person_id, text=text.strip())


def release_expired() -> int:
    """Put complaints whose claim has run out back into the queue, whoever they belong to; return how many.

    The version stays: nobody saw anything else, and a reviewer who takes theirs back goes on with what was typed.
    """
    with engine_scope("release expired claims"):
        over = Complaint.objects.filter(_expired()).order_by("id")
        ids = list(over.select_for_update(of=("self",), no_key=True, skip_locked=True).values_list("id", flat=True))
        return advance(Complaint.objects.all(), COMPLAINT, "release", ids=ids, claimed_by=None, claim_expires_at=None) if ids else 0


def locked_complaint(code: str) -> Complaint:
    """Return a complaint, locked; for staff.

    Raises:
        NotFound: no such complaint.
    """
    complaint = Complaint.objects.select_related("clock").select_for_update(of=("self",), no_key=True).filter(code=code).first()
    if complaint is None:
        raise NotFound
    return complaint


def claimed_complaint(actor: Actor, code: str, version: int | None) -> Complaint:
    """Return a complaint the actor holds and has seen in its present version, locked.

    Raises:
        NotFound, Forbidden, StaleVersion: as said above.
    """
    complaint = locked_complaint(code)
    holds = complaint.claimed_by_id == actor.user_id and complaint.status == ComplaintStatus.IN_REVIEW
    if not holds or complaint.claim_expires_at is None or complaint.claim_expires_at <= now():
        raise Forbidden(
            "claim_lost", _("You do not hold this complaint any more; your claim ran out or was never made. Open it again to take it back.")
        )
    if version is not None and version != complaint.version:
        raise StaleVersion("stale_version", _("The complaint changed since you opened it. Nothing was decided; look at it again."))
    return complaint


def claim_end() -> CombinedExpression:
    """Return when a claim made now runs out, for the database to compute."""
    return IppNow() + timedelta(minutes=CLAIM_MINUTES)


def _claim(actor: Actor, complaint: Complaint) -> Complaint:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"reviews:{actor.user_id}"])
    if _held(actor).count() >= MAX_CLAIMS:
        raise Conflict("too_many_claims", _("You hold ten complaints already. Decide or release one before taking another."))
    if complaint.status == ComplaintStatus.IN_REVIEW:  # its claim ran out and no sweep has been by yet
        _advance(complaint, "release", claimed_by=None, claim_expires_at=None)
        complaint.refresh_from_db()
    _advance(complaint, "claim", claimed_by_id=actor.user_id, claim_expires_at=claim_end())
    complaint.refresh_from_db()
    return complaint


def _keep(complaint: Complaint) -> Complaint:
    Complaint.objects.filter(pk=complaint.pk).update(claim_expires_at=claim_end())
    complaint.refresh_from_db()
    return complaint


def _held(actor: Actor) -> QuerySet[Complaint]:
    return Complaint.objects.filter(status=ComplaintStatus.IN_REVIEW, claimed_by_id=actor.user_id, claim_expires_at__gt=IppNow())


def _expired() -> Q:
    return Q(status=ComplaintStatus.IN_REVIEW, claim_expires_at__lte=IppNow())


def _advance(complaint: Complaint, action: str, **changes: object) -> None:
    advance(Complaint.objects.all(), COMPLAINT, action, ids=[complaint.pk], version=complaint.version + 1, **changes)

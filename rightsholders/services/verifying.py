"""The verification desk: take the nearest case, hold it, decide what one saw."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.expressions import CombinedExpression
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.clock import IppNow, now
from ipp.core.errors import Conflict, FieldError, Forbidden, InvalidInput, NotFound, StaleVersion
from ipp.core.events import DomainEvent, record
from ipp.core.lifecycle import advance
from ipp.core.models import Delivery
from ipp.core.services.accounts import set_verified
from ipp.core.services.clocks import pause_clock, restart_clock, stop_clock
from rightsholders.events import (
    DecisionUndone,
    InformationAsked,
    RightDecisionUndone,
    RightInformationAsked,
    RightRefused,
    RightValidated,
    VerificationApproved,
    VerificationRefused,
)
from rightsholders.lifecycle import DECIDED, RIGHT, VERIFICATION, RightStatus, Status
from rightsholders.models import Decision, RefusalReason, Right, Verification, VerifierNote
from rightsholders.rules import CLAIM_MINUTES, MAX_CLAIMS


@transaction.atomic
def next_verification(*, actor: Actor) -> Verification | None:
    """Claim the case due first that nobody holds, and return it; None when the queue is empty.

    Two verifiers asking at once get two different cases (`SKIP LOCKED`).
    """
    release_claims()
    row = (
        Verification.objects.filter(status=Status.SUBMITTED)
        .order_by("due_at", "id")
        .select_for_update(of=("self",), skip_locked=True)
        .first()
    )
    return _claim(actor, row) if row is not None else None


@transaction.atomic
def claim_verification(*, actor: Actor, code: str) -> Verification:
    """Claim one case, or hold on to one's own for another fifteen minutes.

    Raises:
        NotFound: no such verification.
        Conflict: somebody else holds it, or one holds ten already.
        IllegalTransition: it is not in the queue.
    """
    release_claims()
    verification = _locked(code)
    if verification.status == Status.IN_REVIEW and verification.claimed_by_id == actor.user_id:
        Verification.objects.filter(pk=verification.pk).update(claim_expires_at=_claim_end())
        verification.refresh_from_db()
        return verification
    if verification.status == Status.IN_REVIEW:
        raise Conflict("claimed_by_other", _("A colleague is checking this case. Take the next one; this one comes back if they leave it."))
    return _claim(actor, verification)


@transaction.atomic
def release_verification(*, actor: Actor, code: str) -> None:
    """Put one's claimed case back into the queue.

    Raises:
        NotFound, Forbidden: not there, not one's own claim.
    """
    verification = _claimed(actor, code, version=None)
    _advance(verification, "release", claimed_by=None, claim_expires_at=None)


@transaction.atomic
def approve_verification(*, actor: Actor, code: str, version: int, message: str = "", note: str = "") -> Verification:
    """Find the paper or the right good. After the undo time (15 seconds) the organization or the right is verified, and it is told.

    Raises:
        NotFound, Forbidden, StaleVersion: not there, not claimed by the actor (any more), or changed since it was shown.
    """
    verification = _claimed(actor, code, version)
    decision = _decide(actor, verification, Decision.Outcome.APPROVED, None, message, note)
    _advance(verification, "approve", decided_at=now(), claimed_by=None, claim_expires_at=None)
    stop_clock(verification.clock_id)
    said: dict[str, Any] = {"decision_id": decision.pk, "round": decision.round, "message": decision.message}
    right = verification.right
    fact: DomainEvent
    if right is None:
        fact = VerificationApproved(reference=verification.reference, code=verification.code, **said)
    else:
        fact = RightValidated(reference=right.reference, code=right.code, verification_id=verification.pk, **said)
    return _recorded(fact, actor, verification, undo_seconds=settings.UNDO_SECONDS)


@transaction.atomic
def refuse_verification(*, actor: Actor, code: str, version: int, reason: str, message: str = "", note: str = "") -> Verification:
    """Find the paper or the right not good enough, with a reason of the catalogue in force.

    Raises:
        InvalidInput: no such reason.
        NotFound, Forbidden, StaleVersion: as for an approval.
    """
    verification = _claimed(actor, code, version)
    known = reasons_in_force(verification.about).filter(code=reason).first()
    if known is None:
        raise InvalidInput(
            "unknown_reason",
            _("Choose one of the reasons; the applicant reads it."),
            errors=[FieldError("reason", "unknown", _("Choose a reason."))],
        )
    decision = _decide(actor, verification, Decision.Outcome.REFUSED, known, message, note)
    _advance(verification, "refuse", decided_at=now(), claimed_by=None, claim_expires_at=None)
    stop_clock(verification.clock_id)
    said: dict[str, Any] = {"decision_id": decision.pk, "round": decision.round, "reason": known.code, "message": decision.message}
    right = verification.right
    fact: DomainEvent
    if right is None:
        fact = VerificationRefused(reference=verification.reference, code=verification.code, **said)
    else:
        fact = RightRefused(reference=right.reference, code=right.code, verification_id=verification.pk, **said)
    return _recorded(fact, actor, verification, undo_seconds=settings.UNDO_SECONDS)


@transaction.atomic
def undo_decision(*, actor: Actor, code: str) -> Verification:
    """Take one's own decision back before it has any effect; the case is the actor's again, in a new round.

    Raises:
        NotFound: no such verification.
        Forbidden: somebody else decided it.
        Conflict: the undo time is over and the effects are on their way (`too_late`).
    """
    verification = _locked(code)
    decision = Decision.objects.filter(verification=verification, round=verification.round).first()
    if decision is None:
        raise Conflict("nothing_to_undo", _("There is no decision on this case to take back."))
    if decision.decided_by_id != actor.user_id:
        raise Forbidden(
            "not_your_decision", _("Only the person who decided can take it back. A decision in force is changed by an appeal.")
        )
    # Checked after the lock: a delivery that went through while we waited for it is seen here.
    subject = _subject(verification)
    told = {"event__subject_type": subject._meta.label_lower, "event__subject_id": subject.pk}
    started = Delivery.objects.filter(**told, event__payload__decision_id=decision.pk)
    window_over = verification.decided_at is None or now() >= verification.decided_at + timedelta(seconds=settings.UNDO_SECONDS)
    if window_over or started.filter(delivered_at__isnull=False).exists():
        raise Conflict("too_late", _("The undo time is over; the decision is in force and the applicant has been told."))
    _advance(
        verification,
        "undo",
        round=F("round") + 1,
        decided_at=None,
        claimed_by_id=actor.user_id,
        claim_expires_at=_claim_end(),
    )
    restart_clock(verification.clock_id)
    right = verification.right
    fact: DomainEvent
    if right is None:
        fact = DecisionUndone(reference=verification.reference, code=verification.code, round=decision.round)
    else:
        fact = RightDecisionUndone(reference=right.reference, code=right.code, round=decision.round)
    return _recorded(fact, actor, verification)


@transaction.atomic
def carry_out_decision(*, actor: Actor, verification_id: int, round: int) -> bool:
    """Let a decision take effect once its undo time is over: the organization becomes verified, the right validated or refused.

    Returns: False when the decision was undone meanwhile; then nothing follows from it.
    """
    verification = Verification.objects.select_for_update(of=("self",)).get(pk=verification_id)
    if verification.round != round or verification.status not in DECIDED:
        return False
    if verification.right_id is not None:
        _follow(verification)
    elif verification.status == Status.APPROVED:
        set_verified(actor=actor, organization_id=verification.organization_id, verified=True)
    return True


@transaction.atomic
def ask_for_information(*, actor: Actor, code: str, version: int, question: str, note: str = "") -> Verification:
    """Ask the applicant for something more; the clock stands still until they answer.

    Raises:
        InvalidInput: nothing is asked.
        NotFound, Forbidden, StaleVersion: as for an approval.
    """
    verification = _claimed(actor, code, version)
    if not question.strip():
        raise InvalidInput(
            "question_missing",
            _("Say what you need; the applicant reads it word for word."),
            errors=[FieldError("question", "required", _("Write what is missing and what would do."))],
        )
    _note(actor, verification, note)
    _advance(verification, "ask", question=question.strip(), claimed_by=None, claim_expires_at=None)
    pause_clock(verification.clock, cause="information_asked")
    right = verification.right
    fact: DomainEvent
    if right is None:
        fact = InformationAsked(reference=verification.reference, code=verification.code, message=question.strip())
    else:
        advance(Right.objects.all(), RIGHT, "ask", ids=[right.pk], version=F("version") + 1)
        fact = RightInformationAsked(reference=right.reference, code=right.code, message=question.strip())
    return _recorded(fact, actor, verification)


def release_claims() -> int:
    """Put cases whose claim has run out back into the queue; return how many."""
    over = Verification.objects.filter(status=Status.IN_REVIEW, claim_expires_at__lte=IppNow())
    ids = list(over.order_by("id").select_for_update(of=("self",), skip_locked=True).values_list("id", flat=True))
    changes = {"claimed_by": None, "claim_expires_at": None, "version": F("version") + 1}
    return advance(Verification.objects.all(), VERIFICATION, "release", ids=ids, **changes) if ids else 0


def reasons_in_force(about: str) -> QuerySet[RefusalReason]:
    """Return the refusal reasons in force today about `identity` or `right`."""
    today = now().date()
    return RefusalReason.objects.filter(about=about, effective_from__lte=today).exclude(effective_to__lt=today)


def _claim(actor: Actor, verification: Verification) -> Verification:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"claims:{actor.user_id}"])
    if Verification.objects.filter(status=Status.IN_REVIEW, claimed_by_id=actor.user_id).count() >= MAX_CLAIMS:
        raise Conflict("too_many_claims", _("You hold ten cases already. Decide or release one before taking another."))
    _advance(verification, "claim", claimed_by_id=actor.user_id, claim_expires_at=_claim_end())
    verification.refresh_from_db()
    return verification


def _locked(code: str) -> Verification:
    rows = Verification.objects.select_related("clock", "right").select_for_update(of=("self",))
    verification = rows.filter(code=code).first()
    if verification is None:
        raise NotFound
    return verification


def _claimed(actor: Actor, code: str, version: int | None) -> Verification:
    """Return a case the actor holds and has seen in its present version, locked."""
    verification = _locked(code)
    holds = verification.claimed_by_id == actor.user_id and verification.status == Status.IN_REVIEW
    if not holds or verification.claim_expires_at is None or verification.claim_expires_at <= now():
        raise Forbidden(
            "claim_lost", _("You do not hold this case any more; your claim ran out or was never made. Open it again to take it back.")
        )
    if version is not None and version != verification.version:
        raise StaleVersion("stale_version", _("The case changed since you opened it. Nothing was decided; look at it again."))
    return verification


def _follow(verification: Verification) -> None:
    """Let a right's status follow the decision about it; delivered twice, it moves once."""
    rows, right_id = Right.objects.filter(status=RightStatus.WAITING), verification.right_id
    if right_id is None or not rows.filter(pk=right_id).exists():
        return
    if verification.status == Status.APPROVED:
        advance(rows, RIGHT, "validate", ids=[right_id], version=F("version") + 1, validated_at=verification.decided_at)
    else:
        advance(rows, RIGHT, "refuse", ids=[right_id], version=F("version") + 1)


def _subject(verification: Verification) -> Right | Verification:
    """Return the record whose story a verification's events belong to."""
    return verification.right or verification


def _decide(actor: Actor, verification: Verification, outcome: str, reason: RefusalReason | None, message: str, note: str) -> Decision:
    _note(actor, verification, note)
    return Decision.objects.create(
        organization_id=verification.organization_id,
        verification=verification,
        round=verification.round,
        outcome=outcome,
        reason=reason,
        message=message.strip(),
        seen_version=verification.version,
        decided_by_id=actor.person_id,
    )


def _note(actor: Actor, verification: Verification, text: str) -> None:
    if text.strip():
        VerifierNote.objects.create(verification=verification, author_id=actor.person_id, text=text.strip())


def _advance(verification: Verification, action: str, **changes: object) -> None:
    advance(Verification.objects.all(), VERIFICATION, action, ids=[verification.pk], version=verification.version + 1, **changes)


def _recorded(fact: DomainEvent, actor: Actor, verification: Verification, *, undo_seconds: int = 0) -> Verification:
    record(fact, actor=actor, subject=_subject(verification), about=verification.organization_id, undo_seconds=undo_seconds)
    verification.refresh_from_db()
    return verification


def _claim_end() -> CombinedExpression:
    return IppNow() + timedelta(minutes=CLAIM_MINUTES)

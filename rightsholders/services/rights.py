"""The rights holder's side of a right: add it, answer a question about it, take it out of the library."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.errors import Conflict, FieldError, Forbidden, IllegalTransition, InvalidInput, NotFound
from ipp.core.events import record
from ipp.core.lifecycle import advance
from ipp.core.models import Clock, Organization
from ipp.core.services.clocks import resume_clock, start_clock, stop_clock
from rightsholders.events import RightAdded, RightInformationGiven, RightWithdrawn
from rightsholders.lifecycle import RIGHT, UNDER_CHECK, VERIFICATION
from rightsholders.models import Right, RightDocument, RightKind, Verification
from rightsholders.rules import RIGHT_BUSINESS_DAYS, is_examined, normalize_number
from rightsholders.services.right_details import DocumentUpload, RightDetails, check_right, document_errors, territories_of

MAX_MESSAGE = 2000


@transaction.atomic
def add_right(*, actor: Actor, details: RightDetails, documents: Sequence[DocumentUpload]) -> Right:
    """Put a right into the library and send it in; its check is promised within five business days (domain.md 2.2).

    Raises:
        Forbidden: the organization's identity is not verified yet (requirement ACC-06).
        InvalidInput: values or documents do not fit, each named.
        Conflict: the organization holds this number already.
    """
    if Organization.objects.get(pk=actor.organization_id).verified_at is None:
        raise Forbidden("not_verified", _("Prove who you are first: send an identity paper. Rights can be added once it is confirmed."))
    check_right(details, documents)
    right = _insert(actor, details)
    _attach(actor, right, documents)
    clock = start_clock(organization_id=actor.organization_id, unit=Clock.Unit.BUSINESS_DAYS, budget=RIGHT_BUSINESS_DAYS)
    Verification.objects.create(
        organization_id=actor.organization_id, right=right, clock=clock, due_at=clock.due_at, submitted_at=clock.started_at
    )
    fact = RightAdded(reference=right.reference, code=right.code, kind=right.kind, right_name=right.name, due_at=clock.due_at.isoformat())
    record(fact, actor=actor, subject=right)
    return right


@transaction.atomic
def answer_right_question(*, actor: Actor, code: str, documents: Sequence[DocumentUpload], message: str = "") -> Right:
    """Answer a verifier's question about a right with more documents; it goes back to the queue and its clock goes on.

    Raises:
        NotFound: no such right in this organization.
        IllegalTransition: nothing was asked.
        InvalidInput: no document and no words, or a document that does not fit.
    """
    right, verification = _own(actor, code)
    _advance_verification(verification, "answer", question="")
    _check_answer(documents, message)
    _attach(actor, right, documents)
    Verification.objects.filter(pk=verification.pk).update(due_at=resume_clock(verification.clock))
    _advance_right(right, "answer")
    fact = RightInformationGiven(reference=right.reference, code=right.code, documents=len(documents), message=message.strip())
    record(fact, actor=actor, subject=right)
    right.refresh_from_db()
    return right


@transaction.atomic
def withdraw_right(*, actor: Actor, code: str) -> Right:
    """Take a right out of the library, checked or not; nothing new can be based on it.

    Raises:
        NotFound: no such right in this organization.
        IllegalTransition: it is refused or withdrawn already, or just being decided.
    """
    right, verification = _own(actor, code)
    if right.status in UNDER_CHECK:
        _advance_verification(verification, "withdraw", claimed_by=None, claim_expires_at=None)
        stop_clock(verification.clock_id)
    _advance_right(right, "withdraw")
    record(RightWithdrawn(reference=right.reference, code=right.code), actor=actor, subject=right)
    right.refresh_from_db()
    return right


def _own(actor: Actor, code: str) -> tuple[Right, Verification]:
    """Return the organization's own right with its latest verification, locked in the order every writer takes: verification, right."""
    rows = Verification.objects.filter(organization_id=actor.organization_id, right__code=code).order_by("-id")
    verification = rows.select_for_update(of=("self",)).first()
    if verification is None:
        raise NotFound
    return Right.objects.select_for_update(of=("self",)).get(code=code), verification


def _insert(actor: Actor, details: RightDetails) -> Right:
    try:
        with transaction.atomic():
            return Right.objects.create(organization_id=actor.organization_id, **_columns(details))
    except IntegrityError as error:
        if "one_right_per_number" not in str(error):
            raise
        held = FieldError("number", "held_already", _("This number is in your library already."))
        text = _("This right is in your library already. Open it there, or withdraw it before adding it anew.")
        raise Conflict("right_exists", text, errors=[held]) from error


def _columns(details: RightDetails) -> dict[str, Any]:
    return {
        "kind": details.kind,
        "name": details.name.strip(),
        "office": details.office,
        "number": details.number.strip(),
        "normalized_number": normalize_number(details.office, details.kind, details.number),
        "owner_name": details.owner_name.strip(),
        "territories": territories_of(details),
        "nice_classes": sorted(set(details.nice_classes)) if details.kind == RightKind.TRADEMARK else [],
        "locarno_class": details.locarno_class.strip() if details.kind == RightKind.DESIGN else "",
        "goods": details.goods.strip(),
        "filed_on": details.filed_on,
        "registered_on": details.registered_on,
        "expires_on": details.expires_on,
        "details": _work(details) if details.kind == RightKind.COPYRIGHT else {},
        "is_examined": is_examined(details.office, details.kind, is_registered=details.is_registered),
    }


def _work(details: RightDetails) -> dict[str, Any]:
    """Return what only copyright has."""
    return {
        "is_registered": details.is_registered,
        "author": details.author.strip()[:200],
        "created_on": _written(details.created_on),
        "published_on": _written(details.published_on),
        "work_link": details.work_link,
        "claim_statement": details.claim_statement,
    }


def _written(day: date | None) -> str:
    return day.isoformat() if day else ""


def _attach(actor: Actor, right: Right, documents: Sequence[DocumentUpload]) -> None:
    rows = [RightDocument(organization_id=actor.organization_id, right=right, file=item.file, kind=item.kind) for item in documents]
    RightDocument.objects.bulk_create(rows, ignore_conflicts=True)


def _check_answer(documents: Sequence[DocumentUpload], message: str) -> None:
    errors = list(document_errors(documents))
    if not documents and not message.strip():
        errors.append(FieldError("documents", "required", _("Add a document, or write an answer.")))
    if len(message) > MAX_MESSAGE:
        errors.append(FieldError("message", "too_long", _("Use at most 2000 characters.")))
    if errors:
        raise InvalidInput("invalid_answer", _("The answer was not sent; correct the values named and send it again."), errors=errors)


def _advance_verification(verification: Verification, action: str, **changes: object) -> None:
    """Move the verification; a refusal does not tell the state found, for that may be a decision that can still be undone."""
    changes = {"version": verification.version + 1, **changes}
    try:
        advance(Verification.objects.all(), VERIFICATION, action, ids=[verification.pk], **changes)
    except IllegalTransition as error:
        raise IllegalTransition(error.code, error.message) from None


def _advance_right(right: Right, action: str) -> None:
    advance(Right.objects.all(), RIGHT, action, ids=[right.pk], version=F("version") + 1)

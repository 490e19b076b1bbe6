"""The applicant's side of a verification: send a paper in, answer a question, take it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.clock import IppNow, now
from ipp.core.errors import Conflict, FieldError, IllegalTransition, InvalidInput, NotFound
from ipp.core.events import record
from ipp.core.lifecycle import advance
from ipp.core.models import Clock, Organization, StoredFile
from ipp.core.services.clocks import resume_clock, start_clock, stop_clock
from rightsholders.events import InformationGiven, VerificationSubmitted, VerificationWithdrawn
from rightsholders.lifecycle import DECIDED, VERIFICATION
from rightsholders.models import IdentityPaper, Verification
from rightsholders.rules import IDENTITY_BUSINESS_DAYS, papers_for


@dataclass(frozen=True)
class PaperDetails:
    """What an applicant types from the paper."""

    kind: str
    holder_name: str
    number: str
    country: str
    expires_on: date | None = None


@transaction.atomic
def submit_identity_paper(*, actor: Actor, file: StoredFile, details: PaperDetails) -> Verification:
    """Send an identity paper in; its check is promised within three business days (domain.md 11).

    Raises:
        InvalidInput: a value does not fit, each named.
        Conflict: the organization is verified already, or a check is under way.
    """
    organization = Organization.objects.get(pk=actor.organization_id)
    if organization.verified_at is not None:
        raise Conflict("already_verified", _("This organization is verified already; nothing more is needed."))
    paper = _keep_paper(actor, organization, file, details)
    clock = start_clock(organization_id=actor.organization_id, unit=Clock.Unit.BUSINESS_DAYS, budget=IDENTITY_BUSINESS_DAYS)
    try:
        with transaction.atomic():
            verification = Verification.objects.create(
                organization_id=actor.organization_id, paper=paper, clock=clock, due_at=clock.due_at, submitted_at=clock.started_at
            )
    except IntegrityError as error:
        if "one_open_verification" not in str(error):
            raise
        raise _is_open() from error
    if _may_be_undone(actor).exists():  # asked after the insert, which waits for a decision being written at this moment
        raise _is_open()
    fact = VerificationSubmitted(
        reference=verification.reference, code=verification.code, paper_kind=paper.kind, due_at=clock.due_at.isoformat()
    )
    record(fact, actor=actor, subject=verification)
    return verification


@transaction.atomic
def answer_question(*, actor: Actor, code: str, file: StoredFile, details: PaperDetails) -> Verification:
    """Answer a verifier's question with another paper; the case goes back to the queue and its clock goes on.

    Raises:
        NotFound: no such verification in this organization.
        IllegalTransition: nothing was asked.
        InvalidInput: a value does not fit.
    """
    verification = own_verification(actor, code)
    organization = Organization.objects.get(pk=actor.organization_id)
    paper = _keep_paper(actor, organization, file, details)
    _advance(verification, "answer", paper=paper, question="")
    Verification.objects.filter(pk=verification.pk).update(due_at=resume_clock(verification.clock))
    fact = InformationGiven(reference=verification.reference, code=verification.code, paper_kind=paper.kind)
    record(fact, actor=actor, subject=verification)
    verification.refresh_from_db()
    return verification


@transaction.atomic
def withdraw_verification(*, actor: Actor, code: str) -> Verification:
    """Take a paper back before it is decided.

    Raises:
        NotFound: no such verification in this organization.
        IllegalTransition: it is decided or withdrawn already.
    """
    verification = own_verification(actor, code)
    _advance(verification, "withdraw", claimed_by=None, claim_expires_at=None)
    stop_clock(verification.clock_id)
    record(VerificationWithdrawn(reference=verification.reference, code=verification.code), actor=actor, subject=verification)
    verification.refresh_from_db()
    return verification


def own_verification(actor: Actor, code: str) -> Verification:
    """Return the organization's own verification of its identity, locked (a right's is reached through the right).

    Raises:
        NotFound: it is missing or another tenant's.
    """
    rows = Verification.objects.filter(organization_id=actor.organization_id, code=code, paper__isnull=False)
    verification = rows.select_for_update(of=("self",)).first()
    if verification is None:
        raise NotFound
    return verification


def _may_be_undone(actor: Actor) -> QuerySet[Verification]:
    """Return what is decided and can still go back to being checked; in its applicant's eyes it never left."""
    since = IppNow() - timedelta(seconds=settings.UNDO_SECONDS)
    rows = Verification.objects.filter(organization_id=actor.organization_id, paper__isnull=False)
    return rows.filter(status__in=DECIDED, decided_at__gt=since)


def _is_open() -> Conflict:
    return Conflict(
        "verification_open", _("A paper of yours is being checked already. Wait for the answer, or withdraw it to send another one.")
    )


def _advance(verification: Verification, action: str, **changes: object) -> None:
    """Move the verification; a refusal does not tell the state found, for that may be a decision that can still be undone."""
    rows, version = Verification.objects.all(), verification.version + 1
    try:
        advance(rows, VERIFICATION, action, ids=[verification.pk], version=version, **changes)
    except IllegalTransition as error:
        raise IllegalTransition(error.code, error.message) from None


def _keep_paper(actor: Actor, organization: Organization, file: StoredFile, details: PaperDetails) -> IdentityPaper:
    _check(organization, details)
    return IdentityPaper.objects.create(
        organization_id=actor.organization_id,
        file=file,
        kind=details.kind,
        holder_name=details.holder_name.strip(),
        number=details.number.strip(),
        country=details.country.upper(),
        expires_on=details.expires_on,
    )


def _check(organization: Organization, details: PaperDetails) -> None:
    errors = []
    if details.kind not in papers_for(organization.account_kind):
        errors.append(
            FieldError(
                "kind",
                "paper_does_not_fit",
                _("A person shows a passport, driving licence or identity card; a company shows its business licence."),
            )
        )
    if not details.holder_name.strip():
        errors.append(FieldError("holder_name", "required", _("Type the name as it stands on the paper.")))
    if not details.number.strip():
        errors.append(FieldError("number", "required", _("Type the number as it stands on the paper.")))
    if len(details.country) != 2 or not details.country.isalpha():
        errors.append(FieldError("country", "not_a_country", _("Use the two-letter code of the issuing country, such as CN or DE.")))
    if details.expires_on is not None and details.expires_on < now().date():
        errors.append(FieldError("expires_on", "expired", _("This paper has expired. Send a valid one.")))
    if errors:
        raise InvalidInput("invalid_paper", _("The paper was not sent in; correct the values named and send it again."), errors=errors)

"""What follows from the events of verifications and rights: the applicant is told, in the portal and by mail."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language, gettext

from ipp.core.actors import Actor
from ipp.core.events import Envelope, on
from ipp.core.links import portal_url
from ipp.core.services.notices import tell
from rightsholders.events import (
    InformationAsked,
    RightAdded,
    RightInformationAsked,
    RightRefused,
    RightValidated,
    VerificationApproved,
    VerificationRefused,
    VerificationSubmitted,
)
from rightsholders.models import RefusalReason
from rightsholders.services import carry_out_decision


@on(VerificationSubmitted)
def confirm_receipt(envelope: Envelope, fact: VerificationSubmitted) -> None:
    """Tell the applicant that the paper arrived and until when it is checked."""
    tell(envelope=envelope, name="rightsholders.verification.received", facts=_facts(fact))


@on(VerificationApproved)
def carry_out_approval(envelope: Envelope, fact: VerificationApproved) -> None:
    """Verify the organization and tell the applicant, unless the decision was undone."""
    if not _takes_effect(envelope, fact.round):
        return

    def letter() -> tuple[str, str]:
        return gettext("You are verified (%(reference)s)") % {"reference": fact.reference}, _body(
            fact.code, gettext("Your identity paper was checked and found good. Your organization is verified."), fact.message
        )

    tell(envelope=envelope, name=VerificationApproved.name, facts=_facts(fact), letter=letter)


@on(VerificationRefused)
def carry_out_refusal(envelope: Envelope, fact: VerificationRefused) -> None:
    """Tell the applicant why the paper was not enough and what would be, unless the decision was undone."""
    if not _takes_effect(envelope, fact.round):
        return
    reason = RefusalReason.objects.get(pk=fact.reason)

    def letter() -> tuple[str, str]:
        language = get_language() or "en"
        first = gettext("Your identity paper could not be accepted: %(reason)s.") % {"reason": reason.label(language)}
        return gettext("Your paper needs another try (%(reference)s)") % {"reference": fact.reference}, _body(
            fact.code, first, reason.remedy(language), fact.message
        )

    tell(envelope=envelope, name=VerificationRefused.name, facts=_facts(fact), letter=letter)


@on(InformationAsked)
def tell_of_question(envelope: Envelope, fact: InformationAsked) -> None:
    """Tell the applicant what the verifier needs."""

    def letter() -> tuple[str, str]:
        first = gettext("A verifier needs something more before your identity can be confirmed. Until you answer, the clock stands still.")
        return gettext("We need something from you (%(reference)s)") % {"reference": fact.reference}, _body(fact.code, first, fact.message)

    tell(envelope=envelope, name=InformationAsked.name, facts=_facts(fact), letter=letter)


@on(RightAdded)
def confirm_right(envelope: Envelope, fact: RightAdded) -> None:
    """Tell the rights holder that the right arrived and until when it is checked."""
    tell(envelope=envelope, name="rightsholders.right.received", facts=_facts(fact))


@on(RightValidated)
def carry_out_validation(envelope: Envelope, fact: RightValidated) -> None:
    """Validate the right and tell its holder, unless the decision was undone."""
    if not _carried_out(envelope, fact.verification_id, fact.round):
        return

    def letter() -> tuple[str, str]:
        first = gettext("Your right was checked and found good. It can be used for complaints while it is in force.")
        subject = gettext("Your right is validated (%(reference)s)") % {"reference": fact.reference}
        return subject, _right_body(fact.code, first, fact.message)

    tell(envelope=envelope, name=RightValidated.name, facts=_facts(fact), letter=letter)


@on(RightRefused)
def carry_out_right_refusal(envelope: Envelope, fact: RightRefused) -> None:
    """Refuse the right and tell its holder why and what would pass, unless the decision was undone."""
    if not _carried_out(envelope, fact.verification_id, fact.round):
        return
    reason = RefusalReason.objects.get(pk=fact.reason)

    def letter() -> tuple[str, str]:
        language = get_language() or "en"
        first = gettext("Your right could not be accepted: %(reason)s.") % {"reason": reason.label(language)}
        subject = gettext("Your right needs another try (%(reference)s)") % {"reference": fact.reference}
        return subject, _right_body(fact.code, first, reason.remedy(language), fact.message)

    tell(envelope=envelope, name=RightRefused.name, facts=_facts(fact), letter=letter)


@on(RightInformationAsked)
def tell_of_right_question(envelope: Envelope, fact: RightInformationAsked) -> None:
    """Tell the rights holder what the verifier needs."""

    def letter() -> tuple[str, str]:
        first = gettext("A verifier needs something more before your right can be validated. Until you answer, the clock stands still.")
        subject = gettext("We need something from you (%(reference)s)") % {"reference": fact.reference}
        return subject, _right_body(fact.code, first, fact.message)

    tell(envelope=envelope, name=RightInformationAsked.name, facts=_facts(fact), letter=letter)


def _takes_effect(envelope: Envelope, round: int) -> bool:
    assert envelope.subject_id is not None
    return _carried_out(envelope, envelope.subject_id, round)


def _carried_out(envelope: Envelope, verification_id: int, round: int) -> bool:
    actor = Actor.system(envelope.about_id, "rightsholders.carry_out_decision", envelope.request_id)
    return carry_out_decision(actor=actor, verification_id=verification_id, round=round)


def _facts(fact: Any) -> dict[str, Any]:
    return {key: value for key, value in vars(fact).items() if key not in ("verification_id", "decision_id", "round")}


def _body(code: str, *paragraphs: str) -> str:
    return _letter(portal_url("rightsholders:verification", code=code), paragraphs)


def _right_body(code: str, *paragraphs: str) -> str:
    return _letter(portal_url("rightsholders:right", code=code), paragraphs)


def _letter(link: str, paragraphs: tuple[str, ...]) -> str:
    lines = [*(paragraph for paragraph in paragraphs if paragraph), gettext("See the whole case here:") + f"\n{link}"]
    return "\n\n".join(lines) + "\n"

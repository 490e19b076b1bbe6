"""What follows from a verification's events: the applicant is told, in the portal and by mail."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language, gettext

from ipp.core.actors import Actor
from ipp.core.events import Envelope, on
from ipp.core.links import portal_url
from ipp.core.services.notices import tell
from rightsholders.events import InformationAsked, VerificationApproved, VerificationRefused, VerificationSubmitted
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


def _takes_effect(envelope: Envelope, round: int) -> bool:
    assert envelope.subject_id is not None
    actor = Actor.system(envelope.about_id, "rightsholders.carry_out_decision", envelope.request_id)
    return carry_out_decision(actor=actor, verification_id=envelope.subject_id, round=round)


def _facts(fact: Any) -> dict[str, Any]:
    return {key: value for key, value in vars(fact).items() if key not in ("decision_id", "round")}


def _body(code: str, *paragraphs: str) -> str:
    link = portal_url("rightsholders:verification", code=code)
    lines = [*(paragraph for paragraph in paragraphs if paragraph), gettext("See the whole case here:") + f"\n{link}"]
    return "\n\n".join(lines) + "\n"

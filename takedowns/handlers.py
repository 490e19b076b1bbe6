"""What follows from events: filed complaints are screened, decisions carried out, sightings and actions taken in, parties told."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.utils.translation import get_language, gettext, ngettext

from ipp.core.actors import Actor
from ipp.core.events import Envelope, on
from ipp.core.links import portal_url
from ipp.core.services.notices import tell
from marketplaces.events import ActionsAcknowledged, ListingsSeen
from takedowns import services
from takedowns.events import ComplaintFiled, DecisionEffective, InformationAsked, ListingsDecided, ListingsWithdrawn
from takedowns.models import RejectionCode
from takedowns.rules import SOURCE


@on(ComplaintFiled)
def screen_complaint(envelope: Envelope, fact: ComplaintFiled) -> None:
    """Check a filed complaint, in one task whatever its size."""
    services.screen_complaint(actor=_engine(envelope, "takedowns.screen"), complaint_id=_subject(envelope))


@on(ComplaintFiled)
def confirm_receipt(envelope: Envelope, fact: ComplaintFiled) -> None:
    """Tell the rights holder that the complaint arrived and until when it is decided."""
    tell(envelope=envelope, name=fact.name, facts=asdict(fact))


@on(ListingsSeen)
def take_in_sightings(envelope: Envelope, fact: ListingsSeen) -> None:
    """Pin what a marketplace showed to the complaints that wait for it."""
    services.note_sightings(
        marketplace=fact.marketplace, listing_ids=fact.listing_ids, missing=fact.missing, request_id=envelope.request_id
    )


@on(ListingsDecided)
def carry_out_decision(envelope: Envelope, fact: ListingsDecided) -> None:
    """Carry a decision out now that its undo time is over."""
    actor = _engine(envelope, "takedowns.carry_out_decision")
    services.carry_out_decision(actor=actor, complaint_id=_subject(envelope), batch=fact.batch)


@on(ListingsWithdrawn)
def carry_out_withdrawal(envelope: Envelope, fact: ListingsWithdrawn) -> None:
    """Bring back what was taken down for listings that were withdrawn."""
    actor = _engine(envelope, "takedowns.carry_out_withdrawal")
    services.carry_out_withdrawal(actor=actor, complaint_id=_subject(envelope), positions=fact.positions)


@on(ActionsAcknowledged)
def take_in_actions(envelope: Envelope, fact: ActionsAcknowledged) -> None:
    """Note that listings are down or back, for actions this app asked for."""
    if fact.source == SOURCE:
        services.note_actions(actor=_engine(envelope, "takedowns.note_actions"), kind=fact.kind, source_ids=fact.source_ids)


@on(DecisionEffective)
def tell_of_decision(envelope: Envelope, fact: DecisionEffective) -> None:
    """Tell the rights holder what was decided, and why where it was not accepted."""
    code = RejectionCode.objects.filter(pk=fact.rejection).first() if fact.rejection else None

    def letter() -> tuple[str, str]:
        count = len(fact.positions)
        values = {"count": count, "reference": fact.reference}
        if code is None:
            subject = ngettext("%(count)s listing accepted (%(reference)s)", "%(count)s listings accepted (%(reference)s)", count) % values
            first = (
                gettext("They are being taken down on the marketplace, and each page says why.")
                if fact.coming_down
                else gettext("They come down when the time in which sellers may answer is over.")
            )
            return subject, _body(fact.code, first, fact.message)
        language = get_language() or "en"
        subject = (
            ngettext("%(count)s listing not accepted (%(reference)s)", "%(count)s listings not accepted (%(reference)s)", count) % values
        )
        return subject, _body(fact.code, f"{code.label(language)}.", code.help(language), fact.message)

    tell(envelope=envelope, name=fact.name, facts=asdict(fact), letter=letter)


@on(InformationAsked)
def tell_of_question(envelope: Envelope, fact: InformationAsked) -> None:
    """Tell the rights holder what the reviewer needs."""

    def letter() -> tuple[str, str]:
        first = gettext("A reviewer needs something more before your complaint can be decided. Until you answer, the clock stands still.")
        return gettext("We need something from you (%(reference)s)") % {"reference": fact.reference}, _body(fact.code, first, fact.message)

    tell(envelope=envelope, name=fact.name, facts=asdict(fact), letter=letter)


def _engine(envelope: Envelope, rule: str) -> Actor:
    return Actor.system(envelope.about_id, rule, envelope.request_id)


def _subject(envelope: Envelope) -> int:
    assert envelope.subject_id is not None
    return envelope.subject_id


def _body(code: str, *paragraphs: str) -> str:
    link = portal_url("takedowns:complaint", code=code)
    lines: list[Any] = [*(paragraph for paragraph in paragraphs if paragraph), gettext("See the whole case here:") + f"\n{link}"]
    return "\n\n".join(lines) + "\n"

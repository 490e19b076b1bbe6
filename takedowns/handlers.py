"""What follows from events: filed complaints are screened, decisions and rulings carried out, what marketplaces say taken in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language, gettext, ngettext

from ipp.core.actors import Actor
from ipp.core.events import DomainEvent, Envelope, on
from ipp.core.links import portal_url
from ipp.core.services.notices import Letter, tell
from ipp.core.tenancy import inside
from marketplaces.events import ActionsAcknowledged, ListingsSeen
from takedowns import services
from takedowns.events import (
    ComplaintFiled,
    CounterNoticeConceded,
    CounterNoticeFiled,
    CounterNoticeLapsed,
    CounterNoticeRejected,
    DecisionEffective,
    InformationAsked,
    ListingsDecided,
    ListingsReleased,
    ListingsRuled,
    ListingsUpheld,
    ListingsWithdrawn,
    NoticeSent,
    RulingEffective,
)
from takedowns.lifecycle import Ending
from takedowns.models import CounterNotice, DisputeCode, RejectionCode, ReportedListing, SellerNotice
from takedowns.presentation import letters
from takedowns.presentation.whereabouts import whereabouts
from takedowns.rules import NOTICE_SOURCE, SOURCE


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


@on(ListingsSeen)
def tell_shops_found_late(envelope: Envelope, fact: ListingsSeen) -> None:
    """Tell shops that became known only after their listings were accepted."""
    services.find_shops(marketplace=fact.marketplace, listing_ids=fact.listing_ids, request_id=envelope.request_id)


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
    if fact.source == NOTICE_SOURCE:
        services.deliver_notices(actor=_engine(envelope, "takedowns.deliver_notices"), notice_ids=fact.source_ids)


@on(CounterNoticeConceded)
def carry_out_concession(envelope: Envelope, fact: CounterNoticeConceded) -> None:
    """Bring back what the rights holder gave back."""
    actor = _engine(envelope, "takedowns.carry_out_concession")
    services.carry_out_withdrawal(actor=actor, complaint_id=_subject(envelope), positions=fact.positions)


@on(ListingsRuled)
def carry_out_ruling(envelope: Envelope, fact: ListingsRuled) -> None:
    """Carry a ruling out now that its undo time is over."""
    actor = _engine(envelope, "takedowns.carry_out_ruling")
    services.carry_out_ruling(actor=actor, complaint_id=_subject(envelope), batch=fact.batch)


@on(NoticeSent)
def tell_seller_of_notice(envelope: Envelope, fact: NoticeSent) -> None:
    """Tell a shop that somebody has claimed of what was reported."""
    for notice in _notices(code=fact.code):
        _tell_seller(envelope, notice, "notice_sent", fact, partial(letters.notice_letter, notice, fact.positions, fact.due_at))


@on(CounterNoticeFiled)
def tell_holder_of_counter_notice(envelope: Envelope, fact: CounterNoticeFiled) -> None:
    """Take a seller's answer in for the rights holder, who is told that it is their turn."""
    counter = services.take_in_counter_notice(code=fact.code)
    facts = asdict(fact) | {"seller": counter.seller.name, "code": counter.code}
    with inside(counter.organization_id):
        where = whereabouts(ReportedListing.objects.filter(counter_notices__counter_notice=counter), envelope.occurred_at)
        tell(
            envelope=envelope,
            name="takedowns.counter_notice.received",
            facts=facts,
            letter=lambda: letters.received_letter(counter, where),
            organization_id=counter.organization_id,
            subject=counter.complaint,
        )


@on(CounterNoticeConceded)
def tell_seller_of_concession(envelope: Envelope, fact: CounterNoticeConceded) -> None:
    """Tell the seller that the rights holder accepted its answer."""
    where = whereabouts(_rows(envelope, fact.positions), envelope.occurred_at)
    for notice in _notices(counter_notices__code=fact.code):
        _tell_seller(envelope, notice, "conceded", fact, partial(letters.conceded_letter, notice, where, fact.message))


@on(CounterNoticeRejected)
def tell_seller_of_rejection(envelope: Envelope, fact: CounterNoticeRejected) -> None:
    """Tell the seller that the rights holder rejected its answer and who decides."""
    count = len(fact.positions)
    for notice in _notices(counter_notices__code=fact.code):
        _tell_seller(envelope, notice, "contested", fact, partial(letters.contested_letter, notice, count, fact.message, fact.due_at))


@on(CounterNoticeLapsed)
def tell_both_of_lapse(envelope: Envelope, fact: CounterNoticeLapsed) -> None:
    """Tell both sides what the rights holder's silence did."""
    where = whereabouts(_rows(envelope, fact.positions), envelope.occurred_at)
    counter = CounterNotice.objects.select_related("notice__seller").get(code=fact.code)
    tell(envelope=envelope, name=fact.name, facts=asdict(fact), letter=lambda: letters.lapsed_letter_to_holder(counter, where))
    _tell_seller(envelope, counter.notice, "lapsed", fact, lambda: letters.lapsed_letter_to_seller(counter.notice, where))


@on(ListingsReleased)
def tell_sellers_of_withdrawal(envelope: Envelope, fact: ListingsReleased) -> None:
    """Tell the shops whose listings the rights holder gave back of its own accord."""
    if fact.how != "withdrawn":
        return
    rows = ReportedListing.objects.filter(pk__in=fact.listing_ids, ending=Ending.WITHDRAWN, notified_at__isnull=False)
    for notice, mine in _by_notice(rows):
        facts, where = replace(fact, positions=_positions(mine)), whereabouts(mine, envelope.occurred_at)
        _tell_seller(envelope, notice, "withdrawn", facts, partial(letters.withdrawn_letter, notice, where))


@on(RulingEffective)
def tell_both_of_ruling(envelope: Envelope, fact: RulingEffective) -> None:
    """Tell both sides how a second reviewer decided, and why."""
    code = DisputeCode.objects.filter(pk=fact.ruling).first()
    rows = _rows(envelope, fact.positions)
    where = whereabouts(rows, envelope.occurred_at)

    def to_holder() -> tuple[str, str]:
        return letters.ruling_letter_to_holder(fact.reference, fact.code, fact.outcome, code, fact.message, where)

    tell(envelope=envelope, name=fact.name, facts=asdict(fact), letter=to_holder)
    for notice, mine in _by_notice(rows):
        theirs = whereabouts(mine, envelope.occurred_at)
        to_seller = partial(letters.ruling_letter_to_seller, notice, fact.outcome, code, fact.message, theirs)
        _tell_seller(envelope, notice, fact.outcome, replace(fact, positions=_positions(mine)), to_seller)


@on(ListingsUpheld)
def tell_both_of_silence(envelope: Envelope, fact: ListingsUpheld) -> None:
    """Tell both sides that the seller's time is over; a ruling tells them by itself."""
    if fact.how != "silence":
        return
    rows = ReportedListing.objects.filter(pk__in=fact.listing_ids)
    where = whereabouts(rows, envelope.occurred_at)
    tell(
        envelope=envelope,
        name=fact.name,
        facts=asdict(fact),
        letter=lambda: letters.silence_letter_to_holder(fact.reference, fact.code, where),
    )
    for notice, mine in _by_notice(rows):
        to_seller = partial(letters.silence_letter_to_seller, notice, whereabouts(mine, envelope.occurred_at))
        _tell_seller(envelope, notice, "silence", replace(fact, positions=_positions(mine)), to_seller)


@on(DecisionEffective)
def tell_of_decision(envelope: Envelope, fact: DecisionEffective) -> None:
    """Tell the rights holder what was decided, and why where it was not accepted."""
    code = RejectionCode.objects.filter(pk=fact.rejection).first() if fact.rejection else None

    def letter() -> tuple[str, str]:
        count = len(fact.positions)
        values = {"count": count, "reference": fact.reference}
        if code is None:
            subject = ngettext("%(count)s listing accepted (%(reference)s)", "%(count)s listings accepted (%(reference)s)", count) % values
            return subject, _body(fact.code, _coming_down(count, fact.coming_down), fact.message)
        language = get_language() or "en"
        subject = (
            ngettext("%(count)s listing not accepted (%(reference)s)", "%(count)s listings not accepted (%(reference)s)", count) % values
        )
        return subject, _body(fact.code, letters.reason_sentence(code), code.help(language), fact.message)

    tell(envelope=envelope, name=fact.name, facts=asdict(fact), letter=letter)


@on(InformationAsked)
def tell_of_question(envelope: Envelope, fact: InformationAsked) -> None:
    """Tell the rights holder what the reviewer needs."""

    def letter() -> tuple[str, str]:
        first = gettext("A reviewer needs something more before your complaint can be decided. Until you answer, the clock stands still.")
        return gettext("We need something from you (%(reference)s)") % {"reference": fact.reference}, _body(fact.code, first, fact.message)

    tell(envelope=envelope, name=fact.name, facts=asdict(fact), letter=letter)


def _notices(**where: Any) -> list[SellerNotice]:
    return list(SellerNotice.objects.filter(**where).select_related("seller"))


def _rows(envelope: Envelope, positions: Sequence[int]) -> QuerySet[ReportedListing]:
    """Return the listings at these positions of the complaint an event is about."""
    return ReportedListing.objects.filter(complaint=_subject(envelope), position__in=list(positions))


def _by_notice(rows: QuerySet[ReportedListing]) -> list[tuple[SellerNotice, list[ReportedListing]]]:
    """Return the notices these rows stand in, with the rows."""
    mine: dict[int, list[ReportedListing]] = defaultdict(list)
    for row in rows.order_by("position"):
        if row.notice_id is not None:
            mine[row.notice_id].append(row)
    return [(notice, mine[notice.pk]) for notice in _notices(pk__in=list(mine))]


def _positions(rows: Sequence[ReportedListing]) -> list[int]:
    return [row.position for row in rows]


def _tell_seller(envelope: Envelope, notice: SellerNotice, name: str, fact: DomainEvent, letter: Letter) -> None:
    """Tell the organization that has claimed the shop; for a shop nobody has claimed the page waits for whoever does.

    The facts are what the seller may know: its own notice and the listings of it, never the complaint.
    """
    owner = notice.seller.organization_id
    if owner is None:
        return
    facts = {key: value for key, value in asdict(fact).items() if key in ("positions", "due_at", "message", "outcome", "reasons")}
    facts |= {"code": notice.code, "reference": notice.reference, "shop": notice.seller.name}
    with inside(owner):
        tell(
            envelope=envelope,
            name=f"takedowns.to_seller.{name}",
            facts=facts,
            letter=letter,
            organization_id=owner,
            subject=notice,
        )


def _coming_down(count: int, at_once: int) -> str:
    """Return when accepted listings come down: at once, when their sellers' time is over, or some so and some so."""
    if at_once == count:
        return ngettext(
            "It is being taken down on the marketplace, and its page says why.",
            "They are being taken down on the marketplace, and each page says why.",
            count,
        )
    if not at_once:
        return ngettext(
            "It comes down when the time in which the seller may answer is over.",
            "They come down when the time in which sellers may answer is over.",
            count,
        )
    return ngettext(
        "%(count)s is being taken down now, the others when the time in which sellers may answer is over.",
        "%(count)s are being taken down now, the others when the time in which sellers may answer is over.",
        at_once,
    ) % {"count": at_once}


def _engine(envelope: Envelope, rule: str) -> Actor:
    return Actor.system(envelope.about_id, rule, envelope.request_id)


def _subject(envelope: Envelope) -> int:
    assert envelope.subject_id is not None
    return envelope.subject_id


def _body(code: str, *paragraphs: str) -> str:
    link = portal_url("takedowns:complaint", code=code)
    lines: list[Any] = [*(paragraph for paragraph in paragraphs if paragraph), gettext("See the whole case here:") + f"\n{link}"]
    return "\n\n".join(lines) + "\n"

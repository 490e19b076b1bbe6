"""What follows from events: upheld listings become violations, closures reach the marketplace, sellers are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ipp.core.actors import Actor
from ipp.core.events import DomainEvent, Envelope, on
from ipp.core.links import portal_url
from ipp.core.services.notices import tell
from ipp.core.ui import exact_moment
from penalties import services
from penalties.events import (
    RestrictionEnded,
    SanctionLifted,
    ShopClosed,
    ShopRestricted,
    StrikeChanged,
    StrikeCounted,
    StrikeTakenBack,
    ViolationsNoted,
    ViolationsTakenBack,
    WarningGiven,
)
from penalties.lifecycle import Measure
from penalties.presentation.words import lifted_words
from takedowns.events import ListingsReleased, ListingsUpheld

PRIVATE = ("note", "seller_id")
"""Facts of the platform's own; no notice carries them."""


@on(ListingsUpheld)
def count_upheld(envelope: Envelope, fact: ListingsUpheld) -> None:
    """Note the violations, and what follows from them."""
    services.note_upheld(actor=_engine(envelope, "penalties.count_upheld"), listing_ids=fact.listing_ids)


@on(ListingsReleased)
def take_released_back(envelope: Envelope, fact: ListingsReleased) -> None:
    """Take the violations back, and what had followed from them."""
    services.note_released(actor=_engine(envelope, "penalties.take_released_back"), listing_ids=fact.listing_ids)


@on(ShopClosed)
def close_shop(envelope: Envelope, fact: ShopClosed) -> None:
    """Ask the marketplace to close a shop two persons agreed to close."""
    services.carry_out(actor=_engine(envelope, "penalties.close_shop"), seller_id=fact.seller_id)


@on(ViolationsNoted, ViolationsTakenBack, StrikeChanged)
def note_for_seller(envelope: Envelope, fact: ViolationsNoted | ViolationsTakenBack | StrikeChanged) -> None:
    """Put a line into the seller's notices; the mail is written about what follows."""
    _tell(envelope, fact)


@on(StrikeCounted)
def tell_of_strike(envelope: Envelope, fact: StrikeCounted) -> None:
    """Tell the seller of a strike; by mail where no measure follows at once, whose own mail would say it too."""
    said_by_measure = {Measure.WARNING.value, Measure.RESTRICTION.value} & set(fact.measures)

    def letter() -> tuple[str, str]:
        what = [
            _strike(fact),
            _("By the published rules this is where a shop is closed. Two people look at your record before that happens.")
            if Measure.CLOSURE.value in fact.measures
            else "",
        ]
        subject = _("Strike %(level)s of %(of)s for %(shop)s") % {"level": fact.level, "of": fact.of, "shop": fact.shop}
        return subject, _body(fact.code, *what)

    _tell(envelope, fact, None if said_by_measure else letter)


@on(StrikeTakenBack)
def tell_of_strike_taken_back(envelope: Envelope, fact: StrikeTakenBack) -> None:
    """Tell the seller that a strike fell, and what fell with it."""

    def letter() -> tuple[str, str]:
        first = _("The claim it rested on does not stand any more. The strike counts as if it had never been.")
        return _("A strike was taken back: %(shop)s") % {"shop": fact.shop}, _body(fact.code, first, lifted_words(fact.lifted))

    _tell(envelope, fact, letter)


@on(WarningGiven)
def tell_of_warning(envelope: Envelope, fact: WarningGiven) -> None:
    """Tell the seller of a warning, with the way to its lesson."""

    def letter() -> tuple[str, str]:
        first = _("A claim against one of your listings was upheld for good. This is strike %(level)s of %(of)s, and a warning.") % {
            "level": fact.level,
            "of": fact.of,
        }
        lesson = (
            _("Please read this page, two minutes, so that it does not happen again:") + f"\n{_page('penalties:sanction', fact.sanction)}"
        )
        return _("A warning for %(shop)s (%(reference)s)") % asdict(fact), _body(fact.code, first, lesson)

    _tell(envelope, fact, letter)


@on(ShopRestricted)
def tell_of_restriction(envelope: Envelope, fact: ShopRestricted) -> None:
    """Tell the seller of a restriction: until when, and what to read."""

    def letter() -> tuple[str, str]:
        values = {"level": fact.level, "of": fact.of, "until": exact_moment(datetime.fromisoformat(fact.ends_at))}
        first = _("This is strike %(level)s of %(of)s. Your shop is restricted until %(until)s; it opens again by itself.") % values
        lesson = _("What a restriction means, and how to avoid the next step:") + f"\n{_page('penalties:sanction', fact.sanction)}"
        return _("%(shop)s is restricted (%(reference)s)") % asdict(fact), _body(fact.code, first, lesson)

    _tell(envelope, fact, letter)


@on(ShopClosed)
def tell_of_closure(envelope: Envelope, fact: ShopClosed) -> None:
    """Tell the seller that the shop is closed, and on what it rests."""

    def letter() -> tuple[str, str]:
        first = _("Strike %(level)s was reached under the published rules. Two people looked at your record and agreed to close the shop.")
        page = _("The strikes and the version of the rules it rests on:") + f"\n{_page('penalties:sanction', fact.sanction)}"
        return _("%(shop)s is closed (%(reference)s)") % asdict(fact), _body(fact.code, first % {"level": fact.level}, page)

    _tell(envelope, fact, letter)


@on(SanctionLifted)
def tell_of_lifting(envelope: Envelope, fact: SanctionLifted) -> None:
    """Tell the seller that a measure was taken back; by mail where the mail about its strike does not say so already."""
    if not fact.was_in_force:
        return  # nobody had been told of it

    def letter() -> tuple[str, str]:
        first = _("A claim it rested on does not stand any more, so the measure is taken back.")
        return _("%(shop)s: a measure was taken back (%(reference)s)") % asdict(fact), _body(fact.code, first, lifted_words([fact.measure]))

    _tell(envelope, fact, None if fact.with_strike else letter)


@on(RestrictionEnded)
def tell_of_end(envelope: Envelope, fact: RestrictionEnded) -> None:
    """Tell the seller that a restriction is over."""

    def letter() -> tuple[str, str]:
        first = _("Its time is over. The strike stays on your record until its own day comes.")
        return _("The restriction of %(shop)s is over (%(reference)s)") % asdict(fact), _body(fact.code, first)

    _tell(envelope, fact, letter)


def _tell(envelope: Envelope, fact: DomainEvent, letter: Callable[[], tuple[str, str]] | None = None) -> None:
    """Tell whoever claimed the shop; where nobody has, the event is about the platform itself and there is nobody to tell."""
    if envelope.about_id != envelope.organization_id:
        facts: dict[str, Any] = {name: value for name, value in asdict(fact).items() if name not in PRIVATE}
        tell(envelope=envelope, name=fact.name, facts=facts, letter=letter)


def _engine(envelope: Envelope, rule: str) -> Actor:
    return Actor.system(envelope.about_id, rule, envelope.request_id)


def _strike(fact: StrikeCounted) -> str:
    listings = ngettext("%(count)s listing", "%(count)s listings", fact.listings) % {"count": fact.listings}
    values = {"level": fact.level, "of": fact.of, "listings": listings, "until": exact_moment(datetime.fromisoformat(fact.expires_at))}
    return _("Strike %(level)s of %(of)s, for %(listings)s. It counts until %(until)s.") % values


def _page(route: str, code: str) -> str:
    return portal_url(route, code=code)


def _body(code: str, *paragraphs: str) -> str:
    lines = [*(paragraph for paragraph in paragraphs if paragraph), _("Your whole record:") + f"\n{_page('penalties:record', code)}"]
    return "\n\n".join(lines) + "\n"

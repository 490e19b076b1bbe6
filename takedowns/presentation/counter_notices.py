"""How counter-notices read to the rights holder: whose turn it is, what each answer would do, what both sides said, how it ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from ipp.core.faces import clock_face
from ipp.core.files import link_to
from ipp.core.models import Clock
from ipp.core.timeline import Facts
from ipp.core.ui import ClockFace, Fact, StateBadge, Tone, badge_of, exact_moment, zone_name
from marketplaces.presentation import price_of, seller_facts
from marketplaces.queries import PictureLink
from takedowns.lifecycle import DisputeStatus
from takedowns.models import CounterNotice, CounterNoticeAnswer, CounterNoticeListing, DisputeCode, Exhibit, StatementOfReasons
from takedowns.presentation.portal import percent, standing_of
from takedowns.presentation.whereabouts import given_back, kept_down, sentences, whereabouts
from takedowns.presentation.words import DISPUTE_AXIS, TURN_AXIS
from takedowns.queries.counter_notices import CLOSED, TO_ANSWER, WITH_PLATFORM, Case, Disputed, dispute_codes, turn_of
from takedowns.queries.own import Metrics
from takedowns.queries.portal import ListingDetails
from takedowns.rules import closes_at

LINK_SECONDS = 600
Outcome = CounterNoticeListing.Outcome

OUTCOME_WORDS = {
    Outcome.CONCEDED: _l("You accepted it, which withdrew the claim."),
    Outcome.LAPSED: _l("You did not answer in time, which withdrew the claim."),
    Outcome.OVERTURNED: _l("Counter-notice upheld. It counts as a successful counter-notice in your numbers."),
    Outcome.WITHDRAWN: _l("You withdrew the claim, which ended the dispute in the seller's favour."),
    Outcome.UPHELD: _l("Claim upheld, counter-notice dismissed."),
}
"""What each ending is; what it does to the listings is said after it."""
OUTCOME_TONES: dict[str, str] = {
    Outcome.CONCEDED: "plain",
    Outcome.LAPSED: "bad",
    Outcome.OVERTURNED: "bad",
    Outcome.WITHDRAWN: "plain",
    Outcome.UPHELD: "ok",
}
"""The kind of note that tells each ending."""

ABOUT_LISTINGS = frozenset(
    {
        "takedowns.listings.ruling_effective",
        "takedowns.listings.removed",
        "takedowns.listings.restored",
        "takedowns.listings.withdrawn",
    }
)
"""Events of a complaint that belong to a counter-notice where they are about one of its listings."""


# -- lists ------------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class CounterLine:
    """One counter-notice in a list: whose turn it is, the clock that runs, how it ended."""

    counter: CounterNotice
    url: str
    turn: str
    badge: StateBadge
    clock: ClockFace | None


def line_of(counter: CounterNotice, moment: datetime) -> CounterLine:
    """Return a counter-notice as lists show it at a moment; it comes with its listings and its marketplace."""
    turn = turn_of(counter, moment)
    url = reverse("takedowns:counter_notice", args=[counter.code])
    return CounterLine(counter, url, turn, _badge(counter, turn, moment), window_face(counter, turn, moment))


def window_face(counter: CounterNotice, turn: str, moment: datetime) -> ClockFace | None:
    """Return the clock of whoever's turn it is; none where nothing runs."""
    started, due = {
        TO_ANSWER: (counter.filed_at, counter.holder_due_at),
        WITH_PLATFORM: (counter.contested_at, counter.platform_due_at),
        CLOSED: (None, None),
    }[turn]
    if due is None:
        return None
    calendar = counter.notice.marketplace.calendar
    return clock_face(Clock(calendar=calendar, unit=Clock.Unit.BUSINESS_DAYS, started_at=min(started or due, due), due_at=due), moment)


def _badge(counter: CounterNotice, turn: str, moment: datetime) -> StateBadge:
    """Return the state a list tells: a single outcome by its own name, several as closed."""
    places = counter.listings.all()
    outcomes = {item.outcome for item in places}
    if turn == CLOSED and any(item.status == DisputeStatus.WAITING for item in places):
        return _time_is_over()
    if turn == CLOSED and len(outcomes) == 1:
        return badge_of(outcomes.pop(), DISPUTE_AXIS)
    return badge_of(turn, TURN_AXIS)


def _time_is_over() -> StateBadge:
    return StateBadge(_("Time is over"), "bad", "clock")


# -- one counter-notice -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Headline:
    """Where it stands in a note on top: its kind, what is so, and what follows."""

    kind: str
    icon: str
    title: str
    text: str


def headlines(case: Case, turn: str, moment: datetime) -> list[Headline]:
    """Return where a counter-notice stands: whose turn it is and what silence does, and how each part of it ended."""
    counter, said = case.counter, []
    if case.waiting:
        said.append(_over_line(case, moment) if turn != TO_ANSWER else _turn_line(counter, len(case.waiting)))
    if contested := [item for item in case.listings if item.dispute.status == DisputeStatus.CONTESTED]:
        said.append(_platform_line(counter, len(contested), moment))
    ended: dict[str, list[Disputed]] = defaultdict(list)
    for item in case.listings:
        if item.dispute.outcome:
            ended[item.dispute.outcome].append(item)
    return said + [_ended_line(case, outcome, items, moment) for outcome, items in ended.items()]


def _over_line(case: Case, moment: datetime) -> Headline:
    where = whereabouts([item.row for item in case.waiting], moment)
    first = ngettext(
        "You can answer no more. The claim is being withdrawn.", "You can answer no more. The claims are being withdrawn.", where.count
    )
    until = {"moment": exact_here(case.counter.holder_due_at)}
    title = _("The time to answer ended on %(moment)s. It is closed since then.") % until
    return Headline("bad", "calendar-x", title, sentences(first, given_back(where)))


def _turn_line(counter: CounterNotice, count: int) -> Headline:
    until = exact_here(counter.holder_due_at)
    text = ngettext(
        "Accept the answer for %(count)s listing, or reject it with reasons. If you say nothing, the claim is withdrawn.",
        "Accept the answer for %(count)s listings, or reject it with reasons. If you say nothing, the claims are withdrawn.",
        count,
    ) % {"count": count}
    return Headline("warn", "message-reply", _("It is your turn until %(moment)s.") % {"moment": until}, text)


def _platform_line(counter: CounterNotice, count: int, moment: datetime) -> Headline:
    due = counter.platform_due_at
    text = ngettext(
        "Somebody who has not decided about this listing before looks at both sides. You need do nothing.",
        "Somebody who has not decided about these %(count)s listings before looks at both sides. You need do nothing.",
        count,
    ) % {"count": count}
    if due is not None and due <= moment:
        title = _("A second reviewer is late: this was due on %(moment)s.") % {"moment": exact_here(due)}
    else:
        title = _("With the platform: a second reviewer decides until %(moment)s.") % {"moment": exact_here(due) if due else ""}
    return Headline("info", "scale", title, text)


def _ended_line(case: Case, outcome: str, items: Sequence[Disputed], moment: datetime) -> Headline:
    closed = max((item.dispute.closed_at for item in items if item.dispute.closed_at is not None), default=None)
    since = _("Closed since %(moment)s.") % {"moment": exact_here(closed)} if closed else ""
    which = "" if len(items) == len(case.listings) else rows_word([item.row.position for item in items])
    icon = badge_of(outcome, DISPUTE_AXIS).icon
    where = whereabouts([item.row for item in items], moment)
    title = sentences(OUTCOME_WORDS[Outcome(outcome)], kept_down(where) if outcome == Outcome.UPHELD else given_back(where))
    return Headline(OUTCOME_TONES[outcome], icon, title, " · ".join(filter(None, (which, since))))


@dataclass(frozen=True)
class ListingFace:
    """One disputed listing as its card shows it, as it was frozen when the claim was decided."""

    position: int
    title: str
    price: str
    place: str
    number: str
    url: str
    pictures: Sequence[PictureLink]
    badge: StateBadge
    standing: str
    standing_tone: str


def listing_faces(case: Case, moment: datetime) -> list[ListingFace]:
    """Return the listings of a counter-notice as they stand at a moment."""
    return [_listing_face(item, moment) for item in case.listings]


def _listing_face(item: Disputed, moment: datetime) -> ListingFace:
    row = item.row
    seen = row.snapshot_decided or row.snapshot_filed
    standing, tone = standing_of(row, row.shown_status, ListingDetails())
    is_waiting = item.dispute.status == DisputeStatus.WAITING
    is_over = is_waiting and row.holder_due_at is not None and closes_at(row.holder_due_at) <= moment
    return ListingFace(
        position=row.position,
        title=seen.title if seen is not None else row.input,
        price=price_of(seen),
        place=row.marketplace.name(get_language() or "en"),
        number=row.external_id,
        url=row.url,
        pictures=item.pictures,
        badge=_time_is_over() if is_over else badge_of(item.dispute.outcome or item.dispute.status, DISPUTE_AXIS),
        standing=standing,
        standing_tone=tone,
    )


@dataclass(frozen=True)
class ExhibitFace:
    """A file both sides may look at: what it was brought for, its name, and its pages as pictures."""

    what: str
    name: str
    pages: Sequence[PictureLink]


def exhibit_faces(exhibits: Iterable[Exhibit], asked: Mapping[str, Mapping[str, Any]]) -> list[ExhibitFace]:
    """Return exhibits with links to their pages that expire in minutes; `asked` says what each was brought for."""
    return [
        ExhibitFace(
            in_language(asked[item.requirement]) if item.requirement in asked else "",
            item.name,
            [PictureLink(_page_link(item, number, page), page["width"], page["height"]) for number, page in enumerate(item.pages, start=1)],
        )
        for item in exhibits
    ]


def _page_link(exhibit: Exhibit, number: int, page: Mapping[str, Any]) -> str:
    name = f"exhibit-{exhibit.pk}-{number}"
    return link_to(page["key"], media_type=page["media_type"], filename=name, disposition="inline", expires_in=LINK_SECONDS)


def sellers_exhibits(case: Case) -> list[ExhibitFace]:
    """Return what the seller brought, each with what its ground asked for."""
    asked = {item["key"]: item for ground in case.grounds for item in ground.evidence}
    return exhibit_faces([item for item in case.exhibits if item.answer_id is None], asked)


def said_facts(counter: CounterNotice) -> list[Fact]:
    """Return the rest of what the seller said: where the goods are, who signed, when."""
    return [
        Fact(_("Where the goods are"), counter.goods_location),
        Fact(_("Signed by"), counter.signed_name, counter.signed_role),
        Fact(_("Received"), exact_here(counter.filed_at)),
    ]


def shop_facts(counter: CounterNotice, before: int) -> list[Fact]:
    """Return what is known of the shop, and how often it answered this organization before."""
    return [*seller_facts(counter.seller, with_owner=False), Fact(_("Answers to you before this one"), before)]


@dataclass(frozen=True)
class Spoken:
    """What one side or the platform said to a counter-notice, and for which of its listings."""

    title: str
    badge: StateBadge
    who: str
    at: str
    which: str
    reasons: Sequence[str]
    message: str
    exhibits: Sequence[ExhibitFace] = ()


def answers_given(case: Case) -> list[Spoken]:
    """Return what the rights holder said, in order."""
    codes = {code.pk: code for code in dispute_codes({code for answer in case.answers for code in answer.reasons})}
    return [_spoken_answer(case, answer, codes) for answer in case.answers]


def rulings_told(case: Case) -> list[Spoken]:
    """Return what second reviewers decided and why, the same words once; nothing that can still be undone."""
    groups: dict[tuple[str, str, str], list[Disputed]] = defaultdict(list)
    for item in case.listings:
        if item.ruling is not None:
            body = item.ruling.body
            groups[body["decision"], body["ruling"]["code"], body.get("message", "")].append(item)
    return [_spoken_ruling(items) for items in groups.values()]


def _spoken_answer(case: Case, answer: CounterNoticeAnswer, codes: Mapping[str, DisputeCode]) -> Spoken:
    is_accepted = answer.kind == CounterNoticeAnswer.Kind.CONCEDED
    language = get_language() or "en"
    return Spoken(
        title=_("You accepted the answer") if is_accepted else _("You rejected the answer"),
        badge=StateBadge(_("Accepted"), "mute", "arrow-back-up") if is_accepted else StateBadge(_("Rejected"), "info", "scale"),
        who=answer.author_label,
        at=exact_here(answer.answered_at),
        which=rows_word(answer.positions),
        reasons=[codes[code].label(language) for code in answer.reasons if code in codes],
        message=answer.message,
        exhibits=exhibit_faces([item for item in case.exhibits if item.answer_id == answer.pk], {}),
    )


def _spoken_ruling(items: Sequence[Disputed]) -> Spoken:
    ruling = items[0].ruling
    assert isinstance(ruling, StatementOfReasons)
    is_overturned = ruling.body["decision"] == "overturned"
    return Spoken(
        title=str(Outcome.OVERTURNED.label if is_overturned else Outcome.UPHELD.label),
        badge=badge_of(Outcome.OVERTURNED if is_overturned else Outcome.UPHELD, DISPUTE_AXIS),
        who=_("A second reviewer"),
        at=exact_here(ruling.created_at),
        which=rows_word([item.row.position for item in items]),
        reasons=[in_language(ruling.body["ruling"])],
        message=ruling.body.get("message", ""),
    )


def rows_word(positions: Sequence[int]) -> str:
    """Return which rows of the complaint are meant."""
    return ngettext("Row %(rows)s", "Rows %(rows)s", len(positions)) % {"rows": ", ".join(map(str, sorted(positions)))}


def belongs(case: Case) -> Callable[[str, Facts], bool]:
    """Return what of the complaint's story belongs to a counter-notice: about itself, its notice, or one of its listings."""
    codes = {case.counter.code, case.counter.notice.code}
    positions = {item.row.position for item in case.listings}

    def keep(name: str, facts: Facts) -> bool:
        return facts.get("code") in codes or name in ABOUT_LISTINGS and bool(positions.intersection(facts.get("positions", ())))

    return keep


# -- what each answer would do --------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Effect:
    """One thing an answer does: to what, and what."""

    icon: str
    tone: Tone
    about: str
    text: str


@dataclass(frozen=True)
class Prospect:
    """What the outcome of an answer depends on: the listings, the numbers, and when the others' turn would end."""

    count: int
    left: int
    metrics: Metrics
    filed_at: datetime
    due_at: datetime
    decided_by: datetime
    are_down: bool
    moment: datetime


def if_accepted(prospect: Prospect) -> list[Effect]:
    """Return what accepting does."""
    count = prospect.count
    return [
        Effect("eye", "info", _("The listing"), _come_back(prospect, at_once=True)),
        Effect("gavel", "mute", _("Your complaint"), f"{_withdrawn(count)} {_rest(prospect)}"),
        Effect("chart-bar", "warn", _("Your numbers"), _numbers(prospect)),
        Effect("building-store", "mute", _("The shop"), _("Nothing counts against it. It is told that you accepted, with your words.")),
    ]


def if_rejected(prospect: Prospect) -> list[Effect]:
    """Return what rejecting does."""
    by = exact_here(prospect.decided_by)
    stays = (
        ngettext("It stays down", "They stay down", prospect.count)
        if prospect.are_down
        else ngettext("It stays as it is", "They stay as they are", prospect.count)
    )
    return [
        Effect(
            "eye-off",
            "ok",
            _("The listing"),
            _("%(stays)s until a second reviewer has decided, by %(moment)s.") % {"stays": stays, "moment": by},
        ),
        Effect(
            "scale",
            "info",
            _("Your complaint"),
            _("Somebody who has not decided about it before sees both sides. Upheld, it stands for good; else the listing comes back."),
        ),
        Effect(
            "chart-bar",
            "mute",
            _("Your numbers"),
            _("Nothing changes now. Only if the reviewer decides for the seller: %(numbers)s") % {"numbers": _numbers(prospect)},
        ),
        Effect("building-store", "mute", _("The shop"), _("It reads your reasons, your words and your files.")),
    ]


def if_silent(prospect: Prospect) -> list[Effect]:
    """Return what saying nothing does, and when exactly."""
    return [
        Effect("clock", "bad", _("When"), _("Exactly when your time ends: %(moment)s.") % {"moment": exact_here(prospect.due_at)}),
        Effect("eye", "info", _("The listing"), _come_back(prospect, at_once=False)),
        Effect("gavel", "mute", _("Your complaint"), f"{_withdrawn(prospect.count)} {_rest(prospect)}"),
        Effect("chart-bar", "warn", _("Your numbers"), _numbers(prospect)),
    ]


def _come_back(prospect: Prospect, *, at_once: bool) -> str:
    count = prospect.count
    if not prospect.are_down:
        return ngettext("It stays online, or comes back if it went down.", "They stay online, or come back if they went down.", count)
    if at_once:
        return ngettext("It comes back on the marketplace at once.", "They come back on the marketplace at once.", count)
    return ngettext("It comes back on the marketplace then.", "They come back on the marketplace then.", count)


def _withdrawn(count: int) -> str:
    return ngettext(
        "The claim against it is withdrawn, which cannot be taken back.",
        "The claims against them are withdrawn, which cannot be taken back.",
        count,
    )


def _rest(prospect: Prospect) -> str:
    if not prospect.left:
        return _("Nothing else is left in the complaint, so it is withdrawn as a whole.")
    return ngettext("%(count)s other listing of it stays as it is.", "%(count)s other listings of it stay as they are.", prospect.left) % {
        "count": prospect.left
    }


def _numbers(prospect: Prospect) -> str:
    metrics = prospect.metrics
    if prospect.filed_at < prospect.moment - timedelta(days=metrics.days):
        return _("The complaint is older than the %(days)s days your numbers are of; they do not change.") % {"days": metrics.days}
    then = (metrics.successful_counter_notices + prospect.count) / metrics.accepted if metrics.accepted else None
    return _("Successful counter-notices go from %(now)s to %(then)s of accepted listings. The success rate stays %(rate)s.") % {
        "now": percent(metrics.counter_notice_rate),
        "then": percent(then),
        "rate": percent(metrics.success_rate),
    }


def exact_here(moment: datetime) -> str:
    """Return a moment to the minute with the city of its zone, as a sentence names it."""
    return f"{exact_moment(moment)} {zone_name()}"


def in_language(item: Mapping[str, Any]) -> str:
    """Return the words of something that has them in both languages."""
    return str(item["zh"] if (get_language() or "en").startswith("zh") else item["en"])

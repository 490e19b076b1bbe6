"""What a seller sees of the cases about its shops: notices by whose turn it is, and everything that belongs to one of them.

Where a notice stands is read off its listings as both parties may see them, never off the columns `status` of the notice and of its
counter-notices: those move when a ruling is made, which is a secret until it cannot be undone any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, Min, OuterRef, Prefetch, Q, QuerySet

from ipp.core import tenancy
from ipp.core.actors import Actor
from ipp.core.clock import IppNow, now
from ipp.core.files import link_to
from ipp.core.models import Clock
from marketplaces.models import Seller
from marketplaces.queries import PictureLink, pictures_of
from takedowns.lifecycle import RULED, DisputeStatus, ListingStatus
from takedowns.models import (
    CounterNotice,
    CounterNoticeAnswer,
    CounterNoticeListing,
    DisputeCode,
    Exhibit,
    ReasonCode,
    ReportedListing,
    SellerNotice,
    StatementOfReasons,
)
from takedowns.models.complaints import LAST_SECOND
from takedowns.rules import closes_at

TO_ANSWER, WAITING, PLATFORM, CLOSED = "to_answer", "waiting", "with_platform", "closed"
PLACES = (TO_ANSWER, WAITING, PLATFORM, CLOSED)
"""Where a notice can stand in a seller's eyes, the most urgent first: a notice stands where its most urgent listing does."""

URGENT_SHOWN = 20
PAGE_SECONDS = 600
"""How long a link to a page of an exhibit is good."""


@dataclass(frozen=True)
class Standing:
    """Where a notice stands: `due_at` is when the turn it waits for ends, `since` when that turn began; `open_count` can be answered."""

    place: str
    due_at: datetime | None = None
    since: datetime | None = None
    open_count: int = 0


@dataclass(frozen=True)
class ExhibitShown:
    """A file both sides may look at, with what it was brought for as the reason or ground asked for it (empty: nothing in particular)."""

    exhibit: Exhibit
    asked: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class CounterCase:
    """One answer of the shop, and what was said to it. `positions` are its listings', `open` those whose answer has no outcome yet."""

    counter: CounterNotice
    positions: Sequence[int]
    open: Mapping[str, Sequence[int]]
    outcomes: Mapping[str, Sequence[int]]
    grounds: Sequence[DisputeCode]
    exhibits: Sequence[ExhibitShown]
    answers: Sequence[tuple[CounterNoticeAnswer, Sequence[DisputeCode], Sequence[ExhibitShown]]]


@dataclass(frozen=True)
class StatementGroup:
    """A statement of reasons that is the same, word for word, for the listings at `positions`."""

    statement: StatementOfReasons
    positions: Sequence[int]


@dataclass(frozen=True)
class NoticeCase:
    """Everything a seller may know of one notice."""

    rows: Sequence[ReportedListing]
    standing: Standing
    pictures: Mapping[int, Sequence[PictureLink]]
    statements: Sequence[StatementGroup]
    rulings: Sequence[StatementGroup]
    exhibits: Sequence[ExhibitShown]
    counters: Sequence[CounterCase]


# -- lists --------------------------------------------------------------------------------------------------------------------
def own_shops(actor: Actor) -> list[Seller]:
    """Return the shops the organization has claimed, by name."""
    return list(Seller.objects.filter(organization_id=actor.organization_id).select_related("marketplace").order_by("name", "id"))


def own_notices(actor: Actor) -> QuerySet[SellerNotice]:
    """Return the notices to shops of the organization that arrived, each with what tells where it stands."""
    return _notices(actor.organization_id)


def to_answer(actor: Actor) -> list[SellerNotice]:
    """Return the notices that can be answered, the one whose time ends first in front."""
    open_rows = ReportedListing.objects.filter(_at(TO_ANSWER), notice=OuterRef("pk")).order_by()
    soonest = open_rows.values("notice").annotate(first=Min("seller_due_at")).values("first")
    return list(notices_in(own_notices(actor), TO_ANSWER).alias(first=soonest).order_by("first", "id")[:URGENT_SHOWN])


def count_to_answer() -> int:
    """Count the notices that wait for an answer of the organization in context, for the menu; at most ninety-nine."""
    organization_id = tenancy.current().organization_id
    return notices_in(_notices(organization_id), TO_ANSWER)[:99].count() if organization_id else 0


def notices_in(notices: QuerySet[SellerNotice], place: str) -> QuerySet[SellerNotice]:
    """Return the notices that stand at a place (`standing_of`, as a condition)."""
    for earlier in PLACES[: PLACES.index(place)]:
        notices = notices.filter(~_has(earlier))
    return notices if place == CLOSED else notices.filter(_has(place))


def standing_of(notice: SellerNotice, moment: datetime) -> Standing:
    """Return where a notice stands at a moment; it comes with its listings and counter-notices (`own_notices`)."""
    rows = list(notice.listings.all())  # as prefetched
    by_place: dict[str, list[ReportedListing]] = defaultdict(list)
    for row in rows:
        by_place[place_of(row, moment)].append(row)
    open_count = len(by_place[TO_ANSWER])
    counters = list(notice.counter_notices.all())
    if open_count:
        return Standing(TO_ANSWER, _first(row.seller_due_at for row in rows if row in by_place[TO_ANSWER]), _latest(rows), open_count)
    if waiting := by_place[WAITING]:
        return Standing(WAITING, _first(row.holder_due_at for row in waiting), _last(item.filed_at for item in counters))
    if disputed := by_place[PLATFORM]:
        return Standing(PLATFORM, _first(row.platform_due_at for row in disputed), _last(item.contested_at for item in counters))
    return Standing(CLOSED)


def place_of(row: ReportedListing, moment: datetime) -> str:
    """Return whose turn it is about one listing, in the eyes of both parties."""
    status = row.shown_status
    if status == ListingStatus.ACCEPTED and row.seller_due_at is not None and closes_at(row.seller_due_at) > moment:
        return TO_ANSWER
    return {ListingStatus.COUNTERED: WAITING, ListingStatus.CONTESTED: PLATFORM}.get(status, CLOSED)


def clock_of(notice: SellerNotice, standing: Standing) -> Clock | None:
    """Return the window a notice stands in, as a clock to look at: it belongs to nobody and is never stored."""
    if standing.due_at is None:
        return None
    started = standing.since or standing.due_at
    calendar = notice.marketplace.calendar
    return Clock(calendar=calendar, unit=Clock.Unit.BUSINESS_DAYS, started_at=min(started, standing.due_at), due_at=standing.due_at)


# -- one notice -----------------------------------------------------------------------------------------------------------------
def own_notice(actor: Actor, code: str) -> SellerNotice | None:
    """Return one notice to a shop of the organization, or None: it is missing, another's, or has not arrived."""
    return own_notices(actor).select_related("policy").filter(code=code).first()


def case_of(notice: SellerNotice) -> NoticeCase:
    """Return everything a seller may know of a notice, in as many queries for three hundred listings as for one."""
    rows = rows_of(notice)
    positions = {row.pk: row.position for row in rows}
    statements = list(StatementOfReasons.objects.filter(reported_listing__in=list(positions)).order_by("id"))
    exhibits = list(Exhibit.objects.filter(notice=notice))
    return NoticeCase(
        rows=rows,
        standing=standing_of(notice, now()),
        pictures=pictures_of([row.snapshot_filed_id for row in rows if row.snapshot_filed_id is not None]),
        statements=_grouped([item for item in statements if "ruling" not in item.body], positions),
        rulings=_grouped([item for item in statements if "ruling" in item.body], positions),
        exhibits=_shown([item for item in exhibits if item.counter_notice_id is None and item.answer_id is None], _asked_of(notice)),
        counters=_counters(notice, positions, exhibits),
    )


def rows_of(notice: SellerNotice) -> list[ReportedListing]:
    """Return the listings a notice tells of, in order; those still on their way to the shop are not among them."""
    rows = ReportedListing.objects.filter(notice=notice, notified_at__isnull=False)
    return list(rows.select_related("marketplace", "snapshot_filed").order_by("position"))


def page_address(page: Mapping[str, Any], name: str) -> str:
    """Return a link to one page of an exhibit on the file origin; it expires in minutes."""
    return link_to(page["key"], media_type=page["media_type"], filename=name, disposition="inline", expires_in=PAGE_SECONDS)


def _notices(organization_id: int) -> QuerySet[SellerNotice]:
    # Shops by their ids: behind a join row-level security hides them from the planner.
    shops = list(Seller.objects.filter(organization_id=organization_id).values_list("id", flat=True))
    rows = ReportedListing.objects.filter(notified_at__isnull=False).select_related("snapshot_filed").order_by("position")
    told = SellerNotice.objects.filter(seller__in=shops, notified_at__isnull=False).select_related("seller", "marketplace")
    counters = CounterNotice.objects.only("id", "notice", "filed_at", "contested_at")
    return told.prefetch_related(Prefetch("listings", rows), Prefetch("counter_notices", counters))


def _has(place: str) -> Exists:
    return Exists(ReportedListing.objects.filter(_at(place), notice=OuterRef("pk"), notified_at__isnull=False))


def _at(place: str) -> Q:
    """Return what makes a listing stand at a place (`place_of`, as a condition)."""
    return {
        TO_ANSWER: Q(status=ListingStatus.ACCEPTED, seller_due_at__gt=IppNow() - LAST_SECOND),
        WAITING: Q(status=ListingStatus.COUNTERED),
        PLATFORM: Q(status=ListingStatus.CONTESTED) | Q(status__in=sorted(RULED), settled_at=None),
    }[place]


def _first(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _last(moments: Iterable[datetime | None]) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def _latest(rows: Iterable[ReportedListing]) -> datetime | None:
    return _last(row.notified_at for row in rows)


def _grouped(statements: Iterable[StatementOfReasons], positions: Mapping[int, int]) -> list[StatementGroup]:
    """Return statements that say the same once, with the positions they are about; which listing it is does not count as a difference."""
    groups: dict[str, tuple[StatementOfReasons, list[int]]] = {}
    for item in statements:
        said = repr(sorted((key, value) for key, value in item.body.items() if key not in ("listing", "snapshot")))
        groups.setdefault(said, (item, []))[1].append(positions[item.reported_listing_id])
    return [StatementGroup(item, sorted(places)) for item, places in groups.values()]


def _counters(notice: SellerNotice, positions: Mapping[int, int], exhibits: Sequence[Exhibit]) -> list[CounterCase]:
    counters = list(CounterNotice.objects.filter(notice=notice).order_by("id"))
    codes = {code.pk: code for code in DisputeCode.objects.all()} if counters else {}
    places: dict[int, list[CounterNoticeListing]] = defaultdict(list)
    for place in CounterNoticeListing.objects.filter(counter_notice__in=counters).order_by("id"):
        places[place.counter_notice_id].append(place)
    answers: dict[int, list[CounterNoticeAnswer]] = defaultdict(list)
    for answer in CounterNoticeAnswer.objects.filter(counter_notice__in=counters):
        answers[answer.counter_notice_id].append(answer)
    return [
        _counter(counter, places[counter.pk], positions, answers[counter.pk], codes, [x for x in exhibits if _belongs(x, counter)])
        for counter in counters
    ]


def _belongs(exhibit: Exhibit, counter: CounterNotice) -> bool:
    return exhibit.counter_notice_id == counter.pk or exhibit.answer_id is not None


def _counter(
    counter: CounterNotice,
    places: Sequence[CounterNoticeListing],
    positions: Mapping[int, int],
    answers: Sequence[CounterNoticeAnswer],
    codes: Mapping[str, DisputeCode],
    exhibits: Sequence[Exhibit],
) -> CounterCase:
    asked = {item["key"]: item for code in counter.grounds if code in codes for item in codes[code].evidence}
    still: dict[str, list[int]] = defaultdict(list)
    outcomes: dict[str, list[int]] = defaultdict(list)
    for place in places:
        target, key = (outcomes, place.outcome) if place.status == DisputeStatus.CLOSED else (still, place.status)
        target[key].append(positions[place.reported_listing_id])
    return CounterCase(
        counter=counter,
        positions=sorted(positions[place.reported_listing_id] for place in places),
        open={key: sorted(found) for key, found in still.items()},
        outcomes={key: sorted(found) for key, found in outcomes.items()},
        grounds=[codes[code] for code in counter.grounds if code in codes],
        exhibits=_shown([item for item in exhibits if item.answer_id is None], asked),
        answers=[
            (
                answer,
                [codes[code] for code in answer.reasons if code in codes],
                _shown([item for item in exhibits if item.answer_id == answer.pk], {}),
            )
            for answer in answers
        ],
    )


def _asked_of(notice: SellerNotice) -> dict[str, Mapping[str, Any]]:
    """Return what the reason of the complaint asks for, of whichever tier."""
    reason = ReasonCode.objects.filter(pk=notice.body["reason"]["code"]).first()
    return {item["key"]: item for tier in (reason.evidence.values() if reason else ()) for item in tier}


def _shown(exhibits: Iterable[Exhibit], asked: Mapping[str, Mapping[str, Any]]) -> list[ExhibitShown]:
    return [ExhibitShown(item, asked.get(item.requirement)) for item in exhibits]

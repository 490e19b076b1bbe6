"""What the desk sees of disputes: the queue, one dispute with both sides, who decided what, and what may be overturned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from ipp.core.actors import Actor
from ipp.core.clock import IppNow, now
from ipp.core.errors import NotFound
from ipp.core.models import Clock, User
from takedowns.lifecycle import OPEN_DISPUTES, WITH_PLATFORM, CounterNoticeStatus, DisputeStatus, ListingStatus
from takedowns.models import (
    Complaint,
    CounterNotice,
    CounterNoticeAnswer,
    CounterNoticeListing,
    Decision,
    DisputeCode,
    Exhibit,
    ReportedListing,
    SellerNotice,
    StatementOfReasons,
)

PROMPT_DAYS = 30
"""Over how many days the desk looks at how promptly it decides."""

RULINGS = (CounterNoticeListing.Outcome.UPHELD, CounterNoticeListing.Outcome.OVERTURNED)


@dataclass(frozen=True)
class DisputeRow:
    """One listing of a dispute: where it stands, where the answer to it stands, and every decision about it, oldest first."""

    listing: ReportedListing
    dispute: CounterNoticeListing
    decisions: Sequence[Decision] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether it waits for the platform's ruling."""
        return self.listing.status == ListingStatus.CONTESTED


@dataclass(frozen=True)
class Said:
    """What the rights holder answered, for which listings, with the reasons it chose and the files it brought."""

    answer: CounterNoticeAnswer
    reasons: Sequence[DisputeCode]
    exhibits: Sequence[Exhibit]


@dataclass(frozen=True)
class Ruled:
    """How many disputed listings were ruled on lately, and how many of them by their due moment."""

    decided: int
    in_time: int

    @property
    def share(self) -> float | None:
        """The part ruled in time; None where nothing was ruled."""
        return self.in_time / self.decided if self.decided else None


# -- the queue -----------------------------------------------------------------------------------------------------------------
def dispute_queue(actor: Actor) -> QuerySet[CounterNotice]:
    """Return the disputes that wait for the platform; `decided_before` marks those this person must leave to somebody else."""
    decided = decisions_of_person(actor).values("reported_listing")
    mine = CounterNoticeListing.objects.filter(counter_notice=OuterRef("pk"), reported_listing__in=decided, status__in=OPEN_DISPUTES)
    waiting = CounterNotice.objects.filter(status__in=WITH_PLATFORM, platform_due_at__isnull=False)
    rows = waiting.select_related("organization", "seller", "complaint__right", "complaint__reason", "notice__marketplace", "claimed_by")
    return rows.annotate(shown_at=IppNow(), decided_before=Exists(mine), open_count=_open_count())


def disputes_waiting() -> int:
    """Return how many disputes wait, up to a thousand."""
    return CounterNotice.objects.filter(status__in=WITH_PLATFORM).order_by()[:1000].count()


def late_count() -> int:
    """Return how many disputes wait beyond their due moment."""
    return CounterNotice.objects.filter(status__in=WITH_PLATFORM, platform_due_at__lt=IppNow()).count()


def promptness(days: int = PROMPT_DAYS) -> Ruled:
    """Return how many disputed listings were ruled on in the last `days` days, and how many in time."""
    closed = CounterNoticeListing.objects.filter(outcome__in=RULINGS, closed_at__gte=IppNow() - timedelta(days=days))
    rulings = Decision.objects.filter(reported_listing=OuterRef("reported_listing"), outcome=OuterRef("outcome"), supersedes__isnull=False)
    ruled_at = rulings.filter(statement__isnull=False).order_by("round").values("decided_at")[:1]
    in_time = Q(ruled_at__lte=F("reported_listing__platform_due_at"))
    counts = closed.annotate(ruled_at=Subquery(ruled_at)).aggregate(decided=Count("id"), in_time=Count("id", filter=in_time))
    return Ruled(counts["decided"], counts["in_time"])


def clock_of(counter: CounterNotice) -> Clock:
    """Return the window a dispute stands in, as a clock to look at: it belongs to nobody and is never stored."""
    with_holder = counter.status == CounterNoticeStatus.WAITING or counter.contested_at is None or counter.platform_due_at is None
    started, due = (counter.filed_at, counter.holder_due_at) if with_holder else (counter.contested_at, counter.platform_due_at)
    assert started is not None
    assert due is not None
    calendar = counter.notice.marketplace.calendar
    unit = Clock.Unit.BUSINESS_DAYS
    return Clock(calendar=calendar, unit=unit, started_at=min(started, due), due_at=due, stopped_at=counter.closed_at)


# -- one dispute ---------------------------------------------------------------------------------------------------------------
def desk_dispute(code: str) -> CounterNotice:
    """Return one counter-notice for the desk, whoever's turn it is.

    Raises:
        NotFound: no such counter-notice.
    """
    rows = CounterNotice.objects.select_related(
        "complaint__right",
        "complaint__reason",
        "complaint__organization",
        "complaint__agent_organization",
        "notice__marketplace",
        "seller",
        "author_organization",
        "claimed_by",
    )
    found = rows.filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def rows_of(counter: CounterNotice) -> list[DisputeRow]:
    """Return the listings of a dispute in order, in as many queries for three hundred as for one."""
    places = CounterNoticeListing.objects.filter(counter_notice=counter).select_related(
        "reported_listing__marketplace",
        "reported_listing__seller",
        "reported_listing__snapshot_filed",
        "reported_listing__snapshot_decided",
    )
    found = sorted(places, key=lambda place: place.reported_listing.position)
    decisions = decisions_by_listing(place.reported_listing_id for place in found)
    return [DisputeRow(place.reported_listing, place, decisions.get(place.reported_listing_id, [])) for place in found]


def decisions_by_listing(listing_ids: Iterable[int]) -> dict[int, list[Decision]]:
    """Return every decision about some listings, taken-back ones included, oldest first; `told` says that the parties know it."""
    told = Exists(StatementOfReasons.objects.filter(decision=OuterRef("pk")))
    rows = Decision.objects.filter(reported_listing__in=list(listing_ids)).select_related("rejection", "ruling", "decided_by")
    found: dict[int, list[Decision]] = defaultdict(list)
    for item in rows.annotate(told=told).order_by("round"):
        found[item.reported_listing_id].append(item)
    return found


def answers_to(counter: CounterNotice) -> list[Said]:
    """Return what the rights holder said to a counter-notice, oldest first."""
    answers = list(CounterNoticeAnswer.objects.filter(counter_notice=counter))
    wanted = {code for answer in answers for code in answer.reasons}
    codes = {code.pk: code for code in DisputeCode.objects.filter(pk__in=wanted)}
    exhibits = list(Exhibit.objects.filter(answer__in=answers))
    return [
        Said(answer, [codes[code] for code in answer.reasons if code in codes], [item for item in exhibits if item.answer_id == answer.pk])
        for answer in answers
    ]


def grounds_of(counter: CounterNotice) -> list[DisputeCode]:
    """Return the seller's grounds, in the order of the catalogue."""
    return list(DisputeCode.objects.filter(pk__in=counter.grounds))


def exhibits_of(counter: CounterNotice) -> list[Exhibit]:
    """Return what the seller brought."""
    return list(Exhibit.objects.filter(counter_notice=counter, answer=None))


def statement_of(counter: CounterNotice) -> StatementOfReasons | None:
    """Return what both sides were told of the first decision; the dispute's listings were decided alike as far as words go."""
    rows = StatementOfReasons.objects.filter(reported_listing__counter_notices__counter_notice=counter, decision__supersedes=None)
    return rows.order_by("id").first()


# -- disputes of a complaint -----------------------------------------------------------------------------------------------------
def disputes_of(listing: ReportedListing) -> list[CounterNoticeListing]:
    """Return the answers of the seller to one listing, newest first."""
    rows = CounterNoticeListing.objects.filter(reported_listing=listing).select_related("counter_notice__seller")
    return list(rows.order_by("-id"))


def notice_of(listing: ReportedListing) -> SellerNotice | None:
    """Return the notice the shop was sent about a listing, if it was."""
    return SellerNotice.objects.filter(pk=listing.notice_id).first() if listing.notice_id is not None else None


def standing_rows(complaint: Complaint) -> list[ReportedListing]:
    """Return the listings of a complaint whose claim stands for good: what somebody else may still overturn."""
    rows = ReportedListing.objects.filter(complaint=complaint, status=ListingStatus.UPHELD, settled_at__isnull=False)
    return list(rows.select_related("seller", "marketplace", "snapshot_filed", "snapshot_decided").order_by("position"))


def is_overturnable(listing: ReportedListing) -> bool:
    """Tell whether the claim against a listing stands for good."""
    return listing.status == ListingStatus.UPHELD and listing.settled_at is not None


# -- who decided -----------------------------------------------------------------------------------------------------------------
def decisions_of_person(actor: Actor) -> QuerySet[Decision]:
    """Return the decisions of the human behind the account that were told; one taken back in time, or about to be told, was none."""
    person = User.objects.filter(pk=actor.person_id).values("person")
    told = StatementOfReasons.objects.filter(decision=OuterRef("pk")).values("pk")[:1]
    return Decision.objects.annotate(told_by=Subquery(told)).filter(person__in=person, told_by__isnull=False)


def decided_by_me(actor: Actor, listing_ids: Iterable[int]) -> list[Decision]:
    """Return what this person, under whatever account, decided about some listings."""
    rows = decisions_of_person(actor).filter(reported_listing__in=list(listing_ids))
    return list(rows.select_related("decided_by", "reported_listing").order_by("reported_listing__position", "round"))


def undoable_ruling(actor: Actor, batch: str) -> tuple[list[Decision], int]:
    """Return a ruling of this reviewer that can still be taken back, and for how many seconds; nothing when it is too late."""
    if not batch:
        return [], 0
    made = list(ruling_named(actor, batch).filter(round=F("reported_listing__round"), reported_listing__status=F("outcome")))
    made = [item for item in made if item.reported_listing.shown_status != item.reported_listing.status]
    if not made:
        return [], 0
    left = (made[0].decided_at + timedelta(seconds=settings.UNDO_SECONDS) - now()).total_seconds()
    return (made, int(left)) if left >= 1 else ([], 0)


def ruling_named(actor: Actor, batch: str) -> QuerySet[Decision]:
    """Return the decisions of a ruling of this reviewer."""
    rows = Decision.objects.filter(batch=batch, decided_by_id=actor.user_id, supersedes__isnull=False)
    return rows.select_related("reported_listing__complaint").order_by("reported_listing__position")


def dispute_about(listing_ids: Iterable[int]) -> str:
    """Return the code of the dispute in which listings were ruled on; nothing when their claims had stood already."""
    rows = CounterNoticeListing.objects.filter(reported_listing__in=list(listing_ids), status=DisputeStatus.CONTESTED)
    return rows.values_list("counter_notice__code", flat=True).first() or ""


def _open_count() -> Coalesce:
    rows = CounterNoticeListing.objects.filter(counter_notice=OuterRef("pk"), reported_listing__status=ListingStatus.CONTESTED)
    total = rows.order_by().values("counter_notice").annotate(total=Count("pk")).values("total")
    return Coalesce(Subquery(total, output_field=IntegerField()), 0)

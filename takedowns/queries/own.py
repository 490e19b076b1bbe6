"""What a rights holder sees of their complaints; a decision shows once it took effect, for until then it can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from django.db.models import BigIntegerField, Count, F, Model, OuterRef, Prefetch, Q, QuerySet, Subquery

from ipp.core.actors import Actor
from ipp.core.clock import IppNow, now
from ipp.core.errors import NotFound
from ipp.core.models import Clock
from ipp.core.prepared import Asked, Prepared, Slot
from ipp.core.services.clock_rows import told_clock
from rightsholders.models import Right
from takedowns.lifecycle import ComplaintStatus, ListingStatus
from takedowns.models import Complaint, ComplaintDraft, CounterNotice, CounterNoticeListing, Decision, ReasonCode, ReportedListing

M = TypeVar("M", bound=Model)
METRIC_DAYS = 90

SUCCESSFUL = (
    CounterNoticeListing.Outcome.CONCEDED,
    CounterNoticeListing.Outcome.LAPSED,
    CounterNoticeListing.Outcome.OVERTURNED,
    CounterNoticeListing.Outcome.WITHDRAWN,
)
"""Outcomes that give the listing back: what counts as a successful counter-notice (domain.md 3, SCNR).

A claim withdrawn while its counter-notice was open counts as well: accepting one is withdrawing (requirement CTN-03).
"""

TOLD = F("accepted_count") + F("rejected_count") + F("withdrawn_count") + F("overturned_count")
"""How many listings of a complaint have a decision their rights holder may know."""


@dataclass(frozen=True)
class Metrics:
    """The two standard metrics of a filer over a window of days, with what they are made of (peers-facts.md 3.1).

    Rates are None where nothing was decided or accepted. What was accepted stays so, whatever the dispute brings.
    """

    days: int
    submitted: int
    accepted: int
    rejected: int
    withdrawn: int
    successful_counter_notices: int

    @property
    def success_rate(self) -> float | None:
        """Accepted among decided listings."""
        decided = self.accepted + self.rejected
        return self.accepted / decided if decided else None

    @property
    def counter_notice_rate(self) -> float | None:
        """Successful counter-notices among accepted listings."""
        return self.successful_counter_notices / self.accepted if self.accepted else None


class ComplaintRow(NamedTuple):
    """One of the organization's complaints as its list shows it."""

    id: int
    code: str
    reference: str
    right_name: str
    reason_label: str
    status: str
    listing_count: int
    accepted_count: int
    rejected_count: int
    withdrawn_count: int
    removed_count: int
    disputed_count: int
    upheld_count: int
    overturned_count: int
    filed_at: datetime
    due_at: datetime
    told_clock: Mapping[str, str | None]
    """Read by `ClockRow.of`."""
    shown_at: datetime
    """The time."""


class ComplaintLine(NamedTuple):
    """One of the organization's complaints as the API lists it."""

    id: int
    code: str
    reference: str
    status: str
    right_code: str
    reason_id: str
    listing_count: int
    accepted_count: int
    rejected_count: int
    withdrawn_count: int
    removed_count: int
    disputed_count: int
    upheld_count: int
    overturned_count: int
    filed_at: datetime
    due_at: datetime
    question: str

    @property
    def pk(self) -> int:
        """The key, as models call it."""
        return self.id


def own_complaints(actor: Actor) -> QuerySet[Complaint]:
    """Return the organization's complaints with right, reason and clock, each read in a query of its own.

    Not joined: behind a join row-level security hides the organization from the planner, which then reads every row there is. For the
    same reason the clocks are asked for by the organization too.
    """
    clocks = Prefetch("clock", Clock.objects.filter(organization_id=actor.organization_id))
    return Complaint.objects.filter(organization_id=actor.organization_id).prefetch_related("right", "reason", clocks)


def complaint_rows(actor: Actor, language: str) -> Asked[ComplaintRow]:
    """Return the organization's complaints as the list of a page shows them, in one query."""
    return _ROWS.given("label_zh" if language.startswith("zh") else "label_en", organization=actor.organization_id)


def complaint_lines(actor: Actor) -> Asked[ComplaintLine]:
    """Return the organization's complaints as the API lists them, in one query."""
    return _LINES.given(organization=actor.organization_id)


def own_complaint(actor: Actor, code: str) -> Complaint:
    """Return one of the organization's complaints.

    Raises:
        NotFound: it is missing or another tenant's.
    """
    found = own_complaints(actor).filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def own_listings(complaint: Complaint) -> QuerySet[ReportedListing]:
    """Return a complaint's listings in order, with what is shown of each."""
    rows = ReportedListing.objects.filter(organization_id=complaint.organization_id, complaint=complaint)
    return rows.select_related("marketplace", "listing", "seller", "snapshot_filed", "snapshot_decided").order_by("position")


def own_drafts(actor: Actor) -> QuerySet[ComplaintDraft]:
    """Return what the organization has begun and not filed, newest first."""
    rows = ComplaintDraft.objects.filter(organization_id=actor.organization_id)
    return rows.select_related("right", "reason", "author").order_by("-id")


def has_drafts(actor: Actor) -> bool:
    """Say whether the organization has begun something and not filed it."""
    return bool(_DRAFTS.given(organization=actor.organization_id).fetch())


def public_status(complaint: Complaint | ComplaintRow | ComplaintLine) -> str:
    """Return the status the rights holder may see: decided only once every decision has taken effect.

    A complaint in which nothing is open but a decision can still be undone reads as in review.
    """
    if complaint.status != ComplaintStatus.DECIDED:
        return complaint.status
    told = complaint.accepted_count + complaint.rejected_count + complaint.withdrawn_count + complaint.overturned_count
    return ComplaintStatus.DECIDED if told >= complaint.listing_count else ComplaintStatus.IN_REVIEW


def effective_decisions(rows: Iterable[ReportedListing]) -> dict[int, Decision]:
    """Return how the claim against each listing was decided, where that took effect, by listing id; one query.

    Rulings on a dispute are not among them: one that can still be undone is told to nobody (`told_rulings` in the portal's queries).
    """
    told = [row.pk for row in rows if row.effective_at is not None]
    decisions = Decision.objects.filter(reported_listing_id__in=told, supersedes=None).select_related("rejection").order_by("round")
    return {item.reported_listing_id: item for item in decisions}


def metrics_of(actor: Actor, *, days: int = METRIC_DAYS) -> Metrics:
    """Return the organization's metrics over the last `days` days, by the day a complaint was filed."""
    since = now() - timedelta(days=days)
    rows = ReportedListing.objects.filter(organization_id=actor.organization_id, complaint__filed_at__gte=since)
    told = Q(effective_at__isnull=False)
    counts = rows.aggregate(
        submitted=Count("id"),
        accepted=Count("id", filter=told & ~Q(status=ListingStatus.REJECTED)),
        rejected=Count("id", filter=told & Q(status=ListingStatus.REJECTED)),
        withdrawn=Count("id", filter=Q(status=ListingStatus.WITHDRAWN)),
    )
    answers = CounterNotice.objects.filter(organization_id=actor.organization_id, complaint__filed_at__gte=since)
    successful = CounterNoticeListing.objects.filter(counter_notice__in=answers, outcome__in=SUCCESSFUL).count()
    return Metrics(days, counts["submitted"], counts["accepted"], counts["rejected"], counts["withdrawn"], successful)


def reading_as(rows: QuerySet[Complaint], status: str) -> QuerySet[Complaint]:
    """Return complaints that read so to their rights holder: one decided that can still be undone reads as in review."""
    if status == ComplaintStatus.DECIDED:
        return rows.filter(status=status, listing_count__lte=TOLD)
    if status == ComplaintStatus.IN_REVIEW:
        return rows.filter(Q(status=status) | Q(status=ComplaintStatus.DECIDED, listing_count__gt=TOLD))
    return rows.filter(status=status)


class LazyDecisions:
    """The decisions in force of a complaint's listings, read in one query when the first is asked for."""

    def __init__(self, rows: QuerySet[ReportedListing]) -> None:
        self._rows = rows
        self._found: dict[int, Decision] | None = None

    def of(self, row: ReportedListing) -> Decision | None:
        """Return the decision about a listing, if it took effect."""
        if self._found is None:
            told = self._rows.filter(effective_at__isnull=False).select_related(None).order_by()
            self._found = effective_decisions(told.only("id", "round", "effective_at"))
        return self._found.get(row.pk)


# -- lists, written once ------------------------------------------------------------------------------------------------------
def _complaint_rows(label: str) -> QuerySet[Complaint, Any]:
    """Return the rows of the list; what stands in other tables is looked up by its key for the rows shown, not joined."""
    rows = _of_organization(Complaint).annotate(
        right_name=_of_right("name"),
        reason_label=Subquery(ReasonCode.objects.filter(pk=OuterRef("reason_id")).values(label)),
        told_clock=told_clock(),
        shown_at=IppNow(),
    )
    return rows.values_list(*ComplaintRow._fields)


def _complaint_lines() -> QuerySet[Complaint, Any]:
    return _of_organization(Complaint).annotate(right_code=_of_right("code")).values_list(*ComplaintLine._fields)


def _drafts() -> QuerySet[ComplaintDraft, Any]:
    return _of_organization(ComplaintDraft).values_list("id")[:1]


def _of_organization(model: type[M]) -> QuerySet[M]:
    return model._default_manager.filter(organization_id=Slot("organization", BigIntegerField()))


def _of_right(column: str) -> Subquery:
    return Subquery(Right.objects.filter(organization_id=OuterRef("organization_id"), pk=OuterRef("right_id")).values(column))


_ROWS = Prepared(Complaint, _complaint_rows, ComplaintRow._make)
_LINES = Prepared(Complaint, _complaint_lines, ComplaintLine._make)
_DRAFTS = Prepared(ComplaintDraft, _drafts, tuple)

"""Reads for the rights holder's pages: lists by the state they may see, what belongs to a page of listings, the dashboard's numbers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Max, Min, Q, QuerySet

from ipp.core.actors import Actor
from ipp.core.clock import IppNow
from ipp.core.models import StoredPage
from marketplaces.models import Action, Listing
from marketplaces.queries import PictureLink, pictures_of
from marketplaces.rules.links import Link
from rightsholders.models import Right
from takedowns.lifecycle import DECIDED, OPEN_COMPLAINTS, RULED, ComplaintStatus, Ending, ListingStatus
from takedowns.models import Complaint, CounterNoticeListing, Decision, Evidence, Finding, ReportedListing, StatementOfReasons
from takedowns.queries.own import TOLD, effective_decisions, own_complaints, reading_as
from takedowns.rules import SOURCE

LATEST_RIGHTS = 200
"""How many rights the first step of filing shows; an account with more starts from the rights library."""

ENDING_SOON_DAYS = 90
"""From how many days before its end a right is brought up."""

DASHBOARD_DAYS = 90
EXPORTED_LISTINGS = 50_000
"""Rows of one export file."""

OPEN, DOWN, ACCEPTED, REJECTED, WITHDRAWN = "open", "down", "accepted", "rejected", "withdrawn"
COUNTERED, CONTESTED, UPHELD, OVERTURNED = "countered", "contested", "upheld", "overturned"
PLACES = (UPHELD, DOWN, ACCEPTED, COUNTERED, CONTESTED, OPEN, REJECTED, OVERTURNED, WITHDRAWN)
"""Where a reported listing can stand in the rights holder's eyes, in the order the pages tell it."""


def not_decided(rows: QuerySet[Complaint]) -> QuerySet[Complaint]:
    """Return the complaints that are open in the rights holder's eyes."""
    untold = Q(status=ComplaintStatus.DECIDED, listing_count__gt=TOLD)
    return rows.filter(Q(status__in=sorted(OPEN_COMPLAINTS)) | untold)


def listings_in(rows: QuerySet[ReportedListing], place: str) -> QuerySet[ReportedListing]:
    """Return the reported listings that stand at `place` in the rights holder's eyes."""
    return rows.filter(_at(place))


def places_of(rows: QuerySet[ReportedListing]) -> Counter[str]:
    """Count listings by where they stand in the rights holder's eyes; one query."""
    counts = rows.aggregate(**{place: Count("id", filter=_at(place)) for place in PLACES})
    return Counter({place: counts[place] for place in PLACES})


def down_now(rows: QuerySet[ReportedListing]) -> int:
    """Count listings that are down on their marketplace now, however the dispute about them stands."""
    return rows.filter(removed_at__isnull=False, restored_at=None).count()


@dataclass(frozen=True)
class Windows:
    """Until when whose turn it is in a complaint: the sellers' last moment, the rights holder's and the platform's first one."""

    seller_until: datetime | None = None
    holder_until: datetime | None = None
    platform_until: datetime | None = None


def windows_of(rows: QuerySet[ReportedListing]) -> Windows:
    """Return the windows that are open about some listings; one query."""
    found = rows.aggregate(
        seller=Max("seller_due_at", filter=_stands(ListingStatus.ACCEPTED)),
        holder=Min("holder_due_at", filter=_stands(ListingStatus.COUNTERED)),
        platform=Min("platform_due_at", filter=_stands(ListingStatus.CONTESTED)),
    )
    return Windows(found["seller"], found["holder"], found["platform"])


@dataclass(frozen=True)
class ListingDetails:
    """What a page shows of one reported listing beyond its own row; `dispute` is the latest answer of its seller."""

    pictures: Sequence[PictureLink] = ()
    decision: Decision | None = None
    actions: dict[str, Action] = field(default_factory=dict)
    statement: StatementOfReasons | None = None
    ruling: StatementOfReasons | None = None
    dispute: CounterNoticeListing | None = None
    findings: Sequence[Finding] = ()


def details_of(complaint: Complaint, rows: Sequence[ReportedListing]) -> dict[int, ListingDetails]:
    """Return the details of some listings of a complaint by their ids, in as many queries for three hundred as for one."""
    pictures = pictures_of([row.snapshot_filed_id for row in rows if row.snapshot_filed_id is not None])
    decisions = effective_decisions(rows)
    told = [row.pk for row in rows if row.effective_at is not None]
    actions = _actions(told)
    claims, rulings = statements_of(told)
    disputes = disputes_of(told)
    findings = [item for item in findings_of(complaint) if len(item.positions) < complaint.listing_count]  # the others are told once
    return {
        row.pk: ListingDetails(
            pictures=pictures.get(row.snapshot_filed_id or 0, ()),
            decision=decisions.get(row.pk),
            actions=actions.get(row.pk, {}),
            statement=claims.get(row.pk),
            ruling=rulings.get(row.pk),
            dispute=disputes.get(row.pk),
            findings=[item for item in findings if row.position in item.positions],
        )
        for row in rows
    }


Statements = dict[int, StatementOfReasons]


def statements_of(listing_ids: Sequence[int]) -> tuple[Statements, Statements]:
    """Return what both sides were told about listings: of the decision about the claim, and of the latest ruling on the dispute.

    A statement is written when a decision takes effect, so what can still be undone is in neither.
    """
    claims: Statements = {}
    rulings: Statements = {}
    rows = StatementOfReasons.objects.filter(reported_listing_id__in=listing_ids).select_related("decision").order_by("decision__round")
    for item in rows:
        (claims if item.decision.supersedes_id is None else rulings)[item.reported_listing_id] = item
    return claims, rulings


def disputes_of(listing_ids: Sequence[int]) -> dict[int, CounterNoticeListing]:
    """Return the latest counter-notice about each of some listings, by listing id; one query."""
    rows = CounterNoticeListing.objects.filter(reported_listing_id__in=listing_ids).select_related("counter_notice")
    return {item.reported_listing_id: item for item in rows.order_by("id")}


def findings_of(complaint: Complaint) -> QuerySet[Finding]:
    """Return what the engine found that the complainant may know."""
    return Finding.objects.filter(organization_id=complaint.organization_id, complaint=complaint)


def evidence_of(complaint: Complaint) -> list[tuple[Evidence, list[StoredPage]]]:
    """Return what was brought as evidence, with the pages of each file in order."""
    rows = Evidence.objects.filter(organization_id=complaint.organization_id, complaint=complaint)
    found = rows.select_related("file").prefetch_related("file__pages")
    return [(item, sorted(item.file.pages.all(), key=lambda page: page.number)) for item in found]


def catalogue_of(links: Iterable[Link]) -> dict[tuple[str, str], tuple[Listing, Sequence[PictureLink]]]:
    """Return what the catalogue knows of some links, by marketplace and number, with the pictures last seen."""
    wanted = {(link.marketplace or "", link.external_id or "") for link in links if link.status == "listing"}
    places, numbers = {place for place, _number in wanted}, {number for _place, number in wanted}
    rows = Listing.objects.filter(marketplace__in=places, external_id__in=numbers)
    known = [row for row in rows.select_related("latest", "seller") if (row.marketplace_id, row.external_id) in wanted]
    pictures = pictures_of([row.latest_id for row in known if row.latest_id is not None])
    return {(row.marketplace_id, row.external_id): (row, pictures.get(row.latest_id or 0, ())) for row in known}


# -- the dashboard ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Promptness:
    """How many complaints were decided, and how many of them by their due moment."""

    decided: int
    in_time: int

    @property
    def share(self) -> float | None:
        """The part decided in time; None where nothing was decided."""
        return self.in_time / self.decided if self.decided else None


@dataclass(frozen=True)
class ReasonSuccess:
    """How the listings reported for one reason came out."""

    code: str
    accepted: int
    decided: int

    @property
    def share(self) -> float:
        """Accepted among decided."""
        return self.accepted / self.decided


def promptness_of(actor: Actor, *, days: int = DASHBOARD_DAYS) -> Promptness:
    """Return how many of the complaints filed in the last `days` days are decided, as far as is told, and how many in time."""
    rows = reading_as(own_complaints(actor), ComplaintStatus.DECIDED).filter(filed_at__gte=IppNow() - timedelta(days=days))
    counts = rows.aggregate(decided=Count("id"), in_time=Count("id", filter=Q(clock__stopped_at__lte=F("clock__due_at"))))
    return Promptness(counts["decided"], counts["in_time"])


def success_by_reason(actor: Actor, *, days: int = DASHBOARD_DAYS) -> list[ReasonSuccess]:
    """Return how listings came out by reason code, most decided first; a row withdrawn after it was accepted counts as accepted."""
    rows = recent_listings(actor, days=days).filter(effective_at__isnull=False)
    rejected = Q(status=ListingStatus.REJECTED)
    counts = rows.values("reason_id").annotate(decided=Count("id"), rejected=Count("id", filter=rejected)).order_by("-decided", "reason_id")
    return [ReasonSuccess(row["reason_id"], row["decided"] - row["rejected"], row["decided"]) for row in counts]


def recent_listings(actor: Actor, *, days: int = DASHBOARD_DAYS) -> QuerySet[ReportedListing]:
    """Return the listings the organization reported in the last `days` days."""
    since = IppNow() - timedelta(days=days)
    return ReportedListing.objects.filter(organization_id=actor.organization_id, complaint__filed_at__gte=since)


def rights_ending(rights: QuerySet[Right], today: date) -> list[Right]:
    """Return the rights that end within ninety days, the nearest first."""
    soon = today + timedelta(days=ENDING_SOON_DAYS)
    return list(rights.filter(expires_on__isnull=False, expires_on__lte=soon).order_by("expires_on")[:10])


def exported_listings(actor: Actor, *, complaint: str = "") -> list[ReportedListing]:
    """Return the organization's listings for an export, newest complaint first; of one complaint if one is named."""
    rows = ReportedListing.objects.filter(organization_id=actor.organization_id)
    if complaint:
        rows = rows.filter(complaint__code=complaint)
    wanted = rows.select_related("complaint", "complaint__right", "marketplace", "seller", "snapshot_filed")
    return list(wanted.order_by("-complaint_id", "position")[:EXPORTED_LISTINGS])


def _stands(status: ListingStatus) -> Q:
    """Return `ReportedListing.shown_status` as a condition: what can still be undone has not happened."""
    told, settled = Q(effective_at__isnull=False), Q(settled_at__isnull=False)
    if status == ListingStatus.UNDER_REVIEW:
        return Q(status=status) | Q(status__in=sorted(DECIDED), effective_at=None)
    if status in DECIDED:
        return told & Q(status=status)
    if status == ListingStatus.CONTESTED:
        return Q(status=status) | Q(status__in=sorted(RULED)) & ~settled
    if status == ListingStatus.UPHELD:
        return settled & (Q(status=status) | Q(status=ListingStatus.OVERTURNED) & ~Q(ending=Ending.OVERTURNED))
    if status == ListingStatus.OVERTURNED:
        return settled & Q(status=status, ending=Ending.OVERTURNED)
    return Q(status=status)


def _at(place: str) -> Q:
    """Return what makes a reported listing stand at a place; a decision counts once it took effect."""
    is_down = Q(removed_at__isnull=False, restored_at=None)
    if place == OPEN:
        return _stands(ListingStatus.RECEIVED) | _stands(ListingStatus.UNDER_REVIEW)
    if place in (DOWN, ACCEPTED):
        return _stands(ListingStatus.ACCEPTED) & (is_down if place == DOWN else ~is_down)
    return _stands(ListingStatus(place))


def _actions(listing_ids: Sequence[int]) -> dict[int, dict[str, Action]]:
    """Return the latest action of each kind about some reported listings, by listing id."""
    found: dict[int, dict[str, Action]] = defaultdict(dict)
    rows = Action.objects.filter(source=SOURCE, source_id__in=listing_ids, kind__in=("remove", "restore"))
    for action in rows.order_by("round", "id"):
        found[action.source_id][action.kind] = action
    return found

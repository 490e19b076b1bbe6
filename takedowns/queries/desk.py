"""What reviewers see: the queue, one complaint with its strip of listings, and one listing with everything about it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from ipp.core.actors import Actor
from ipp.core.clock import IppNow, now
from ipp.core.errors import NotFound
from marketplaces.models import SnapshotPicture
from takedowns.lifecycle import QUEUED_COMPLAINTS, UNDECIDED
from takedowns.models import Complaint, Decision, Evidence, Finding, FindingResult, Lead, PrivateFinding, ReportedListing, ReviewNote


@dataclass(frozen=True)
class StripRow:
    """One listing of a complaint, as little as the strip needs of it."""

    position: int
    status: str
    snapshot_id: int | None
    seller_id: int | None
    title: str

    @property
    def is_open(self) -> bool:
        """Whether it still waits for a decision."""
        return self.status in UNDECIDED


@dataclass(frozen=True)
class Found:
    """A check's finding as the desk reads it; `is_private` ones must reach no tenant."""

    check: str
    result: str
    positions: frozenset[int]
    facts: dict[str, object] = field(default_factory=dict)
    is_private: bool = False

    @property
    def is_warning(self) -> bool:
        """Whether somebody has to look."""
        return self.result != FindingResult.PASS


def review_queue() -> QuerySet[Complaint]:
    """Return what reviewers can work on; `shown_at` is the database's now, asked once for all, `warnings` counts findings to look at."""
    rows = Complaint.objects.filter(status__in=QUEUED_COMPLAINTS)
    rows = rows.select_related("organization", "right", "reason", "clock", "claimed_by")
    return rows.annotate(shown_at=IppNow(), warnings=_warnings(Finding), private_warnings=_warnings(PrivateFinding))


def queue_length() -> int:
    """Return how many complaints wait, up to a thousand."""
    return Complaint.objects.filter(status__in=QUEUED_COMPLAINTS).order_by()[:1000].count()


def desk_complaint(code: str) -> Complaint:
    """Return one complaint for the desk.

    Raises:
        NotFound: no such complaint.
    """
    rows = Complaint.objects.select_related("organization", "agent_organization", "right", "reason", "clock", "claimed_by")
    found = rows.filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def strip_of(complaint: Complaint) -> list[StripRow]:
    """Return every listing of a complaint in order; one query, however many."""
    rows = ReportedListing.objects.filter(complaint=complaint).order_by("position")
    values = rows.values_list("position", "status", "snapshot_filed_id", "seller_id", "snapshot_filed__title", "key")
    return [StripRow(position, status, snapshot, seller, title or key) for position, status, snapshot, seller, title, key in values]


def desk_listing(complaint: Complaint, position: int) -> ReportedListing:
    """Return one listing of a complaint with what was seen of it.

    Raises:
        NotFound: the complaint has no such listing.
    """
    found = desk_listings(complaint).filter(position=position).first()
    if found is None:
        raise NotFound
    return found


def desk_listings(complaint: Complaint) -> QuerySet[ReportedListing]:
    """Return a complaint's listings in order, with what was seen of each."""
    rows = ReportedListing.objects.filter(complaint=complaint)
    return rows.select_related("marketplace", "listing", "listing__latest", "seller", "snapshot_filed", "snapshot_decided").order_by(
        "position"
    )


def findings_of(complaint: Complaint) -> list[Found]:
    """Return what the checks found, what the complainant must not learn among it."""
    public = Finding.objects.filter(complaint=complaint)
    private = PrivateFinding.objects.filter(complaint=complaint)
    return [_found(item, is_private=False) for item in public] + [_found(item, is_private=True) for item in private]


def warned_positions(found: Iterable[Found]) -> set[int]:
    """Return the listings some check wants looked at."""
    return {position for item in found if item.is_warning for position in item.positions}


def evidence_of(complaint: Complaint) -> list[Evidence]:
    """Return the files brought, with their pages."""
    return list(Evidence.objects.filter(complaint=complaint).select_related("file").prefetch_related("file__pages"))


def notes_of(complaint: Complaint) -> list[ReviewNote]:
    """Return what colleagues wrote, oldest first."""
    return list(ReviewNote.objects.filter(complaint=complaint).select_related("author").order_by("id"))


def sharing_pictures(snapshot_id: int | None, among: Sequence[StripRow]) -> set[int]:
    """Return the positions whose frozen listing shows one of the very pictures of a snapshot; one query."""
    if snapshot_id is None:
        return set()
    mine = SnapshotPicture.objects.filter(snapshot_id=snapshot_id).values("picture_id")
    snapshots = {row.snapshot_id for row in among if row.snapshot_id is not None}
    same = set(SnapshotPicture.objects.filter(snapshot_id__in=snapshots, picture_id__in=mine).values_list("snapshot_id", flat=True))
    return {row.position for row in among if row.snapshot_id in same}


def undoable(actor: Actor, batch: str) -> tuple[list[Decision], int]:
    """Return a batch of the reviewer's own that can still be taken back, and for how many seconds; nothing when it is too late."""
    if not batch:
        return [], 0
    rows = Decision.objects.filter(batch=batch, decided_by_id=actor.user_id, round=F("reported_listing__round"))
    made = list(
        rows.filter(reported_listing__effective_at=None)
        .select_related("reported_listing__complaint")
        .order_by("reported_listing__position")
    )
    if not made:
        return [], 0
    left = (made[0].decided_at + timedelta(seconds=settings.UNDO_SECONDS) - now()).total_seconds()
    return (made, int(left)) if left >= 1 else ([], 0)


def leads() -> QuerySet[Lead]:
    """Return what visitors reported, with how often each listing was; `seen` counts the reports of the same listing."""
    same = Lead.objects.filter(key=OuterRef("key")).order_by().values("key").annotate(total=Count("pk")).values("total")
    return Lead.objects.select_related("marketplace").annotate(reports=Subquery(same, output_field=IntegerField()))


def status_counts(rows: Iterable[StripRow]) -> Counter[str]:
    """Count listings by status."""
    return Counter(row.status for row in rows)


def by_seller(rows: Iterable[StripRow]) -> dict[int | None, list[int]]:
    """Return positions by the shop that sells there."""
    found: dict[int | None, list[int]] = defaultdict(list)
    for row in rows:
        found[row.seller_id].append(row.position)
    return found


def _warnings(model: type[Finding] | type[PrivateFinding]) -> Coalesce:
    rows = model.objects.filter(complaint=OuterRef("pk")).exclude(result=FindingResult.PASS)
    return Coalesce(
        Subquery(rows.order_by().values("complaint").annotate(total=Count("pk")).values("total"), output_field=IntegerField()), 0
    )


def _found(item: Finding | PrivateFinding, *, is_private: bool) -> Found:
    return Found(item.check_name, item.result, frozenset(item.positions), item.facts, is_private)

"""What a rights holder sees of counter-notices: whose turn it is, what both sides said and showed, how it ended once that is told.

Whose turn it is, is read off the listings: the header closes with a ruling that can still be undone, and that is told to nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.clock import IppNow
from ipp.core.errors import NotFound
from ipp.core.tenancy import current
from marketplaces.queries import PictureLink, pictures_of
from takedowns.lifecycle import CounterNoticeStatus, DisputeStatus
from takedowns.models import (
    Complaint,
    CounterNotice,
    CounterNoticeAnswer,
    CounterNoticeListing,
    DisputeCode,
    Exhibit,
    ReportedListing,
    StatementOfReasons,
)
from takedowns.models.complaints import LAST_SECOND
from takedowns.queries.own import ComplaintLine
from takedowns.queries.portal import disputes_of, statements_of
from takedowns.rules import closes_at

TO_ANSWER, WITH_PLATFORM, CLOSED = "to_answer", "with_platform", "closed"
TURNS = ((TO_ANSWER, _("To answer")), (WITH_PLATFORM, _("With the platform")), (CLOSED, _("Closed")))
"""Whose turn it is in the rights holder's eyes; one with listings in several is the rights holder's first, then the platform's."""

COUNTED = 100
"""How far the menu counts."""


def own_counter_notices(actor: Actor) -> QuerySet[CounterNotice]:
    """Return the counter-notices to the organization's complaints, with what a list shows of each."""
    rows = CounterNotice.objects.filter(organization_id=actor.organization_id)
    return rows.prefetch_related("listings", "complaint__right", "seller", "notice__marketplace")


def own_counter_notice(actor: Actor, code: str) -> CounterNotice:
    """Return one counter-notice to a complaint of the organization.

    Raises:
        NotFound: it is missing or about another tenant's complaint.
    """
    found = own_counter_notices(actor).prefetch_related("complaint__reason", "complaint__clock").filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def in_turn(rows: QuerySet[CounterNotice], turn: str) -> QuerySet[CounterNotice]:
    """Return the counter-notices that stand so in the rights holder's eyes: `turn_of` as a condition."""
    waiting, contested = Exists(_open(DisputeStatus.WAITING)), Exists(_open(DisputeStatus.CONTESTED))
    mine = Q(waiting, holder_due_at__gt=IppNow() - LAST_SECOND)
    if turn == TO_ANSWER:
        return rows.filter(mine)
    return rows.filter(~mine & Q(contested)) if turn == WITH_PLATFORM else rows.exclude(mine).exclude(contested)


def turn_of(row: CounterNotice, moment: datetime) -> str:
    """Return whose turn it is at a moment: the rights holder's, the platform's, or nobody's."""
    standing = {item.status for item in row.listings.all()}
    if DisputeStatus.WAITING in standing and closes_at(row.holder_due_at) > moment:
        return TO_ANSWER
    return WITH_PLATFORM if DisputeStatus.CONTESTED in standing else CLOSED


def to_answer(actor: Actor, count: int) -> list[CounterNotice]:
    """Return what the organization has to answer, the one whose time ends first in front."""
    return list(in_turn(own_counter_notices(actor), TO_ANSWER).order_by("holder_due_at", "id")[:count])


def due_count() -> int:
    """Count what the organization in context has to answer, as far as the menu shows."""
    organization_id = current().organization_id
    if organization_id is None:
        return 0
    waiting = CounterNotice.objects.filter(organization_id=organization_id).exclude(status=CounterNoticeStatus.CLOSED)
    return in_turn(waiting, TO_ANSWER)[:COUNTED].count()


def of_complaint(complaint: Complaint) -> list[CounterNotice]:
    """Return the counter-notices to one complaint, the newest first."""
    rows = CounterNotice.objects.filter(organization_id=complaint.organization_id, complaint=complaint)
    return list(rows.prefetch_related("listings", "seller", "notice__marketplace").order_by("-id"))


class AnswerMoments:
    """When the organization's time ends for the first open counter-notice of a complaint; read in one query when one is in dispute."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._found: dict[int, datetime] | None = None

    def of(self, complaint: Complaint | ComplaintLine) -> datetime | None:
        """Return until when to answer; None where nothing of the complaint waits for an answer."""
        if not complaint.disputed_count:
            return None
        if self._found is None:
            rows = CounterNotice.objects.filter(organization_id=self._actor.organization_id)
            due = in_turn(rows, TO_ANSWER).order_by("-holder_due_at").values_list("complaint_id", "holder_due_at")
            self._found = dict(due)
        return self._found.get(complaint.pk)


class LazyDisputes:
    """The counter-notices about a complaint's listings and the rulings told, read when the first that was disputed is asked for."""

    def __init__(self, rows: QuerySet[ReportedListing]) -> None:
        self._rows = rows
        self._found: tuple[Mapping[int, CounterNoticeListing], Mapping[int, StatementOfReasons]] | None = None

    def of(self, row: ReportedListing) -> tuple[str | None, StatementOfReasons | None]:
        """Return the code of the counter-notice about a listing, and the ruling; None for what is not."""
        if row.holder_due_at is None and not row.ending:
            return None, None
        if self._found is None:
            ids = list(self._rows.exclude(notified_at=None).order_by().values_list("id", flat=True))
            self._found = disputes_of(ids), statements_of(ids)[1]
        disputes, rulings = self._found
        found = disputes.get(row.pk)
        return found.counter_notice.code if found is not None else None, rulings.get(row.pk)


@dataclass(frozen=True)
class Disputed:
    """One listing of a counter-notice: how the answer to it stands, the listing as it was frozen, and the ruling once it is told."""

    dispute: CounterNoticeListing
    row: ReportedListing
    pictures: Sequence[PictureLink]
    claim: StatementOfReasons | None
    ruling: StatementOfReasons | None


@dataclass(frozen=True)
class Case:
    """A counter-notice with all that both sides said and showed, as far as both may know it."""

    counter: CounterNotice
    listings: Sequence[Disputed]
    grounds: Sequence[DisputeCode]
    answers: Sequence[CounterNoticeAnswer]
    exhibits: Sequence[Exhibit]

    @property
    def waiting(self) -> list[Disputed]:
        """The listings nobody has answered for."""
        return [item for item in self.listings if item.dispute.status == DisputeStatus.WAITING]


def case_of(counter: CounterNotice) -> Case:
    """Return a counter-notice with its listings, statements and exhibits; as many queries for three hundred listings as for one."""
    places = CounterNoticeListing.objects.filter(counter_notice=counter)
    disputes = list(
        places.select_related("reported_listing__snapshot_filed", "reported_listing__snapshot_decided", "reported_listing__marketplace")
    )
    rows = [item.reported_listing for item in disputes]
    pictures = pictures_of([pinned for row in rows if (pinned := row.snapshot_decided_id or row.snapshot_filed_id) is not None])
    claims, rulings = statements_of([row.pk for row in rows])
    listings = [
        Disputed(
            item,
            item.reported_listing,
            pictures.get(item.reported_listing.snapshot_decided_id or item.reported_listing.snapshot_filed_id or 0, ()),
            claims.get(item.reported_listing_id),
            rulings.get(item.reported_listing_id),
        )
        for item in sorted(disputes, key=lambda item: item.reported_listing.position)
    ]
    answers = list(CounterNoticeAnswer.objects.filter(counter_notice=counter))
    exhibits = list(Exhibit.objects.filter(counter_notice=counter).order_by("id"))
    return Case(counter, listings, dispute_codes(counter.grounds), answers, exhibits)


def dispute_codes(codes: Iterable[str]) -> list[DisputeCode]:
    """Return reasons of a dispute by their codes, in order; those no longer in force too, as they were given once."""
    return list(DisputeCode.objects.filter(pk__in=list(codes)).order_by("position"))


def answers_of_shop(counter: CounterNotice) -> int:
    """Count how often this shop answered the organization before."""
    return CounterNotice.objects.filter(organization_id=counter.organization_id, seller_id=counter.seller_id, pk__lt=counter.pk).count()


def _open(status: str) -> QuerySet[CounterNoticeListing]:
    return CounterNoticeListing.objects.filter(counter_notice=OuterRef("pk"), status=status)

"""Violations in and out. A shop's record is worked on under its lock, and brought in line with what stands afterwards.

What counts is where each reported listing stands when its shop's lock is held, so events may arrive late, twice or in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet

from ipp.core.actors import Actor
from ipp.core.clock import IppNow
from ipp.core.services.clocks import calendar_in_force
from ipp.core.tenancy import engine_scope
from marketplaces.models import Seller, holds_on
from penalties.events import ViolationsNoted, ViolationsTakenBack
from penalties.models import PenaltyPolicy, Violation
from penalties.services.records import engine_actor, lock_records, tell_of
from penalties.services.recounting import recount
from takedowns.lifecycle import ListingStatus
from takedowns.models import ReportedListing, Transition

COMPLAINT = Violation.Source.COMPLAINT


def note_upheld(*, actor: Actor, listing_ids: Iterable[int]) -> None:
    """Note reported listings whose claim was upheld for good as violations of their shops, and what follows from them.

    One that has fallen since the caller heard of it makes no violation; one that is noted already stays as it is.
    """
    _judge(actor, listing_ids)


def note_released(*, actor: Actor, listing_ids: Iterable[int]) -> None:
    """Take back the violations of reported listings whose claim fell, and exactly what had followed from them.

    One that has been upheld again since the caller heard of it stays a violation.
    """
    _judge(actor, listing_ids)


def policy_at(marketplace: str, moment: datetime) -> PenaltyPolicy | None:
    """Return the version in force at a moment, by the platform's day; None where the marketplace has none."""
    day = calendar_in_force(settings.PLATFORM_CALENDAR, moment.year).day_of(moment)
    return PenaltyPolicy.objects.filter(holds_on(day), marketplace_id=marketplace).order_by("-version").first()


@transaction.atomic
def _judge(actor: Actor, listing_ids: Iterable[int]) -> None:
    with engine_scope("judge upheld listings"):
        engine = engine_actor(actor.rule or "penalties.judge", actor.request_id)
        # A row whose shop nobody knows belongs to no record.
        rows = ReportedListing.objects.filter(pk__in=set(listing_ids), seller__isnull=False)
        shops = set(rows.values_list("seller_id", flat=True))
        lock_records(shops)
        for seller in Seller.objects.filter(pk__in=shops).order_by("id"):
            theirs = rows.filter(seller=seller)
            # As both parties see it: a ruling that can still be undone neither makes a violation nor takes one back.
            standing = theirs.upheld()
            noted = _note(engine, seller, standing)
            fallen = _take_back(engine, seller, theirs.exclude(pk__in=standing.values("pk")))
            if noted or fallen:
                recount(actor=engine, seller=seller)


def _note(actor: Actor, seller: Seller, rows: QuerySet[ReportedListing]) -> int:
    """Write the violations that are missing; return how many."""
    upheld = list(rows.select_related("complaint", "reason", "right", "listing", "snapshot_decided", "snapshot_filed").order_by("id"))
    known = set(_of_rows([row.pk for row in upheld]).values_list("source_id", flat=True))
    fresh = [row for row in upheld if row.pk not in known]
    if not fresh:
        return 0
    moments = _confirmed([row.pk for row in fresh])
    made = Violation.objects.bulk_create([_violation(row, seller, moments[row.pk]) for row in fresh])
    references = sorted({row.reference for row in made})
    tell_of(ViolationsNoted(seller.code, seller.name, references, [row.pk for row in made]), actor=actor, seller=seller)
    return len(made)


def _take_back(actor: Actor, seller: Seller, rows: QuerySet[ReportedListing]) -> int:
    """Take violations back whose rows are no longer upheld; return how many."""
    fallen = list(_of_rows(list(rows.values_list("pk", flat=True))).order_by("id"))
    if not fallen:
        return 0
    ids = [row.pk for row in fallen]
    Violation.objects.filter(pk__in=ids).update(taken_back_at=IppNow())
    references = sorted({row.reference for row in fallen})
    tell_of(ViolationsTakenBack(seller.code, seller.name, references, ids), actor=actor, seller=seller)
    return len(fallen)


def _of_rows(ids: Sequence[int]) -> QuerySet[Violation]:
    return Violation.objects.filter(source=COMPLAINT, source_id__in=ids, taken_back_at=None)


def _confirmed(listing_ids: Sequence[int]) -> dict[int, datetime]:
    """Return since when each of these rows has been upheld, whenever this app came to hear of it."""
    moves = Transition.objects.filter(reported_listing_id__in=listing_ids, to_status=ListingStatus.UPHELD).exclude(action="reinstate")
    return dict(moves.values_list("reported_listing_id").annotate(since=Max("at")).order_by())


def _violation(row: ReportedListing, seller: Seller, confirmed_at: datetime) -> Violation:
    seen = row.snapshot_decided or row.snapshot_filed or row.listing
    return Violation(
        seller=seller,
        marketplace_id=row.marketplace_id,
        source=COMPLAINT,
        source_id=row.pk,
        severity=row.reason.severity,
        reason=row.reason_id,
        right_kind=row.right.kind,
        reference=row.complaint.reference,
        listing_title=seen.title if seen is not None else "",
        listing_external_id=row.external_id,
        listing_url=row.url,
        received_at=row.complaint.filed_at,
        confirmed_at=confirmed_at,
        policy=policy_at(row.marketplace_id, row.complaint.filed_at),
    )

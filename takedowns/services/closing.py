"""What silence does when a window is over: a seller's confirms what a person or named rule decided; a rights holder's withdraws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

import structlog
from django.db import transaction
from django.db.models import QuerySet

from ipp.core.actors import Actor
from ipp.core.events import record
from ipp.core.lifecycle import advance_with_trail
from ipp.core.tenancy import engine_scope, inside
from marketplaces.services import reverse_actions
from takedowns.events import CounterNoticeLapsed, ListingsReleased, ListingsUpheld
from takedowns.lifecycle import LISTING
from takedowns.models import Complaint, CounterNotice, CounterNoticeListing, ReportedListing, Transition
from takedowns.rules import AFTER_WINDOW, SOURCE
from takedowns.services.counting import recount
from takedowns.services.effects import public_reason, take_down
from takedowns.services.settling import close_disputes, settle_notices
from takedowns.services.withdrawing import close_complaint

log = structlog.get_logger(__name__)

BATCH = 200
"""Complaints looked at in one round of a sweep; a round that was full is followed by another."""

CONFIRMED = "ending = 'silence', settled_at = ipp_now()"
LAPSED = "ending = 'lapsed', settled_at = ipp_now()"

Close = Callable[[Actor, Complaint, "Sequence[ReportedListing]"], None]


def close_windows() -> int:
    """Carry out every silence that is due, one transaction a complaint; return how many listings moved.

    Two sweeps at once, or none for a while, end in the same state: each takes the complaints nobody else holds.
    """
    failed: list[Exception] = []
    moved = _sweep(_seller_overdue, _confirm, failed) + _sweep(_holder_overdue, _lapse, failed)
    if failed:
        raise failed[0]
    return moved


def _seller_overdue() -> QuerySet[ReportedListing]:
    return ReportedListing.objects.seller_overdue()


def _holder_overdue() -> QuerySet[ReportedListing]:
    return ReportedListing.objects.holder_overdue()


def _sweep(overdue: Callable[[], QuerySet[ReportedListing]], close: Close, failed: list[Exception]) -> int:
    """Close complaint after complaint, in id order; one that cannot be closed is told and never keeps the others from it."""
    moved, last = 0, 0
    while True:
        with engine_scope("find windows that are over"):
            behind = overdue().filter(complaint_id__gt=last).order_by("complaint_id")
            due = list(behind.values_list("complaint_id", "organization_id").distinct()[:BATCH])
        for complaint_id, organization_id in due:
            try:
                moved += _close_one(overdue, close, complaint_id, organization_id)
            except Exception as error:  # noqa: BLE001 (raised again, after the others had their turn)
                log.exception("window_not_closed", complaint=complaint_id)
                failed.append(error)
            last = complaint_id
        if len(due) < BATCH:
            return moved


def _close_one(overdue: Callable[[], QuerySet[ReportedListing]], close: Close, complaint_id: int, organization_id: int) -> int:
    with inside(organization_id), transaction.atomic():
        held = Complaint.objects.select_related("clock", "right").select_for_update(of=("self",), no_key=True, skip_locked=True)
        complaint = held.filter(pk=complaint_id).first()
        if complaint is None:  # somebody else is at it: a decision, a withdrawal, another sweep
            return 0
        # The condition stands on the locked rows themselves: one that was answered while this waited drops out.
        rows = list(overdue().filter(complaint=complaint).select_for_update(of=("self",), no_key=True).order_by("id"))
        if rows:
            close(Actor.system(organization_id, "takedowns.close_windows"), complaint, rows)
        return len(rows)


def _confirm(actor: Actor, complaint: Complaint, rows: Sequence[ReportedListing]) -> None:
    """The seller was told and said nothing: what was decided stands (requirement CTN-05)."""
    advance_with_trail(ReportedListing, Transition, LISTING, "confirm", ids=[row.pk for row in rows], also=CONFIRMED)
    take_down(actor, complaint, [row for row in rows if row.removal == AFTER_WINDOW and row.removed_at is None])
    settle_notices(row.notice_id for row in rows)
    recount(complaint.pk)
    positions = sorted(row.position for row in rows)
    ids = [row.pk for row in rows]
    record(ListingsUpheld(complaint.reference, complaint.code, positions, ids, "silence"), actor=actor, subject=complaint)


def _lapse(actor: Actor, complaint: Complaint, rows: Sequence[ReportedListing]) -> None:
    """The rights holder said nothing to a counter-notice: the claim is withdrawn and the listing comes back (requirement CTN-04)."""
    ids = [row.pk for row in rows]
    counters = CounterNoticeListing.objects.filter(reported_listing__in=ids, status="waiting").order_by("counter_notice_id")
    by_counter = [
        (pk, [position for _counter, position in group])
        for pk, group in groupby(counters.values_list("counter_notice_id", "reported_listing__position"), key=lambda pair: pair[0])
    ]
    advance_with_trail(ReportedListing, Transition, LISTING, "lapse", ids=ids, also=LAPSED)
    close_disputes(ids, CounterNoticeListing.Outcome.LAPSED)
    settle_notices(row.notice_id for row in rows)
    recount(complaint.pk)
    close_complaint(complaint)
    reason = public_reason("withdrawn")
    reverse_actions(actor=actor, source=SOURCE, source_ids=ids, kind="remove", reason=reason, reference=complaint.reference)
    for pk, positions in by_counter:
        counter = CounterNotice.objects.get(pk=pk)
        fact = CounterNoticeLapsed(counter.reference, counter.code, complaint.code, sorted(positions))
        record(fact, actor=actor, subject=complaint)
    positions = sorted(row.position for row in rows)
    record(ListingsReleased(complaint.reference, complaint.code, positions, ids, "withdrawn"), actor=actor, subject=complaint)

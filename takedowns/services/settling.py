"""What a dispute's parts say together: notices and counter-notices whose listings moved are closed, or name their next moment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Min, Q

from ipp.core.clock import IppNow
from ipp.core.lifecycle import advance
from takedowns.lifecycle import (
    COUNTER_NOTICE,
    DISPUTE,
    DISPUTED,
    NOTICE,
    RULED,
    WITH_PLATFORM,
    CounterNoticeStatus,
    DisputeStatus,
    ListingStatus,
    NoticeStatus,
)
from takedowns.models import CounterNotice, CounterNoticeListing, ReportedListing, SellerNotice

UNCLAIMED: dict[str, Any] = {"claimed_by": None, "claim_expires_at": None}


def close_disputes(listing_ids: Iterable[int], outcome: str, *, is_news: bool = True) -> None:
    """Close the open answers to these reported listings with an outcome, and their counter-notices where nothing else is open.

    Args:
        is_news: whether a reviewer at work on the rest must look again; what follows from their own ruling is none.
    """
    disputes = CounterNoticeListing.objects.filter(reported_listing__in=list(listing_ids)).exclude(status=DisputeStatus.CLOSED)
    places = list(disputes.order_by("id").values_list("id", "counter_notice_id"))
    if not places:
        return
    advance(CounterNoticeListing.objects.all(), DISPUTE, "close", ids=[pk for pk, _counter in places], outcome=outcome, closed_at=IppNow())
    settle_counter_notices((counter for _pk, counter in places), is_news=is_news)


def settle_counter_notices(counter_ids: Iterable[int], *, is_news: bool = True) -> None:
    """Let each counter-notice say whose turn it is, from its listings; `is_news` as for `close_disputes`."""
    for pk in sorted(set(counter_ids)):
        counter = CounterNotice.objects.locked().get(pk=pk)
        left = set(CounterNoticeListing.objects.filter(counter_notice=pk).values_list("status", flat=True)) - {DisputeStatus.CLOSED}
        changes = {"version": counter.version + 1}
        if not left and counter.status != CounterNoticeStatus.CLOSED:
            advance(CounterNotice.objects.all(), COUNTER_NOTICE, "close", ids=[pk], closed_at=IppNow(), **UNCLAIMED, **changes)
        elif left and DisputeStatus.CONTESTED not in left and counter.status in WITH_PLATFORM:
            advance(CounterNotice.objects.all(), COUNTER_NOTICE, "wait", ids=[pk], **UNCLAIMED, **changes)
        elif counter.status == CounterNoticeStatus.WAITING and (due := _platform_due(pk)) is not None:
            moments = {"contested_at": IppNow(), "platform_due_at": due}
            advance(CounterNotice.objects.all(), COUNTER_NOTICE, "contest", ids=[pk], **moments, **changes)
        elif is_news:
            CounterNotice.objects.filter(pk=pk).update(**changes)


def settle_notices(notice_ids: Iterable[int | None]) -> None:
    """Close notices that have nothing left to answer and move the due moment of the others to their next one."""
    wanted = sorted({pk for pk in notice_ids if pk is not None})
    notices = SellerNotice.objects.filter(pk__in=wanted)
    waiting = ReportedListing.objects.filter(notice__in=wanted, status=ListingStatus.ACCEPTED).values("notice")
    due = {row["notice"]: row["due"] for row in waiting.annotate(due=Min("seller_due_at"))}
    is_disputed = Q(status__in=DISPUTED) | Q(status__in=RULED, settled_at=None)  # a ruling that can be undone has not happened
    disputed = set(ReportedListing.objects.filter(is_disputed, notice__in=wanted).values_list("notice_id", flat=True))
    over = [pk for pk in wanted if pk not in due and pk not in disputed]
    closable = list(notices.filter(pk__in=over).exclude(status=NoticeStatus.CLOSED).values_list("id", flat=True))
    if closable:
        advance(SellerNotice.objects.all(), NOTICE, "close", ids=closable, due_at=None, closed_at=IppNow())
    for pk in wanted:
        if pk not in closable:
            notices.filter(pk=pk).update(due_at=due.get(pk))


def _platform_due(counter_id: int) -> datetime | None:
    """Return until when the platform decides what is contested and not ruled yet; nothing when no listing is."""
    contested = ReportedListing.objects.filter(counter_notices__counter_notice=counter_id, status=ListingStatus.CONTESTED)
    due: datetime | None = contested.aggregate(due=Min("platform_due_at"))["due"]
    return due

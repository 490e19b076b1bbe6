"""Sellers are told: one notice per complaint and shop, with its reasons and what they may look at; their time runs once it arrived."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F

from ipp.core.actors import Actor
from ipp.core.clock import IppNow
from ipp.core.events import record
from ipp.core.lifecycle import advance
from ipp.core.models import Organization, StoredPage
from ipp.core.tenancy import engine_scope, inside
from marketplaces.models import Listing
from marketplaces.services import ShopMessage, message_shops
from takedowns.events import NoticeSent
from takedowns.lifecycle import NOTICE, ListingStatus, NoticeStatus
from takedowns.models import Complaint, Evidence, Exhibit, ReportedListing, SellerNotice
from takedowns.rules import FILE_KINDS, NOTICE_SOURCE
from takedowns.services.settling import settle_notices
from takedowns.services.windows import due_moments

MESSAGE = (
    "A complaint about intellectual property was accepted against listings of this shop. See which, why, and until when you can answer."
)
"""What the marketplace hands to a shop nobody has claimed yet; the link beside it leads on."""


@transaction.atomic
def send_notices(*, actor: Actor, complaint_id: int) -> list[int]:
    """Send a notice to each shop whose listings were accepted and that was not told of them yet; return the notices' ids.

    A shop somebody has claimed is told in the portal at once. Any other is told through its marketplace, and its time to answer begins
    when the marketplace has handed the message over.
    """
    complaint = Complaint.objects.select_related("right", "reason").select_for_update(of=("self",), no_key=True).get(pk=complaint_id)
    accepted = ReportedListing.objects.filter(complaint=complaint, status=ListingStatus.ACCEPTED, effective_at__isnull=False)
    rows = list(accepted.filter(notice=None, seller__isnull=False).select_related("seller").locked())
    if not rows:
        return []
    told_before = set(SellerNotice.objects.filter(complaint=complaint).values_list("seller_id", flat=True))
    notices = _notices(complaint, rows)
    _show_evidence(complaint, [notice for notice in notices.values() if notice.seller_id not in told_before])
    claimed = [notice.pk for notice in notices.values() if notice.seller.organization_id is not None]
    deliver_notices(actor=actor, notice_ids=claimed)
    others = [notice for notice in notices.values() if notice.seller.organization_id is None]
    if others:
        targets = [ShopMessage(source_id=notice.pk, round=notice.round, seller_id=notice.seller_id) for notice in others]
        message_shops(
            actor=actor,
            targets=targets,
            text=MESSAGE,
            reference=complaint.reference,
            source=NOTICE_SOURCE,
            route="takedowns:notices",
        )
    return sorted(notice.pk for notice in notices.values())


@transaction.atomic
def deliver_notices(*, actor: Actor, notice_ids: Iterable[int]) -> None:
    """Note that notices arrived: the listings they name are the shop's to answer from now until the window ends."""
    notices = SellerNotice.objects.filter(organization_id=actor.organization_id, pk__in=list(notice_ids)).order_by("id")
    for notice in notices.select_for_update(of=("self",), no_key=True).select_related("seller", "complaint"):
        rows = list(ReportedListing.objects.filter(notice=notice, notified_at=None, status=ListingStatus.ACCEPTED).locked())
        if not rows:
            continue
        ends = due_moments(rows, "seller")
        for due, ids in ends.items():
            ReportedListing.objects.filter(pk__in=ids).update(notified_at=IppNow(), seller_due_at=due)
        first = notice.notified_at or IppNow()
        changes = {"notified_at": first, "closed_at": None, "listing_count": notice.listing_count + len(rows)}
        advance(SellerNotice.objects.all(), NOTICE, "deliver", ids=[notice.pk], **changes)
        settle_notices([notice.pk])
        fact = NoticeSent(
            reference=notice.reference,
            code=notice.code,
            complaint=notice.complaint.reference,
            seller=notice.seller.name,
            positions=[row.position for row in sorted(rows, key=lambda row: row.position)],
            due_at=min(ends).isoformat(),
        )
        record(fact, actor=actor, subject=notice.complaint)  # the complainant follows the complaint; sellers are told by a handler


def find_shops(*, marketplace: str, listing_ids: Sequence[int], request_id: str = "") -> None:
    """Tell shops that became known only after their listings were accepted, because the marketplace answered late."""
    found: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
    with engine_scope("find shops of accepted listings"):
        listings = Listing.objects.filter(pk__in=list(listing_ids), marketplace_id=marketplace, seller__isnull=False)
        shops = {external: (pk, seller) for pk, seller, external in listings.values_list("id", "seller_id", "external_id")}
        rows = ReportedListing.objects.filter(marketplace_id=marketplace, external_id__in=list(shops), status=ListingStatus.ACCEPTED)
        for pk, organization_id, complaint_id, external in rows.filter(seller=None).values_list(
            "id", "organization_id", "complaint_id", "external_id"
        ):
            found[organization_id, complaint_id].append((pk, *shops[external]))
        # All of them, in id order, as everybody locks complaints.
        list(Complaint.objects.locked().filter(pk__in=[complaint for _organization, complaint in found]).values_list("id"))
    for (organization_id, complaint_id), places in sorted(found.items()):
        with inside(organization_id), transaction.atomic():
            Complaint.objects.locked().get(pk=complaint_id)
            for pk, listing_id, seller_id in places:
                ReportedListing.objects.filter(pk=pk, seller=None).update(listing_id=listing_id, seller_id=seller_id)
            send_notices(actor=Actor.system(organization_id, "takedowns.find_shops", request_id), complaint_id=complaint_id)


def notice_body(complaint: Complaint) -> dict[str, Any]:
    """Return what a seller may know of a complaint; words are made from it in the reader's language (DSA art. 17)."""
    right, reason = complaint.right, complaint.reason
    holder = Organization.objects.get(pk=complaint.organization_id)
    asked = {item["key"]: item for item in reason.requirements(complaint.tier)}
    said = [
        {"en": asked[key]["en"], "zh": asked[key]["zh"], "text": str(value)}
        for key, value in complaint.statements.items()
        if key in asked and asked[key]["kind"] not in FILE_KINDS and value
    ]
    return {
        "complaint": complaint.reference,
        "complainant": holder.name,
        "filed_at": complaint.filed_at.isoformat(),
        "seen_on": complaint.seen_on.isoformat(),
        "right": {
            "kind": right.kind,
            "name": right.name,
            "office": right.office,
            "number": right.number,
            "owner": right.owner_name,
            "territories": list(right.territories),
        },
        "reason": {"code": reason.pk, "en": reason.label_en, "zh": reason.label_zh},
        "explanation": complaint.explanation,
        "statements": said,
    }


def _notices(complaint: Complaint, rows: Sequence[ReportedListing]) -> Mapping[int, SellerNotice]:
    """Return the notice of each shop, new or sent once more, with the rows hung on it."""
    by_shop: dict[int, list[ReportedListing]] = defaultdict(list)
    for row in rows:
        assert row.seller_id is not None
        by_shop[row.seller_id].append(row)
    there = SellerNotice.objects.filter(complaint=complaint, seller__in=by_shop)
    there.update(round=F("round") + 1)
    closed = list(there.filter(status=NoticeStatus.CLOSED).values_list("id", flat=True))
    if closed:
        advance(SellerNotice.objects.all(), NOTICE, "send_again", ids=closed)
    known = set(there.values_list("seller_id", flat=True))
    body = notice_body(complaint)
    SellerNotice.objects.bulk_create(
        SellerNotice(
            organization_id=complaint.organization_id,
            complaint=complaint,
            seller_id=seller_id,
            marketplace_id=mine[0].marketplace_id,
            policy_id=mine[0].policy_id,
            body=body,
        )
        for seller_id, mine in by_shop.items()
        if seller_id not in known
    )
    notices = {notice.seller_id: notice for notice in there.all().select_related("seller")}
    for seller_id, mine in by_shop.items():
        ReportedListing.objects.filter(pk__in=[row.pk for row in mine]).update(notice=notices[seller_id])
    return notices


def _show_evidence(complaint: Complaint, notices: Sequence[SellerNotice]) -> None:
    """Lay the evidence meant for sellers beside each new notice, as pages; the original and all other evidence stays out of reach."""
    brought = list(Evidence.objects.filter(complaint=complaint, for_seller=True).select_related("file").order_by("position"))
    pages = pages_of([item.file_id for item in brought])
    Exhibit.objects.bulk_create(
        Exhibit(
            organization_id=complaint.organization_id,
            notice=notice,
            seller_id=notice.seller_id,
            side=Exhibit.Side.COMPLAINANT,
            requirement=item.requirement,
            name=item.file.name,
            sha256=item.file.sha256,
            pages=pages[item.file_id],
        )
        for notice in notices
        for item in brought
    )


def pages_of(file_ids: Iterable[int]) -> Mapping[int, list[dict[str, Any]]]:
    """Return the pages of files as an exhibit keeps them, by file."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for page in StoredPage.objects.filter(file_id__in=set(file_ids)).order_by("file_id", "number"):
        found[page.file_id].append({"key": page.storage_key, "media_type": page.media_type, "width": page.width, "height": page.height})
    return found

"""Triage: the engine's checks of a filed complaint, one task per complaint and one statement per check (architecture.md 4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from ipp.core.actors import Actor
from ipp.core.clock import IppNow, now
from ipp.core.events import record
from ipp.core.lifecycle import advance, advance_with_trail
from ipp.core.tenancy import engine_scope, inside
from marketplaces.models import Listing
from marketplaces.services import request_sightings
from marketplaces.services.sightings import FRESH
from rightsholders.models import Right
from takedowns.events import ComplaintScreened
from takedowns.lifecycle import CLAIMED_AGAINST, COMPLAINT, LISTING, UNDECIDED, ComplaintStatus, ListingStatus
from takedowns.models import Complaint, Decision, Finding, Lead, PrivateFinding, ReportedListing, Transition
from takedowns.rules import LOOK_BACK_DAYS, Found, check_right, names_mark
from takedowns.services.checking import platform_day, right_facts
from takedowns.services.deciding import decide_by_rule

MISSING_RULE, DOWN_RULE = "listing_missing", "listing_down"


@dataclass(frozen=True)
class Placed:
    """A finding and the positions it is about; none means the whole complaint."""

    found: Found
    positions: tuple[int, ...] = ()


@transaction.atomic
def screen_complaint(*, actor: Actor, complaint_id: int) -> bool:
    """Check a filed complaint and hand it to the reviewers; return whether it was this call that did.

    Every check is a finding; none of them decides. Listings are looked at again on the marketplace, and what comes of that is
    taken in by `note_sightings`; one seen down a moment ago is not looked at again and rejected by that rule here.
    """
    complaint = Complaint.objects.select_related("right", "reason").locked().filter(pk=complaint_id).first()
    if complaint is None or complaint.status != ComplaintStatus.FILED:
        return False
    rows = list(ReportedListing.objects.filter(complaint=complaint).select_related("listing", "seller", "marketplace").order_by("position"))
    placed = [*_about_complaint(complaint), *_about_rows(complaint, rows)]
    _keep(complaint, placed)
    _keep_private(complaint, rows)
    request_sightings(targets=[(row.marketplace_id, row.external_id) for row in rows])
    received = _ids(rows, ListingStatus.RECEIVED)
    down = _seen_down(rows).intersection(received)
    advance_with_trail(ReportedListing, Transition, LISTING, "screen", ids=[each for each in received if each not in down], every=False)
    advance(Complaint.objects.all(), COMPLAINT, "screen", ids=[complaint.pk], screened_at=IppNow(), version=F("version") + 1)
    warned = {position for item in placed if item.found.result != "pass" for position in item.positions}
    fact = ComplaintScreened(reference=complaint.reference, code=complaint.code, warned=len(warned), listing_count=complaint.listing_count)
    record(fact, actor=actor, subject=complaint)
    reason = {"rule": DOWN_RULE, "rejection": "R13"}
    decide_by_rule(actor=actor, complaint_id=complaint.pk, listing_ids=sorted(down), through=("screen",), **reason)
    return True


def note_sightings(*, marketplace: str, listing_ids: Sequence[int], missing: Sequence[str], request_id: str = "") -> int:
    """Take in what a marketplace showed: pin the listing, its seller and the snapshot to every undecided row that names it.

    A listing the marketplace does not know, or that is down already, is rejected by that named rule; there is nothing to decide.

    Returns: how many rows learned something.
    """
    with engine_scope("note sightings"), connection.cursor() as cursor:
        rows = ReportedListing.objects.filter(status__in=UNDECIDED, marketplace_id=marketplace)
        _lock_complaints(rows, listing_ids, missing)
        cursor.execute(PIN, {"ids": list(listing_ids), "undecided": tuple(sorted(UNDECIDED))})
        pinned = dict(cursor.fetchall())
        rows = rows.select_related("listing", "seller", "complaint__right")
        gone = list(rows.filter(external_id__in=list(missing), listing=None))
        seen = list(rows.filter(listing_id__in=list(listing_ids)))
        _note_news([row for row in seen if row.pk in pinned], new={pk for pk, is_new in pinned.items() if is_new})
        down = [row for row in seen if row.listing is not None and row.listing.state == "removed"]
    _reject(gone, MISSING_RULE, "R07", request_id)
    _reject(down, DOWN_RULE, "R13", request_id)
    return len(pinned) + len(gone)


PIN = """
    UPDATE takedowns_reportedlisting r
    SET listing_id = l.id, seller_id = l.seller_id, snapshot_filed_id = coalesce(r.snapshot_filed_id, l.latest_id)
    FROM marketplaces_listing l
    WHERE l.id = ANY (%(ids)s) AND r.marketplace_id = l.marketplace_id AND r.external_id = l.external_id
      AND r.status IN %(undecided)s AND (r.listing_id IS NULL OR r.seller_id IS NULL AND l.seller_id IS NOT NULL
        OR r.snapshot_filed_id IS NULL AND l.latest_id IS NOT NULL)
    RETURNING r.id, old.listing_id IS NULL
"""


def _about_complaint(complaint: Complaint) -> list[Placed]:
    right: Right = complaint.right
    problems = check_right(right_facts(right), seen_on=complaint.seen_on, today=platform_day())
    found = [Placed(item) for item in problems] or [Placed(Found("right_usable", "pass"))]
    found.append(Placed(Found("evidence_complete", "pass")))
    if not right.is_examined:
        found.append(Placed(Found("not_examined", "warn")))
    return found


def _about_rows(complaint: Complaint, rows: Sequence[ReportedListing]) -> list[Placed]:
    by_hand = _where(rows, lambda row: row.marketplace.connector == "none")
    placed = [Placed(Found("by_hand", "warn"), by_hand)] if by_hand else []
    placed += _about_words(complaint, [row for row in rows if row.listing is not None])
    return placed + _rejected_before(complaint, rows)


def _about_words(complaint: Complaint, rows: Sequence[ReportedListing]) -> list[Placed]:
    """Say where the title names the mark: a hint for the eye, never a decision."""
    if complaint.right.kind != "trademark" or not rows:
        return []
    name = complaint.right.name
    named = _where(rows, lambda row: row.listing is not None and names_mark(row.listing.title, name))
    silent = tuple(row.position for row in rows if row.position not in named)
    found = [Placed(Found("words", "pass", {"words": name}), named)] if named else []
    return found + ([Placed(Found("words_absent", "warn"), silent)] if silent else [])


def _rejected_before(complaint: Complaint, rows: Sequence[ReportedListing]) -> list[Placed]:
    """Bring up earlier rejections of the same listings for the same right (R14 of domain.md 2.1)."""
    position = {row.key: row.position for row in rows}
    since = IppNow() - timedelta(days=LOOK_BACK_DAYS)
    earlier = Decision.objects.filter(
        reported_listing__right=complaint.right,
        reported_listing__key__in=list(position),
        reported_listing__status=ListingStatus.REJECTED,
        round=F("reported_listing__round"),
        decided_at__gt=since,
        rule="",
    )
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for key, reference, code in earlier.values_list("reported_listing__key", "reported_listing__complaint__reference", "rejection_id"):
        groups[reference, code].append(position[key])
    return [
        Placed(Found("rejected_before", "warn", {"reference": reference, "code": code}), tuple(sorted(places)))
        for (reference, code), places in sorted(groups.items())
    ]


def _keep(complaint: Complaint, placed: Iterable[Placed]) -> None:
    Finding.objects.bulk_create(
        Finding(
            organization_id=complaint.organization_id,
            complaint=complaint,
            check_name=item.found.check,
            result=item.found.result,
            positions=list(item.positions),
            facts=dict(item.found.facts),
        )
        for item in placed
    )


def _keep_private(complaint: Complaint, rows: Sequence[ReportedListing]) -> None:
    """Look across tenants, for reviewers only."""
    position = {row.key: row.position for row in rows}
    with engine_scope("look for other complainants"):
        others = (
            ReportedListing.objects.filter(key__in=list(position), status__in=CLAIMED_AGAINST)
            .exclude(organization_id=complaint.organization_id)
            .values_list("key", "complaint__reference")
        )
        placed: list[Placed] = []
        by_key = list(others[:500])
        if by_key:
            references = sorted({reference for _key, reference in by_key})[:5]
            places = tuple(sorted({position[key] for key, _reference in by_key}))
            placed.append(Placed(Found("other_complainants", "warn", {"references": references}), places))
        leads = list(Lead.objects.filter(key__in=list(position)).values_list("key", flat=True)[:500])
        if leads:
            placed.append(Placed(Found("leads", "warn", {"count": len(leads)}), tuple(sorted({position[key] for key in leads}))))
        _keep_privately(complaint, [*placed, *_own_shop(complaint, rows)])


def _own_shop(complaint: Complaint, rows: Sequence[ReportedListing]) -> list[Placed]:
    own = _where(rows, lambda row: row.seller is not None and row.seller.organization_id == complaint.organization_id)
    return [Placed(Found("own_shop", "warn"), own)] if own else []


def _keep_privately(complaint: Complaint, placed: Iterable[Placed]) -> None:
    PrivateFinding.objects.bulk_create(
        PrivateFinding(
            complaint=complaint,
            check_name=item.found.check,
            result=item.found.result,
            positions=list(item.positions),
            facts=dict(item.found.facts),
        )
        for item in placed
    )


def _lock_complaints(rows: QuerySet[ReportedListing], listing_ids: Sequence[int], missing: Sequence[str]) -> None:
    """Lock the complaints a sighting is news to before any of their listings, as everybody else does: no two wait for each other."""
    named = Listing.objects.filter(pk__in=list(listing_ids)).values("external_id")
    ids = rows.filter(Q(external_id__in=named) | Q(external_id__in=list(missing))).values("complaint_id")
    list(Complaint.objects.locked().filter(pk__in=ids).values_list("id"))


def _note_news(rows: Sequence[ReportedListing], *, new: Collection[int]) -> None:
    """Add the findings about shops, and about titles of `new` listings, that were not known at screening."""
    by_complaint: dict[int, list[ReportedListing]] = defaultdict(list)
    for row in rows:
        by_complaint[row.complaint_id].append(row)
    for of_one in by_complaint.values():
        complaint = of_one[0].complaint
        if complaint.status != ComplaintStatus.FILED:  # the screening is still to come and will see them
            _keep(complaint, _about_words(complaint, [row for row in of_one if row.pk in new]))
            _keep_privately(complaint, _own_shop(complaint, of_one))


def _reject(rows: Sequence[ReportedListing], rule: str, code: str, request_id: str) -> None:
    """Reject what there is nothing to decide about, complaint by complaint, each in its own tenant's scope."""
    by_complaint: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row in rows:
        by_complaint[row.organization_id, row.complaint_id].append(row.pk)
    for (organization_id, complaint_id), ids in sorted(by_complaint.items()):
        with inside(organization_id):
            actor = Actor.system(organization_id, f"takedowns.{rule}", request_id)
            decide_by_rule(actor=actor, complaint_id=complaint_id, listing_ids=ids, rule=rule, rejection=code)


def _seen_down(rows: Sequence[ReportedListing]) -> set[int]:
    """Return those whose listing was seen down so lately that nobody asks the marketplace again."""
    since = now() - FRESH
    return {row.pk for row in rows if row.listing is not None and row.listing.state == "removed" and row.listing.seen_at > since}


def _where(rows: Sequence[ReportedListing], wanted: Callable[[ReportedListing], Any]) -> tuple[int, ...]:
    return tuple(row.position for row in rows if wanted(row))


def _ids(rows: Sequence[ReportedListing], status: str) -> list[int]:
    return [row.pk for row in rows if row.status == status]

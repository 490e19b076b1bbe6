"""Decisions about reported listings: by a reviewer or a named rule, taken back within seconds, carried out after that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.clock import IppNow, now
from ipp.core.codes import new_code
from ipp.core.errors import Conflict, FieldError, InvalidInput, NotFound
from ipp.core.events import record
from ipp.core.lifecycle import Arm, advance, advance_with_trail
from ipp.core.services.clocks import restart_clock, resume_clock, stop_clock
from ipp.core.services.platform import platform
from ipp.core.tenancy import engine_scope
from takedowns.events import DecisionUndone, ListingsDecided
from takedowns.lifecycle import COMPLAINT, DECIDED, LISTING, UNDECIDED, ComplaintStatus
from takedowns.models import Complaint, Decision, RejectionCode, ReportedListing, ReviewNote, Transition
from takedowns.services.checking import platform_day
from takedowns.services.claiming import claim_end, claimed_complaint, locked_complaint

ACCEPTED, REJECTED = Decision.Outcome.ACCEPTED.value, Decision.Outcome.REJECTED.value
ACTION_OF = {ACCEPTED: "accept", REJECTED: "reject"}

# The snapshot as of the decision is pinned by the same statement that moves the row.
PINNED = "decided_at = ipp_now(), snapshot_decided_id = (SELECT l.latest_id FROM marketplaces_listing l WHERE l.id = t.listing_id)"
TAKEN_BACK = "round = t.round + 1, decided_at = NULL, snapshot_decided_id = NULL"

# Written by the same statement as well, from the rows that moved.
DECIDE = """
    INSERT INTO takedowns_decision (organization_id, reported_listing_id, round, batch, outcome, rejection_id, message, rule, decided_by_id,
        person, seen_version)
    SELECT organization_id, id, round, %(batch)s, %(outcome)s, %(rejection)s, %(message)s, %(rule)s, %(person)s,
        coalesce((SELECT person FROM core_user WHERE id = %(person)s), ''), %(version)s
    FROM moved
"""


@transaction.atomic
def decide_listings(
    *,
    actor: Actor,
    code: str,
    version: int,
    positions: Sequence[int],
    outcome: str,
    rejection: str = "",
    message: str = "",
    note: str = "",
) -> str:
    """Decide listings of a complaint the reviewer holds, all alike; nothing happens to anybody until the undo time is over.

    Returns: the batch, which an undo names.

    Raises:
        NotFound: no such complaint, or no such listing in it.
        Forbidden: the reviewer does not hold it (any more).
        StaleVersion: it changed since the reviewer looked.
        IllegalTransition: a listing is decided or withdrawn already.
        InvalidInput: a rejection without a reason, or nothing to decide.
    """
    complaint = claimed_complaint(actor, code, version)
    code_used = _rejection(outcome, rejection)
    rows = _rows(complaint, positions)
    if note.strip():
        ReviewNote.objects.create(complaint=complaint, author_id=actor.person_id, text=note.strip())
    batch = _decide(complaint, rows, outcome, code_used, message.strip(), person=actor.person_id, version=version)
    _settle(complaint, actor)
    fact = _fact(complaint, rows, batch, outcome, rejection, message.strip())
    record(fact, actor=actor, subject=complaint, about=complaint.organization_id, undo_seconds=settings.UNDO_SECONDS)
    return batch


@transaction.atomic
def decide_by_rule(
    *, actor: Actor, complaint_id: int, listing_ids: Sequence[int], rule: str, rejection: str, through: Sequence[str] = ()
) -> None:
    """Reject listings by a named rule. Only for what leaves nothing to decide: a rule never takes anything down.

    Args:
        through: the moves that come before the rejection, made by the same statement.
    """
    complaint = Complaint.objects.select_related("clock").select_for_update(of=("self",), no_key=True).get(pk=complaint_id)
    rows = list(ReportedListing.objects.filter(pk__in=list(listing_ids), complaint=complaint, status__in=UNDECIDED).order_by("position"))
    if not rows:
        return
    batch = _decide(complaint, rows, REJECTED, rejection, "", rule=rule, version=complaint.version, through=through)
    _settle(complaint, actor)
    # The platform's event, as a reviewer's is: the rights holder is told by what took effect, not twice.
    with engine_scope("record what a rule decided"):
        fact = _fact(complaint, rows, batch, REJECTED, rejection, "", rule)
        record(fact, actor=replace(actor, organization_id=platform().pk), subject=complaint, about=complaint.organization_id)


@transaction.atomic
def undo_decision(*, actor: Actor, code: str, batch: str) -> Complaint:
    """Take one's own decision back before it has any effect; the listings are under review again.

    Raises:
        NotFound: no such complaint or decision of this reviewer.
        Conflict: the undo time is over, or the complaint has been withdrawn.
    """
    complaint = locked_complaint(code)
    decisions = Decision.objects.filter(batch=batch, decided_by_id=actor.user_id, reported_listing__complaint=complaint)
    decisions = decisions.filter(round=F("reported_listing__round"))
    made = list(decisions.select_related("reported_listing"))
    if not made:
        raise NotFound
    over = made[0].decided_at + timedelta(seconds=settings.UNDO_SECONDS) <= now()
    rows = [item.reported_listing for item in made if item.reported_listing.status in DECIDED]
    if over or not rows or any(row.effective_at is not None for row in rows):
        raise Conflict(
            "undo_over", _("Too late to take it back: the decision has taken effect. Ask a colleague to look at the case again.")
        )
    advance_with_trail(ReportedListing, Transition, LISTING, "undo", ids=[row.pk for row in rows], also=TAKEN_BACK)
    _open_again(complaint, actor)
    positions = sorted(row.position for row in rows)
    fact = DecisionUndone(reference=complaint.reference, code=complaint.code, batch=batch, positions=positions)
    record(fact, actor=actor, subject=complaint, about=complaint.organization_id)
    complaint.refresh_from_db()
    return complaint


def rejections_in_force() -> list[RejectionCode]:
    """Return the reasons a reviewer may give today, in order."""
    return list(RejectionCode.objects.in_force(platform_day()).filter(by_reviewer=True))


def _open_again(complaint: Complaint, actor: Actor) -> None:
    """Give a complaint that was closed by the decision back to who made it; one that is open stays with whoever holds it."""
    claim = {"claimed_by_id": actor.user_id, "claim_expires_at": claim_end()}
    if complaint.status == ComplaintStatus.DECIDED:
        changes = {**claim, "decided_at": None, "version": complaint.version + 1}
        advance(Complaint.objects.all(), COMPLAINT, "undo", ids=[complaint.pk], **changes)
        restart_clock(complaint.clock_id)
    else:
        is_theirs = complaint.status == ComplaintStatus.IN_REVIEW and complaint.claimed_by_id == actor.user_id
        Complaint.objects.filter(pk=complaint.pk).update(version=complaint.version + 1, **(claim if is_theirs else {}))


def _decide(
    complaint: Complaint,
    rows: Sequence[ReportedListing],
    outcome: str,
    rejection: str | None,
    message: str,
    *,
    version: int,
    rule: str = "",
    person: int | None = None,
    through: Sequence[str] = (),
) -> str:
    """Move the rows and write one decision for each, in one statement whatever their number."""
    batch = new_code()
    values = {"batch": batch, "outcome": outcome, "rejection": rejection, "message": message, "rule": rule, "person": person}
    decisions = Arm(DECIDE, {**values, "version": version}, columns=("round",))
    ids = [row.pk for row in rows]
    advance_with_trail(ReportedListing, Transition, LISTING, *through, ACTION_OF[outcome], ids=ids, also=PINNED, arm=decisions)
    return batch


def _settle(complaint: Complaint, actor: Actor) -> None:
    """Close the complaint when nothing is undecided any more; else keep the claim alive."""
    left = ReportedListing.objects.filter(complaint=complaint, status__in=UNDECIDED).exists()
    if left:
        changes: dict[str, Any] = {"claim_expires_at": claim_end()} if actor.user_id and complaint.claimed_by_id == actor.user_id else {}
        Complaint.objects.filter(pk=complaint.pk).update(version=complaint.version + 1, **changes)
        return
    changes = {"claimed_by": None, "claim_expires_at": None, "decided_at": IppNow(), "version": complaint.version + 1}
    advance(Complaint.objects.all(), COMPLAINT, "decide", ids=[complaint.pk], **changes)
    if complaint.status == ComplaintStatus.INFORMATION_ASKED:  # a rule settled what was left while the question was open
        resume_clock(complaint.clock)
    stop_clock(complaint.clock_id)


def _rows(complaint: Complaint, positions: Sequence[int]) -> list[ReportedListing]:
    wanted = sorted(set(positions))
    if not wanted:
        error = FieldError("positions", "required", _("Choose at least one listing."))
        raise InvalidInput("nothing_chosen", _("Nothing was decided: no listing was chosen."), errors=[error])
    rows = list(ReportedListing.objects.filter(complaint=complaint, position__in=wanted).order_by("position"))
    if len(rows) != len(wanted):
        raise NotFound
    return rows


def _rejection(outcome: str, code: str) -> str | None:
    if outcome == ACCEPTED:
        return None
    known = RejectionCode.objects.in_force(platform_day()).filter(pk=code, by_reviewer=True).exists()
    if outcome != REJECTED or not known:
        error = FieldError("rejection", "required", _("Choose the reason; the rights holder reads it with what would pass."))
        raise InvalidInput("reason_missing", _("A rejection needs a reason."), errors=[error])
    return code


def _fact(
    complaint: Complaint, rows: Sequence[ReportedListing], batch: str, outcome: str, rejection: str, message: str, rule: str = ""
) -> ListingsDecided:
    return ListingsDecided(
        reference=complaint.reference,
        code=complaint.code,
        batch=batch,
        outcome=outcome,
        rejection=rejection if outcome == REJECTED else "",
        message=message,
        positions=[row.position for row in rows],
        rule=rule,
    )

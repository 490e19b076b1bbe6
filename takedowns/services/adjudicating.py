"""A second reviewer decides between both sides, listing by listing; never somebody who decided about the listing before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.clock import IppNow, now
from ipp.core.codes import new_code
from ipp.core.errors import Conflict, FieldError, Forbidden, IllegalTransition, InvalidInput, NotFound, StaleVersion
from ipp.core.events import record
from ipp.core.lifecycle import advance, advance_with_trail
from marketplaces.services import reverse_actions
from takedowns.events import ListingsReleased, ListingsRuled, ListingsUpheld, RulingEffective, RulingUndone
from takedowns.lifecycle import COUNTER_NOTICE, LISTING, OPEN_DISPUTES, CounterNoticeStatus, DisputeStatus, Ending, ListingStatus
from takedowns.models import (
    Complaint,
    CounterNotice,
    CounterNoticeListing,
    Decision,
    DisputeCode,
    ReportedListing,
    ReviewNote,
    StatementOfReasons,
    Transition,
)
from takedowns.models.complaints import ReportedListingQuerySet
from takedowns.queries.disputes import decisions_of_person
from takedowns.rules import AFTER_WINDOW, MAX_CLAIMS, MAX_STATEMENT, SOURCE
from takedowns.services.checking import platform_day
from takedowns.services.claiming import claim_end
from takedowns.services.counting import recount
from takedowns.services.effects import public_reason, statement_body, take_down
from takedowns.services.settling import close_disputes, settle_notices

UPHELD, OVERTURNED = Decision.Outcome.UPHELD.value, Decision.Outcome.OVERTURNED.value
ACTION_OF = {UPHELD: "uphold", OVERTURNED: "overturn"}

# The person is compared with the one before by a constraint of the table: two accounts of one human are one.
RULE = """
    INSERT INTO takedowns_decision (organization_id, reported_listing_id, round, batch, outcome, ruling_id, message, rule, decided_by_id,
        person, earlier_person, supersedes_id, seen_version)
    SELECT l.organization_id, l.id, l.round, %(batch)s, %(outcome)s, %(ruling)s, %(message)s, '', u.id, u.person, d.person, d.id,
        %(version)s
    FROM takedowns_reportedlisting l
    JOIN core_user u ON u.id = %(user)s
    JOIN LATERAL (SELECT id, person FROM takedowns_decision WHERE id IN (SELECT decision_id FROM takedowns_statementofreasons
        WHERE reported_listing_id = l.id) ORDER BY round DESC LIMIT 1) d ON true
    WHERE l.id = ANY (%(ids)s)
"""


@transaction.atomic
def next_dispute(*, actor: Actor, besides: str = "") -> CounterNotice | None:
    """Claim the dispute whose deadline is nearest, that nobody holds and that this reviewer did not decide before."""
    held = _held(actor).exclude(code=besides).order_by("platform_due_at", "id").select_for_update(of=("self",), no_key=True).first()
    if held is not None:
        return _keep(held)
    waiting = CounterNotice.objects.filter(Q(status=CounterNoticeStatus.CONTESTED) | _expired()).exclude(code=besides)
    waiting = waiting.exclude(pk__in=decided_before(actor)).order_by("platform_due_at", "id")
    counter = waiting.select_for_update(of=("self",), no_key=True, skip_locked=True).first()
    return _claim(actor, counter) if counter is not None else None


@transaction.atomic
def claim_dispute(*, actor: Actor, code: str) -> CounterNotice:
    """Take a dispute, or go on holding it.

    Raises:
        NotFound: no such dispute with the platform.
        Forbidden: this person decided about one of its listings before (`decided_before`).
        Conflict: a colleague holds it, or the reviewer holds too many.
        IllegalTransition: it does not wait for the platform.
    """
    counter = _locked(code)
    if counter.status == CounterNoticeStatus.IN_REVIEW and counter.claimed_by_id == actor.user_id:
        return _keep(counter)
    if counter.status == CounterNoticeStatus.IN_REVIEW and counter.claim_expires_at is not None and counter.claim_expires_at > now():
        raise Conflict("claimed_by_another", _("A colleague is working on this dispute. Take the next one, or come back later."))
    _refuse_who_decided(actor, counter)
    return _claim(actor, counter)


@transaction.atomic
def release_dispute(*, actor: Actor, code: str) -> CounterNotice:
    """Put a dispute back into the queue.

    Raises:
        NotFound, Forbidden: no such dispute, or not held by this reviewer.
    """
    counter = _claimed(actor, code, None)
    _advance(counter, "release", claimed_by=None, claim_expires_at=None)
    counter.refresh_from_db()
    return counter


@transaction.atomic
def adjudicate(
    *,
    actor: Actor,
    code: str,
    version: int,
    positions: Sequence[int],
    outcome: str,
    ruling: str,
    message: str = "",
    note: str = "",
) -> str:
    """Decide disputed listings of a counter-notice the reviewer holds, all alike; no effect until the undo time is over.

    Args:
        outcome: `upheld` (the claim stands) or `overturned` (the listing comes back).
        ruling: the code of a reason for that outcome; both sides read it.
        message: further words for both sides.
        note: for colleagues only.

    Returns: the batch, which an undo names.

    Raises:
        NotFound: no such dispute, or no such listing in it.
        Forbidden: the reviewer does not hold it, or decided about a listing before.
        StaleVersion: it changed since the reviewer looked.
        IllegalTransition: a listing is not disputed any more.
        InvalidInput: no listing, no reason, or a reason of the other outcome.
    """
    counter = _claimed(actor, code, version)
    complaint = Complaint.objects.get(pk=counter.complaint_id)
    _check_ruling(outcome, ruling, message)
    _refuse_who_decided(actor, counter)
    rows = _rows(ReportedListing.objects.filter(counter_notices__counter_notice=counter), positions)
    if note.strip():
        ReviewNote.objects.create(complaint=complaint, author_id=actor.person_id, text=note.strip())
    batch = _rule(actor, complaint, rows, ACTION_OF[outcome], outcome, ruling, message, version)
    _settle(counter)
    _record(actor, complaint, rows, batch, outcome, ruling, message, counter.code)
    return batch


@transaction.atomic
def overturn_listings(*, actor: Actor, code: str, positions: Sequence[int], ruling: str, message: str) -> str:
    """Overturn claims that stood: a person who did not decide before found them wrong. What rested on them is taken back.

    Args:
        code: the complaint's.

    Returns: the batch, which an undo names.

    Raises:
        NotFound: no such complaint, or no such listing in it.
        Forbidden: this person decided about one of the listings before.
        IllegalTransition: a listing's claim does not stand for good.
        InvalidInput: no listing, no reason, or no words.
    """
    complaint = Complaint.objects.locked().filter(code=code).first()
    if complaint is None:
        raise NotFound
    _check_ruling(OVERTURNED, ruling, message, words_needed=True)
    rows = _rows(ReportedListing.objects.filter(complaint=complaint), positions)
    if any(row.shown_status != ListingStatus.UPHELD for row in rows):
        refusal = _("Only a claim that stands for good can be overturned; one of these does not, or not any more. Reload the page.")
        raise IllegalTransition("illegal_transition", refusal, action="reverse")
    if decisions_of_person(actor).filter(reported_listing__in=[row.pk for row in rows]).exists():
        raise _decided_before()
    batch = _rule(actor, complaint, rows, "reverse", OVERTURNED, ruling, message, complaint.version)
    _record(actor, complaint, rows, batch, OVERTURNED, ruling, message, "")
    return batch


@transaction.atomic
def undo_ruling(*, actor: Actor, batch: str) -> Complaint:
    """Take one's own ruling back before it has any effect.

    Raises:
        NotFound: no such ruling of this reviewer.
        Conflict: the undo time is over, or the claim was withdrawn meanwhile.
    """
    rulings = Decision.objects.filter(batch=batch, decided_by_id=actor.user_id, supersedes__isnull=False)
    first = rulings.select_related("reported_listing").order_by("id").first()
    if first is None:
        raise NotFound
    complaint = Complaint.objects.locked().get(pk=first.reported_listing.complaint_id)
    made = rulings.filter(round=F("reported_listing__round"), reported_listing__status=F("outcome"))
    rows = list(ReportedListing.objects.filter(pk__in=made.values("reported_listing")).locked())
    over = first.decided_at + timedelta(seconds=settings.UNDO_SECONDS) <= now()
    if over or not rows or any(row.shown_status == row.status for row in rows):
        raise Conflict(
            "undo_over", _("Too late to take it back: the decision has taken effect. Ask a colleague to look at the case again.")
        )
    disputes = CounterNoticeListing.objects.filter(reported_listing__in=[row.pk for row in rows], status=DisputeStatus.CONTESTED)
    counters = sorted(set(disputes.values_list("counter_notice_id", flat=True)))
    action = "reconsider" if counters else "reinstate"
    advance_with_trail(ReportedListing, Transition, LISTING, action, ids=[row.pk for row in rows], also="round = t.round + 1")
    for counter in CounterNotice.objects.locked().filter(pk__in=counters):
        claim = {"claimed_by_id": actor.user_id, "claim_expires_at": claim_end()}
        if counter.status in (CounterNoticeStatus.CLOSED, CounterNoticeStatus.WAITING):
            _advance(counter, "reopen", closed_at=None, **claim)
        else:
            CounterNotice.objects.filter(pk=counter.pk).update(version=counter.version + 1)
    positions = sorted(row.position for row in rows)
    fact = RulingUndone(reference=complaint.reference, code=complaint.code, batch=batch, positions=positions)
    record(fact, actor=actor, subject=complaint, about=complaint.organization_id)
    return complaint


@transaction.atomic
def carry_out_ruling(*, actor: Actor, complaint_id: int, batch: str) -> bool:
    """Carry out a ruling, for the listings that still stand as it left them; return whether any did. Twice changes nothing."""
    complaint = Complaint.objects.select_related("right", "reason").select_for_update(of=("self",), no_key=True).get(pk=complaint_id)
    rulings = Decision.objects.filter(batch=batch, reported_listing__complaint=complaint, round=F("reported_listing__round"))
    standing = rulings.filter(reported_listing__status=F("outcome")).exclude(reported_listing__ending=F("outcome"))
    made = list(standing.select_related("reported_listing", "ruling").order_by("reported_listing__position"))
    if not made:
        return False
    outcome = made[0].outcome
    rows = [item.reported_listing for item in made]
    ids = [row.pk for row in rows]
    ReportedListing.objects.filter(pk__in=ids).update(settled_at=IppNow(), ending=Ending(outcome))
    _state_reasons(complaint, made)
    close_disputes(ids, CounterNoticeListing.Outcome(outcome), is_news=False)
    settle_notices(row.notice_id for row in rows)
    recount(complaint.pk)
    positions = [row.position for row in rows]
    if outcome == UPHELD:
        take_down(actor, complaint, [row for row in rows if row.removal == AFTER_WINDOW and row.removed_at is None])
        record(ListingsUpheld(complaint.reference, complaint.code, positions, ids, "adjudication"), actor=actor, subject=complaint)
    else:
        reason = public_reason("overturned")
        reverse_actions(actor=actor, source=SOURCE, source_ids=ids, kind="remove", reason=reason, reference=complaint.reference)
        record(ListingsReleased(complaint.reference, complaint.code, positions, ids, "overturned"), actor=actor, subject=complaint)
    first = made[0]
    fact = RulingEffective(
        reference=complaint.reference,
        code=complaint.code,
        batch=batch,
        outcome=outcome,
        ruling=first.ruling_id or "",
        message=first.message,
        positions=positions,
    )
    record(fact, actor=actor, subject=complaint)
    return True


def release_expired_disputes() -> int:
    """Put disputes whose claim has run out back into the queue; return how many. Call under an engine's scope."""
    ids = list(
        CounterNotice.objects.filter(_expired()).select_for_update(of=("self",), no_key=True, skip_locked=True).values_list("id", flat=True)
    )
    changes = {"claimed_by": None, "claim_expires_at": None}
    return advance(CounterNotice.objects.all(), COUNTER_NOTICE, "release", ids=ids, **changes) if ids else 0


def rulings_in_force(outcome: str) -> list[DisputeCode]:
    """Return the reasons an adjudicator may give for an outcome today, in order."""
    return list(DisputeCode.objects.in_force(platform_day()).filter(about=outcome))


def decided_before(actor: Actor) -> QuerySet[CounterNoticeListing, Any]:
    """Return the ids of counter-notices with an open dispute about a listing that this person, under whatever account, decided before."""
    mine = decisions_of_person(actor).values("reported_listing")
    return CounterNoticeListing.objects.filter(reported_listing__in=mine, status__in=OPEN_DISPUTES).values("counter_notice")


def _refuse_who_decided(actor: Actor, counter: CounterNotice) -> None:
    # Those still open: who ruled on one of them a minute ago goes on with the others.
    rows = CounterNoticeListing.objects.filter(counter_notice=counter, status__in=OPEN_DISPUTES).values("reported_listing")
    if decisions_of_person(actor).filter(reported_listing__in=rows).exists():
        raise _decided_before()


def _decided_before() -> Forbidden:
    return Forbidden(
        "decided_before", _("You decided about one of these listings before. Somebody else looks at it now; take another dispute.")
    )


def _rule(
    actor: Actor, complaint: Complaint, rows: Sequence[ReportedListing], action: str, outcome: str, ruling: str, message: str, version: int
) -> str:
    """Move the rows and write one superseding decision each, in two statements whatever their number."""
    batch, ids = new_code(), [row.pk for row in rows]
    also = "round = t.round + 1" if action == "reverse" else ""
    advance_with_trail(ReportedListing, Transition, LISTING, action, ids=ids, also=also)
    values: dict[str, Any] = {"batch": batch, "outcome": outcome, "ruling": ruling, "message": message.strip(), "user": actor.person_id}
    with connection.cursor() as cursor:
        cursor.execute(RULE, {**values, "version": version, "ids": ids})
        if cursor.rowcount != len(ids):
            raise RuntimeError(f"{len(ids)} listings moved and {cursor.rowcount} rulings were written")
    return batch


def _settle(counter: CounterNotice) -> None:
    """Keep the claim while listings wait for a ruling; else close the dispute, or leave it to the rights holder for the others."""
    disputes = CounterNoticeListing.objects.filter(counter_notice=counter)
    if disputes.filter(reported_listing__status=ListingStatus.CONTESTED).exists():
        CounterNotice.objects.filter(pk=counter.pk).update(version=counter.version + 1, claim_expires_at=claim_end())
    elif disputes.filter(status=DisputeStatus.WAITING).exists():
        _advance(counter, "wait", claimed_by=None, claim_expires_at=None)
    else:
        _advance(counter, "close", claimed_by=None, claim_expires_at=None, closed_at=IppNow())


def _record(
    actor: Actor, complaint: Complaint, rows: Sequence[ReportedListing], batch: str, outcome: str, ruling: str, message: str, counter: str
) -> None:
    fact = ListingsRuled(
        reference=complaint.reference,
        code=complaint.code,
        batch=batch,
        outcome=outcome,
        ruling=ruling,
        message=message.strip(),
        positions=[row.position for row in rows],
        counter_notice=counter,
    )
    record(fact, actor=actor, subject=complaint, about=complaint.organization_id, undo_seconds=settings.UNDO_SECONDS)


def _state_reasons(complaint: Complaint, made: Sequence[Decision]) -> None:
    """Store, for each ruled listing, what both sides are told and why."""
    StatementOfReasons.objects.bulk_create(
        [
            StatementOfReasons(
                organization_id=complaint.organization_id,
                reported_listing=item.reported_listing,
                decision=item,
                body=ruling_body(complaint, item),
            )
            for item in made
        ],
        ignore_conflicts=True,
    )


def ruling_body(complaint: Complaint, decision: Decision) -> dict[str, Any]:
    """Return the facts of a ruling's statement of reasons."""
    ruling = decision.ruling
    assert ruling is not None
    return statement_body(complaint, decision) | {
        "decision": decision.outcome,
        "ruling": {"code": ruling.pk, "en": ruling.label_en, "zh": ruling.label_zh},
        "redress": ["court"],
    }


def _rows(named: ReportedListingQuerySet, positions: Sequence[int]) -> list[ReportedListing]:
    wanted = sorted(set(positions))
    if not wanted:
        error = FieldError("positions", "required", _("Choose at least one listing."))
        raise InvalidInput("nothing_chosen", _("Nothing was decided: no listing was chosen."), errors=[error])
    rows = list(named.filter(position__in=wanted).locked())
    if len(rows) != len(wanted):
        raise NotFound
    return rows


def _check_ruling(outcome: str, ruling: str, message: str, *, words_needed: bool = False) -> None:
    errors = []
    known = outcome in ACTION_OF and DisputeCode.objects.in_force(platform_day()).filter(pk=ruling, about=outcome).exists()
    if not known:
        errors.append(FieldError("ruling", "required", _("Choose the reason; both sides read it.")))
    if words_needed and not message.strip():
        errors.append(FieldError("message", "required", _("Say what was wrong; both sides read it.")))
    if len(message) > MAX_STATEMENT:
        errors.append(FieldError("message", "too_long", _("At most 5,000 characters.")))
    if errors:
        raise InvalidInput("reason_missing", _("Nothing was decided: a decision needs a reason."), errors=errors)


def _locked(code: str) -> CounterNotice:
    """Return a dispute, locked after its complaint, as everybody locks them."""
    named = CounterNotice.objects.filter(code=code)
    list(Complaint.objects.locked().filter(pk__in=named.values("complaint")).values_list("id"))
    counter = named.locked().first()
    if counter is None:
        raise NotFound
    return counter


def _claimed(actor: Actor, code: str, version: int | None) -> CounterNotice:
    counter = _locked(code)
    holds = counter.claimed_by_id == actor.user_id and counter.status == CounterNoticeStatus.IN_REVIEW
    if not holds or counter.claim_expires_at is None or counter.claim_expires_at <= now():
        raise Forbidden(
            "claim_lost", _("You do not hold this dispute any more; your claim ran out or was never made. Open it again to take it back.")
        )
    if version is not None and version != counter.version:
        raise StaleVersion("stale_version", _("The dispute changed since you opened it. Nothing was decided; look at it again."))
    return counter


def _claim(actor: Actor, counter: CounterNotice) -> CounterNotice:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"disputes:{actor.user_id}"])
    if _held(actor).count() >= MAX_CLAIMS:
        raise Conflict("too_many_claims", _("You hold ten disputes already. Decide or release one before taking another."))
    if counter.status == CounterNoticeStatus.IN_REVIEW:  # its claim ran out and no sweep has been by yet
        _advance(counter, "release", claimed_by=None, claim_expires_at=None)
        counter.refresh_from_db()
    _advance(counter, "claim", claimed_by_id=actor.user_id, claim_expires_at=claim_end())
    counter.refresh_from_db()
    return counter


def _keep(counter: CounterNotice) -> CounterNotice:
    CounterNotice.objects.filter(pk=counter.pk).update(claim_expires_at=claim_end())
    counter.refresh_from_db()
    return counter


def _held(actor: Actor) -> QuerySet[CounterNotice]:
    held = {"status": CounterNoticeStatus.IN_REVIEW, "claimed_by_id": actor.user_id, "claim_expires_at__gt": IppNow()}
    return CounterNotice.objects.filter(**held)


def _expired() -> Q:
    return Q(status=CounterNoticeStatus.IN_REVIEW, claim_expires_at__lte=IppNow())


def _advance(counter: CounterNotice, action: str, **changes: object) -> None:
    advance(CounterNotice.objects.all(), COUNTER_NOTICE, action, ids=[counter.pk], version=counter.version + 1, **changes)

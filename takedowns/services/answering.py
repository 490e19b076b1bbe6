"""The rights holder's answer to a counter-notice: accept it, which withdraws and restores, or reject it with reasons; and its silence."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.clock import now
from ipp.core.errors import Conflict, FieldError, IllegalTransition, InvalidInput, NotFound
from ipp.core.events import record
from ipp.core.lifecycle import advance, advance_with_trail
from ipp.core.models import StoredFile
from takedowns.events import CounterNoticeConceded, CounterNoticeRejected
from takedowns.lifecycle import DISPUTE, LISTING, DisputeStatus, ListingStatus
from takedowns.models import (
    Complaint,
    CounterNotice,
    CounterNoticeAnswer,
    CounterNoticeListing,
    DisputeCode,
    Exhibit,
    ReportedListing,
    Transition,
)
from takedowns.rules import MAX_STATEMENT, closes_at
from takedowns.services.checking import platform_day
from takedowns.services.counting import recount
from takedowns.services.notifying import pages_of
from takedowns.services.settling import close_disputes, settle_counter_notices
from takedowns.services.windows import due_moments
from takedowns.services.withdrawing import close_complaint

CONCEDED = "ending = 'conceded', settled_at = ipp_now()"


@transaction.atomic
def accept_counter_notice(*, actor: Actor, code: str, positions: Sequence[int] | None = None, message: str = "") -> CounterNotice:
    """Accept a counter-notice for some or all of its open listings: the claim is withdrawn and they come back (requirement CTN-03).

    Raises:
        NotFound: no such counter-notice to this organization, or no such listing in it.
        IllegalTransition: no listing waits for an answer any more.
        Conflict: the time to answer is over (`window_closed`).
    """
    counter, rows = _open_rows(actor, code, positions)
    advance_with_trail(ReportedListing, Transition, LISTING, "concede", ids=[row.pk for row in rows], also=CONCEDED)
    _keep_answer(actor, counter, rows, CounterNoticeAnswer.Kind.CONCEDED, [], message)
    close_disputes([row.pk for row in rows], CounterNoticeListing.Outcome.CONCEDED)
    recount(counter.complaint_id)
    complaint = counter.complaint
    close_complaint(complaint)
    fact = CounterNoticeConceded(
        reference=counter.reference,
        code=counter.code,
        complaint=complaint.code,
        positions=[row.position for row in rows],
        message=message.strip(),
    )
    record(fact, actor=actor, subject=complaint)
    counter.refresh_from_db()
    return counter


@transaction.atomic
def reject_counter_notice(
    *,
    actor: Actor,
    code: str,
    reasons: Sequence[str],
    message: str,
    positions: Sequence[int] | None = None,
    files: Sequence[StoredFile] = (),
) -> CounterNotice:
    """Reject a counter-notice for some or all of its open listings; a second reviewer decides between both sides.

    Raises:
        NotFound, IllegalTransition, Conflict: as for accepting.
        InvalidInput: no reason is given.
    """
    _check_reasons(reasons, message)
    counter, rows = _open_rows(actor, code, positions)
    answer = _keep_answer(actor, counter, rows, CounterNoticeAnswer.Kind.REJECTED, reasons, message)
    _show(counter, answer, files)
    ids = [row.pk for row in rows]
    advance_with_trail(ReportedListing, Transition, LISTING, "contest", ids=ids, also="round = t.round + 1")
    ends = due_moments(rows, "platform")
    for due, mine in ends.items():
        ReportedListing.objects.filter(pk__in=mine).update(platform_due_at=due)
    disputes = CounterNoticeListing.objects.filter(reported_listing__in=ids, status=DisputeStatus.WAITING)
    advance(CounterNoticeListing.objects.all(), DISPUTE, "contest", ids=disputes.values_list("id", flat=True))
    settle_counter_notices([counter.pk])
    recount(counter.complaint_id)
    fact = CounterNoticeRejected(
        reference=counter.reference,
        code=counter.code,
        complaint=counter.complaint.code,
        positions=[row.position for row in rows],
        reasons=list(reasons),
        message=message.strip(),
        due_at=min(ends).isoformat(),
    )
    record(fact, actor=actor, subject=counter.complaint)
    counter.refresh_from_db()
    return counter


def own_counter_notice(actor: Actor, code: str) -> CounterNotice:
    """Return a counter-notice to a complaint of the actor's organization.

    Raises:
        NotFound: it is missing or about another tenant's complaint.
    """
    rows = CounterNotice.objects.select_related("complaint__clock", "seller", "notice__marketplace")
    counter = rows.filter(organization_id=actor.organization_id, code=code).first()
    if counter is None:
        raise NotFound
    return counter


def answer_reasons_in_force() -> list[DisputeCode]:
    """Return the reasons a rights holder may give today, in order."""
    return list(DisputeCode.objects.in_force(platform_day()).filter(about=DisputeCode.About.ANSWER))


def _open_rows(actor: Actor, code: str, positions: Sequence[int] | None) -> tuple[CounterNotice, list[ReportedListing]]:
    """Return the counter-notice and its listings that wait, all locked: the complaint first, then its rows in order."""
    counter = own_counter_notice(actor, code)
    # As it is now that it is locked: a reviewer may have decided its last listing a moment ago.
    counter.complaint = Complaint.objects.select_related("clock").locked().get(pk=counter.complaint_id)
    of_it = ReportedListing.objects.filter(counter_notices__counter_notice=counter)
    if positions is not None:
        wanted = sorted(set(positions))
        of_it = of_it.filter(position__in=wanted)
        if not wanted or of_it.count() != len(wanted):
            raise NotFound
    rows = list(of_it.locked())
    waiting = [row for row in rows if row.status == ListingStatus.COUNTERED]
    moment = now()
    if any(row.holder_due_at is not None and closes_at(row.holder_due_at) <= moment for row in waiting):
        raise Conflict(
            "window_closed", _("The time to answer this counter-notice is over; the claim is being withdrawn and the listing comes back.")
        )
    if not waiting or positions is not None and len(waiting) != len(rows):
        message = _("This was answered already, or the claim was withdrawn meanwhile. Reload the page to see where it stands.")
        raise IllegalTransition("illegal_transition", message)
    return counter, waiting


def _check_reasons(reasons: Sequence[str], message: str) -> None:
    known = {code.pk for code in answer_reasons_in_force()}
    errors = []
    if not reasons or set(reasons) - known:
        errors.append(FieldError("reasons", "required", _("Choose at least one reason from the list.")))
    if not message.strip():
        errors.append(FieldError("message", "required", _("Say why; the seller and the second reviewer read it.")))
    elif len(message) > MAX_STATEMENT:
        errors.append(FieldError("message", "too_long", _("At most 5,000 characters; put longer texts into a file.")))
    if errors:
        raise InvalidInput("answer_incomplete", _("The answer was not sent: a rejection needs reasons."), errors=errors)


def _keep_answer(
    actor: Actor, counter: CounterNotice, rows: Sequence[ReportedListing], kind: str, reasons: Sequence[str], message: str
) -> CounterNoticeAnswer:
    return CounterNoticeAnswer.objects.create(
        organization_id=counter.organization_id,
        counter_notice=counter,
        seller_id=counter.seller_id,
        kind=kind,
        reasons=list(reasons),
        message=message.strip(),
        positions=[row.position for row in rows],
        author_label=actor.label,
    )


def _show(counter: CounterNotice, answer: CounterNoticeAnswer, files: Sequence[StoredFile]) -> None:
    pages = pages_of([file.pk for file in files])
    Exhibit.objects.bulk_create(
        Exhibit(
            organization_id=counter.organization_id,
            notice_id=counter.notice_id,
            seller_id=counter.seller_id,
            side=Exhibit.Side.COMPLAINANT,
            counter_notice=counter,
            answer=answer,
            requirement="answer",
            name=file.name,
            sha256=file.sha256,
            pages=pages[file.pk],
        )
        for file in files
    )

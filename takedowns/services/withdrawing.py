"""The rights holder's side of an open complaint: withdraw it or some of its listings, answer a reviewer's question."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.clock import IppNow
from ipp.core.errors import FieldError, IllegalTransition, InvalidInput, NotFound
from ipp.core.events import record
from ipp.core.lifecycle import advance, advance_with_trail
from ipp.core.models import StoredFile
from ipp.core.services.clocks import resume_clock, stop_clock
from takedowns.events import InformationGiven, ListingsWithdrawn
from takedowns.lifecycle import COMPLAINT, LISTING, OPEN_COMPLAINTS, UNDECIDED, WITHDRAWABLE, ComplaintStatus, Ending, ListingStatus
from takedowns.models import Complaint, CounterNoticeListing, Evidence, ReportedListing, Transition
from takedowns.services.counting import recount
from takedowns.services.settling import close_disputes

ANSWER_REQUIREMENT = "answer"
"""What a file sent with an answer is filed under."""

ENDED = "ending = 'withdrawn', settled_at = ipp_now()"


@transaction.atomic
def withdraw_listings(*, actor: Actor, code: str, positions: Sequence[int] | None = None, why: str = "") -> Complaint:
    """Withdraw a complaint, or some of its listings; what was taken down for them comes back (requirement CMP-09).

    Args:
        positions: the listings; all of them when None.
        why: kept with the event; the rights holder's own note.

    Raises:
        NotFound: no such complaint of this organization, or no such listing in it.
        IllegalTransition: nothing is left that could be withdrawn.
    """
    complaint = own_complaint(actor, code)
    rows = ReportedListing.objects.filter(complaint=complaint)
    if positions is not None:
        wanted = sorted(set(positions))
        rows = rows.filter(position__in=wanted)
        if rows.count() != len(wanted) or not wanted:
            raise NotFound
    overturned_in_secret = Q(status=ListingStatus.OVERTURNED) & ~Q(ending=Ending.OVERTURNED)
    decided_in_secret = Q(status=ListingStatus.REJECTED, effective_at=None) | overturned_in_secret
    places = dict(rows.filter(Q(status__in=WITHDRAWABLE) | decided_in_secret).locked().values_list("id", "position"))
    moved = advance_with_trail(ReportedListing, Transition, LISTING, "withdraw", ids=places, also=ENDED, every=False)
    if not moved:
        raise IllegalTransition(
            "nothing_to_withdraw", _("Nothing is left to withdraw here: these listings were withdrawn or not accepted already.")
        )
    close_disputes(moved, CounterNoticeListing.Outcome.WITHDRAWN)
    recount(complaint.pk)
    is_whole = close_complaint(complaint)
    fact = ListingsWithdrawn(
        reference=complaint.reference,
        code=complaint.code,
        positions=sorted(places[pk] for pk in moved),
        why=why.strip()[:500],
        is_whole=is_whole,
    )
    record(fact, actor=actor, subject=complaint)
    complaint.refresh_from_db()
    return complaint


@transaction.atomic
def answer_question(*, actor: Actor, code: str, answer: str, files: Sequence[StoredFile] = ()) -> Complaint:
    """Answer what a reviewer asked; the complaint goes back to the queue and its clock goes on.

    Raises:
        NotFound: no such complaint of this organization.
        IllegalTransition: nothing is asked.
        InvalidInput: the answer is empty.
    """
    complaint = own_complaint(actor, code)
    if not answer.strip():
        error = FieldError("answer", "required", _("Write your answer; files alone do not say what they show."))
        raise InvalidInput("answer_missing", _("The answer is empty."), errors=[error])
    advance(Complaint.objects.all(), COMPLAINT, "answer", ids=[complaint.pk], answer=answer.strip(), version=complaint.version + 1)
    Complaint.objects.filter(pk=complaint.pk).update(due_at=resume_clock(complaint.clock))
    start = Evidence.objects.filter(complaint=complaint).count() + 1
    Evidence.objects.bulk_create(
        Evidence(
            organization_id=complaint.organization_id,
            complaint=complaint,
            requirement=ANSWER_REQUIREMENT,
            file=file,
            position=position,
            for_seller=False,  # it answers a reviewer, who asked without the seller
        )
        for position, file in enumerate(files, start=start)
    )
    fact = InformationGiven(reference=complaint.reference, code=complaint.code, message=answer.strip(), files=len(files))
    record(fact, actor=actor, subject=complaint)
    complaint.refresh_from_db()
    return complaint


def own_complaint(actor: Actor, code: str) -> Complaint:
    """Return the organization's own complaint, locked.

    Raises:
        NotFound: it is missing or another tenant's.
    """
    rows = Complaint.objects.select_related("clock").select_for_update(of=("self",), no_key=True)
    complaint = rows.filter(organization_id=actor.organization_id, code=code).first()
    if complaint is None:
        raise NotFound
    return complaint


def close_complaint(complaint: Complaint) -> bool:
    """Close the complaint when its last undecided listing is gone; what it holds decides as what. Return whether all is withdrawn."""
    is_whole = not ReportedListing.objects.filter(complaint=complaint).exclude(status=ListingStatus.WITHDRAWN).exists()
    changes = {"claimed_by": None, "claim_expires_at": None, "version": complaint.version + 1}
    undecided = ReportedListing.objects.filter(complaint=complaint, status__in=UNDECIDED).exists()
    if is_whole:
        advance(Complaint.objects.all(), COMPLAINT, "withdraw", ids=[complaint.pk], **changes)
    elif complaint.status in OPEN_COMPLAINTS and not undecided:
        advance(Complaint.objects.all(), COMPLAINT, "decide", ids=[complaint.pk], decided_at=IppNow(), **changes)
    else:
        Complaint.objects.filter(pk=complaint.pk).update(version=complaint.version + 1)
        return False
    if complaint.status == ComplaintStatus.INFORMATION_ASKED:
        resume_clock(complaint.clock)
    stop_clock(complaint.clock_id)
    return is_whole

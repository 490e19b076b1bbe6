"""Counter-notices as the rights holder meets them: the list, one of them beside the own claim, and the two answers to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from ipp.core import tenancy
from ipp.core.actors import Actor
from ipp.core.clock import now
from ipp.core.edge import actor_of, language_in_force, new_submission
from ipp.core.errors import DomainError
from ipp.core.forms import add_domain_errors
from ipp.core.middleware import outside_transaction
from ipp.core.models import StoredFile
from ipp.core.services.files import keep_file, page_link, prepared_upload
from ipp.core.services.idempotency import Answer, once, request_hash
from ipp.core.tables import ChipFilter, Column, KeysetTable, TablePage
from ipp.core.timeline import timeline
from ipp.core.ui import Empty
from takedowns import services
from takedowns.forms.counter_notices import AcceptForm, RejectForm
from takedowns.forms.portal import MAX_ANSWER_FILES
from takedowns.lifecycle import ListingStatus
from takedowns.models import Complaint, CounterNotice, ReportedListing
from takedowns.presentation import counter_notices as shown
from takedowns.presentation.filing import evidence_facts, filing_facts, right_line
from takedowns.queries import counter_notices as queries
from takedowns.queries import own, portal
from takedowns.queries.counter_notices import TO_ANSWER, TURNS, Case
from takedowns.services.windows import due_moments
from takedowns.views.following import WRITERS

FIRST_SHOWN = 50
"""How many that wait for an answer stand above the list."""


# -- the list -----------------------------------------------------------------------------------------------------------------
def _table(order: str) -> KeysetTable[CounterNotice]:
    return KeysetTable(
        "counter-notices",
        columns=[
            Column("reference", _("Counter-notice"), kind="ref", second=lambda row: row.seller.name, width="l"),
            Column("complaint", _("Complaint"), value="complaint.right.name", second=lambda row: row.complaint.reference),
            Column("listing_count", _("Listings"), kind="number", sortable=True),
            Column("status", _("State"), kind="state", value=lambda row: shown.line_of(row, now()).badge),
            Column("filed_at", _("Received"), kind="time", sortable=True),
            Column("holder_due_at", _("Until"), kind="clock", sortable=True, value=lambda row: shown.line_of(row, now()).clock),
        ],
        order=order,
        filters=[ChipFilter("state", _("State"), TURNS, queries.in_turn)],
        row_url=lambda row: reverse("takedowns:counter_notice", args=[row.code]),
    )


NEWEST_FIRST, DUE_FIRST = _table("-filed_at"), _table("holder_due_at")


@require_safe
def counter_notices(request: HttpRequest) -> HttpResponse:
    """List what sellers answered: those to answer first, the one whose time ends first in front, then all others."""
    actor = actor_of(request)
    rows = queries.own_counter_notices(actor)
    state = request.GET.get("state", "")
    waiting = queries.to_answer(actor, FIRST_SHOWN) if not state else []
    moment = now()
    context = {
        "waiting": [shown.line_of(row, moment) for row in waiting],
        "page": _page(request, rows, state, has_waiting=bool(waiting)),
        "is_filtered": bool(state),
        "may_write": actor.role in WRITERS,
    }
    return render(request, "takedowns/counter_notices.html", context)


def _page(request: HttpRequest, rows: Any, state: str, *, has_waiting: bool) -> TablePage:
    """Return the list: by due moment where only those to answer are asked for; without them where they stand above it."""
    text = _("When a seller answers one of your complaints, its counter-notice stands here with the time you have to reply.")
    if has_waiting:
        text = _("Those you have answered, and those nobody answered in time, stand here.")
    empty = Empty("message-reply", _("Nothing else here") if has_waiting else _("No counter-notice yet"), text)
    if state == TO_ANSWER:
        return DUE_FIRST.page(rows, request.GET, request.path, empty=empty)
    if has_waiting:
        rows = rows.exclude(pk__in=queries.in_turn(rows.prefetch_related(None), TO_ANSWER).values("pk"))
    return NEWEST_FIRST.page(rows, request.GET, request.path, empty=empty)


# -- one counter-notice -------------------------------------------------------------------------------------------------------
@require_safe
def counter_notice(request: HttpRequest, code: str) -> HttpResponse:
    """Show what a seller says beside the claim it answers, what each answer would do, and how it ended."""
    actor = actor_of(request)
    return _case_page(request, actor, queries.own_counter_notice(actor, code))


@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, code: str) -> HttpResponse:
    """Accept a counter-notice for the listings chosen; a plain look leads back to it."""
    actor = actor_of(request)
    counter = queries.own_counter_notice(actor, code)
    if request.method != "POST":
        return redirect("takedowns:counter_notice", code=code)
    form = _accept_form(queries.case_of(counter), request.POST)
    status = 422
    if form.is_valid():
        chosen, message = form.chosen(), form.cleaned_data["message"]

        def write() -> Answer:
            services.accept_counter_notice(actor=actor, code=code, positions=chosen, message=message)
            return _done(code)

        try:
            done = _once(actor, form, "takedowns:accept_counter_notice", request_hash(code, chosen, message), write)
            messages.success(request, _accepted_words(len(chosen)))
            return redirect(done.location)
        except DomainError as error:
            status = error.status
            add_domain_errors(form, error)
    return _case_page(request, actor, queries.own_counter_notice(actor, code), accepting=form, status=status)


@outside_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def reject(request: HttpRequest, code: str) -> HttpResponse:
    """Reject a counter-notice for the listings chosen, with reasons and files; a plain look leads back to it.

    Files that pass are stored at once and carried along in the form, so that a refusal loses nothing.
    """
    actor = actor_of(request)
    with tenancy.acting(actor):
        case = queries.case_of(queries.own_counter_notice(actor, code))
        form = _reject_form(case, request.POST, request.FILES, files=_held(actor, request)) if request.method == "POST" else None
    if form is None:
        return redirect("takedowns:counter_notice", code=code)
    status = 422
    is_complete = form.is_valid()
    if _store(actor, form) and is_complete:
        try:
            done = _reject(actor, code, form)
            messages.success(request, _("Rejected. A second reviewer looks at both sides and decides."))
            return redirect(done.location)
        except DomainError as error:
            status = error.status
            add_domain_errors(form, error)
    with tenancy.acting(actor):
        return _case_page(request, actor, queries.own_counter_notice(actor, code), rejecting=form, status=status)


def _reject(actor: Actor, code: str, form: RejectForm) -> Answer:
    data, chosen = form.cleaned_data, form.chosen()

    def write() -> Answer:
        services.reject_counter_notice(
            actor=actor, code=code, positions=chosen, reasons=data["reasons"], message=data["message"], files=form.files_held
        )
        return _done(code)

    with tenancy.acting(actor):
        said = request_hash(code, chosen, data["reasons"], data["message"], [file.sha256 for file in form.files_held])
        return _once(actor, form, "takedowns:reject_counter_notice", said, write)


def _once(actor: Actor, form: AcceptForm | RejectForm, route: str, said: str, write: Callable[[], Answer]) -> Answer:
    key = f"page:{form.cleaned_data['submission']}"
    return once(actor=actor, key=key, route=route, fingerprint=said, effect=write, wait=True)


def _done(code: str) -> Answer:
    return Answer(302, location=reverse("takedowns:counter_notice", args=[code]))


def _accepted_words(count: int) -> str:
    return ngettext(
        "Accepted. The claim is withdrawn and the listing comes back on the marketplace.",
        "Accepted. The claims are withdrawn and the listings come back on the marketplace.",
        count,
    )


def _held(actor: Actor, request: HttpRequest) -> list[StoredFile]:
    """Return the files an earlier sending of the form stored; only the organization's own."""
    wanted = request.POST.getlist("held")[:MAX_ANSWER_FILES]
    return list(StoredFile.objects.filter(organization_id=actor.organization_id, code__in=wanted).order_by("id"))


def _store(actor: Actor, form: RejectForm) -> bool:
    """Store the chosen files one by one and hold them; return whether all of them passed."""
    passed = True
    for upload in form.cleaned_data.get("attachments") or ():
        try:
            form.hold(_store_one(actor, form, upload))
        except DomainError as error:
            form.add_error("attachments", f"{upload.name}: {error.message}")
            passed = False
    return passed


def _store_one(actor: Actor, form: RejectForm, upload: UploadedFile[bytes]) -> StoredFile:
    """Store one file, once for a submission however often it is sent."""
    with prepared_upload(upload) as prepared:

        def write() -> Answer:
            return Answer(201, {"file": keep_file(actor=actor, prepared=prepared).code})

        digest = prepared.examined.sha256
        with tenancy.acting(actor):
            key = f"page:{form.cleaned_data.get('submission', '')}:{digest}"
            done = once(actor=actor, key=key, route="takedowns:reject_counter_notice", fingerprint=digest, effect=write, wait=True)
            stored = StoredFile.objects.get(organization_id=actor.organization_id, code=done.body["file"])
        prepared.is_kept = not done.replayed
    return stored


# -- what the page shows --------------------------------------------------------------------------------------------------------
def _case_page(
    request: HttpRequest,
    actor: Actor,
    counter: CounterNotice,
    *,
    accepting: AcceptForm | None = None,
    rejecting: RejectForm | None = None,
    status: int = 200,
) -> HttpResponse:
    case, moment = queries.case_of(counter), now()
    turn = queries.turn_of(counter, moment)
    is_open = turn == TO_ANSWER and actor.role in WRITERS
    refused = next((form for form in (accepting, rejecting) if form is not None and not is_open), None)
    context = {
        "row": counter,
        "complaint": counter.complaint,
        "line": shown.line_of(counter, moment),
        "headlines": shown.headlines(case, turn, moment),
        "grounds": [(ground.label(language_in_force()), ground.help(language_in_force())) for ground in case.grounds],
        "said": shown.said_facts(counter),
        "exhibits": shown.sellers_exhibits(case),
        "listings": shown.listing_faces(case, moment),
        "answers": shown.answers_given(case),
        "rulings": shown.rulings_told(case),
        "shop": shown.shop_facts(counter, queries.answers_of_shop(counter)),
        "story": timeline(counter.complaint, actor=actor, keep=shown.belongs(case))[::-1],
        "is_open": is_open,
        "is_turn": turn == TO_ANSWER,
        "refused": refused,
        **_own_side(counter.complaint),
        **(_prospects(actor, case, moment) if turn == TO_ANSWER else {}),
        **(_forms(case, accepting, rejecting) if is_open else {}),
    }
    return render(request, "takedowns/counter_notice.html", context, status=status)


def _own_side(complaint: Complaint) -> dict[str, Any]:
    """Return what the reader claimed, to lay beside what the seller says."""
    evidence = portal.evidence_of(complaint)
    files: dict[str, list[str]] = {}
    for item, _pages in evidence:
        files.setdefault(item.requirement, []).append(item.file.name)
    return {
        "right_line": right_line(complaint.right),
        "reason": complaint.reason.label(language_in_force()),
        "facts": [*evidence_facts(complaint.reason, complaint.tier, complaint.statements, files), *filing_facts(complaint)[:1]],
        "pages": [(page_link(one, name=complaint.reference), one) for _item, pages in evidence for one in pages],
    }


def _prospects(actor: Actor, case: Case, moment: datetime) -> dict[str, Any]:
    """Return what accepting, rejecting and saying nothing would do."""
    waiting = [item.row for item in case.waiting]
    of_complaint = ReportedListing.objects.filter(organization_id=actor.organization_id, complaint=case.counter.complaint)
    gone = [item.pk for item in waiting]
    prospect = shown.Prospect(
        count=len(waiting),
        left=of_complaint.exclude(pk__in=gone).exclude(status=ListingStatus.WITHDRAWN).count(),
        metrics=own.metrics_of(actor),
        filed_at=case.counter.complaint.filed_at,
        due_at=case.counter.holder_due_at,
        decided_by=min(due_moments(waiting, "platform")),
        are_down=all(row.removed_at is not None and row.restored_at is None for row in waiting),
        moment=moment,
    )
    return {
        "if_accepted": shown.if_accepted(prospect),
        "if_rejected": shown.if_rejected(prospect),
        "if_silent": shown.if_silent(prospect),
        "waiting_count": len(waiting),
    }


def _forms(case: Case, accepting: AcceptForm | None, rejecting: RejectForm | None) -> dict[str, Any]:
    accept, reject = accepting or _accept_form(case), rejecting or _reject_form(case)
    return {"accept_form": accept, "reject_form": reject, "accept_is_open": accept.is_bound, "reject_is_open": reject.is_bound}


def _accept_form(case: Case, data: Any = None) -> AcceptForm:
    return AcceptForm(data, auto_id="id_accept_%s", initial={"submission": new_submission()}, **_choices(case))


def _reject_form(case: Case, data: Any = None, uploads: Any = None, *, files: Sequence[StoredFile] = ()) -> RejectForm:
    reasons = services.answer_reasons_in_force()
    initial = {"submission": new_submission()}
    return RejectForm(data, uploads, auto_id="id_reject_%s", initial=initial, reasons=reasons, files=files, **_choices(case))


def _choices(case: Case) -> dict[str, Any]:
    """Return the listings a form offers: those that wait; the others of the counter-notice are known, and the service says more."""
    faces = {face.position: face for face in shown.listing_faces(case, case.counter.filed_at)}
    waiting = [faces[item.row.position] for item in case.waiting]
    return {"known": list(faces), "choices": [(str(face.position), f"{face.title} · {face.number}") for face in waiting]}

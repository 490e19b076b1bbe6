"""Pages of the applicant (portal) and of the verification desk (staff)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ipp.core import tenancy
from ipp.core.actors import Actor
from ipp.core.clock import now
from ipp.core.edge import actor_of, language_in_force, new_submission
from ipp.core.errors import Conflict, DomainError, InvalidInput
from ipp.core.faces import clock_face
from ipp.core.forms import add_domain_errors
from ipp.core.middleware import outside_transaction
from ipp.core.models import Organization
from ipp.core.services.files import Prepared, keep_file, page_link, prepared_upload
from ipp.core.services.idempotency import Answer, once, request_hash
from ipp.core.tables import ChipFilter, Column, KeysetTable
from ipp.core.timeline import timeline
from ipp.core.ui import ClockFace, Empty
from rightsholders import queries, services
from rightsholders.forms import DecisionForm, PaperForm
from rightsholders.lifecycle import OPEN, QUEUED, Status
from rightsholders.models import Verification
from rightsholders.presentation import AXIS, beside_the_paper, findings, first_steps, identity_facts, paper_facts, paper_word
from rightsholders.services.verifying import reasons_in_force

WRITERS = ("owner", "filer")
"""Roles of a tenant that may send papers in and take them back; the access policy says the same."""


def _queue_clock(row: Any) -> ClockFace:
    """Return a queued case's clock at the moment the list was read (`desk_queue` asks the database once for all)."""
    return clock_face(row.clock, row.shown_at)


QUEUE: KeysetTable[Verification] = KeysetTable(
    "verifications",
    columns=[
        Column("reference", _("Reference"), kind="ref"),
        Column("organization", _("Applicant"), value=lambda row: row.organization.name, second=lambda row: paper_word(row.paper.kind)),
        Column("status", _("State"), kind="state", axis=AXIS),
        Column("due_at", _("Promised by"), kind="clock", sortable=True, value=_queue_clock),
        Column("claimed_by", _("Held by"), value=lambda row: str(row.claimed_by) if row.claimed_by else ""),
    ],
    order="due_at",
    filters=[
        ChipFilter(
            "state",
            _("State"),
            [(Status.SUBMITTED.value, _("In the queue")), (Status.IN_REVIEW.value, _("Being checked"))],
            lambda rows, value: rows.filter(status=value),
        )
    ],
    row_url=lambda row: reverse("rightsholders:case", args=[row.code]),
    empty=Empty(
        "circle-check", _("The queue is empty"), _("Every paper sent in has been checked. New ones appear here, nearest deadline first.")
    ),
)

HOLDERS: KeysetTable[Organization] = KeysetTable(
    "holders",
    columns=[
        Column("name", _("Name"), sortable=True, second=lambda row: row.get_account_kind_display()),
        Column("kind", _("Kind"), value=lambda row: row.get_kind_display()),
        Column("verified_at", _("Verified on"), kind="time"),
        Column("created_at", _("Registered on"), kind="time", sortable=True),
    ],
    order="-created_at",
    empty=Empty("users", _("Nobody has registered yet"), _("Rights holders and agencies appear here once they open an account.")),
)


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Show what waits for the organization, and what happened last."""
    actor = actor_of(request)
    organization = queries.organization_of(actor)
    moment = now()
    rows = list(queries.own_verifications(actor).order_by("-id")[:5])
    shown = [_shown(row, moment) for row in rows]
    under_way = next((item for item in shown if item["status"] in OPEN), None)
    context = {
        "organization": organization,
        "rows": shown,
        "open": under_way,
        "is_refused": bool(shown) and shown[0]["status"] == Status.REFUSED,
        "identity": next((identity_facts(organization, row) for row in rows if row.status == Status.APPROVED), []),
        "story": timeline(rows[0], actor=actor)[::-1] if rows else [],
        "steps": first_steps(organization, is_sent=under_way is not None),
        "may_write": actor.role in WRITERS,
    }
    return render(request, "rightsholders/start.html", context)


@outside_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def send_paper(request: HttpRequest) -> HttpResponse:
    """Send an identity paper in. The file is checked before any transaction opens; everything typed survives a refusal."""

    def effect(actor: Actor, prepared: Prepared, details: services.PaperDetails) -> Verification:
        return services.submit_identity_paper(actor=actor, file=keep_file(actor=actor, prepared=prepared), details=details)

    return _paper_page(request, effect, None)


@outside_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def answer_question(request: HttpRequest, code: str) -> HttpResponse:
    """Answer a verifier's question with another paper."""

    def effect(actor: Actor, prepared: Prepared, details: services.PaperDetails) -> Verification:
        return services.answer_question(actor=actor, code=code, file=keep_file(actor=actor, prepared=prepared), details=details)

    return _paper_page(request, effect, code)


@require_safe
def verification(request: HttpRequest, code: str) -> HttpResponse:
    """Show one verification to its applicant."""
    actor = actor_of(request)
    row = queries.own_verification(actor, code)
    moment = now()
    shown = _shown(row, moment)
    decided = shown["status"] in (Status.APPROVED, Status.REFUSED)
    language = language_in_force()
    decision = queries.latest_decision(row) if decided else None
    context = {
        **shown,
        "facts": paper_facts(row.paper),
        "pages": [(page, page_link(page, name=row.reference)) for page in queries.pages_of(row.paper.file)],
        "story": timeline(row, actor=actor),
        "decision": decision,
        "reason": decision.reason.label(language) if decision and decision.reason else "",
        "remedy": decision.reason.remedy(language) if decision and decision.reason else "",
        "may_write": actor.role in WRITERS,
        "is_open": shown["status"] in OPEN,
    }
    return render(request, "rightsholders/verification.html", context)


@require_POST
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Take a paper back."""
    services.withdraw_verification(actor=actor_of(request), code=code)
    messages.success(request, _("Taken back. You can send another paper whenever you like."))
    return redirect("rightsholders:verification", code=code)


@require_safe
def desk_start(request: HttpRequest) -> HttpResponse:
    """Send each member of staff to where their work waits."""
    return redirect("rightsholders:queue" if actor_of(request).role in ("verifier", "reviewer", "approver") else "core:operations")


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """List the cases verifiers can work on, nearest deadline first."""
    page = QUEUE.page(queries.desk_queue().order_by(), request.GET, request.path)
    context = {"page": page, "may_decide": actor_of(request).role == "verifier"}
    return render(request, "rightsholders/queue.html", context)


@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    """Claim the next case nobody holds and open it."""
    row = services.next_verification(actor=actor_of(request))
    if row is None:
        messages.info(request, _("Nothing waits. Well done."))
        return redirect("rightsholders:queue")
    return redirect("rightsholders:case", code=row.code)


@require_safe
def case(request: HttpRequest, code: str) -> HttpResponse:
    """Show one case: the queue, the paper, what was typed, what the machine saw, and the decision."""
    return _case_page(request, code, None)


@require_POST
def claim(request: HttpRequest, code: str) -> HttpResponse:
    """Take or keep a case."""
    services.claim_verification(actor=actor_of(request), code=code)
    return redirect("rightsholders:case", code=code)


@require_POST
def release(request: HttpRequest, code: str) -> HttpResponse:
    """Put a case back."""
    services.release_verification(actor=actor_of(request), code=code)
    messages.info(request, _("Back in the queue."))
    return redirect("rightsholders:queue")


@require_POST
def approve(request: HttpRequest, code: str) -> HttpResponse:
    """Find the paper good."""
    return _decide(request, code, lambda actor, data: services.approve_verification(actor=actor, code=code, **_picked(data)))


@require_POST
def refuse(request: HttpRequest, code: str) -> HttpResponse:
    """Find the paper not good enough."""
    return _decide(
        request, code, lambda actor, data: services.refuse_verification(actor=actor, code=code, reason=data["reason"], **_picked(data))
    )


@require_POST
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """Ask the applicant for something more."""

    def effect(actor: Actor, data: dict[str, Any]) -> Verification:
        seen = {"version": data["version"], "question": data["message"], "note": data["note"]}
        try:
            return services.ask_for_information(actor=actor, code=code, **seen)
        except InvalidInput as error:
            error.errors = tuple(replace(item, pointer="message") for item in error.errors)  # what the field is called on this page
            raise

    return _decide(request, code, effect)


@require_POST
def undo(request: HttpRequest, code: str) -> HttpResponse:
    """Take one's own decision back within its undo time."""
    services.undo_decision(actor=actor_of(request), code=code)
    messages.info(request, _("Taken back; nothing was sent. The case is yours again."))
    return redirect("rightsholders:case", code=code)


@require_safe
def holders(request: HttpRequest) -> HttpResponse:
    """List rights holders and agencies."""
    rows = Organization.objects.exclude(kind="platform")
    return render(request, "rightsholders/holders.html", {"page": HOLDERS.page(rows, request.GET, request.path)})


def _shown(row: Verification, moment: datetime) -> dict[str, Any]:
    """Return a verification as its applicant sees it: state, clock, paper."""
    status = queries.public_status(row, moment)
    if status != row.status:
        row.clock.stopped_at = None  # a decision that can still be taken back is not told by its clock either
    paused = _t("waiting for your answer") if row.status == Status.INFORMATION_ASKED else ""
    return {
        "row": row,
        "status": status,
        "axis": AXIS,
        "paper": paper_word(row.paper.kind),
        "clock": clock_face(row.clock, moment, paused=paused) if status != Status.WITHDRAWN else None,
    }


def _under_way(actor: Actor) -> Verification | None:
    """Return the verification that is open in the applicant's eyes."""
    row = queries.own_verifications(actor).order_by("-id").first()
    return row if row is not None and queries.public_status(row, now()) in OPEN else None


def _paper_page(
    request: HttpRequest, effect: Callable[[Actor, Prepared, services.PaperDetails], Verification], code: str | None
) -> HttpResponse:
    actor = actor_of(request)
    with tenancy.acting(actor):
        organization = queries.organization_of(actor)
        row = queries.own_verification(actor, code) if code else None
    if row is not None and request.method != "POST" and row.status != Status.INFORMATION_ASKED:
        raise Conflict("nothing_asked", _("Nothing is asked of you here. Look at the case to see where it stands."))
    status = 200
    is_sent = request.method == "POST"
    form = PaperForm(
        request.POST if is_sent else None,
        request.FILES if is_sent else None,
        account_kind=organization.account_kind,
        initial={"submission": new_submission(), "holder_name": organization.name, "country": organization.country},
    )
    if is_sent and form.is_valid():
        try:
            answer = _send(request, actor, form, effect)
            messages.success(request, _("Sent in. We check it within three business days and tell you here and by mail."))
            return redirect(answer.location)
        except DomainError as error:
            status = error.status
            add_domain_errors(form, error)
    with tenancy.acting(actor):
        context = {"form": form, "organization": organization, "row": row, "under_way": _under_way(actor) if row is None else None}
        return render(request, "rightsholders/paper.html", context, status=422 if form.errors and status == 200 else status)


def _send(
    request: HttpRequest,
    actor: Actor,
    form: PaperForm,
    effect: Callable[[Actor, Prepared, services.PaperDetails], Verification],
) -> Answer:
    data = dict(form.cleaned_data)
    upload, submission = data.pop("file"), data.pop("submission")
    with prepared_upload(upload) as prepared:

        def write() -> Answer:
            row = effect(actor, prepared, services.PaperDetails(**data))
            return Answer(302, location=reverse("rightsholders:verification", args=[row.code]))

        with tenancy.acting(actor):
            answer = once(
                actor=actor,
                key=f"page:{submission}",
                route=request.path,
                fingerprint=request_hash(data, prepared.examined.sha256),
                effect=write,
                wait=True,
            )
        prepared.is_kept = not answer.replayed
    return answer


def _case_page(request: HttpRequest, code: str, form: DecisionForm | None, *, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    moment = now()
    row = queries.desk_case(code)
    is_claimed = row.claim_expires_at is not None and row.claim_expires_at > moment
    decision = queries.latest_decision(row)
    typed, others = beside_the_paper(row.paper, findings(row, moment))
    paused = _t("waiting for the applicant") if row.status == Status.INFORMATION_ASKED else ""
    context = {
        "row": row,
        "axis": AXIS,
        "paper": paper_word(row.paper.kind),
        "clock": clock_face(row.clock, moment, paused=paused),
        "form": form or DecisionForm(initial={"version": row.version}, **_form_arguments()),
        "typed": typed,
        "findings": others,
        "pages": [(page, page_link(page, name=row.reference)) for page in queries.pages_of(row.paper.file)],
        "queue": [(item, clock_face(item.clock, moment)) for item in queries.desk_queue()[:8]],
        "story": timeline(row, actor=actor),
        "holds": is_claimed and row.claimed_by_id == actor.user_id,
        "is_free": row.status in QUEUED and not is_claimed,
        "may_decide": actor.role == "verifier",
        "decision": decision,
        "reason": decision.reason.label(language_in_force()) if decision and decision.reason else "",
        "undo_seconds": _undo_seconds(row, moment),
        "may_undo": decision is not None and decision.decided_by_id == actor.user_id and queries.public_status(row, moment) != row.status,
    }
    return render(request, "rightsholders/case.html", context, status=status)


def _undo_seconds(row: Verification, moment: datetime) -> int:
    if row.decided_at is None:
        return 0
    return max(0, settings.UNDO_SECONDS - int((moment - row.decided_at).total_seconds()))


def _decide(request: HttpRequest, code: str, effect: Callable[[Actor, dict[str, Any]], Verification]) -> HttpResponse:
    form = DecisionForm(request.POST, **_form_arguments())
    if not form.is_valid():
        return _case_page(request, code, form, status=422)
    try:
        effect(actor_of(request), form.cleaned_data)
    except InvalidInput as error:
        add_domain_errors(form, error)
        return _case_page(request, code, form, status=422)
    return redirect("rightsholders:case", code=code)


def _form_arguments() -> dict[str, Any]:
    return {"reasons": list(reasons_in_force()), "language": language_in_force()}


def _picked(data: dict[str, Any]) -> dict[str, Any]:
    return {key: data[key] for key in ("version", "message", "note")}

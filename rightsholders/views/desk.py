"""Pages of the verification desk: the queue of papers and rights, a case, and each decision."""

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
from django.views.decorators.http import require_POST, require_safe

from ipp.core.actors import Actor
from ipp.core.clock import now
from ipp.core.edge import actor_of, language_in_force
from ipp.core.errors import InvalidInput
from ipp.core.faces import clock_face
from ipp.core.forms import add_domain_errors
from ipp.core.models import Organization
from ipp.core.tables import ChipFilter, Column, KeysetTable
from ipp.core.timeline import timeline
from ipp.core.ui import ClockFace, Empty
from rightsholders import queries, services
from rightsholders.forms import DecisionForm
from rightsholders.lifecycle import QUEUED, Status
from rightsholders.models import RightKind, Verification
from rightsholders.presentation import AXIS, examined, subject_word
from rightsholders.services.verifying import reasons_in_force


def _queue_clock(row: Any) -> ClockFace:
    """Return a queued case's clock at the moment the list was read (`desk_queue` asks the database once for all)."""
    return clock_face(row.clock, row.shown_at)


QUEUE: KeysetTable[Verification] = KeysetTable(
    "verifications",
    columns=[
        Column("reference", _("Reference"), kind="ref"),
        Column(
            "organization",
            _("Applicant"),
            value=lambda row: row.organization.name,
            second=lambda row: row.right.name if row.right else row.identity_paper.holder_name,
        ),
        Column("about", _("Type"), value=subject_word),
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
        ),
        ChipFilter(
            "type",
            _("Type"),
            [("identity", _("Identity")), *RightKind.choices],
            lambda rows, value: rows.filter(paper__isnull=False) if value == "identity" else rows.filter(right__kind=value),
        ),
    ],
    row_url=lambda row: reverse("rightsholders:case", args=[row.code]),
    empty=Empty(
        "circle-check",
        _("The queue is empty"),
        _("Every paper and every right sent in has been checked. New ones appear here, nearest deadline first."),
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


def _case_page(request: HttpRequest, code: str, form: DecisionForm | None, *, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    moment = now()
    row = queries.desk_case(code)
    is_claimed = row.claim_expires_at is not None and row.claim_expires_at > moment
    decision = queries.latest_decision(row)
    view = examined(row, moment)
    paused = _t("waiting for the applicant") if row.status == Status.INFORMATION_ASKED else ""
    context = {
        "row": row,
        "axis": AXIS,
        "paper": subject_word(row),
        "clock": clock_face(row.clock, moment, paused=paused),
        "form": form or DecisionForm(initial={"version": row.version}, **_form_arguments(row.about)),
        "typed": view.typed,
        "findings": view.findings,
        "files": view.files,
        "pages": sum(len(file.pages) for file in view.files),
        "queue": [(item, clock_face(item.clock, moment)) for item in queries.desk_queue()[:8]],
        "story": timeline(row.right or row, actor=actor),
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
    form = DecisionForm(request.POST, **_form_arguments(queries.desk_case(code).about))
    if not form.is_valid():
        return _case_page(request, code, form, status=422)
    try:
        effect(actor_of(request), form.cleaned_data)
    except InvalidInput as error:
        add_domain_errors(form, error)
        return _case_page(request, code, form, status=422)
    return redirect("rightsholders:case", code=code)


def _form_arguments(about: str) -> dict[str, Any]:
    return {"reasons": list(reasons_in_force(about)), "language": language_in_force()}


def _picked(data: dict[str, Any]) -> dict[str, Any]:
    return {key: data[key] for key in ("version", "message", "note")}

"""Pages of the applicant: where the proof of identity stands, sending a paper, answering, taking it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

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
from ipp.core.errors import Conflict, DomainError
from ipp.core.faces import clock_face
from ipp.core.forms import add_domain_errors
from ipp.core.middleware import outside_transaction
from ipp.core.services.files import Prepared, keep_file, page_link, prepared_upload
from ipp.core.services.idempotency import Answer, once, request_hash
from ipp.core.timeline import timeline
from rightsholders import queries, services
from rightsholders.forms import PaperForm
from rightsholders.lifecycle import OPEN, Status
from rightsholders.models import Verification
from rightsholders.presentation import AXIS, first_steps, identity_facts, paper_facts, paper_word

WRITERS = ("owner", "filer")
"""Roles of a tenant that may send papers in and take them back; the access policy says the same."""


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
        "facts": paper_facts(row.identity_paper),
        "pages": [(page, page_link(page, name=row.reference)) for page in queries.pages_of(row.identity_paper.file)],
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
        "paper": paper_word(row.identity_paper.kind),
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

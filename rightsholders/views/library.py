"""Pages of the rights library: the list, adding a right, one right, answering, taking it out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
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
from ipp.core.services.files import Prepared, keep_file, prepared_upload
from ipp.core.services.idempotency import Answer, once, request_hash
from ipp.core.tables import ChipFilter, Column, KeysetTable
from ipp.core.timeline import timeline
from ipp.core.ui import Empty
from rightsholders import queries, services
from rightsholders.forms import RightAnswerForm, RightForm
from rightsholders.lifecycle import RightStatus
from rightsholders.models import Right, RightKind
from rightsholders.presentation import RIGHT_AXIS, expiry_face, file_views, right_facts, right_steps, shown_status, territory_words
from rightsholders.presentation.classes import NICE
from rightsholders.views.applicant import WRITERS

KIND_CARDS = (
    (RightKind.TRADEMARK, "trademark", _("A registered word, logo or label. Used against copies that carry your mark.")),
    (RightKind.COPYRIGHT, "copyright", _("A picture, text, film, program or figure. Registration helps, but is not needed.")),
    (RightKind.DESIGN, "shape", _("The look of a product, registered with its views.")),
    (RightKind.UTILITY_MODEL, "tool", _("A small invention, granted without examination. China asks for an evaluation report.")),
    (RightKind.INVENTION, "bulb", _("A technical invention, granted after examination.")),
)
"""Kinds to choose from: icon and one line each."""

EXPIRED = "expired"


def _by_state(rows: QuerySet[Right], value: str) -> QuerySet[Right]:
    today = now().date()
    if value == EXPIRED:
        return rows.filter(status=RightStatus.VALIDATED, expires_on__lt=today)
    if value == RightStatus.VALIDATED:
        return rows.filter(status=value).exclude(expires_on__lt=today)
    return rows.filter(status=value)


RIGHTS: KeysetTable[Right] = KeysetTable(
    "rights",
    columns=[
        Column("name", _("Right"), sortable=True, second=lambda row: row.reference),
        Column("kind", _("Kind"), value=lambda row: row.get_kind_display(), second=lambda row: row.number),
        Column("territories", _("Holds in"), value=lambda row: territory_words(row.territories), hide_on_phone=True),
        Column("status", _("State"), kind="state", axis=RIGHT_AXIS, value=lambda row: shown_status(row, now().date())),
        Column("expires_on", _("Holds until"), kind="clock", value=lambda row: expiry_face(row, now().date())),
        Column("created_at", _("Added"), kind="time", sortable=True, hide_on_phone=True),
    ],
    order="-created_at",
    filters=[
        ChipFilter("kind", _("Kind"), RightKind.choices, lambda rows, value: rows.filter(kind=value)),
        ChipFilter(
            "state",
            _("State"),
            [
                (RightStatus.WAITING.value, _("Being checked")),
                (RightStatus.INFORMATION_ASKED.value, _("Waiting for you")),
                (RightStatus.VALIDATED.value, _("Validated")),
                (EXPIRED, _("Expired")),
                (RightStatus.REFUSED.value, _("Refused")),
                (RightStatus.WITHDRAWN.value, _("Withdrawn")),
            ],
            _by_state,
        ),
    ],
    row_url=lambda row: reverse("rightsholders:right", args=[row.code]),
    empty=Empty("certificate", _("No rights yet"), _("Add a certificate once; every later complaint can rest on it.")),
)


@require_safe
def rights(request: HttpRequest) -> HttpResponse:
    """List the organization's rights."""
    actor = actor_of(request)
    page = RIGHTS.page(queries.rights_of(actor).order_by(), request.GET, request.path)
    context = {"page": page, "may_write": actor.role in WRITERS, "organization": queries.organization_of(actor)}
    return render(request, "rightsholders/rights.html", context)


@require_safe
def choose_right(request: HttpRequest) -> HttpResponse:
    """Ask which kind of right is added."""
    cards = [(kind, kind.label, icon, text) for kind, icon, text in KIND_CARDS]
    context = {"cards": cards, "organization": queries.organization_of(actor_of(request))}
    return render(request, "rightsholders/choose_right.html", context)


@outside_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def add_right(request: HttpRequest, kind: str) -> HttpResponse:
    """Add a right of a kind. Files are checked before any transaction opens; everything typed survives a refusal."""
    if kind not in RightKind.values:
        raise Http404
    actor = actor_of(request)
    with tenancy.acting(actor):
        organization = queries.organization_of(actor)
    is_sent = request.method == "POST"
    initial = {"submission": new_submission(), "owner_name": organization.name}
    form = RightForm(request.POST if is_sent else None, request.FILES if is_sent else None, kind=kind, initial=initial)

    def effect(documents: Sequence[services.DocumentUpload]) -> Right:
        details = services.RightDetails(kind=kind, **form.typed())
        return services.add_right(actor=actor, details=details, documents=documents)

    status = 200
    if is_sent:
        status, answer = _sent(request, actor, form, effect)
        if answer is not None:
            messages.success(request, _("Added. We check it within five business days and tell you here and by mail."))
            return redirect(answer.location)
    with tenancy.acting(actor):
        nice = list(NICE.items()) if kind == RightKind.TRADEMARK else []
        context = {"form": form, "kind": RightKind(kind), "organization": organization, "nice": nice}
        return render(request, "rightsholders/add_right.html", context, status=status)


@require_safe
def right(request: HttpRequest, code: str) -> HttpResponse:
    """Show one right to its holder."""
    actor = actor_of(request)
    row = queries.own_right(actor, code)
    return render(request, "rightsholders/right.html", _right_context(row, actor))


@outside_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def answer_right(request: HttpRequest, code: str) -> HttpResponse:
    """Answer a verifier's question about a right."""
    actor = actor_of(request)
    with tenancy.acting(actor):
        row = queries.own_right(actor, code)
        question = queries.verification_of(row).question
    is_sent = request.method == "POST"
    if not is_sent and row.status != RightStatus.INFORMATION_ASKED:
        raise Conflict("nothing_asked", _("Nothing is asked of you here. Look at the right to see where it stands."))
    initial = {"submission": new_submission()}
    form = RightAnswerForm(request.POST if is_sent else None, request.FILES if is_sent else None, kind=row.kind, initial=initial)

    def effect(documents: Sequence[services.DocumentUpload]) -> Right:
        return services.answer_right_question(actor=actor, code=code, documents=documents, message=form.cleaned_data["message"])

    status = 200
    if is_sent:
        status, answer = _sent(request, actor, form, effect)
        if answer is not None:
            messages.success(request, _("Sent. The check goes on, and so does its clock."))
            return redirect(answer.location)
    with tenancy.acting(actor):
        context = {"form": form, "row": row, "question": question}
        return render(request, "rightsholders/answer_right.html", context, status=status)


@require_POST
def withdraw_right(request: HttpRequest, code: str) -> HttpResponse:
    """Take a right out of the library."""
    services.withdraw_right(actor=actor_of(request), code=code)
    messages.success(request, _("Taken out of the library. Nothing new can be based on it."))
    return redirect("rightsholders:right", code=code)


def _right_context(row: Right, actor: Actor) -> dict[str, Any]:
    moment = now()
    check = queries.verification_of(row)
    status = shown_status(row, moment.date())
    if row.status == RightStatus.WAITING:
        check.clock.stopped_at = None  # a decision that can still be taken back is not told by its clock either
    paused = _t("waiting for your answer") if row.status == RightStatus.INFORMATION_ASKED else ""
    under_check = row.status in (RightStatus.WAITING, RightStatus.INFORMATION_ASKED)
    decision = queries.latest_decision(check) if row.status in (RightStatus.VALIDATED, RightStatus.REFUSED) else None
    language = language_in_force()
    return {
        "row": row,
        "status": status,
        "axis": RIGHT_AXIS,
        "clock": clock_face(check.clock, moment, paused=paused) if under_check else _force_face(row, moment.date()),
        "facts": right_facts(row),
        "files": file_views(row),
        "story": timeline(row, actor=actor),
        "steps": right_steps(row),
        "question": check.question,
        "decision": decision,
        "reason": decision.reason.label(language) if decision and decision.reason else "",
        "remedy": decision.reason.remedy(language) if decision and decision.reason else "",
        "may_write": actor.role in WRITERS,
        "is_under_check": under_check,
        "may_withdraw": row.status in (RightStatus.WAITING, RightStatus.INFORMATION_ASKED, RightStatus.VALIDATED),
    }


def _force_face(row: Right, today: date) -> Any:
    return expiry_face(row, today) if row.status == RightStatus.VALIDATED else None


def _sent(
    request: HttpRequest,
    actor: Actor,
    form: RightForm | RightAnswerForm,
    effect: Callable[[Sequence[services.DocumentUpload]], Right],
) -> tuple[int, Answer | None]:
    """Carry a filled-in form out; return the status of the page, and where to go if it went well."""
    if not form.is_valid():
        return 422, None
    try:
        return 302, _send(request, actor, form, effect)
    except DomainError as error:
        error.errors = tuple(replace(item, pointer=_field_of(item.pointer, item.code, form)) for item in error.errors)
        add_domain_errors(form, error)
        return error.status, None


def _send(
    request: HttpRequest,
    actor: Actor,
    form: RightForm | RightAnswerForm,
    effect: Callable[[Sequence[services.DocumentUpload]], Right],
) -> Answer:
    typed = {name: value for name, value in form.cleaned_data.items() if name != "submission" and not isinstance(value, list)}
    with _prepared(form.documents()) as documents:

        def write() -> Answer:
            kept = [services.DocumentUpload(kind, keep_file(actor=actor, prepared=item)) for kind, item in documents]
            return Answer(302, location=reverse("rightsholders:right", args=[effect(kept).code]))

        sums = [(kind, item.examined.sha256) for kind, item in documents]
        numbers = {name: value for name, value in form.cleaned_data.items() if name in ("nice_classes", "territories")}
        with tenancy.acting(actor):
            answer = once(
                actor=actor,
                key=f"page:{form.cleaned_data['submission']}",
                route=request.path,
                fingerprint=request_hash([typed, numbers, sums]),
                effect=write,
                wait=True,
            )
        for _kind, item in documents:
            item.is_kept = not answer.replayed
    return answer


@contextmanager
def _prepared(uploads: Sequence[tuple[str, Any]]) -> Iterator[list[tuple[str, Prepared]]]:
    """Prepare every upload for the block; a refused one names the field it was sent in."""
    with ExitStack() as stack:
        ready = []
        for kind, upload in uploads:
            try:
                ready.append((kind, stack.enter_context(prepared_upload(upload))))
            except DomainError as error:
                error.errors = tuple(replace(item, pointer=kind) for item in error.errors)
                raise
        yield ready


def _field_of(pointer: str, code: str, form: RightForm | RightAnswerForm) -> str:
    """Return the field of the page an error belongs to: documents are named by what they are."""
    if pointer == "documents":
        kind = code.removesuffix("_missing")
        return kind if kind in form.fields else next(iter(name for name in form.fields if name in ("certificate", "work")))
    return pointer

"""Filing a complaint in five steps, each kept as it is sent: right, reason, listings, evidence, signature. Works without scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ipp.core import tenancy
from ipp.core.actors import Actor
from ipp.core.clock import now
from ipp.core.edge import actor_of, language_in_force, new_submission
from ipp.core.errors import Conflict, DomainError, FieldError
from ipp.core.forms import add_domain_errors
from ipp.core.middleware import outside_transaction
from ipp.core.models import Clock, StoredFile
from ipp.core.services.clocks import calendar_in_force, due_moment
from ipp.core.services.files import keep_file, prepared_upload
from ipp.core.services.idempotency import Answer, once, request_hash
from ipp.core.ui import Fact, exact_day
from marketplaces.rules.links import extract_links
from marketplaces.services import request_sightings
from rightsholders.queries import organization_of, rights_of, usable_rights
from takedowns import services
from takedowns.forms.portal import GENUINE, NOT_GENUINE, EvidenceForm, LinksForm, ReasonForm, RightForm, SignForm, field_name
from takedowns.models import ComplaintDraft, ReasonCode
from takedowns.presentation.filing import STEPS, evidence_facts, filing_steps, requirement_word, right_line, why_unusable
from takedowns.presentation.pasted import paste_page, place_names
from takedowns.queries.portal import LATEST_RIGHTS, catalogue_of
from takedowns.rules import MAX_LISTINGS, STANDARD, check_evidence, review_hours
from takedowns.services.checking import Checked, platform_day

STEP_OF = {
    "right": "right",
    "reason": "reason",
    "listings": "links",
    "evidence": "evidence",
    "statements": "evidence",
    "seen_on": "evidence",
}
"""The step that mends an error, by the first part of its pointer; what is missing here is mended where one signs."""

Draft = ComplaintDraft


# -- 1: the right -------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose the right a new complaint relies on; the draft begins with it."""
    actor = actor_of(request)

    def begin(right: str) -> str:
        return services.start_draft(actor=actor, right=right).code

    return _right_page(request, actor, begin, None)


@require_http_methods(["GET", "HEAD", "POST"])
def draft_right(request: HttpRequest, code: str) -> HttpResponse:
    """Choose another right for a draft."""
    actor = actor_of(request)
    draft = services.own_draft(actor, code)

    def change(right: str) -> str:
        return services.save_draft(actor=actor, code=code, right=right).code

    return _right_page(request, actor, change, draft)


def _right_page(request: HttpRequest, actor: Actor, keep: Callable[[str], str], draft: Draft | None) -> HttpResponse:
    today = platform_day()
    usable = list(usable_rights(actor.organization_id, today)[:LATEST_RIGHTS])
    chosen = draft.right.code if draft is not None and draft.right is not None else usable[0].code if len(usable) == 1 else ""
    form = RightForm(request.POST or None, rights=[(right, right_line(right)) for right in usable], initial={"right": chosen})
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("takedowns:draft_reason", code=keep(form.cleaned_data["right"]))
        except Conflict as error:
            add_domain_errors(form, error)
    known = {right.pk for right in usable}
    others = [right for right in rights_of(actor)[:LATEST_RIGHTS] if right.pk not in known and right.status != "withdrawn"]
    context = {
        "form": form,
        "usable": usable,
        "others": [(right, right_line(right), why_unusable(right, today)) for right in others],
        "organization": organization_of(actor),
        **_frame("right", draft),
    }
    return render(request, "takedowns/file_right.html", context, status=422 if form.errors else 200)


# -- 2: the reason ------------------------------------------------------------------------------------------------------------
@require_safe
def draft(request: HttpRequest, code: str) -> HttpResponse:
    """Open a draft at its first step that is not done."""
    found = services.own_draft(actor_of(request), code)
    return redirect(_url_of(found, STEPS[min(_reached(found), len(STEPS) - 1)][0]))


@require_http_methods(["GET", "HEAD", "POST"])
def draft_reason(request: HttpRequest, code: str) -> HttpResponse:
    """Choose why the listings are reported; genuine goods stop here, with the explanation (R09 of domain.md 2.1)."""
    actor = actor_of(request)
    found = services.own_draft(actor, code)
    if found.right is None:
        return redirect("takedowns:draft_right", code=code)
    reasons = _reasons_for(found.right.kind)
    initial = {"reason": found.reason_id or "", "genuine": NOT_GENUINE if found.reason_id else ""}
    form = ReasonForm(request.POST or None, reasons=reasons, initial=initial)
    stopped = False
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["genuine"] != GENUINE:
            services.save_draft(actor=actor, code=code, reason=form.cleaned_data["reason"])
            return redirect("takedowns:draft_links", code=code)
        stopped = True
    context = {"form": form, "stopped": stopped, **_frame("reason", found)}
    return render(request, "takedowns/file_reason.html", context, status=422 if form.errors else 200)


def _reasons_for(kind: str) -> list[ReasonCode]:
    rows = ReasonCode.objects.in_force(platform_day())
    return list(rows.filter(right_kinds__contains=[kind], tiers__contains=[STANDARD]))


# -- 3: the listings ----------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def draft_links(request: HttpRequest, code: str) -> HttpResponse:
    """Paste links and see, link by link, what each one is."""
    actor = actor_of(request)
    found = services.own_draft(actor, code)
    if found.right is None or found.reason is None:
        return redirect("takedowns:draft", code=code)
    form = LinksForm(request.POST or None, initial={"links": found.links})
    if request.method == "POST" and form.is_valid():
        found = services.save_draft(actor=actor, code=code, links=form.cleaned_data["links"])
        _ask_marketplaces(_look_at(actor, found))
        return redirect("takedowns:draft_links", code=code)
    checked = _look_at(actor, found) if found.links else None
    page = paste_page(checked, found.links, request.GET.get("show", ""), catalogue_of) if checked else None
    context = {"form": form, "page": page, "most": MAX_LISTINGS, **_frame("links", found)}
    return render(request, "takedowns/file_links.html", context, status=422 if form.errors else 200)


@require_POST
def draft_mend(request: HttpRequest, code: str) -> HttpResponse:
    """Put other links in the place of those that cannot be filed, or leave those out."""
    actor = actor_of(request)
    found = services.own_draft(actor, code)
    if request.POST.get("seen") != request_hash(found.links):
        messages.warning(request, _("The list was changed in another window. Nothing was lost; look at the rows again."))
        return redirect("takedowns:draft_links", code=code)
    entries = extract_links(found.links)
    mended = "\n".join(str(request.POST.get(f"row-{number}", entry)) for number, entry in enumerate(entries))
    found = services.save_draft(actor=actor, code=code, links=mended)
    if request.POST.get("do") == "drop":
        rows = _look_at(actor, found).rows
        kept = [row.link.input for row in rows if row.result in ("pass", "merged")]
        services.save_draft(actor=actor, code=code, links="\n".join(kept))
        count = len(rows) - len(kept)
        messages.success(request, ngettext("%(count)s link was left out.", "%(count)s links were left out.", count) % {"count": count})
    return redirect("takedowns:draft_links", code=code)


def _look_at(actor: Actor, draft: Draft) -> Checked:
    return services.preflight(actor=actor, filing=services.filing_of(draft, extract_links(draft.links)))


def _ask_marketplaces(checked: Checked) -> None:
    """Have the listings of a complaint that could be filed looked at, so that their pictures are there when one signs."""
    if 0 < len(checked.usable) <= MAX_LISTINGS:
        request_sightings(targets=[(row.link.marketplace or "", row.link.external_id or "") for row in checked.usable])


# -- 4: the evidence ----------------------------------------------------------------------------------------------------------
@outside_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def draft_evidence(request: HttpRequest, code: str) -> HttpResponse:
    """Bring what the reason asks for. Files are checked outside any transaction; everything typed is kept, right or wrong."""
    actor = actor_of(request)
    with tenancy.acting(actor):
        found = services.own_draft(actor, code)
        if found.right is None or found.reason is None:
            return redirect("takedowns:draft", code=code)
        form = _evidence_form(request, found)
    if request.method == "POST":
        done = _take_evidence(request, actor, found, form)
        if done is not None:
            return done
    with tenancy.acting(actor):
        files = _files_of(found)
        asked = {field_name(item): item["key"] for item in form.requirements}
        parts = [(form[name], files.pop(asked.get(name, ""), [])) for name in form.fields]
        others = [file for group in files.values() for file in group]
        context = {"form": form, "parts": parts, "others": others, "submission": new_submission(), **_frame("evidence", found)}
        return render(request, "takedowns/file_evidence.html", context, status=422 if form.errors else 200)


def _evidence_form(request: HttpRequest, draft: Draft) -> EvidenceForm:
    assert draft.reason is not None
    requirements = draft.reason.requirements(STANDARD)
    statements = draft.data.get("statements", {})
    today = platform_day()
    return EvidenceForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        requirements=requirements,
        words={item["key"]: requirement_word(item) for item in requirements},
        attached=set(draft.files.values_list("requirement", flat=True)),
        today=today,
        initial={
            **{field_name(item): statements.get(item["key"]) for item in requirements},
            "explanation": draft.data.get("explanation", ""),
            "seen_on": draft.data.get("seen_on") or today,
        },
    )


def _take_evidence(request: HttpRequest, actor: Actor, draft: Draft, form: EvidenceForm) -> HttpResponse | None:
    """Keep what was typed and chosen; return where to go, or None to show what is missing."""
    is_whole = form.is_valid()
    with tenancy.acting(actor):
        services.save_draft(actor=actor, code=draft.code, data=form.typed())
        if file := request.POST.get("detach"):
            services.detach_file(actor=actor, code=draft.code, file=file)
            return redirect("takedowns:draft_evidence", code=draft.code)
    refused = _attach(request, actor, draft, form)
    if request.POST.get("do") == "add":
        for _name, words in refused:
            messages.error(request, words)
        return redirect("takedowns:draft_evidence", code=draft.code)
    for name, words in refused:
        form.add_error(name, words)
    if is_whole and not refused:
        with tenancy.acting(actor):
            checked = _look_at(actor, services.own_draft(actor, draft.code))
        for error in checked.errors:
            if error.pointer == "seen_on":
                form.add_error("seen_on", str(error.message))
    return redirect("takedowns:draft_sign", code=draft.code) if not form.errors else None


def _attach(request: HttpRequest, actor: Actor, draft: Draft, form: EvidenceForm) -> list[tuple[str, str]]:
    """Store the chosen files one by one; return those that were refused, by field, with why."""
    refused = []
    submission = str(request.POST.get("submission", ""))[:64]
    for item in form.requirements:
        for number, upload in enumerate(form.cleaned_data.get(field_name(item)) or () if item["kind"] == "file" else ()):
            key = f"page:{submission}:{item['key']}:{number}"
            try:
                _attach_one(actor, draft.code, item["key"], upload, key)
            except DomainError as error:
                refused.append((field_name(item), f"{upload.name}: {error.message}"))
    return refused


def _attach_one(actor: Actor, code: str, requirement: str, upload: Any, key: str) -> None:
    with prepared_upload(upload) as prepared:

        def write() -> Answer:
            services.attach_file(actor=actor, code=code, requirement=requirement, file=keep_file(actor=actor, prepared=prepared))
            return Answer(204)

        with tenancy.acting(actor):
            fingerprint = request_hash(code, requirement, prepared.examined.sha256)
            answer = once(actor=actor, key=key, route="takedowns:draft_evidence", fingerprint=fingerprint, effect=write, wait=True)
        prepared.is_kept = not answer.replayed


# -- 5: check and sign --------------------------------------------------------------------------------------------------------
@outside_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def draft_sign(request: HttpRequest, code: str) -> HttpResponse:
    """Show everything as it would be filed, take the declarations and the signature, and file it once, however often it is sent."""
    actor = actor_of(request)
    is_sent = request.method == "POST"
    form = SignForm(request.POST if is_sent else None)
    status = 200
    if is_sent and form.is_valid():
        try:
            answer = _file(actor, code, form)
            messages.success(request, _("Filed. We check every listing now and tell you here and by mail how it goes on."))
            return redirect(answer.location)
        except DomainError as error:
            status = error.status
            add_domain_errors(form, error)
    with tenancy.acting(actor):
        if is_sent:
            typed = {name: request.POST.get(name, "")[:200] for name in ("signed_name", "signed_role")}
            services.save_draft(actor=actor, code=code, data={**typed, "declarations": request.POST.getlist("declarations")[:10]})
        found = services.own_draft(actor, code)
        if _reached(found) < len(STEPS) - 1:
            return redirect("takedowns:draft", code=code)
        if not is_sent:
            form = SignForm(initial={"signed_name": actor.label, **found.data, "submission": new_submission()})
        context = {"form": form, **_signing(actor, found), **_frame("sign", found)}
        return render(request, "takedowns/file_sign.html", context, status=422 if form.errors and status == 200 else status)


def _file(actor: Actor, code: str, form: SignForm) -> Answer:
    data = dict(form.cleaned_data)
    submission = data.pop("submission")

    def write() -> Answer:
        draft = services.save_draft(actor=actor, code=code, data=data)
        filed = services.file_draft(actor=actor, code=code, links=extract_links(draft.links))
        return Answer(302, location=reverse("takedowns:complaint", args=[filed.complaint.code]))

    with tenancy.acting(actor):
        key, fingerprint = f"page:{submission}", request_hash(code, data)
        return once(actor=actor, key=key, route="takedowns:draft_sign", fingerprint=fingerprint, effect=write, wait=True)


def _signing(actor: Actor, draft: Draft) -> dict[str, Any]:
    """Return what one signs: the summary, what stands in the way, and until when it would be decided."""
    assert draft.right is not None
    assert draft.reason is not None
    checked = _look_at(actor, draft)
    usable = checked.usable
    by_place: dict[str, int] = {}
    for row in usable:
        by_place[row.link.marketplace or ""] = by_place.get(row.link.marketplace or "", 0) + 1
    names = place_names()
    policies = {row.policy.pk: row.policy.data for row in usable if row.policy is not None}
    hours = review_hours(policies.values(), kind=draft.right.kind, tier=checked.tier)
    moment = now()
    seen_on = date.fromisoformat(draft.data["seen_on"])
    files = {key: [file.name for file in group] for key, group in _files_of(draft).items()}
    return {
        "count": len(usable),
        "left_out": sum(row.result in ("block", "remedy") for row in checked.rows),
        "merged": sum(row.result == "merged" for row in checked.rows),
        "places": [(names.get(place, place), count) for place, count in sorted(by_place.items(), key=lambda item: -item[1])],
        "facts": [
            *evidence_facts(draft.reason, STANDARD, draft.data.get("statements", {}), files),
            Fact(_t("Seen on"), exact_day(seen_on)),
            Fact(_t("Explanation"), draft.data.get("explanation", "")),
        ],
        "in_the_way": [_in_the_way(draft, error) for error in checked.errors if _step_of(error)],
        "hours": hours,
        "due_at": due_moment(calendar_in_force(settings.PLATFORM_CALENDAR, moment.year), Clock.Unit.BUSINESS_HOURS, hours, moment),
        "right_line": right_line(draft.right),
    }


def _in_the_way(draft: Draft, error: FieldError) -> tuple[str, str, str]:
    """Return what stands in the way of filing, and the name and address of the step that mends it."""
    step = _step_of(error)
    return str(error.message), str(dict(STEPS)[step]), _url_of(draft, step)


def _step_of(error: FieldError) -> str:
    return STEP_OF.get(error.pointer.partition("/")[0], "")


# -- drafts -------------------------------------------------------------------------------------------------------------------
@require_POST
def draft_discard(request: HttpRequest, code: str) -> HttpResponse:
    """Throw a draft away."""
    services.discard_draft(actor=actor_of(request), code=code)
    messages.success(request, _("The draft is gone. Nothing was filed."))
    return redirect("takedowns:complaints")


def _files_of(draft: Draft) -> dict[str, list[StoredFile]]:
    """Return a draft's files by requirement."""
    found: dict[str, list[StoredFile]] = {}
    for item in draft.files.select_related("file"):
        found.setdefault(item.requirement, []).append(item.file)
    return found


def _reached(draft: Draft) -> int:
    """Return how many steps of a draft are done."""
    done = (draft.right_id is not None, draft.reason_id is not None, bool(draft.links.strip()), "seen_on" in draft.data)
    return next((number for number, is_done in enumerate(done) if not is_done), len(done))


def _lacks_evidence(draft: Draft) -> bool:
    if draft.reason is None:
        return True
    brought = set(draft.files.values_list("requirement", flat=True))
    return bool(check_evidence(draft.reason.requirements(STANDARD), draft.data.get("statements", {}), brought))


def _url_of(draft: Draft, step: str) -> str:
    return reverse(f"takedowns:draft_{step}", args=[draft.code])


def _frame(step: str, draft: Draft | None) -> Mapping[str, Any]:
    """Return what stands around every step: the way through them, and what was chosen so far."""
    reached = _reached(draft) if draft is not None else 0
    lacking = {"evidence"} if draft is not None and _lacks_evidence(draft) else set()
    return {
        "draft": draft,
        "steps": filing_steps(step, lambda name: _url_of(draft, name) if draft is not None else "", reached, lacking=lacking),
        "right_line": right_line(draft.right) if draft is not None and draft.right is not None else "",
        "reason_label": draft.reason.label(language_in_force()) if draft is not None and draft.reason else "",
        "title": _t("File a complaint"),
    }

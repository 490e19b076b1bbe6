"""Following complaints: the list, one complaint with its listings, answering a question, withdrawing, and the export."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ipp.core import tenancy
from ipp.core.actors import Actor
from ipp.core.clock import now
from ipp.core.edge import actor_of, language_in_force, new_submission
from ipp.core.errors import BadRequest, DomainError
from ipp.core.faces import Faces
from ipp.core.forms import add_domain_errors
from ipp.core.middleware import outside_transaction
from ipp.core.models import Clock
from ipp.core.services.clock_rows import ClockRow
from ipp.core.services.files import Prepared, keep_file, page_link, prepared_upload
from ipp.core.services.idempotency import Answer, once, request_hash
from ipp.core.tables import ChipFilter, Column, KeysetTable
from ipp.core.timeline import timeline
from ipp.core.ui import ClockFace, Empty
from rightsholders.models import RightKind
from takedowns import services
from takedowns.forms.portal import AnswerForm
from takedowns.lifecycle import OPEN_COMPLAINTS, ComplaintStatus, ListingStatus
from takedowns.models import Complaint, ReportedListing
from takedowns.presentation.counter_notices import line_of
from takedowns.presentation.filing import draft_words, evidence_facts, filing_facts, requirement_word, right_line
from takedowns.presentation.portal import (
    ending_of,
    finding_words,
    listing_counts,
    listing_face,
    place_parts,
    what_is_next,
    withdraw_question,
)
from takedowns.presentation.words import COMPLAINT_AXIS
from takedowns.queries import counter_notices, own, portal
from takedowns.queries.own import ComplaintRow

WRITERS = ("owner", "filer")
"""Roles of a tenant that may file, answer and withdraw; the access policy says the same."""

LISTINGS_A_PAGE = 50


# -- the list -----------------------------------------------------------------------------------------------------------------
def _row_clocks() -> Callable[[ComplaintRow], ClockFace | None]:
    faces = Faces()

    def face(row: ComplaintRow) -> ClockFace | None:
        status = own.public_status(row)
        if status == ComplaintStatus.WITHDRAWN:
            return None
        clock = ClockRow.of(row.told_clock)
        return _face(clock if status == row.status else replace(clock, stopped_at=None), status, row.shown_at, faces)

    return face


COMPLAINTS: KeysetTable[Any] = KeysetTable(
    "complaints",
    columns=[
        Column("reference", _("Complaint"), kind="ref", second=lambda row: row.right_name, width="l"),
        Column("reason", _("Reason"), value=lambda row: row.reason_label),
        Column("listing_count", _("Listings"), reader=listing_counts, sortable=True),
        Column("status", _("State"), kind="state", axis=COMPLAINT_AXIS, value=own.public_status),
        Column("filed_at", _("Filed"), kind="time", sortable=True),
        Column("due_at", _("Decided by"), kind="clock", sortable=True, reader=_row_clocks),
    ],
    order="-filed_at",
    filters=[
        ChipFilter("state", _("State"), ComplaintStatus.choices, own.reading_as),
        ChipFilter("kind", _("Right"), RightKind.choices, lambda rows, value: rows.filter(right__kind=value)),
    ],
    row_route="takedowns:complaint",
)

LISTINGS: KeysetTable[ReportedListing] = KeysetTable(
    "listings",
    columns=[
        Column("position", _("Listing"), kind="template", template="takedowns/cells/listing.html", sortable=True),
        Column("status", _("State"), kind="template", template="takedowns/cells/standing.html", width="xl"),
        Column("acts", _("More"), kind="template", template="takedowns/cells/acts.html", width="m"),
    ],
    order="position",
    filters=[
        ChipFilter(
            "at",
            _("State"),
            [
                (portal.OPEN, _("Under review")),
                (portal.DOWN, _("Down")),
                (portal.ACCEPTED, _("Accepted, not down yet")),
                (portal.COUNTERED, _("Seller answered")),
                (portal.CONTESTED, _("With the platform")),
                (portal.UPHELD, _("Claim upheld")),
                (portal.OVERTURNED, _("Overturned")),
                (portal.REJECTED, _("Not accepted")),
                (portal.WITHDRAWN, _("Withdrawn")),
            ],
            portal.listings_in,
        )
    ],
    size=LISTINGS_A_PAGE,
)


@require_safe
def complaints(request: HttpRequest) -> HttpResponse:
    """List the organization's complaints, and above them what is begun and not filed."""
    actor = actor_of(request)
    may_write = actor.role in WRITERS
    text = _("Paste the links of up to 300 listings that infringe one of your rights. A reviewer decides each of them.")
    empty = Empty("gavel", _("No complaint yet"), text, reverse("takedowns:new") if may_write else "", _("File a complaint"))
    rows = own.complaint_rows(actor, language_in_force())
    context = {
        "page": COMPLAINTS.page(rows, request.GET, request.path, empty=empty),
        "drafts": [(row, draft_words(row)) for row in own.own_drafts(actor)[:10]] if may_write and own.has_drafts(actor) else [],
        "may_write": may_write,
    }
    return render(request, "takedowns/complaints.html", context)


# -- one complaint ------------------------------------------------------------------------------------------------------------
@require_safe
def complaint(request: HttpRequest, code: str) -> HttpResponse:
    """Show one complaint to the rights holder: where each listing stands, what happened, what happens next."""
    actor = actor_of(request)
    row = own.own_complaint(actor, code)
    if request.headers.get("HX-Target") == "standing":  # the page asks how it goes on, every ten seconds while it does
        return render(request, "takedowns/standing.html", _standing(row, since=request.GET.get("since", "")))
    return _complaint_page(request, actor, row, AnswerForm(initial={"submission": new_submission()}))


@outside_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, code: str) -> HttpResponse:
    """Answer a reviewer's question, with files if they help; a plain look leads back to the complaint."""
    actor = actor_of(request)
    with tenancy.acting(actor):
        own.own_complaint(actor, code)
    if request.method != "POST":
        return redirect("takedowns:complaint", code=code)
    form = AnswerForm(request.POST, request.FILES)
    status = 422
    if form.is_valid():
        try:
            done = _answer(actor, code, form)
            messages.success(request, _("Sent. The clock goes on and a reviewer decides."))
            return redirect(done.location)
        except DomainError as error:
            status = error.status
            add_domain_errors(form, error)
    with tenancy.acting(actor):
        return _complaint_page(request, actor, own.own_complaint(actor, code), form, status=status)


@require_POST
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Withdraw a complaint, or the listing whose position is sent with it."""
    position, why = request.POST.get("position", ""), request.POST.get("why", "")
    if position and not position.isdecimal():
        raise BadRequest("position_invalid", _("This is no listing of this complaint. Open the complaint again."))
    services.withdraw_listings(actor=actor_of(request), code=code, positions=[int(position)] if position else None, why=why)
    messages.success(request, _("Withdrawn. What was taken down for it comes back on the marketplace."))
    return redirect("takedowns:complaint", code=code)


def shown_clock(row: Complaint, status: str, moment: datetime) -> ClockFace | None:
    """Return a complaint's clock as the rights holder sees it: a decision that can still be undone is not told by it either."""
    if status == ComplaintStatus.WITHDRAWN:
        return None
    if status != row.status:
        row.clock.stopped_at = None
    return _face(row.clock, status, moment, Faces())


def _face(clock: Clock | ClockRow, status: str, moment: datetime, faces: Faces) -> ClockFace:
    paused = _t("waiting for your answer") if status == ComplaintStatus.INFORMATION_ASKED else ""
    return faces.of(clock, moment, paused=paused)


def _complaint_page(request: HttpRequest, actor: Actor, row: Complaint, form: AnswerForm, *, status: int = 200) -> HttpResponse:
    path = reverse("takedowns:complaint", args=[row.code])
    page = LISTINGS.page(own.own_listings(row).order_by(), request.GET, path)
    details = portal.details_of(row, page.rows)
    withdraw_url = reverse("takedowns:withdraw", args=[row.code]) if actor.role in WRITERS else ""
    moment = now()
    for listing in page.rows:
        listing.face = listing_face(listing, details[listing.pk], withdraw_url, moment)
    evidence = portal.evidence_of(row)
    files: dict[str, list[str]] = {}
    for item, _pages in evidence:
        files.setdefault(item.requirement, []).append(item.file.name)
    words = {item["key"]: requirement_word(item) for item in row.reason.requirements(row.tier)}
    standing = _standing(row)
    context = {
        **standing,
        "is_asked": row.status == ComplaintStatus.INFORMATION_ASKED,
        "page": page,
        "form": form,
        "may_write": actor.role in WRITERS,
        "may_withdraw": actor.role in WRITERS and row.rejected_count + row.withdrawn_count + row.overturned_count < row.listing_count,
        "withdraw_question": withdraw_question(standing["counts"]),
        "answers": [line_of(item, moment) for item in counter_notices.of_complaint(row)],
        "reason": row.reason.label(language_in_force()),
        "right_line": right_line(row.right),
        "facts": [*evidence_facts(row.reason, row.tier, row.statements, files), *filing_facts(row)],
        "pages": [
            (page_link(one, name=row.reference), one, words.get(item.requirement, _t("Answer")))
            for item, pages in evidence
            for one in pages
        ],
        "checks": [(item, finding_words(item)) for item in portal.findings_of(row)],
        "story": timeline(row, actor=actor, keep=_told_once)[::-1],
    }
    return render(request, "takedowns/complaint.html", context, status=status)


def _standing(row: Complaint, *, since: str = "") -> dict[str, Any]:
    """Return where a complaint stands; `since` is the mark of what the open page shows, to say when it no longer holds."""
    status = own.public_status(row)
    rows = own.own_listings(row).order_by()
    counts = portal.places_of(rows)
    mark = "-".join([status, *(str(counts[place]) for place in portal.PLACES)])
    path = reverse("takedowns:complaint", args=[row.code])
    return {
        "row": row,
        "status": status,
        "axis": COMPLAINT_AXIS,
        "clock": shown_clock(row, status, now()),
        "next": what_is_next(status, counts, portal.windows_of(rows)),
        "counts": counts,
        "parts": place_parts(counts),
        "is_moving": status in OPEN_COMPLAINTS or bool(counts[portal.ACCEPTED]),
        "has_moved": bool(since) and since != mark,
        "page_url": path,
        "poll_url": f"{path}?{urlencode({'since': since or mark})}",
    }


def _told_once(name: str, facts: Mapping[str, Any]) -> bool:
    """Leave out that a claim stands where the ruling that says so is told as well."""
    return name != "takedowns.listings.upheld" or facts.get("how") == "silence"


def _answer(actor: Actor, code: str, form: AnswerForm) -> Answer:
    """Store the files outside any transaction, then answer in one, once per submission."""
    with ExitStack() as stack:
        prepared = [stack.enter_context(prepared_upload(upload)) for upload in form.cleaned_data["attachments"]]

        def write() -> Answer:
            files = [keep_file(actor=actor, prepared=item) for item in prepared]
            services.answer_question(actor=actor, code=code, answer=form.cleaned_data["answer"], files=files)
            return Answer(302, location=reverse("takedowns:complaint", args=[code]))

        fingerprint = request_hash(code, form.cleaned_data["answer"], [item.examined.sha256 for item in prepared])
        with tenancy.acting(actor):
            key = f"page:{form.cleaned_data['submission']}"
            done = once(actor=actor, key=key, route="takedowns:answer", fingerprint=fingerprint, effect=write, wait=True)
        _keep(prepared, kept=not done.replayed)
    return done


def _keep(prepared: list[Prepared], *, kept: bool) -> None:
    for item in prepared:
        item.is_kept = kept


# -- the export ---------------------------------------------------------------------------------------------------------------
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for the beginning of a formula."""


EXPORT_HEADS = (
    _("Complaint"),
    _("Right"),
    _("Reason"),
    _("Filed"),
    _("Row"),
    _("Marketplace"),
    _("Number"),
    _("Link"),
    _("As sent"),
    _("Title"),
    _("Seller"),
    _("State"),
    _("Reason given"),
    _("Down since"),
    _("Back since"),
    _("How it ended"),
    _("Seller may answer until"),
    _("Counter-notice"),
    _("You may answer until"),
    _("Platform decides until"),
)


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Answer with every reported listing as CSV, or those of one complaint (`?complaint=CODE`)."""
    actor = actor_of(request)
    code = request.GET.get("complaint", "")
    name = own.own_complaint(actor, code).reference if code else "complaints"
    text = io.StringIO()
    text.write("\ufeff")
    csv.writer(text).writerows([safe(value) for value in line] for line in _lines(actor, code))
    answer = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def safe(value: object) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _lines(actor: Actor, code: str) -> Iterator[list[object]]:
    yield list(map(str, EXPORT_HEADS))
    rows = portal.exported_listings(actor, complaint=code)
    decisions = own.effective_decisions(rows)
    answers = portal.disputes_of([row.pk for row in rows if row.holder_due_at is not None])
    language = language_in_force()
    names = dict(ListingStatus.choices)
    for row in rows:
        decision = decisions.get(row.pk)
        rejection = decision.rejection if decision is not None else None
        yield [
            row.complaint.reference,
            row.complaint.right.name,
            row.reason_id,
            _moment(row.complaint.filed_at),
            row.position,
            row.marketplace.name_zh if language.startswith("zh") else row.marketplace.name_en,
            row.external_id,
            row.url,
            row.input,
            row.snapshot_filed.title if row.snapshot_filed is not None else "",
            row.seller.name if row.seller is not None else "",
            names[row.shown_status],
            rejection.label(language) if rejection is not None else "",
            _moment(row.removed_at),
            _moment(row.restored_at),
            ending_of(row),
            _moment(row.seller_due_at),
            answers[row.pk].counter_notice.reference if row.pk in answers else "",
            _moment(row.holder_due_at),
            _moment(row.platform_due_at),
        ]


def _moment(moment: datetime | None) -> str:
    return timezone.localtime(moment).isoformat(timespec="minutes") if moment is not None else ""

"""Pages of the review desk: the queue, the console of one complaint, and each decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from ipp.core.actors import Actor
from ipp.core.clock import now
from ipp.core.edge import actor_of, language_in_force
from ipp.core.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound, StaleVersion
from ipp.core.faces import clock_face
from ipp.core.tables import ChipFilter, Column, KeysetTable
from ipp.core.timeline import timeline
from ipp.core.ui import ClockFace, Empty
from marketplaces.queries import pictures_of
from rightsholders.models import RightKind
from rightsholders.presentation import right_facts
from rightsholders.queries import documents_of
from takedowns import services
from takedowns.forms.desk import DeskForm
from takedowns.lifecycle import QUEUED_COMPLAINTS, UNDECIDED, ComplaintStatus
from takedowns.models import Complaint, ReasonCode, ReportedListing
from takedowns.presentation import desk as shown
from takedowns.presentation import disputes as disputes_shown
from takedowns.presentation.words import COMPLAINT_AXIS, DISPUTE_AXIS, LISTING_AXIS
from takedowns.queries import desk as queries
from takedowns.queries import disputes
from takedowns.views.disputes import ADJUDICATORS

ALIKE = ("open", "shop", "picture")
"""What the listings of a complaint can have in common, to be looked at side by side and decided alike."""


def _queue_clock(row: Any) -> ClockFace:
    """Return a queued complaint's clock at the moment the list was read (the query asks the database once for all)."""
    return clock_face(row.clock, row.shown_at)


def _warnings(row: Any) -> int:
    """Return how many findings somebody has to look at (the query counts)."""
    return int(row.warnings + row.private_warnings)


def _reason_words(row: Complaint) -> str:
    return f"{row.reason.label(language_in_force())} · {row.reason.get_severity_display()}"


QUEUE: KeysetTable[Complaint] = KeysetTable(
    "reviews",
    columns=[
        Column("reference", _("Reference"), kind="ref", second=lambda row: row.get_channel_display()),
        Column("right", _("Right"), value=lambda row: row.right.name, second=lambda row: row.right.get_kind_display()),
        Column("organization", _("Reported by"), value=lambda row: row.organization.name, hide_on_phone=True),
        Column(
            "reason",
            _("Reason"),
            value=lambda row: row.reason.label(language_in_force()),
            second=lambda row: row.reason.get_severity_display(),
        ),
        Column("listing_count", _("Listings"), kind="number"),
        Column("warnings", _("To look at"), kind="number", value=_warnings, hide_on_phone=True),
        Column("status", _("State"), kind="state", axis=COMPLAINT_AXIS),
        Column("due_at", _("Promised by"), kind="clock", sortable=True, value=_queue_clock),
        Column("claimed_by", _("Held by"), value=lambda row: str(row.claimed_by) if row.claimed_by else ""),
    ],
    order="due_at",
    filters=[
        ChipFilter(
            "state",
            _("State"),
            [(ComplaintStatus.QUEUED.value, _("Waiting")), (ComplaintStatus.IN_REVIEW.value, _("In review"))],
            lambda rows, value: rows.filter(status=value),
        ),
        ChipFilter("right", _("Right"), RightKind.choices, lambda rows, value: rows.filter(right__kind=value)),
        ChipFilter("severity", _("Severity"), ReasonCode.Severity.choices, lambda rows, value: rows.filter(reason__severity=value)),
    ],
    row_url=lambda row: reverse("takedowns:review", args=[row.code]),
    empty=Empty(
        "circle-check", _("Nothing waits for review"), _("Every complaint is decided. New ones appear here, nearest deadline first.")
    ),
)


@dataclass
class Sight:
    """What the console is asked to show: which listing, which ones together, and what was typed before it was refused."""

    listing: int = 0
    picked: Sequence[int] = ()
    alike: str = ""
    done: str = ""
    form: DeskForm | None = None
    typed: dict[str, Any] = field(default_factory=dict)
    refusal: DomainError | None = None
    step: str = ""


@require_safe
def desk_start(request: HttpRequest) -> HttpResponse:
    """Send each member of staff to where their work waits."""
    by_role = {"reviewer": "takedowns:queue", "approver": "takedowns:queue", "verifier": "rightsholders:queue"}
    return redirect(by_role.get(actor_of(request).role, "core:operations"))


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """List the complaints reviewers can work on, nearest deadline first."""
    actor = actor_of(request)
    page = QUEUE.page(queries.review_queue(), request.GET, request.path)
    context = {"page": page, "may_decide": actor.role == "reviewer", **_undo_context(actor, request.GET.get("done", ""))}
    return render(request, "takedowns/queue.html", context)


@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    """Claim the next complaint nobody holds and open it; one that is left for later stays claimed."""
    besides = request.POST.get("besides", "")
    complaint = services.next_complaint(actor=actor_of(request), besides=besides)
    if complaint is None:
        messages.info(request, _("Nothing else waits.") if besides else _("Nothing waits. Well done."))
        return redirect("takedowns:review", code=besides) if besides else redirect("takedowns:queue")
    return redirect("takedowns:review", code=complaint.code)


@require_safe
def review(request: HttpRequest, code: str) -> HttpResponse:
    """Show one complaint: the right and a listing beside each other, or several listings that are decided alike."""
    query = request.GET
    sight = Sight(
        _whole(query.get("listing")), [_whole(item) for item in query.getlist("pick")], query.get("alike", ""), query.get("done", "")
    )
    return _console(request, code, sight)


@require_POST
def claim(request: HttpRequest, code: str) -> HttpResponse:
    """Take or keep a complaint; what was typed while another claim ran out comes along."""
    sight = _sight_of(DeskForm(request.POST), "claim")
    try:
        services.claim_complaint(actor=actor_of(request), code=code)
    except Conflict as error:
        sight.refusal = error
        return _console(request, code, sight, status=error.status)
    if any(sight.typed.values()) or len(sight.picked) > 1:
        return _console(request, code, sight)
    return redirect(_address(code, listing=sight.listing))


@require_POST
def release(request: HttpRequest, code: str) -> HttpResponse:
    """Put a complaint back."""
    services.release_complaint(actor=actor_of(request), code=code)
    messages.info(request, _("Back in the queue."))
    return redirect("takedowns:queue")


@require_POST
def accept(request: HttpRequest, code: str) -> HttpResponse:
    """Accept listings: they come down once the undo time is over."""
    return _decide(request, code, "accept", "accepted")


@require_POST
def reject(request: HttpRequest, code: str) -> HttpResponse:
    """Do not accept listings, for a reason of the catalogue."""
    return _decide(request, code, "reject", "rejected")


@require_POST
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """Ask the rights holder for something more; the clock stands still until they answer."""

    def effect(actor: Actor, data: dict[str, Any]) -> HttpResponse:
        services.ask_for_information(actor=actor, code=code, version=data["version"], question=data["message"], note=data["note"])
        messages.info(request, _("Asked. The clock stands still until the rights holder answers."))
        return _go_on(actor, code, 0, "")

    return _try(request, code, "ask", effect)


@require_POST
def undo(request: HttpRequest, code: str) -> HttpResponse:
    """Take one's own decision back within its undo time."""
    actor, batch = actor_of(request), request.POST.get("batch", "")
    made, _seconds = queries.undoable(actor, batch)
    try:
        services.undo_decision(actor=actor, code=code, batch=batch)
    except Conflict as error:
        return _console(request, code, Sight(refusal=error), status=error.status)
    messages.info(request, _("Taken back; nothing was sent to anybody."))
    return redirect(_address(code, listing=made[0].reported_listing.position if made else 0))


@require_POST
def write_note(request: HttpRequest, code: str) -> HttpResponse:
    """Write something for colleagues."""
    try:
        services.write_note(actor=actor_of(request), code=code, text=request.POST.get("text", ""))
    except InvalidInput as error:
        return _console(request, code, Sight(_whole(request.POST.get("listing")), refusal=error), status=error.status)
    return redirect(_address(code, listing=_whole(request.POST.get("listing"))) + "#notes")


def _decide(request: HttpRequest, code: str, step: str, outcome: str) -> HttpResponse:
    def effect(actor: Actor, data: dict[str, Any]) -> HttpResponse:
        seen = {name: data[name] for name in ("version", "positions", "message", "note")}
        rejection = data["rejection"] if outcome == "rejected" else ""
        batch = services.decide_listings(actor=actor, code=code, outcome=outcome, rejection=rejection, **seen)
        return _go_on(actor, code, max(data["positions"]), batch)

    return _try(request, code, step, effect)


def _try(request: HttpRequest, code: str, step: str, effect: Callable[[Actor, dict[str, Any]], HttpResponse]) -> HttpResponse:
    """Do what a button says; whatever is refused comes back with the case as it is now and everything that was typed."""
    form = DeskForm(request.POST)
    sight = _sight_of(form, step)
    if not form.is_valid():
        return _console(request, code, sight, status=422)
    try:
        return effect(actor_of(request), form.cleaned_data)
    except (InvalidInput, StaleVersion, Conflict, Forbidden) as error:
        sight.refusal = error
        return _console(request, code, sight, status=error.status)


def _go_on(actor: Actor, code: str, after: int, batch: str) -> HttpResponse:
    """Go to the next undecided listing, else to the next complaint, else to the queue."""
    complaint = queries.desk_complaint(code)
    waiting = [row.position for row in queries.strip_of(complaint) if row.is_open]
    if waiting and complaint.status in QUEUED_COMPLAINTS:
        return redirect(_address(code, listing=next((place for place in waiting if place > after), waiting[0]), done=batch))
    following = services.next_complaint(actor=actor)
    if following is None:
        return redirect(reverse("takedowns:queue") + (f"?done={batch}" if batch else ""))
    return redirect(_address(following.code, done=batch))


def _console(request: HttpRequest, code: str, sight: Sight, *, status: int = 200) -> HttpResponse:
    actor, moment, language = actor_of(request), now(), language_in_force()
    complaint = queries.desk_complaint(code)
    rows = queries.strip_of(complaint)
    found = queries.findings_of(complaint)
    current = _current(rows, sight)
    row = queries.desk_listing(complaint, current)
    picked = _picked(rows, current, sight)
    context = {
        "complaint": complaint,
        "axis": COMPLAINT_AXIS,
        "listing_axis": LISTING_AXIS,
        "clock": clock_face(complaint.clock, moment, paused=_paused(complaint)),
        "reason": _reason_words(complaint),
        "row": row,
        "strip": shown.strip(complaint, rows, current, queries.warned_positions(found)),
        "alike": _alike(rows, current),
        "right_groups": shown.against(complaint, documents_of(complaint.right), queries.evidence_of(complaint), language),
        "right_facts": right_facts(complaint.right),
        "verified": shown.verified_facts(complaint, row, found),
        "checks": [*shown.listing_checks(row, found), *shown.private_checks(found)],
        "cards": shown.cards(list(queries.desk_listings(complaint).filter(position__in=picked)), found) if len(picked) > 1 else [],
        "picked": picked,
        "strip_ticks": sight.picked,
        "ticked": sight.alike != "open",
        **_dispute_context(row, actor, language),
        "statements": shown.statement_facts(complaint, language),
        "reasons": shown.reasons(services.rejections_in_force(), language),
        "notes": queries.notes_of(complaint),
        "story": timeline(complaint, actor=actor),
        "refusal": sight.refusal,
        "step": sight.step,
        "form": sight.form or DeskForm(initial=sight.typed),
        "typed": sight.typed,
        **_listing_context(row, language),
        **_standing(complaint, actor, moment, row.status),
        **_undo_context(actor, sight.done),
    }
    return render(request, "takedowns/review.html", context, status=status)


def _listing_context(row: Any, language: str) -> dict[str, Any]:
    latest = row.listing.latest if row.listing is not None else None
    pictures = pictures_of([item.pk for item in (row.snapshot_filed, latest) if item is not None])
    title = row.snapshot_filed.title if row.snapshot_filed else row.key
    return {
        "title": title,
        "listing_groups": [shown.Bundle(shown.shots_of(pictures.get(row.snapshot_filed_id or 0, ()), title))],
        "facts": shown.listing_facts(row, language),
        "changes": shown.changes_since(row.snapshot_filed, latest, pictures),
        "latest": latest,
    }


def _dispute_context(row: ReportedListing, actor: Actor, language: str) -> dict[str, Any]:
    """Return who decided about a listing in each round, what its shop was told, and what the shop answered."""
    decisions = disputes.decisions_by_listing([row.pk]).get(row.pk, [])
    notice = disputes.notice_of(row)
    return {
        "rounds": disputes_shown.rounds_of(reversed(decisions), row, language),
        "notice_facts": disputes_shown.notice_facts(notice) if notice is not None else [],
        "disputes": disputes.disputes_of(row),
        "dispute_axis": DISPUTE_AXIS,
        "may_overturn": actor.role in ADJUDICATORS and disputes.is_overturnable(row),
    }


def _standing(complaint: Complaint, actor: Actor, moment: Any, listing_status: str) -> dict[str, Any]:
    """Say whether the reader may decide now, and if not why."""
    until = shown.held_until(complaint, moment)
    may_decide = actor.role == "reviewer"
    in_queue = complaint.status in QUEUED_COMPLAINTS
    is_mine = complaint.claimed_by_id == actor.user_id and complaint.status == ComplaintStatus.IN_REVIEW
    return {
        "may_decide": may_decide,
        "holds": may_decide and is_mine and bool(until),
        "ran_out": may_decide and is_mine and not until,
        "is_free": in_queue and not until,
        "held_until": until,
        "is_open": listing_status in UNDECIDED,
    }


def _undo_context(actor: Actor, batch: str) -> dict[str, Any]:
    made, seconds = queries.undoable(actor, batch)
    if not made:
        return {}
    complaint = made[0].reported_listing.complaint
    text = shown.told([item.reported_listing.position for item in made], accepted=made[0].outcome == "accepted")
    return {
        "done_text": format_html("{} · {}", complaint.reference, text),
        "done_url": reverse("takedowns:undo", args=[complaint.code]),
        "done_batch": batch,
        "done_seconds": seconds,
    }


def _sight_of(form: DeskForm, step: str) -> Sight:
    form.is_valid()
    places = form.cleaned_data.get("positions") or []
    listing = form.cleaned_data.get("listing") or (places[0] if places else 0)
    return Sight(listing, places if len(places) > 1 else (), form=form, typed=form.typed, step=step)


def _current(rows: Sequence[queries.StripRow], sight: Sight) -> int:
    """Return the listing asked for, else the first that waits, else the first.

    Raises:
        NotFound: the complaint has no such listing.
    """
    places = {row.position for row in rows}
    if sight.listing:
        if sight.listing not in places:
            raise NotFound
        return sight.listing
    together = [place for place in sight.picked if place in places]
    return together[0] if together else next((row.position for row in rows if row.is_open), rows[0].position)


def _picked(rows: Sequence[queries.StripRow], current: int, sight: Sight) -> list[int]:
    """Return the undecided listings looked at together."""
    waiting = [row.position for row in rows if row.is_open]
    if sight.alike:
        wanted = _having_in_common(rows, current, sight.alike)
        return [place for place in waiting if place in wanted]
    return [place for place in waiting if place in set(sight.picked)]


def _having_in_common(rows: Sequence[queries.StripRow], current: int, what: str) -> set[int]:
    row = next(item for item in rows if item.position == current)
    if what == "shop":
        return {item.position for item in rows if item.seller_id == row.seller_id and row.seller_id is not None}
    if what == "picture":
        return queries.sharing_pictures(row.snapshot_id, rows)
    return {item.position for item in rows} if what == "open" else set()


def _alike(rows: Sequence[queries.StripRow], current: int) -> list[tuple[str, str, int]]:
    """Return the ways to decide several alike: name, words, how many; only those that gather more than one."""
    waiting = {row.position for row in rows if row.is_open}
    words = {"open": _t("All that wait"), "shop": _t("Same shop"), "picture": _t("Same picture")}
    counts = {what: len(waiting & _having_in_common(rows, current, what)) for what in ALIKE}
    return [(what, words[what], counts[what]) for what in ALIKE if counts[what] > 1]


def _paused(complaint: Complaint) -> str:
    return _t("waiting for the rights holder") if complaint.status == ComplaintStatus.INFORMATION_ASKED else ""


def _address(code: str, *, listing: int = 0, done: str = "") -> str:
    pairs = [f"listing={listing}"] if listing else []
    pairs += [f"done={done}"] if done else []
    return reverse("takedowns:review", args=[code]) + (f"?{'&'.join(pairs)}" if pairs else "")


def _whole(text: str | None) -> int:
    """Return a place written in an address, 0 where it is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 3 else 0  # noqa: PLR2004 (a complaint has at most 300)

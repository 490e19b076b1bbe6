"""Pages of the desk about disputes: the queue, the console with both sides on one screen, and overturning claims that stood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ipp.core.actors import Actor
from ipp.core.clock import now
from ipp.core.edge import actor_of, language_in_force
from ipp.core.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound, StaleVersion
from ipp.core.faces import clock_face
from ipp.core.forms import add_domain_errors
from ipp.core.tables import ChipFilter, Column, KeysetTable
from ipp.core.timeline import timeline
from ipp.core.ui import ClockFace, Empty, TimelineEntry, exact_moment
from rightsholders.presentation import right_facts
from rightsholders.queries import documents_of
from takedowns import services
from takedowns.forms.disputes import OverturnForm, RulingForm
from takedowns.lifecycle import WITH_PLATFORM, CounterNoticeStatus
from takedowns.models import Complaint, CounterNotice, Decision
from takedowns.presentation import desk as desk_shown
from takedowns.presentation import disputes as shown
from takedowns.presentation.portal import statement_facts
from takedowns.presentation.words import LISTING_AXIS
from takedowns.queries import desk as desk_queries
from takedowns.queries import disputes as queries

UPHELD, OVERTURNED = Decision.Outcome.UPHELD.value, Decision.Outcome.OVERTURNED.value
ADJUDICATORS = ("reviewer", "approver")
FOR_ME, NOT_FOR_ME = "free", "decided"


def _queue_clock(row: Any) -> ClockFace:
    """Return a dispute's clock at the moment the list was read (the query asks the database once for all)."""
    return clock_face(queries.clock_of(row), row.shown_at)


def _held_by(row: Any) -> str:
    if row.decided_before:
        return str(_("You decided this before: not yours to take"))
    return str(row.claimed_by) if row.claimed_by and row.claim_expires_at and row.claim_expires_at > row.shown_at else ""


def _by_whom(rows: Any, value: str) -> Any:
    """Return the disputes this person may decide, or those they may not (the query tells them apart)."""
    return rows.filter(decided_before=value == NOT_FOR_ME)


QUEUE: KeysetTable[CounterNotice] = KeysetTable(
    "disputes",
    columns=[
        Column("reference", _("Reference"), kind="ref", second=lambda row: row.complaint.reference),
        Column(
            "organization",
            _("Rights holder"),
            value=lambda row: row.organization.name,
            second=lambda row: row.complaint.right.name,
        ),
        Column("seller", _("Shop"), value=lambda row: row.seller.name, second=lambda row: row.notice.marketplace.name(language_in_force())),
        Column("reason", _("Reason"), value=lambda row: row.complaint.reason.label(language_in_force()), hide_on_phone=True),
        Column("open_count", _("Listings"), kind="number"),
        Column("status", _("State"), kind="state", axis=shown.DESK_AXIS),
        Column("platform_due_at", _("Promised by"), kind="clock", sortable=True, value=_queue_clock),
        Column("held_by", _("Held by"), value=_held_by),
    ],
    order="platform_due_at",
    filled=frozenset({"platform_due_at"}),
    filters=[
        ChipFilter(
            "state",
            _("State"),
            [(CounterNoticeStatus.CONTESTED.value, _("Waiting")), (CounterNoticeStatus.IN_REVIEW.value, _("Being decided"))],
            lambda rows, value: rows.filter(status=value),
        ),
        ChipFilter(
            "mine",
            _("By whom"),
            [(FOR_ME, _("Open to me")), (NOT_FOR_ME, _("I decided before"))],
            _by_whom,
        ),
    ],
    row_url=lambda row: reverse("takedowns:dispute", args=[row.code]),
    empty=Empty(
        "scale", _("No dispute waits"), _("A dispute comes here when a rights holder rejects what a seller answered. Oldest due first.")
    ),
)


@dataclass
class Sight:
    """What the console is asked to show besides the dispute: what was typed before it was refused, and what can be undone."""

    done: str = ""
    form: RulingForm | None = None
    typed: dict[str, Any] = field(default_factory=dict)
    picked: Sequence[int] | None = None
    refusal: DomainError | None = None
    step: str = ""


# -- the queue -----------------------------------------------------------------------------------------------------------------
@require_safe
def disputes(request: HttpRequest) -> HttpResponse:
    """List the disputes that wait for the platform, oldest due first, with how the desk keeps up."""
    actor = actor_of(request)
    page = QUEUE.page(queries.dispute_queue(actor), request.GET, request.path)
    context = {
        "page": page,
        "figures": shown.figures(queries.disputes_waiting(), queries.late_count(), queries.promptness()),
        "may_decide": actor.role in ADJUDICATORS,
        **undo_context(actor, request.GET.get("done", "")),
    }
    return render(request, "takedowns/disputes.html", context)


@require_POST
def take_dispute(request: HttpRequest) -> HttpResponse:
    """Claim the next dispute this person may decide and open it; one that is left for later stays claimed."""
    besides = request.POST.get("besides", "")
    counter = services.next_dispute(actor=actor_of(request), besides=besides)
    if counter is None:
        messages.info(request, _("Nothing else waits for you.") if besides else _("Nothing waits that you may decide."))
        return redirect("takedowns:dispute", code=besides) if besides else redirect("takedowns:disputes")
    return redirect("takedowns:dispute", code=counter.code)


# -- one dispute ---------------------------------------------------------------------------------------------------------------
@require_safe
def dispute(request: HttpRequest, code: str) -> HttpResponse:
    """Show one dispute: the claim on one side, the answer on the other, the frozen listings and the ruling between them."""
    return _console(request, code, Sight(done=request.GET.get("done", "")))


@require_POST
def claim_dispute(request: HttpRequest, code: str) -> HttpResponse:
    """Take or keep a dispute; what was typed while another claim ran out comes along."""
    sight = _sight_of(RulingForm(request.POST), "claim")
    try:
        services.claim_dispute(actor=actor_of(request), code=code)
    except (Conflict, Forbidden) as error:
        sight.refusal = error
        return _console(request, code, sight, status=error.status)
    if any(sight.typed.values()) or sight.picked:
        return _console(request, code, sight)
    return redirect("takedowns:dispute", code=code)


@require_POST
def release_dispute(request: HttpRequest, code: str) -> HttpResponse:
    """Put a dispute back."""
    services.release_dispute(actor=actor_of(request), code=code)
    messages.info(request, _("Back in the queue."))
    return redirect("takedowns:disputes")


@require_POST
def uphold(request: HttpRequest, code: str) -> HttpResponse:
    """Uphold the claim against the ticked listings: they stay down, once the undo time is over."""
    return _rule(request, code, UPHELD)


@require_POST
def restore(request: HttpRequest, code: str) -> HttpResponse:
    """Overturn the claim against the ticked listings: they come back, once the undo time is over."""
    return _rule(request, code, OVERTURNED)


@require_POST
def undo_ruling(request: HttpRequest) -> HttpResponse:
    """Take one's own ruling back within its undo time, whether it was about a dispute or a claim that had stood."""
    actor, batch = actor_of(request), request.POST.get("batch", "")
    made = list(queries.ruling_named(actor, batch)) if batch else []
    if not made:
        raise NotFound
    complaint = made[0].reported_listing.complaint
    about = queries.dispute_about(item.reported_listing_id for item in made)
    try:
        services.undo_ruling(actor=actor, batch=batch)
    except Conflict as error:
        messages.error(request, str(error.message))
    else:
        messages.info(request, _("Taken back; nothing was sent to anybody."))
    return redirect("takedowns:dispute", code=about) if about else redirect("takedowns:overturn", code=complaint.code)


# -- claims that stood -----------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def overturn(request: HttpRequest, code: str) -> HttpResponse:
    """Show the claims of a complaint that stand for good, and overturn those that were wrong."""
    actor, language = actor_of(request), language_in_force()
    complaint = desk_queries.desk_complaint(code)
    posted = request.POST if request.method == "POST" else None
    form = OverturnForm(posted, codes=services.rulings_in_force(OVERTURNED), language=language)
    status = 200
    if posted is not None and form.is_valid():
        try:
            batch = services.overturn_listings(actor=actor, code=code, **form.cleaned_data)
            return redirect(f"{reverse('takedowns:overturn', args=[code])}?done={batch}")
        except (InvalidInput, Conflict, Forbidden) as error:
            add_domain_errors(form, error)
            status = error.status
    elif posted is not None:
        status = 422
    return render(request, "takedowns/overturn.html", _overturn_context(request, actor, complaint, form), status=status)


def undo_context(actor: Actor, batch: str) -> dict[str, Any]:
    """Return what the bar that offers to take a ruling back needs; nothing when it is too late."""
    made, seconds = queries.undoable_ruling(actor, batch)
    if not made:
        return {}
    text = shown.told([item.reported_listing.position for item in made], overturned=made[0].outcome == OVERTURNED)
    return {
        "done_text": format_html("{} · {}", made[0].reported_listing.complaint.reference, text),
        "done_url": reverse("takedowns:undo_ruling"),
        "done_batch": batch,
        "done_seconds": seconds,
    }


def _overturn_context(request: HttpRequest, actor: Actor, complaint: Complaint, form: OverturnForm) -> dict[str, Any]:
    rows = queries.standing_rows(complaint)
    standing = shown.standing(rows, queries.decided_by_me(actor, [row.pk for row in rows]))
    named = request.POST.getlist("positions") if request.method == "POST" else request.GET.getlist("listing")
    free = [item for item in standing if not item.mine]
    done = request.GET.get("done", "")
    return {
        "complaint": complaint,
        "standing": standing,
        "form": form,
        "ticked": set(named) or ({str(free[0].row.position)} if len(free) == 1 and not done else set()),
        "may_decide": actor.role in ADJUDICATORS and bool(free),
        "positions_field": form["positions"],
        **undo_context(actor, done),
    }


def _rule(request: HttpRequest, code: str, outcome: str) -> HttpResponse:
    """Decide as the button says; whatever is refused comes back with the case as it is now and everything that was typed."""

    def effect(actor: Actor, data: dict[str, Any]) -> HttpResponse:
        batch = services.adjudicate(actor=actor, code=code, outcome=outcome, **data)
        return _go_on(actor, code, batch)

    return _try(request, code, outcome, effect)


def _try(request: HttpRequest, code: str, step: str, effect: Callable[[Actor, dict[str, Any]], HttpResponse]) -> HttpResponse:
    form = RulingForm(request.POST)
    sight = _sight_of(form, step)
    if not form.is_valid():
        return _console(request, code, sight, status=422)
    try:
        return effect(actor_of(request), form.cleaned_data)
    except (InvalidInput, StaleVersion, Conflict, Forbidden) as error:
        sight.refusal = error
        return _console(request, code, sight, status=error.status)


def _go_on(actor: Actor, code: str, batch: str) -> HttpResponse:
    """Stay while listings of this dispute wait; else go to the next dispute, else to the queue."""
    counter = queries.desk_dispute(code)
    if counter.status in WITH_PLATFORM:
        return redirect(f"{reverse('takedowns:dispute', args=[code])}?done={batch}")
    following = services.next_dispute(actor=actor)
    address = reverse("takedowns:dispute", args=[following.code]) if following is not None else reverse("takedowns:disputes")
    return redirect(f"{address}?done={batch}")


def _console(request: HttpRequest, code: str, sight: Sight, *, status: int = 200) -> HttpResponse:
    actor, moment, language = actor_of(request), now(), language_in_force()
    counter = queries.desk_dispute(code)
    rows = queries.rows_of(counter)
    open_places = [row.listing.position for row in rows if row.is_open]
    context = {
        "counter": counter,
        "complaint": counter.complaint,
        "axis": shown.DESK_AXIS,
        "listing_axis": LISTING_AXIS,
        "clock": clock_face(queries.clock_of(counter), moment),
        "articles": shown.articles(rows, language),
        "open_places": open_places,
        "ticked": open_places if sight.picked is None else [place for place in sight.picked if place in open_places],
        "refusal": sight.refusal,
        "step": sight.step,
        "form": sight.form or RulingForm(initial=sight.typed),
        "typed": sight.typed,
        "uphold_reasons": shown.choices(services.rulings_in_force(UPHELD), shown.UPHOLD_KEYS, language),
        "overturn_reasons": shown.choices(services.rulings_in_force(OVERTURNED), shown.OVERTURN_KEYS, language),
        "overturnable": [row.listing.position for row in rows if queries.is_overturnable(row.listing)],
        "notes": desk_queries.notes_of(counter.complaint),
        "story": _story(counter, actor),
        **_claim_side(counter, language),
        **_answer_side(counter, len(rows), language),
        **_standing(counter, rows, actor, moment),
        **undo_context(actor, sight.done),
    }
    return render(request, "takedowns/dispute.html", context, status=status)


def _claim_side(counter: CounterNotice, language: str) -> dict[str, Any]:
    complaint = counter.complaint
    statement = queries.statement_of(counter)
    return {
        "right_groups": desk_shown.against(complaint, documents_of(complaint.right), desk_queries.evidence_of(complaint), language),
        "right_facts": right_facts(complaint.right),
        "reason": complaint.reason.label(language),
        "severity": complaint.reason.get_severity_display(),
        "statements": desk_shown.statement_facts(complaint, language),
        "told_facts": statement_facts(statement.body) if statement is not None else [],
        "notice_facts": shown.notice_facts(counter.notice),
    }


def _answer_side(counter: CounterNotice, total: int, language: str) -> dict[str, Any]:
    grounds = queries.grounds_of(counter)
    return {
        "grounds": [(ground.label(language), ground.help(language)) for ground in grounds],
        "counter_groups": shown.exhibit_bundles(queries.exhibits_of(counter), shown.asked_by(grounds, language)),
        "counter_facts": shown.counter_facts(counter),
        "answers": [
            {
                "answer": said.answer,
                "reasons": [code.label(language) for code in said.reasons],
                "groups": shown.exhibit_bundles(said.exhibits, {"answer": str(_("Brought by the rights holder"))}),
                "about": shown.positions_words(said.answer.positions, total),
                "when": exact_moment(said.answer.answered_at),
            }
            for said in queries.answers_to(counter)
        ],
    }


def _standing(counter: CounterNotice, rows: Sequence[queries.DisputeRow], actor: Actor, moment: datetime) -> dict[str, Any]:
    """Say whether the reader may decide now, and if not why."""
    mine = queries.decided_by_me(actor, [row.listing.pk for row in rows])
    may_decide = actor.role in ADJUDICATORS
    ends = counter.claim_expires_at
    until = exact_moment(ends) if ends is not None and ends > moment and counter.status == CounterNoticeStatus.IN_REVIEW else ""
    is_mine = counter.status == CounterNoticeStatus.IN_REVIEW and counter.claimed_by_id == actor.user_id
    in_queue = counter.status in WITH_PLATFORM
    return {
        "may_decide": may_decide,
        "barred": shown.decided_before_words(mine, actor.user_id) if may_decide and mine and in_queue else "",
        "holds": may_decide and is_mine and bool(until),
        "ran_out": may_decide and is_mine and not until,
        "is_free": in_queue and not until,
        "held_until": until,
        "in_queue": in_queue,
    }


def _story(counter: CounterNotice, actor: Actor) -> list[TimelineEntry]:
    """Return what happened to the complaint and to the notice of this shop, as one story."""
    return sorted([*timeline(counter.complaint, actor=actor), *timeline(counter.notice, actor=actor)], key=lambda entry: entry.at)


def _sight_of(form: RulingForm, step: str) -> Sight:
    form.is_valid()
    return Sight(form=form, typed=form.typed, picked=form.cleaned_data.get("positions"), step=step)

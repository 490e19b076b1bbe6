"""Staff pages of penalties: closures that wait for a person, and the records of shops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from ipp.core.actors import Actor
from ipp.core.clock import now
from ipp.core.edge import actor_of, language_in_force
from ipp.core.errors import InvalidInput, NotFound
from ipp.core.links import portal_url
from ipp.core.tables import ChipFilter, Column, KeysetTable
from ipp.core.timeline import timeline
from ipp.core.ui import Empty
from marketplaces.models import Seller
from marketplaces.presentation import ACTION_AXIS, SELLER_AXIS, kind_word, remark
from penalties import services
from penalties.lifecycle import SANCTION, WAITING, Measure
from penalties.models import Sanction
from penalties.presentation.records import (
    ladder,
    listings_words,
    next_sentence,
    sanction_facts,
    standing_sentence,
    strike_cards,
    version_words,
)
from penalties.presentation.words import MEASURE_AXIS, SANCTION_AXIS
from penalties.queries import desk
from penalties.queries.records import record_of, rests_on
from takedowns.services.checking import platform_day

SHOP_STATES = [(Seller.State.OPEN, _("Open")), (Seller.State.RESTRICTED, _("Restricted")), (Seller.State.CLOSED, _("Closed"))]

PROPOSERS = ("operations", "approver")
"""Roles that may propose a closure; the access policy says the same."""

RELEASERS = ("approver",)
"""Roles that may release one or send it back."""

MANY_STRIKES = 3


def _by_state(rows: QuerySet[Sanction], value: str) -> QuerySet[Sanction]:
    return rows.filter(status__in=sorted(WAITING)) if value == "waiting" else rows.filter(status=value)


def _by_strikes(rows: QuerySet[Seller], value: str) -> QuerySet[Seller]:
    return desk.with_strikes(rows, at_least=MANY_STRIKES) if value == "many" else desk.with_strikes(rows, exactly=int(value))


SANCTIONS: KeysetTable[Sanction] = KeysetTable(
    "sanctions",
    columns=[
        Column("reference", _("Sanction"), kind="ref", second=lambda row: row.get_measure_display()),
        Column("seller", _("Shop"), value=lambda row: row.seller.name, second=lambda row: row.seller.marketplace.name(language_in_force())),
        Column("step", _("Strike"), kind="number"),
        Column("status", _("State"), kind="state", axis=SANCTION_AXIS),
        Column("proposed_by", _("Proposed by"), value=lambda row: str(row.proposed_by) if row.proposed_by else ""),
        Column("due_at", _("Due since"), kind="time", sortable=True),
    ],
    order="due_at",
    filters=[
        ChipFilter(
            "state",
            _("State"),
            [
                ("waiting", _("Waiting for a person")),
                ("proposed", _("Proposed")),
                ("in_force", _("In force")),
                ("ended", _("Over")),
                ("lifted", _("Taken back")),
            ],
            _by_state,
        ),
        ChipFilter("measure", _("Measure"), Measure.choices, lambda rows, value: rows.filter(measure=value)),
    ],
    row_url=lambda row: reverse("penalties:sanction", args=[row.code]),
    empty=Empty(
        "circle-check",
        _("No shop was given a sanction yet"),
        _("Warnings, restrictions and closures appear here. Closures wait here until two people have agreed."),
    ),
)

RECORDS: KeysetTable[Seller] = KeysetTable(
    "records",
    columns=[
        Column("name", _("Shop"), sortable=True, second=lambda row: row.external_id),
        Column("marketplace", _("Marketplace"), value=lambda row: row.marketplace.name(language_in_force())),
        Column("strikes", _("Strikes that count"), kind="number"),
        Column("state", _("State"), kind="state", axis=SELLER_AXIS),
    ],
    order="name",
    filters=[
        ChipFilter(
            "strikes",
            _("Strikes"),
            [("0", _("None")), ("1", _("One")), ("2", _("Two")), ("many", _("Three or more"))],
            _by_strikes,
        ),
        ChipFilter("state", _("State"), SHOP_STATES, lambda rows, value: rows.filter(state=value)),
    ],
    row_url=lambda row: reverse("penalties:record", args=[row.code]),
    empty=Empty("clipboard-check", _("No shop has anything on its record"), _("A shop appears here once a claim against it is upheld.")),
)


@require_safe
def sanctions(request: HttpRequest) -> HttpResponse:
    """List sanctions, those that have been due longest first."""
    page = SANCTIONS.page(desk.desk_sanctions(), request.GET, request.path)
    return render(request, "penalties/desk_sanctions.html", {"page": page, "waiting": desk.waiting_closures()})


@require_safe
def sanction(request: HttpRequest, code: str) -> HttpResponse:
    """Show a sanction with what it rests on, and what the reader may do about it."""
    return _page(request, code)


@require_POST
def propose(request: HttpRequest, code: str) -> HttpResponse:
    """Propose a closure."""
    done = _("Proposed. A second person decides next.")
    return _act(request, code, done, lambda actor, note: services.propose_closure(actor=actor, code=code, note=note))


@require_POST
def release(request: HttpRequest, code: str) -> HttpResponse:
    """Release a closure somebody else proposed."""
    done = _("Released. The marketplace is asked to close the shop, and the seller is told.")
    return _act(request, code, done, lambda actor, note: services.release_closure(actor=actor, code=code, note=note))


@require_POST
def send_back(request: HttpRequest, code: str) -> HttpResponse:
    """Send a proposed closure back."""
    done = _("Sent back. The shop stays as it is.")
    return _act(request, code, done, lambda actor, note: services.send_back_closure(actor=actor, code=code, note=note))


@require_safe
def records(request: HttpRequest) -> HttpResponse:
    """List the shops that have anything on their record."""
    return render(request, "penalties/desk_records.html", {"page": RECORDS.page(desk.desk_records(), request.GET, request.path)})


@require_safe
def record(request: HttpRequest, code: str) -> HttpResponse:
    """Show a shop's whole record, with what its marketplace was asked for."""
    shop = Seller.objects.select_related("marketplace", "organization").filter(code=code).first()
    if shop is None:
        raise NotFound
    found = record_of(shop, now(), platform_day(), public_only=False)
    context: dict[str, Any] = {
        "record": found,
        "shop": shop,
        "marketplace": shop.marketplace.name(language_in_force()),
        "standing": standing_sentence(found),
        "ladder": ladder(found),
        "next": next_sentence(found),
        "cards": strike_cards(found),
        "asked": [(action, kind_word(action), remark(action)) for action in desk.actions_for(shop)],
        "story": timeline(shop, actor=actor_of(request)),
        "axis": SELLER_AXIS,
        "action_axis": ACTION_AXIS,
        "measure_axis": MEASURE_AXIS,
        "sanction_axis": SANCTION_AXIS,
    }
    return render(request, "penalties/desk_record.html", context)


def _act(request: HttpRequest, code: str, done: Any, effect: Callable[[Actor, str], Sanction]) -> HttpResponse:
    note = request.POST.get("note", "")
    try:
        effect(actor_of(request), note)
    except InvalidInput as error:
        return _page(request, code, error=error, note=note, status=422)
    messages.success(request, done)
    return redirect("penalties:sanction", code=code)


def _page(request: HttpRequest, code: str, *, error: InvalidInput | None = None, note: str = "", status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    row = desk.desk_closure(code)
    lines = rests_on(row)
    found = record_of(row.seller, now(), platform_day(), public_only=False)
    moves = SANCTION.allowed(row.status)
    context = {
        "row": row,
        "shop": row.seller,
        "facts": sanction_facts(row),
        "lines": lines,
        "listings": listings_words(lines),
        "standing": standing_sentence(found),
        "ladder": ladder(found),
        "rules": version_words(row.policy, language_in_force()),
        "rules_url": f"{portal_url('penalties:marketplace_rules', marketplace=row.policy.marketplace_id)}?version={row.policy.version}",
        "may_propose": actor.role in PROPOSERS and "propose" in moves,
        "may_release": actor.role in RELEASERS and "release" in moves and row.proposed_by_id != actor.user_id,
        "is_own": actor.role in RELEASERS and "release" in moves and row.proposed_by_id == actor.user_id,
        "story": timeline(row.seller, actor=actor),
        "measure_axis": MEASURE_AXIS,
        "sanction_axis": SANCTION_AXIS,
        "error": error,
        "note": note,
    }
    return render(request, "penalties/desk_sanction.html", context, status=status)

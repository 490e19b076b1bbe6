"""The staff's pages: what is asked of them and what is stuck, and the catalogue as it was seen."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from ipp.core.clock import now
from ipp.core.edge import actor_of, language_in_force
from ipp.core.tables import ChipFilter, Column, KeysetTable
from ipp.core.timeline import timeline
from ipp.core.ui import Empty
from marketplaces import queries, services
from marketplaces.lifecycle import ACTION, UNANSWERED, ActionKind, Status
from marketplaces.models import Action, Listing, Seller
from marketplaces.presentation import (
    ACTION_AXIS,
    LISTING_AXIS,
    SELLER_AXIS,
    kind_word,
    listing_facts,
    price_of,
    remark,
    seller_facts,
    target_word,
    web_address,
)

WORKER = "operations"
"""The role that moves actions on by hand; the access policy says the same."""


def _filters(language: str) -> list[ChipFilter[Action]]:
    """Return the filters: by state, and by the marketplaces that were asked for anything yet."""
    asked = [(row.key, row.name(language)) for row in queries.marketplaces_with_actions()]
    by_state: ChipFilter[Action] = ChipFilter("state", _("State"), list(Status.choices), lambda rows, value: rows.filter(status=value))
    by_place: ChipFilter[Action] = ChipFilter("marketplace", _("Marketplace"), asked, lambda rows, value: rows.filter(marketplace=value))
    return [by_state, by_place] if asked else [by_state]


def _actions_table(language: str, *, may_act: bool) -> KeysetTable[Action]:
    """Return the table of actions; its filters name the marketplaces there are today."""
    return KeysetTable(
        "actions",
        columns=[
            Column("kind", _("What"), value=kind_word, second=target_word),
            Column("marketplace", _("Where"), value=lambda row: row.marketplace.name(language), second=lambda row: row.target_external_id),
            Column("reference", _("For"), value=lambda row: row.organization.name, second=lambda row: row.reference),
            Column("status", _("State"), kind="state", axis=ACTION_AXIS, second=remark),
            Column("due_at", _("Next step"), kind="time", value=next_step),
            Column("code", _("Do"), kind="template", template="marketplaces/action_buttons.html", value=lambda row: buttons(row, may_act)),
        ],
        order="-id",
        filters=_filters(language),
        row_url=page_of_target,
        empty=Empty(
            "plug-connected", _("Nothing is asked of any marketplace"), _("Takedowns appear here as soon as a decision takes effect.")
        ),
    )


SELLERS: KeysetTable[Seller] = KeysetTable(
    "sellers",
    columns=[
        Column("name", _("Shop"), sortable=True, second=lambda row: row.external_id),
        Column("marketplace", _("Marketplace"), value=lambda row: row.marketplace.name(language_in_force())),
        Column("place", _("Place")),
        Column("state", _("State"), kind="state", axis=SELLER_AXIS),
        Column("seen_at", _("Last looked at"), kind="time", sortable=True),
    ],
    order="name",
    filters=[
        ChipFilter(
            "state",
            _("State"),
            [("open", _("Open")), ("restricted", _("Restricted")), ("closed", _("Closed"))],
            lambda rows, value: rows.filter(state=value),
        )
    ],
    row_url=lambda row: reverse("marketplaces:seller", args=[row.code]),
    empty=Empty("building-store", _("No shop has been seen yet"), _("Shops appear here once a marketplace's catalogue is read.")),
)
LISTINGS: KeysetTable[Listing] = KeysetTable(
    "listings",
    columns=[
        Column("title", _("Listing"), sortable=True, second=lambda row: row.external_id),
        Column("price", _("Price"), value=lambda row: price_of(row.latest)),
        Column("state", _("State"), kind="state", axis=LISTING_AXIS),
        Column("seen_at", _("Last looked at"), kind="time", sortable=True),
    ],
    order="-seen_at",
    row_url=lambda row: reverse("marketplaces:listing", args=[row.code]),
    empty=Empty("photo", _("No listing of this shop has been seen"), ""),
)


def page_of_target(action: Action) -> str:
    """Return the address of the listing's or the shop's page; nothing where the catalogue does not have it."""
    if action.listing is not None:
        return reverse("marketplaces:listing", args=[action.listing.code])
    return reverse("marketplaces:seller", args=[action.seller.code]) if action.seller is not None else ""


def next_step(action: Action) -> datetime | None:
    """Return when the engine goes on with an action; nothing where it does not."""
    return None if action.settled_at or action.status == Status.HELD else action.due_at


def buttons(action: Action, may_act: bool) -> dict[str, object] | None:
    """Return which buttons an action's row offers, and what a person has to hand over; None where there is nothing to do."""
    can_retry = action.status in UNANSWERED or action.status in ACTION.moves["retry"][0]
    offered = {"retry": can_retry, "settle": action.status in ACTION.moves["settle_by_hand"][0]}
    if not may_act or not any(offered.values()):
        return None
    return {**offered, **_to_hand_over(action)}


def _to_hand_over(action: Action) -> dict[str, object]:
    """Return the words and the link of a message that waits for a person; whether the link still opens the door."""
    if action.kind != ActionKind.MESSAGE or action.status != Status.HELD:
        return {}
    invitation = action.invitation
    is_good = invitation is None or (invitation.closed_at is None and invitation.expires_at > now())
    return {"text": action.text, "link": queries.message_link(action) if is_good else "", "is_good": is_good}


@require_safe
def actions(request: HttpRequest) -> HttpResponse:
    """List what marketplaces are asked to do, newest first, with what is stuck and why."""
    table = _actions_table(language_in_force(), may_act=actor_of(request).role == WORKER)
    page = table.page(queries.desk_actions(), request.GET, request.path)
    return render(request, "marketplaces/actions.html", {"page": page, "stuck": queries.stuck_actions()})


@require_POST
def retry_action(request: HttpRequest, code: str) -> HttpResponse:
    """Have an action sent now."""
    services.retry_action(actor=actor_of(request), code=code)
    messages.success(request, _("It is sent within seconds."))
    return redirect("marketplaces:actions")


@require_POST
def settle_action(request: HttpRequest, code: str) -> HttpResponse:
    """Note what a person did on the marketplace."""
    services.settle_by_hand(actor=actor_of(request), code=code, note=request.POST.get("note", "")[:2000])
    messages.success(request, _("Noted. The rights holder is told that it is done."))
    return redirect("marketplaces:actions")


@require_safe
def sellers(request: HttpRequest) -> HttpResponse:
    """List the shops of every marketplace."""
    return render(request, "marketplaces/sellers.html", {"page": SELLERS.page(queries.desk_sellers(), request.GET, request.path)})


@require_safe
def seller(request: HttpRequest, code: str) -> HttpResponse:
    """Show a shop and what it offers."""
    row = queries.seller_named(code)
    page = LISTINGS.page(queries.desk_listings().filter(seller=row), request.GET, request.path)
    context = {
        "row": row,
        "facts": seller_facts(row),
        "page": page,
        "axis": SELLER_AXIS,
        "url": web_address(row.url),
        "may_invite": row.organization_id is None and actor_of(request).role == WORKER,
        "invitation": queries.open_invitation(row),
    }
    return render(request, "marketplaces/seller.html", context)


@require_POST
def invite_shop(request: HttpRequest, code: str) -> HttpResponse:
    """Have a shop asked to claim itself."""
    shop = services.invite_shop(actor=actor_of(request), seller_code=code)
    messages.success(request, _("The marketplace hands it over within seconds; where it takes no commands, it waits under Actions."))
    return redirect("marketplaces:seller", code=shop.code)


@require_safe
def listing(request: HttpRequest, code: str) -> HttpResponse:
    """Show a listing as it was seen each time it changed, and what was asked about it."""
    row = queries.listing_named(code)
    asked = queries.desk_actions().filter(listing=row).order_by("-id")[:20]
    story = [entry for action in asked for entry in timeline(action, actor=actor_of(request))]
    context = {
        "row": row,
        "facts": listing_facts(row),
        "snapshots": [(snapshot, pictures, price_of(snapshot)) for snapshot, pictures in queries.snapshots_of(row)],
        "asked": [(action, kind_word(action), remark(action)) for action in asked],
        "story": sorted(story, key=lambda entry: entry.at),
        "axis": LISTING_AXIS,
        "url": web_address(row.url),
        "action_axis": ACTION_AXIS,
    }
    return render(request, "marketplaces/listing.html", context)

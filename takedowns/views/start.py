"""Where a member of the portal arrives: the proof of identity first, then what waits for them and how their complaints do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from ipp.core.actors import Actor
from ipp.core.clock import now
from ipp.core.edge import actor_of
from marketplaces.presentation import is_seller
from rightsholders.models import Right
from rightsholders.queries import organization_of, rights_of, usable_rights
from takedowns.lifecycle import ComplaintStatus
from takedowns.models import ReasonCode
from takedowns.presentation.charts import reason_bars
from takedowns.presentation.counter_notices import line_of
from takedowns.presentation.filing import draft_words
from takedowns.presentation.portal import figures, place_parts
from takedowns.presentation.words import COMPLAINT_AXIS
from takedowns.queries import counter_notices, own, portal
from takedowns.services.checking import platform_day
from takedowns.views import notices
from takedowns.views.following import WRITERS, shown_clock

LATEST = 5
WAITING_SHOWN = 10
DRAFTS_SHOWN = 3


@require_safe
def start(request: HttpRequest, identity: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    """Show the dashboard. A seller has one of its own; who has not proven its identity sees `identity`, the way to that, instead."""
    actor = actor_of(request)
    organization = organization_of(actor)
    if is_seller(organization):
        return notices.start_page(request, actor, organization)
    if organization.verified_at is None:
        return identity(request)
    metrics = own.metrics_of(actor)
    counts = portal.places_of(portal.recent_listings(actor))
    moment = now()
    latest = list(own.own_complaints(actor).order_by("-id")[:LATEST])
    open_count = portal.not_decided(own.own_complaints(actor)).count()
    success = portal.success_by_reason(actor)
    language = get_language() or "en"
    words = {item.pk: item.label(language) for item in ReasonCode.objects.filter(pk__in=[item.code for item in success])}
    context = {
        "organization": organization,
        "may_write": actor.role in WRITERS,
        "days": metrics.days,
        "figures": figures(metrics, portal.promptness_of(actor), open_count, portal.down_now(portal.recent_listings(actor))),
        "metrics": metrics,
        "parts": place_parts(counts),
        "reported": sum(counts.values()),
        "bars": reason_bars(success, words),
        "latest": [(row, own.public_status(row), shown_clock(row, own.public_status(row), moment)) for row in latest],
        "axis": COMPLAINT_AXIS,
        "answers": [line_of(row, moment) for row in counter_notices.to_answer(actor, WAITING_SHOWN)],
        "has_right": Right.objects.filter(organization_id=actor.organization_id).exists(),
        **_waiting(actor, moment),
    }
    return render(request, "takedowns/start.html", context)


def _waiting(actor: Actor, moment: Any) -> dict[str, Any]:
    """Return what the reader can do something about, and whether it is anything."""
    asked = own.own_complaints(actor).filter(status=ComplaintStatus.INFORMATION_ASKED).order_by("due_at", "id")[:WAITING_SHOWN]
    questions = [(row, shown_clock(row, row.status, moment)) for row in asked]
    rights_asked = list(rights_of(actor).filter(status="information_asked")[:WAITING_SHOWN])
    today = platform_day()
    soon = portal.rights_ending(usable_rights(actor.organization_id, today), today)
    ending = [(right, (right.expires_on - today).days) for right in soon if right.expires_on]
    drafts = [(row, draft_words(row)) for row in own.own_drafts(actor)[:DRAFTS_SHOWN]] if actor.role in WRITERS else []
    return {
        "questions": questions,
        "rights_asked": rights_asked,
        "ending": ending,
        "drafts": drafts,
        "waits": bool(questions or rights_asked or ending or drafts),
    }

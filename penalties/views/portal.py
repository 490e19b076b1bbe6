"""The seller's pages: its shops' records, what each measure means, and the lessons."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from ipp.core.clock import now
from ipp.core.edge import actor_of, language_in_force
from ipp.core.timeline import timeline
from marketplaces.presentation import SELLER_AXIS
from penalties import services
from penalties.presentation.records import (
    ladder,
    meaning,
    next_sentence,
    sanction_facts,
    standing_sentence,
    strike_cards,
    version_words,
)
from penalties.presentation.words import LESSONS, MEASURE_AXIS, SANCTION_AXIS
from penalties.queries import own
from penalties.queries.records import record_of, rests_on
from takedowns.services.checking import platform_day

READERS_OF_LESSONS = ("owner", "filer")
"""Roles of a seller that may say a lesson was read; the access policy says the same."""


@require_safe
def records(request: HttpRequest) -> HttpResponse:
    """List the seller's shops with how each stands."""
    actor, moment, day = actor_of(request), now(), platform_day()
    shops = [record_of(shop, moment, day) for shop in own.own_shops(actor)]
    context = {
        "shops": [(record, standing_sentence(record), record.seller.marketplace.name(language_in_force())) for record in shops],
        "axis": SELLER_AXIS,
    }
    return render(request, "penalties/records.html", context)


@require_safe
def record(request: HttpRequest, code: str) -> HttpResponse:
    """Show one shop's record: how it stands, its strikes, and what the next one would bring."""
    actor = actor_of(request)
    found = record_of(own.own_shop(actor, code), now(), platform_day())
    context: dict[str, Any] = {
        "record": found,
        "shop": found.seller,
        "marketplace": found.seller.marketplace.name(language_in_force()),
        "standing": standing_sentence(found),
        "ladder": ladder(found),
        "next": next_sentence(found),
        "cards": strike_cards(found),
        "story": timeline(found.seller, actor=actor),
        "axis": SELLER_AXIS,
        "measure_axis": MEASURE_AXIS,
        "sanction_axis": SANCTION_AXIS,
    }
    return render(request, "penalties/record.html", context)


@require_safe
def sanction(request: HttpRequest, code: str) -> HttpResponse:
    """Show a measure: what it means, on what it rests, and the lesson that goes with it."""
    actor = actor_of(request)
    row = own.own_sanction(actor, code)
    context = {
        "row": row,
        "shop": row.seller,
        "facts": sanction_facts(row),
        "meaning": meaning(row),
        "lines": rests_on(row),
        "rules": version_words(row.policy, language_in_force()),
        "lesson": LESSONS.get(row.lesson, ""),
        "template": f"penalties/lessons/{row.lesson}.html" if row.lesson in LESSONS else "",
        "may_confirm": actor.role in READERS_OF_LESSONS and row.read_at is None,
        "measure_axis": MEASURE_AXIS,
        "sanction_axis": SANCTION_AXIS,
    }
    return render(request, "penalties/sanction.html", context)


@require_POST
def read_lesson(request: HttpRequest, code: str) -> HttpResponse:
    """Note that the lesson of a measure was read."""
    row = services.confirm_lesson(actor=actor_of(request), code=code)
    messages.success(request, _("Noted. Thank you for reading it."))
    return redirect("penalties:record", code=row.seller.code)

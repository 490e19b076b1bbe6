"""The staff's list of what visitors reported."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from ipp.core.edge import language_in_force
from ipp.core.tables import ChipFilter, Column, KeysetTable
from ipp.core.ui import Empty
from takedowns.models import Lead
from takedowns.queries import desk as queries


def _times(row: Any) -> int:
    """Return how often the listing was reported, this report included (the query counts)."""
    return int(row.reports)


LEADS: KeysetTable[Lead] = KeysetTable(
    "leads",
    columns=[
        Column("reference", _("Reference"), kind="ref"),
        Column("title", _("Listing"), kind="template", template="takedowns/desk_lead_link.html", second=lambda row: row.external_id),
        Column("marketplace", _("Marketplace"), value=lambda row: row.marketplace.name(language_in_force()), hide_on_phone=True),
        Column("reason", _("Reason"), value=lambda row: row.get_reason_display(), second=lambda row: row.note),
        Column("reports", _("Times reported"), kind="number", value=_times),
        Column("created_at", _("Reported"), kind="time", sortable=True),
    ],
    order="-id",
    filters=[ChipFilter("reason", _("Reason"), Lead.Reason.choices, lambda rows, value: rows.filter(reason=value))],
    empty=Empty("flag", _("No reports yet"), _("Reports by visitors of a listing appear here. They start no clock and take nothing down.")),
)


@require_safe
def leads(request: HttpRequest) -> HttpResponse:
    """List what visitors reported, newest first."""
    return render(request, "takedowns/leads.html", {"page": LEADS.page(queries.leads(), request.GET, request.path)})

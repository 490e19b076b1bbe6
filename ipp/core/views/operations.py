"""The staff console's machine room: deliveries, dead letters, mail, processes; the audit trail; calendar days; what roles must prove."""

from __future__ import annotations

import uuid

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ipp.core.calendars import known_calendars
from ipp.core.clock import now
from ipp.core.edge import actor_of
from ipp.core.errors import DomainError
from ipp.core.forms import DateInput, add_domain_errors
from ipp.core.models import CalendarDay, Delivery, Event, OutgoingMail, RolePolicy
from ipp.core.services import health
from ipp.core.services.clocks import calendar_in_force, enter_calendar_day
from ipp.core.services.deliveries import retry_delivery
from ipp.core.services.mails import retry_mail
from ipp.core.services.roles import set_mfa_required
from ipp.core.tables import ChipFilter, Column, KeysetTable
from ipp.core.timeline import read_sentence
from ipp.core.ui import Empty, Figure

AUDIT: KeysetTable[Event] = KeysetTable(
    "audit",
    columns=[
        Column("occurred_at", _("When"), kind="time"),
        Column("name", _("What"), value=lambda row: read_sentence(row.name, row.payload), second=lambda row: row.name),
        Column("actor_label", _("Who"), second=lambda row: row.organization.name),
        Column("about", _("About"), value=lambda row: row.about.name, second=lambda row: row.payload.get("reference", "")),
    ],
    order="-id",
    filters=[
        ChipFilter(
            "kind",
            _("Who acted"),
            [("user", _("People")), ("api_key", _("Machines")), ("system", _("The engine"))],
            lambda rows, value: rows.filter(actor_kind=value),
        )
    ],
    empty=Empty("history", _("Nothing has happened yet"), _("Every use case leaves a line here that nobody can change.")),
)


class CalendarDayForm(forms.Form):
    """A day entered over a packaged calendar."""

    calendar = forms.ChoiceField(label=_("Calendar"), choices=lambda: [(key, key) for key in known_calendars()])
    day = forms.DateField(label=_("Day"), widget=DateInput)
    is_working = forms.TypedChoiceField(
        label=_("It is"),
        choices=[("no", _("a day off")), ("yes", _("a working day"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        initial="no",
    )
    note = forms.CharField(label=_("Source"), max_length=200, help_text=_("The notice that says so, so that others can check it."))


@require_safe
def operations(request: HttpRequest) -> HttpResponse:
    """Show what is due, what is stuck, what is dead, and which processes run under which login."""
    dead = Delivery.objects.filter(dead_at__isnull=False).select_related("event", "organization").order_by("-dead_at")[:50]
    failing = Delivery.objects.filter(delivered_at=None, dead_at=None, attempts__gt=0).select_related("event", "organization")
    mails = OutgoingMail.objects.filter(dead_at__isnull=False).defer("body", "to", "language", "dedupe_key", "lease_token", "lease_until")
    figures = health.status()
    context = {
        "dead": dead,
        "failing": failing.order_by("due_at")[:50],
        "dead_mails": mails.order_by("-dead_at")[:50],
        "status": figures,
        "figures": [
            Figure(_("Deliveries due"), str(figures["due_deliveries"]), note=_age(figures["oldest_due_seconds"])),
            Figure(
                _("Dead letters"),
                str(figures["dead_letters"]),
                note=_t("after %(tries)d tries") % {"tries": settings.DELIVERY_MAX_ATTEMPTS},
            ),
            Figure(_("Mails due"), str(figures["due_mails"]), note=_age(figures["oldest_mail_seconds"])),
            Figure(_("Clocks late"), str(figures["clocks_late"]), note=_t("of %(count)d running") % {"count": figures["clocks_running"]}),
        ],
        "may_retry": actor_of(request).role == "operations",
    }
    return render(request, "core/operations.html", context)


@require_POST
def retry_dead_delivery(request: HttpRequest, delivery: uuid.UUID) -> HttpResponse:
    """Make a dead letter due again."""
    retry_delivery(actor=actor_of(request), delivery_id=delivery)
    messages.success(request, _("Due again. It is tried within seconds."))
    return redirect("core:operations")


@require_POST
def retry_dead_mail(request: HttpRequest, code: str) -> HttpResponse:
    """Make a dead mail due again."""
    retry_mail(actor=actor_of(request), code=code)
    messages.success(request, _("Due again. It is tried within seconds."))
    return redirect("core:operations")


@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """Search everything that happened, newest first."""
    rows = Event.objects.select_related("organization", "about")
    return render(request, "core/audit.html", {"page": AUDIT.page(rows, request.GET, request.path)})


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_days(request: HttpRequest) -> HttpResponse:
    """Show the days entered over the packaged calendars and enter another."""
    form = CalendarDayForm(request.POST if request.method == "POST" else None, initial={"calendar": settings.PLATFORM_CALENDAR})
    if request.method == "POST" and form.is_valid():
        try:
            enter_calendar_day(actor=actor_of(request), **form.cleaned_data)
            messages.success(request, _("Entered. Clocks that start from now on count with it."))
            return redirect("core:calendar_days")
        except DomainError as error:
            add_domain_errors(form, error)
    year = now().year
    in_force = calendar_in_force(settings.PLATFORM_CALENDAR, year)
    context = {
        "form": form,
        "days": CalendarDay.objects.select_related("entered_by").order_by("-id")[:100],
        "in_force": in_force,
        "provisional": sorted(wanted for wanted in in_force.provisional_years if wanted in (year, year + 1)),
        "may_enter": actor_of(request).role == "operations",
    }
    return render(request, "core/calendar_days.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def role_policies(request: HttpRequest) -> HttpResponse:
    """Show what each role must prove, and change it."""
    if request.method == "POST":
        required = request.POST.get("mfa_required") == "1"
        set_mfa_required(actor=actor_of(request), role=request.POST.get("role", ""), required=required)
        messages.success(request, _("Changed. It holds from the next page each of them opens."))
        return redirect("core:role_policies")
    context = {"policies": RolePolicy.objects.order_by("role"), "may_change": actor_of(request).role == "operations"}
    return render(request, "core/role_policies.html", context)


def _age(seconds: int | None) -> str:
    return _t("oldest %(seconds)d s") % {"seconds": seconds} if seconds else _t("nothing waits")

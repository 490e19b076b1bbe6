"""The page behind the "report" button of a listing: anybody may use it, from any site, without an account."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ipp.core import ratelimit
from ipp.core.errors import DomainError
from ipp.core.forms import add_domain_errors
from takedowns import services
from takedowns.models import Lead

REPORTS, SECONDS = 20, 3600
"""How many reports one address may send an hour."""


class ReportForm(forms.Form):
    """What a visitor says about a listing."""

    url = forms.CharField(
        label=_("Address of the listing"), max_length=2048, error_messages={"required": _("Paste the address of the listing.")}
    )
    reason = forms.ChoiceField(
        label=_("What is wrong with it?"),
        choices=Lead.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is wrong with the listing.")},
    )
    note = forms.CharField(label=_("Anything that helps"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    title = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Take a report about a listing. The button stands on other sites, so no token can come with it; it changes nothing of anybody's."""
    if request.method != "POST":
        return render(request, "takedowns/report.html", {"form": ReportForm(initial={"url": request.GET.get("url", "")[:2048]})})
    ratelimit.spend("report", get_adapter().get_client_ip(request), limit=REPORTS, seconds=SECONDS)
    form = ReportForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            reference = services.receive_lead(**form.cleaned_data)
            return render(request, "takedowns/reported.html", {"reference": reference}, status=201)
        except DomainError as error:
            status = error.status
            add_domain_errors(form, error)
    return render(request, "takedowns/report.html", {"form": form}, status=status)

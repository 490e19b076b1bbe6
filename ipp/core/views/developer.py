"""The portal's page for machines: API keys, made once, shown once, revoked at once."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from ipp.core.clock import now
from ipp.core.edge import actor_of
from ipp.core.errors import DomainError
from ipp.core.forms import add_domain_errors
from ipp.core.models import ApiKey
from ipp.core.services import keys


class KeyForm(forms.Form):
    """A new key: what uses it, what it may do, for how long."""

    name = forms.CharField(label=_("Which system will use it?"), max_length=80, help_text=_("So that you know which key to revoke later."))
    scopes = forms.MultipleChoiceField(
        label=_("What may it do?"), choices=lambda: list(keys.SCOPES.items()), widget=forms.CheckboxSelectMultiple
    )
    days = forms.TypedChoiceField(
        label=_("How long does it live?"),
        coerce=int,
        choices=[(30, _("30 days")), (90, _("90 days")), (366, _("One year"))],
        initial=90,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def api_keys(request: HttpRequest) -> HttpResponse:
    """List the organization's keys; a POST makes one and shows its secret, this once."""
    actor = actor_of(request)
    form = KeyForm(request.POST if request.method == "POST" else None)
    new_key = None
    if request.method == "POST" and form.is_valid():
        try:
            new_key = keys.create_key(actor=actor, **form.cleaned_data)
            form = KeyForm()
        except DomainError as error:
            add_domain_errors(form, error)
    rows = ApiKey.objects.filter(organization_id=actor.organization_id).order_by("-id")[:100]
    moment = now()
    context = {
        "form": form,
        "new_key": new_key,
        "keys": [(key, _state(key, moment)) for key in rows],
        "scopes": keys.SCOPES,
        "may_change": actor.role == "owner",
    }
    return render(request, "core/api_keys.html", context, status=422 if form.errors else 200)


@require_POST
def revoke_key(request: HttpRequest, code: str) -> HttpResponse:
    """End one key."""
    keys.revoke_key(actor=actor_of(request), code=code)
    return redirect("core:api_keys")


def _state(key: ApiKey, moment: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at <= moment else "active"

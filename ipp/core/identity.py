"""Finds out who is behind a request: a signed-in member, a machine with a key, or nobody."""

from __future__ import annotations

from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ipp.core import tenancy
from ipp.core.actors import Actor, Audience
from ipp.core.errors import NotSignedIn
from ipp.core.frame import frame_of
from ipp.core.models import Membership, Organization, RolePolicy, User
from ipp.core.problems import is_api
from ipp.core.services import keys
from ipp.core.sessions import SessionStore
from ipp.core.ui import ZONE_COOKIE, zone_of_reader

ORGANIZATION_KEY = "_organization"


def find_actor(request: HttpRequest) -> Actor | None:
    """Return the actor of a request, or None. Call inside a scope; on the API only keys count, on pages only sessions.

    Raises:
        NotSignedIn: a key was sent and is not valid.
    """
    if is_api(request):
        return _machine(request)
    user = request.user
    if not isinstance(user, User) or not user.is_active or user.is_staff != (settings.IPP_AUDIENCE == "staff"):
        return None
    if isinstance(request.session, SessionStore):
        request.session.touch()
    timezone.activate(zone_of_reader(request.COOKIES.get(ZONE_COOKIE, ""), user.timezone))
    return _member(request, user)


def redirect_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send a visitor to the sign-in page and back afterwards; an htmx request is told to do so in its own way."""
    response = redirect_to_login(request.get_full_path(), resolve_url(settings.LOGIN_URL))
    return _client_redirect(request, response)


def ask_second_factor(request: HttpRequest) -> HttpResponse | None:
    """Return a redirect to setting up a code app where the role's policy requires one and the user has none yet."""
    if not frame_of(request).second_factor_missing:
        return None
    messages.info(request, _("Your role needs a second factor. Set up a code app once; it takes a minute."))
    return _client_redirect(request, redirect(f"{resolve_url('mfa_activate_totp')}?{urlencode({'next': request.path})}"))


def _machine(request: HttpRequest) -> Actor | None:
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if not scheme:
        return None
    actor = keys.find_actor(secret.strip(), frame_of(request).request_id) if scheme.lower() == "bearer" else None
    if actor is None:
        raise NotSignedIn("key_not_valid", _("This key is unknown, expired or revoked. Make a new one in the portal under Developer."))
    return actor


def _member(request: HttpRequest, user: User) -> Actor | None:
    """Return the user acting in the organization chosen in the session, or the first; None without any membership."""
    with tenancy.scope(tenancy.Context(audience=settings.IPP_AUDIENCE, user_id=user.pk, scope="staff" if user.is_staff else "")):
        places = list(Membership.objects.filter(user=user).order_by("id").values_list("organization_id", "role"))
        if not places:
            return None
        chosen = request.session.get(ORGANIZATION_KEY)
        organization_id, role = next((place for place in places if place[0] == chosen), places[0])
        frame_of(request).second_factor_missing = _second_factor_missing(user, role)
    ids = tuple(place[0] for place in places)
    with tenancy.scope(
        tenancy.Context(audience=settings.IPP_AUDIENCE, user_id=user.pk, organization_id=organization_id, organization_ids=ids)
    ):
        frame_of(request).organization = Organization.objects.filter(pk=organization_id).first() if not user.is_staff else None
    audience: Audience = "staff" if user.is_staff else "portal"
    return Actor(
        organization_id,
        "user",
        audience,
        role,
        str(user),
        user_id=user.pk,
        organization_ids=ids,
        request_id=frame_of(request).request_id,
    )


def _second_factor_missing(user: User, role: str) -> bool:
    if not RolePolicy.objects.filter(role=role, mfa_required=True).exists():
        return False
    return not Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()


def _client_redirect(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if not getattr(request, "htmx", False):
        return response
    told = HttpResponse(status=204)
    told["HX-Redirect"] = response["Location"]
    return told

"""The cast as actors, browsers and machines."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.test import Client

from ipp.core import tenancy
from ipp.core.actors import Actor
from tests.cast import STAFF, address

PER_AUDIENCE = {
    "portal": {
        "IPP_AUDIENCE": "portal",
        "ROOT_URLCONF": "ipp.urls.portal",
        "SESSION_COOKIE_NAME": "ipp_portal_session",
        "ACCOUNT_EMAIL_VERIFICATION": "mandatory",
    },
    "staff": {
        "IPP_AUDIENCE": "staff",
        "ROOT_URLCONF": "ipp.urls.staff",
        "SESSION_COOKIE_NAME": "ipp_staff_session",
        "ACCOUNT_EMAIL_VERIFICATION": "none",
    },
}


@contextmanager
def audience(name: str) -> Iterator[None]:
    """Be the process of one audience. Plain attributes, no signals: resolvers are cached per URLconf anyway."""
    before = {key: getattr(settings, key) for key in PER_AUDIENCE[name]}
    for key, value in PER_AUDIENCE[name].items():
        setattr(settings, key, value)
    try:
        yield
    finally:
        for key, value in before.items():
            setattr(settings, key, value)


class AudienceClient(Client):
    """A browser that talks to one audience's process."""

    def __init__(self, name: str = "portal", **defaults: Any) -> None:
        super().__init__(**defaults)
        self.audience = name

    def request(self, **request: Any) -> Any:
        """Send a request to this client's audience."""
        with audience(self.audience):
            return super().request(**request)


def signed_in(name: str) -> AudienceClient:
    """Return a browser in which `name` is signed in."""
    from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY

    from ipp.core.models import User

    client = AudienceClient("staff" if name in STAFF else "portal")
    with audience(client.audience):
        client.force_login(User.objects.get(email=address(name)), backend=settings.AUTHENTICATION_BACKENDS[0])
        session = client.session
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time(), "email": address(name)}]
        session.save()
    return client


def actor_named(name: str) -> Actor:
    """Return somebody of the cast as an actor."""
    from ipp.core.models import Membership

    with tenancy.scope(tenancy.Context(scope="staff")):
        place = Membership.objects.select_related("user", "organization").get(user__email=address(name))
    kind = "staff" if name in STAFF else "portal"
    return Actor(place.organization_id, "user", kind, place.role, str(place.user), user_id=place.user_id, request_id="test")


def new_secret(name: str, *scopes: str) -> str:
    """Make an API key for somebody's organization and return its secret."""
    from ipp.core.services import keys

    actor = actor_named(name)
    with tenancy.acting(actor):
        return keys.create_key(actor=actor, name="test", scopes=scopes or list(keys.SCOPES), days=30).secret


def api_client(name: str, *scopes: str) -> AudienceClient:
    """Return a machine that sends a fresh key of somebody's organization."""
    return AudienceClient("portal", headers={"Authorization": f"Bearer {new_secret(name, *scopes)}"})

"""Bearer keys as REST framework sees them; a module of its own, because the framework loads it before its own views."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from ipp.core.actors import Actor
from ipp.core.frame import frame_of


class KeyAuthentication(BaseAuthentication):
    """Hands DRF the actor that `ScopeMiddleware` found; keys are checked there, before any view."""

    def authenticate(self, request: Request) -> tuple[None, Actor] | None:
        """Return (no user, the actor), or None for a visitor."""
        actor = frame_of(request._request).actor
        return (None, actor) if actor is not None else None

    def authenticate_header(self, request: Request) -> str:
        """Return what a 401 asks for."""
        return 'Bearer realm="IPP"'

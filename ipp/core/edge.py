"""Small things every page view needs: the actor, a submission token, and turning a refusal back into the form it came from."""

from __future__ import annotations

import secrets

from django.http import HttpRequest
from django.utils.translation import get_language

from ipp.core.actors import Actor
from ipp.core.errors import NotSignedIn
from ipp.core.frame import frame_of


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts.

    Raises:
        NotSignedIn: nobody; the access policy should have asked for a sign-in before.
    """
    actor = frame_of(request).actor
    if actor is None:
        raise NotSignedIn("not_signed_in", "")
    return actor


def new_submission() -> str:
    """Return the hidden token that makes a form's second post the same as its first."""
    return secrets.token_urlsafe(24)


def language_in_force() -> str:
    """Return the reader's language code."""
    return get_language() or "en"

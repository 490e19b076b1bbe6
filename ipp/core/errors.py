"""What can go wrong in the domain, each kind with the HTTP status every edge answers it with.

A message says what is wrong and how to mend it, in words a person can act on. `code` is stable and is what machines match.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True)
class FieldError:
    """One wrong value. `pointer` is a JSON pointer into the body (`/links/4`) or a form field's name."""

    pointer: str
    code: str
    message: Text


class DomainError(Exception):
    """A refusal the caller can understand and mend.

    Args:
        code: stable machine word, `snake_case`.
        message: what is wrong and how to mend it.
        errors: the values at fault, where there are any.
        details: facts for the machine (limits, the state found); they are published, so never another tenant's.
    """

    status: ClassVar[int] = 422
    title: ClassVar[Text] = _("This cannot be done as sent")

    def __init__(self, code: str, message: Text, *, errors: Sequence[FieldError] = (), **details: Any) -> None:
        super().__init__(str(code))
        self.code = code
        self.message = message
        self.errors = tuple(errors)
        self.details = details

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class InvalidInput(DomainError):
    """The values sent do not fit; each is named."""

    status = 422
    title = _("Some values need a correction")


class BadRequest(DomainError):
    """The request itself cannot be read (no JSON, a missing header)."""

    status = 400
    title = _("The request cannot be read")


class NotSignedIn(DomainError):
    """Nobody is signed in, or the key is unknown, expired or revoked."""

    status = 401
    title = _("Sign in first")


class Forbidden(DomainError):
    """The actor is known and may not do this: not in this role, or not now."""

    status = 403
    title = _("Not allowed")


class NotFound(DomainError):
    """No such record for this actor: another tenant's and a missing one are the same answer."""

    status = 404
    title = _("Not found")

    def __init__(self) -> None:
        super().__init__("not_found", _("There is nothing here under this address. Check the link, or open the list it came from."))


class MethodNotAllowed(DomainError):
    """The address exists and does not take this method."""

    status = 405
    title = _("Method not allowed")


class NotAcceptable(DomainError):
    """The caller accepts none of the forms an answer comes in."""

    status = 406
    title = _("No such form of answer")


class Conflict(DomainError):
    """The record moved on, or somebody else is at it; reload and decide again."""

    status = 409
    title = _("It changed in the meantime")


class IllegalTransition(Conflict):
    """The lifecycle has no such move from the state found."""


class StaleVersion(DomainError):
    """The caller decided on an older version than the one stored (If-Match)."""

    status = 412
    title = _("You decided on an older version")


class TooLarge(DomainError):
    """More bytes than the limit."""

    status = 413
    title = _("Too large")


class UnsupportedType(DomainError):
    """Not one of the kinds of file or body accepted here."""

    status = 415
    title = _("This kind of file is not accepted")


class TooManyRequests(DomainError):
    """Slower, please; `details['retry_after']` says how many seconds."""

    status = 429
    title = _("Too many requests")


class Unavailable(DomainError):
    """A part this needs is down; nothing was written, trying again is safe."""

    status = 503
    title = _("Not available right now")

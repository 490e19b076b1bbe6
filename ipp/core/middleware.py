"""The edge's inner frame: who acts, what they may call, and one transaction under their scope."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ipp.core import identity, tenancy
from ipp.core.access import RoutePolicy, policy_of
from ipp.core.actors import Actor
from ipp.core.errors import DomainError, Forbidden, MethodNotAllowed, NotFound, NotSignedIn, Unavailable
from ipp.core.frame import frame_of
from ipp.core.problems import answer_problem, wants_machine_answer

log = structlog.get_logger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponse]
V = TypeVar("V", bound=Callable[..., Any])


class ScopeMiddleware:
    """Innermost: finds the actor, asks the access policy, and runs the view in one transaction under the actor's scope.

    A refusal (status 400 and up) is rolled back whole. A view marked `@outside_transaction` (uploads, calls to the outside) gets the
    actor only, and opens short transactions of its own.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request inside its frame."""
        timezone.deactivate()  # the reader's own is found with the reader; a thread must not keep the last one's
        try:
            match = resolve(request.path_info, getattr(request, "urlconf", settings.ROOT_URLCONF))
        except Resolver404:
            return self._frame(request, None, None)
        return self._frame(request, match, policy_of(settings.IPP_AUDIENCE, match.view_name))

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn a refusal raised by a view into its page, fragment or problem document."""
        if isinstance(exception, OperationalError):
            log.exception("database_away")
            exception = Unavailable("database_unavailable", _("The database does not answer. Nothing was written; try again in a minute."))
        if not isinstance(exception, DomainError):
            return None
        if transaction.get_connection().in_atomic_block or isinstance(exception, Unavailable):
            return answer_problem(request, exception)
        with _scope_of(frame_of(request).actor):
            return answer_problem(request, exception)

    def _frame(self, request: HttpRequest, match: ResolverMatch | None, policy: RoutePolicy | None) -> HttpResponse:
        if policy is not None and policy.is_public and _is_outside_transaction(match):
            return self.get_response(request)  # a health check: it asks the database itself, or must answer without one
        try:
            with tenancy.scope(tenancy.Context(audience=_role_audience())):
                frame_of(request).actor = identity.find_actor(request)
            gate = self._gate(request, match, policy)
        except (DomainError, OperationalError) as error:
            answer = self.process_exception(request, error)
            assert answer is not None
            return answer
        if gate is not None:
            return gate
        if _is_outside_transaction(match):
            return self.get_response(request)
        with _scope_of(frame_of(request).actor):
            response = self.get_response(request)
            if response.status_code >= 400:
                transaction.set_rollback(True)
        return response

    def _gate(self, request: HttpRequest, match: ResolverMatch | None, policy: RoutePolicy | None) -> HttpResponse | None:
        """Return a redirect to sign in or to set up a second factor, None to go on; raise what is refused."""
        if match is None:
            return None
        if policy is None:
            raise NotFound
        actor = frame_of(request).actor
        allowed = policy.methods_of(actor.role if actor else None, actor.scopes if actor else frozenset())
        if request.method not in allowed:
            if request.method not in policy.methods:
                raise MethodNotAllowed("method_not_allowed", _("This address does not take that method."), allowed=sorted(policy.methods))
            if actor is None:
                return _sign_in(request)
            raise Forbidden(
                "role_not_allowed", _("Your role does not allow this. Ask an owner of your organization to do it or to change your role.")
            )
        if actor is not None and not policy.is_public and not match.view_name.startswith(("account_", "mfa_")):
            return identity.ask_second_factor(request)
        return None


def outside_transaction(view: V) -> V:
    """Mark a view that takes long or calls out: it gets no transaction and opens its own, short."""
    view.outside_transaction = True  # type: ignore[attr-defined]
    return view


def _is_outside_transaction(match: ResolverMatch | None) -> bool:
    view = getattr(match, "func", None)
    return bool(getattr(getattr(view, "cls", view), "outside_transaction", False))


def _scope_of(actor: Actor | None) -> AbstractContextManager[None]:
    return tenancy.acting(actor) if actor is not None else tenancy.scope(tenancy.Context(audience=_role_audience()))


def _role_audience() -> str:
    return settings.IPP_AUDIENCE if settings.IPP_AUDIENCE in ("portal", "staff") else ""


def _sign_in(request: HttpRequest) -> HttpResponse:
    if wants_machine_answer(request):
        raise NotSignedIn(
            "not_signed_in", _("Send a valid key as `Authorization: Bearer ipp_live_…`. Keys are made in the portal under Developer.")
        )
    if request.user.is_authenticated:  # the sign-in page would send them straight back here
        raise Forbidden(
            "no_membership",
            _("Your account belongs to no organization. Ask an owner of yours to add you, or sign in with another account."),
        )
    return identity.redirect_to_sign_in(request)

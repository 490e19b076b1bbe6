"""The edge's frame: a request id and honest logs outside; inside, who acts, what they may call, and one transaction under their scope."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.translation import gettext_lazy as _

from ipp.core import identity, tenancy
from ipp.core.access import RoutePolicy, policy_of
from ipp.core.actors import Actor
from ipp.core.errors import DomainError, Forbidden, NotFound, NotSignedIn, Unavailable
from ipp.core.problems import answer_problem, wants_machine_answer

log = structlog.get_logger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponse]
V = TypeVar("V", bound=Callable[..., Any])


class RequestMiddleware:
    """Outermost: gives each request an id (shown in every error), one log line, and `no-store` on everything private."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.request_id)
        began = time.monotonic()
        response = self.get_response(request)
        response["X-Request-Id"] = request.request_id
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
        milliseconds = round((time.monotonic() - began) * 1000)
        log.info("request", method=request.method, path=request.path, status=response.status_code, ms=milliseconds)
        return response


class ScopeMiddleware:
    """Innermost: finds the actor, asks the access policy, and runs the view in one transaction under the actor's scope.

    A refusal (status 400 and up) is rolled back whole. A view marked `@outside_transaction` (uploads, calls to the outside) gets the
    actor only, and opens short transactions of its own.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
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
        if isinstance(exception, DomainError):
            return answer_problem(request, exception)
        return None

    def _frame(self, request: HttpRequest, match: ResolverMatch | None, policy: RoutePolicy | None) -> HttpResponse:
        try:
            with tenancy.scope(tenancy.Context(audience=_role_audience())):
                request.actor = identity.find_actor(request)
            gate = self._gate(request, match, policy)
        except (DomainError, OperationalError) as error:
            answer = self.process_exception(request, error)
            assert answer is not None
            return answer
        if gate is not None:
            return gate
        with _transaction_for(request.actor, match):
            response = self.get_response(request)
            if response.status_code >= 400 and transaction.get_connection().in_atomic_block:
                transaction.set_rollback(True)
        return response

    def _gate(self, request: HttpRequest, match: ResolverMatch | None, policy: RoutePolicy | None) -> HttpResponse | None:
        """Return a redirect to sign in or to set up a second factor, None to go on; raise what is refused."""
        if match is None:
            return None
        if policy is None:
            raise NotFound
        actor: Actor | None = request.actor
        allowed = policy.methods_of(actor.role if actor else None, actor.scopes if actor else frozenset())
        if request.method not in allowed and request.method in policy.methods | {"OPTIONS"}:
            if actor is None:
                return _sign_in(request)
            raise Forbidden("role_not_allowed", _("Your role does not allow this. Ask an owner of your organization to do it or to change your role."))
        if actor is not None and not policy.is_public and not match.view_name.startswith(("account_", "mfa_")):
            return identity.ask_second_factor(request)
        return None


def outside_transaction(view: V) -> V:
    """Mark a view that takes long or calls out: it gets no transaction and opens its own, short."""
    view.outside_transaction = True  # type: ignore[attr-defined]
    return view


def _transaction_for(actor: Actor | None, match: ResolverMatch | None) -> AbstractContextManager[None]:
    view = getattr(match, "func", None)
    if getattr(getattr(view, "cls", view), "outside_transaction", False):
        return nullcontext()
    if actor is None:
        return tenancy.scope(tenancy.Context(audience=_role_audience()))
    return tenancy.acting(actor)


def _role_audience() -> str:
    return settings.IPP_AUDIENCE if settings.IPP_AUDIENCE in ("portal", "staff") else ""


def _sign_in(request: HttpRequest) -> HttpResponse:
    if wants_machine_answer(request):
        raise NotSignedIn(
            "not_signed_in", _("Send a valid key as `Authorization: Bearer ipp_live_…`. Keys are made in the portal under Developer.")
        )
    return identity.redirect_to_sign_in(request)

"""The second wall's plumbing: which organization, user and scope the database sees in this transaction.

Settings are transaction-local, so nothing survives in a pooled connection; without context a query returns nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

import structlog
from django.conf import settings
from django.db import connection, transaction

from ipp.core.actors import Actor

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Context:
    """What row-level policies may look at. The empty one opens nothing."""

    audience: str = ""
    organization_id: int | None = None
    user_id: int | None = None
    scope: str = ""
    organization_ids: tuple[int, ...] = ()
    key_digest: str = ""


NOBODY = Context()
_current: ContextVar[Context] = ContextVar("ipp_tenancy_context", default=NOBODY)


def current() -> Context:
    """Return the context in force."""
    return _current.get()


@contextmanager
def scope(context: Context) -> Iterator[None]:
    """Run a block in one transaction under `context`; the context before it is restored, also when only a savepoint ended."""
    nested = connection.in_atomic_block
    previous = _current.get()
    with transaction.atomic():
        _apply(context)
        token = _current.set(context)
        try:
            yield
        finally:
            _current.reset(token)
        # A setting made in a released savepoint would outlive it; a rolled-back one restores it by itself.
        if nested and not connection.needs_rollback:
            _apply(previous)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Run a block as `actor`: its organization for a tenant, the staff scope for the platform (logged, as any wide scope is)."""
    if actor.is_staff:
        log.info("staff_scope", user_id=actor.user_id, role=actor.role)
    with scope(context_of(actor)):
        yield


@contextmanager
def engine_scope(reason: str) -> Iterator[None]:
    """Run a block that works across organizations (claiming, sweeping). Explicit and logged."""
    log.debug("engine_scope", reason=reason)
    with scope(Context(audience="engine", scope="engine")):
        yield


@contextmanager
def inside(organization_id: int) -> Iterator[None]:
    """Narrow the scope in force to one organization (a handler's work, a new organization's first rows); a wide scope ends here."""
    with scope(replace(_current.get(), organization_id=organization_id, organization_ids=(organization_id,), scope="")):
        yield


def context_of(actor: Actor) -> Context:
    """Return the context an actor works in."""
    return Context(
        audience=actor.audience,
        organization_id=actor.organization_id,
        user_id=actor.user_id,
        scope="staff" if actor.is_staff else "",
        organization_ids=actor.organization_ids or (actor.organization_id,),
    )


def _apply(context: Context) -> None:
    values = {
        "app.organization": str(context.organization_id or ""),
        "app.user": str(context.user_id or ""),
        "app.scope": context.scope,
        "app.organizations": f"{{{','.join(map(str, context.organization_ids))}}}",
        "app.key_digest": context.key_digest,
    }
    if settings.TEST_SET_ROLE:
        values = {"role": f"ipp_{context.audience}" if context.audience else "none"} | values
    calls = ", ".join("set_config(%s, %s, true)" for _ in values)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {calls}", [part for pair in values.items() for part in pair])

"""Events: declared once, recorded in the transaction of the change, delivered to each handler exactly once in the database."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from django.db import connection
from django.db.models import Model

from ipp.core.actors import Actor
from ipp.core.doorbell import ring_after_commit
from ipp.core.models import Event


@dataclass(frozen=True)
class DomainEvent:
    """A fact in the past tense. Fields hold ids, codes and facts; they are stored as JSON and may be read years later."""

    name: ClassVar[str] = ""


E = TypeVar("E", bound=type[DomainEvent])
Handler = Callable[["Envelope", Any], None]

EVENTS: dict[str, type[DomainEvent]] = {}
HANDLERS: dict[str, Handler] = {}
_listeners: dict[str, list[str]] = defaultdict(list)


@dataclass(frozen=True)
class Envelope:
    """What surrounds an event: where it is stored, whose record it is about, who acted and when."""

    event_id: int
    organization_id: int
    about_id: int
    subject_type: str
    subject_id: int | None
    actor_label: str
    occurred_at: datetime
    request_id: str


def event(name: str) -> Callable[[E], E]:
    """Give an event class its stored name, such as `takedowns.complaint.filed`."""

    def declare(cls: E) -> E:
        if name in EVENTS:
            raise ValueError(f"event {name!r} is declared twice")
        cls.name = name
        EVENTS[name] = cls
        return cls

    return declare


def on(*classes: type[DomainEvent]) -> Callable[[Handler], Handler]:
    """Make a function the reaction of its app to these events. It runs in a transaction and tenant scope of its own."""

    def register(handler: Handler) -> Handler:
        key = f"{handler.__module__.removesuffix('.handlers')}.{handler.__name__}"
        if key in HANDLERS:
            raise ValueError(f"handler {key!r} is registered twice")
        HANDLERS[key] = handler
        for cls in classes:
            _listeners[cls.name].append(key)
        return handler

    return register


def listeners(name: str) -> tuple[str, ...]:
    """Return the handlers that hear an event."""
    return tuple(_listeners[name])


def record(fact: DomainEvent, *, actor: Actor, subject: Model | None = None, about: int | None = None, undo_seconds: int = 0) -> Event:
    """Store what happened, with one delivery per handler, in the transaction in force; ring the engine after it commits.

    Args:
        fact: what happened.
        actor: who did it; the event belongs to the actor's organization.
        subject: the record it happened to.
        about: the organization whose record that is; the actor's own when not given. Handlers run in its scope.
        undo_seconds: how long effects wait, so that a person can take the decision back.
    """
    stored = Event(
        organization_id=actor.organization_id,
        about_id=about or actor.organization_id,
        name=fact.name,
        subject_type=subject._meta.label_lower if subject is not None else "",
        subject_id=subject.pk if subject is not None else None,
        payload=asdict(fact),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        request_id=actor.request_id,
    )
    _store(stored, undo_seconds)
    ring_after_commit()
    return stored


# By hand and in one statement: nearly every write of the platform ends with it, and the web logins may add deliveries but not read them,
# while the ORM asks for columns back.
STORE = """
    WITH stored AS (
        INSERT INTO core_event (code, organization_id, about_id, name, subject_type, subject_id, payload, actor_kind, actor_id, actor_label,
            request_id)
        VALUES (%(code)s, %(organization)s, %(about)s, %(name)s, %(subject_type)s, %(subject)s, %(payload)s, %(actor_kind)s, %(actor)s,
            %(actor_label)s, %(request)s)
        RETURNING id, about_id, occurred_at
    ), queued AS (
        INSERT INTO core_delivery (id, event_id, organization_id, handler, due_at, attempts, last_error)
        SELECT gen_random_uuid(), id, about_id, unnest(%(handlers)s::text[]), ipp_now() + make_interval(secs => %(undo)s), 0, '' FROM stored
    )
    SELECT id, occurred_at FROM stored
"""


def _store(stored: Event, undo_seconds: int) -> None:
    """Write an event with one delivery per handler, and note its id and moment."""
    values: dict[str, Any] = {
        "code": str(stored.code),
        "organization": stored.organization_id,
        "about": stored.about_id,
        "name": stored.name,
        "subject_type": stored.subject_type,
        "subject": stored.subject_id,
        "payload": json.dumps(stored.payload),
        "actor_kind": stored.actor_kind,
        "actor": stored.actor_id,
        "actor_label": stored.actor_label,
        "request": stored.request_id,
        "handlers": list(_listeners[stored.name]),
        "undo": undo_seconds,
    }
    with connection.cursor() as cursor:
        cursor.execute(STORE, values)
        stored.pk, stored.occurred_at = cursor.fetchone()
    stored._state.adding, stored._state.db = False, connection.alias


def open_envelope(stored: Event) -> tuple[Envelope, DomainEvent]:
    """Return a stored event as the objects a handler takes; fields the class no longer has are dropped, so old facts stay readable."""
    cls = EVENTS[stored.name]
    known = {key: value for key, value in stored.payload.items() if key in cls.__dataclass_fields__}
    envelope = Envelope(
        stored.pk,
        stored.organization_id,
        stored.about_id,
        stored.subject_type,
        stored.subject_id,
        stored.actor_label,
        stored.occurred_at,
        stored.request_id,
    )
    return envelope, cls(**known)

"""Answers a repeated creating request with the first answer: the API's Idempotency-Key and a page's submission token alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import BigIntegerField, CharField
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.errors import BadRequest, Conflict, InvalidInput
from ipp.core.models import IdempotencyRecord
from ipp.core.prepared import Slot
from ipp.core.whole_rows import WholeRow

MAX_KEY = 255
KNOWN = WholeRow(
    lambda: IdempotencyRecord.objects.filter(organization_id=Slot("organization", BigIntegerField()), key=Slot("key", CharField()))
)
REMEMBER = """
    INSERT INTO core_idempotencyrecord (organization_id, key, route, request_hash, status, body, location)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True)
class Answer:
    """What the first request was answered. `replayed` says this is the stored one."""

    status: int
    body: Any = None
    location: str = ""
    replayed: bool = False


def request_hash(*parts: Any) -> str:
    """Return the fingerprint of a request's content; key order and white space of JSON do not count."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()


def check_key(key: str) -> None:
    """Check that a key can be one.

    Raises:
        BadRequest: it is empty, too long, or holds what a header should not.
    """
    if not key or len(key) > MAX_KEY or not key.isprintable():
        raise BadRequest(
            "idempotency_key_missing",
            _("Send a header Idempotency-Key with 1 to 255 printable characters, new for each new request and the same on a retry."),
        )


@transaction.atomic
def once(*, actor: Actor, key: str, route: str, fingerprint: str, effect: Callable[[], Answer], wait: bool = False) -> Answer:
    """Run `effect` and remember its answer in the same transaction; the same key again returns that answer without a second effect.

    Args:
        wait: wait for a request in flight (a person's second click) instead of refusing (a machine can retry).

    Raises:
        BadRequest: the key is empty or too long.
        Conflict: a request with this key is being worked on right now (`in_flight`).
        InvalidInput: the key was used for another request (`key_reused`).
    """
    check_key(key)
    if not _lock(f"{actor.organization_id}:{key}", wait=wait):
        raise Conflict(
            "in_flight", _("A request with this key is being worked on. Ask again in a second with the same key."), retry_after=1
        )
    known = KNOWN.first(organization=actor.organization_id, key=key)
    if known is None:
        answer = effect()
        _remember(actor.organization_id, key, route, fingerprint, answer)
        return answer
    if (known.route, known.request_hash) != (route, fingerprint):
        raise InvalidInput("key_reused", _("This Idempotency-Key was used for another request. Use a new key for a new request."))
    return Answer(known.status, known.body, known.location, replayed=True)


def _remember(organization_id: int, key: str, route: str, fingerprint: str, answer: Answer) -> None:
    body = None if answer.body is None else json.dumps(answer.body)
    with connection.cursor() as cursor:
        cursor.execute(REMEMBER, [organization_id, key, route, fingerprint, answer.status, body, answer.location])


def _lock(name: str, *, wait: bool) -> bool:
    function = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtextextended(%s, 0))", [name])
        return wait or bool(cursor.fetchone()[0])

"""Delivers events: claim a batch by lease, run each in a transaction that also settles it, back off, give up into the dead letters."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.clock import IppNow
from ipp.core.core_events import DeliveryRetried
from ipp.core.errors import Conflict, NotFound
from ipp.core.events import HANDLERS, open_envelope, record
from ipp.core.models import Delivery
from ipp.core.tenancy import engine_scope, inside

log = structlog.get_logger(__name__)

BATCH = 20
LEASE = timedelta(seconds=30)

# One turn per organization before anyone's second: a tenant with thousands due cannot starve one with a single delivery.
# An array, as in every claim here: the subquery of an IN may run once per row, and its limit then holds for none of them.
CLAIM = """
    UPDATE core_delivery SET lease_until = ipp_now() + make_interval(secs => %(lease)s), lease_token = %(token)s, attempts = attempts + 1
    WHERE id = ANY (ARRAY(
        SELECT d.id
        FROM (
            SELECT w.id, w.due_at, w.turn
            FROM (SELECT DISTINCT organization_id FROM core_delivery
                  WHERE delivered_at IS NULL AND dead_at IS NULL AND due_at <= ipp_now()) o
            CROSS JOIN LATERAL (
                SELECT id, due_at, row_number() OVER (ORDER BY due_at, id) AS turn
                FROM (SELECT id, due_at FROM core_delivery c
                      WHERE c.organization_id = o.organization_id AND c.delivered_at IS NULL AND c.dead_at IS NULL
                        AND c.due_at <= ipp_now() AND (c.lease_until IS NULL OR c.lease_until < ipp_now())
                      ORDER BY due_at, id LIMIT %(batch)s) q
            ) w
        ) ranked
        JOIN core_delivery d ON d.id = ranked.id
        WHERE d.delivered_at IS NULL AND d.dead_at IS NULL AND (d.lease_until IS NULL OR d.lease_until < ipp_now())
        ORDER BY ranked.turn, ranked.due_at
        LIMIT %(batch)s
        FOR UPDATE OF d SKIP LOCKED
    ))
    RETURNING id
"""


def deliver_due(*, seconds: float = 20.0) -> int:
    """Deliver until nothing is due or `seconds` have passed; return how many were settled."""
    deadline = time.monotonic() + seconds
    settled = 0
    while time.monotonic() < deadline:
        token, ids = claim_deliveries()
        if not ids:
            break
        for delivery_id in ids:
            settled += deliver(delivery_id, token)
    return settled


def claim_deliveries(batch: int = BATCH) -> tuple[uuid.UUID, list[uuid.UUID]]:
    """Lease up to `batch` due deliveries to this caller; return the lease's token and the ids. Each claim counts as an attempt."""
    token = uuid.uuid4()
    with engine_scope("claim deliveries"), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"lease": LEASE.total_seconds(), "token": token, "batch": batch})
        return token, [row[0] for row in cursor.fetchall()]


def deliver(delivery_id: uuid.UUID, token: uuid.UUID) -> bool:
    """Run one leased delivery; its handler's effects and its settlement commit together, so a crash leaves neither.

    Returns: whether it was settled by this call.
    """
    try:
        with engine_scope("deliver"):
            delivery = (
                Delivery.objects.select_for_update(of=("self",))
                .select_related("event")
                .filter(pk=delivery_id, lease_token=token, delivered_at=None, dead_at=None)
                .first()
            )
            if delivery is None:
                return False
            envelope, fact = open_envelope(delivery.event)
            with inside(delivery.organization_id):
                HANDLERS[delivery.handler](envelope, fact)
            Delivery.objects.filter(pk=delivery_id).update(delivered_at=IppNow(), lease_until=None, last_error="")
        return True
    except Exception as error:  # noqa: BLE001 (a poison delivery must not stop the line, whatever it raises)
        _put_back(delivery_id, token, error)
        return False


def retry_delivery(*, actor: Actor, delivery_id: uuid.UUID) -> None:
    """Make a dead delivery due again with fresh attempts.

    Raises:
        NotFound: no such delivery.
        Conflict: it is not dead.
    """
    with transaction.atomic():
        delivery = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
        if delivery is None:
            raise NotFound
        if delivery.dead_at is None:
            raise Conflict("not_dead", _("This delivery is not among the dead letters any more; somebody retried it or it went through."))
        Delivery.objects.filter(pk=delivery_id).update(dead_at=None, attempts=0, due_at=IppNow(), lease_until=None)
        record(DeliveryRetried(delivery=str(delivery_id), handler=delivery.handler), actor=actor, about=delivery.organization_id)


def _put_back(delivery_id: uuid.UUID, token: uuid.UUID, error: Exception) -> None:
    """Record a failure: due again after a growing pause, or dead once the attempts are used up."""
    log.warning("delivery_failed", delivery=str(delivery_id), error=repr(error), exc_info=not isinstance(error, OperationalError))
    with engine_scope("settle a failed delivery"):
        rows = Delivery.objects.filter(pk=delivery_id, lease_token=token, delivered_at=None)
        failed = rows.values_list("attempts", flat=True).first()
        if failed is None:
            return
        changes = {"last_error": repr(error)[:2000], "lease_until": None}
        if failed >= settings.DELIVERY_MAX_ATTEMPTS:
            rows.update(dead_at=IppNow(), **changes)
        else:
            rows.update(due_at=IppNow() + backoff(failed), **changes)


def backoff(attempts: int) -> timedelta:
    """Return the pause before the next attempt: 2, 4, 8 … seconds, at most ten minutes."""
    return timedelta(seconds=min(2**attempts, 600))

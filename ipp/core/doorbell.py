"""Rings the engine after a commit. A lost ring costs seconds (beat rings too), never a fact, so nothing here may fail a request."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import structlog
from celery import Celery
from django.db import transaction

from ipp.core.cache import scratch_pad

log = structlog.get_logger(__name__)

DELIVER = "ipp.core.tasks.deliver_due"


def ring_after_commit(task: str = DELIVER) -> None:
    """Ring for a task once the transaction in force has committed; once per transaction and task, however much it wrote."""
    ring = _ring if task == DELIVER else _ring_for(task)
    connection = transaction.get_connection()
    if any(callback is ring for _, callback, _ in connection.run_on_commit):
        return
    transaction.on_commit(ring)


@lru_cache(maxsize=1)
def bell() -> Celery:
    """Return a Celery application that only sends. The engine's own is at the roof, out of reach for the ground floor."""
    app = Celery("ipp-doorbell", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    return app


@lru_cache
def _ring_for(task: str) -> Callable[[], None]:
    """Return the ring for one task, the same object each time: that is how a transaction knows it has been asked for."""
    return partial(_ring, task)


def _ring(task: str = DELIVER) -> None:
    if not scratch_pad().is_reachable():  # asked first: a dead broker answers this at once, the message library only after seconds
        log.warning("doorbell_unheard", error="the broker is away")
        return
    try:
        bell().send_task(task, kwargs={"rung_by": "commit"}, ignore_result=True, expires=30, retry=False)
    except Exception as error:  # noqa: BLE001 (whatever is wrong with the broker, the fact is already stored)
        log.warning("doorbell_unheard", error=str(error))

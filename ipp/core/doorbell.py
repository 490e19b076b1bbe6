"""Rings the engine after a commit. A lost ring costs seconds (beat rings too), never a fact, so nothing here may fail a request."""

from __future__ import annotations

import structlog
from celery import current_app
from django.db import transaction

log = structlog.get_logger(__name__)

DELIVER = "ipp.core.tasks.deliver_due"


def ring_after_commit() -> None:
    """Ring once the transaction in force has committed; once per transaction, however many events it recorded."""
    connection = transaction.get_connection()
    if any(callback is _ring for _, callback, _ in connection.run_on_commit):
        return
    transaction.on_commit(_ring)


def _ring() -> None:
    try:
        current_app.send_task(DELIVER, kwargs={"rung_by": "commit"}, ignore_result=True, expires=30, retry=False)
    except Exception as error:  # noqa: BLE001 (whatever is wrong with the broker, the fact is already stored)
        log.warning("doorbell_unheard", error=str(error))

"""The Celery application: the doorbell of the engine. Nothing that matters lives in its messages."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipp.settings")

app = Celery("ipp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["ipp.core", "marketplaces", "takedowns", "penalties"])


@worker_init.connect
def check_worker(**kwargs: Any) -> None:
    """Stop a worker whose database login is too strong, and say which one it has."""
    report("engine")


@beat_init.connect
def check_beat(**kwargs: Any) -> None:
    """Do the same for the scheduler."""
    report("beat")


def report(process: str) -> None:
    """Refuse a login that could step over row-level security; else write the first heartbeat."""
    from ipp.core.checks import report_login  # noqa: PLC0415 (Django is set up by the time a process starts)

    report_login(process)
    connection.close()  # the pool's children open their own

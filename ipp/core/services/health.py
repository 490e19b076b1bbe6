"""What a running process says of itself: heartbeats, readiness, and the figures of the status page."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from ipp.core.cache import scratch_pad
from ipp.core.clock import IppNow
from ipp.core.models import Heartbeat

GAUGES = {
    "due_deliveries": "Deliveries that are due and not delivered.",
    "oldest_due_seconds": "Age of the oldest due delivery.",
    "dead_letters": "Deliveries that failed too often.",
    "due_mails": "Mails that are due and not sent.",
    "oldest_mail_seconds": "Age of the oldest due mail.",
    "clocks_running": "Promises being kept.",
    "clocks_late": "Promises past their due moment.",
}


def beat_heart(process: str) -> None:
    """Write this process's heartbeat with the database login it really uses."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO core_heartbeat (process, database_login, pid, at) VALUES (%s, current_user, %s, now())
            ON CONFLICT (process) DO UPDATE SET database_login = excluded.database_login, pid = excluded.pid, at = excluded.at
            """,
            [process, os.getpid()],
        )


def note_beat() -> None:
    """Write down that the scheduler's ring arrived."""
    Heartbeat.objects.filter(process="beat").update(at=IppNow())


def readiness() -> dict[str, str]:
    """Return what is not ready, by part; empty means ready (database, migrations, broker)."""
    problems: dict[str, str] = {}
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            problems["migrations"] = "not all migrations are applied; run manage.py migrate"
    except DatabaseError as error:
        problems["database"] = type(error).__name__
    if not scratch_pad().is_reachable():
        problems["broker"] = "no answer; facts are safe, work waits until it is back"
    return problems


def status() -> dict[str, Any]:
    """Return the figures anyone may know: no tenant's, only totals and ages in seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM ipp_status()")
        names = [column[0] for column in cursor.description or ()]
        figures = dict(zip(names, cursor.fetchone(), strict=True))
        cursor.execute("SELECT process, database_login, pid, extract(epoch FROM now() - at)::int FROM core_heartbeat ORDER BY process")
        processes = [
            {"process": process, "current_user": login, "pid": pid, "seen_seconds_ago": max(age, 0)}
            for process, login, pid, age in cursor.fetchall()
        ]
    return {"audience": settings.IPP_AUDIENCE, **figures, "processes": processes}


def metrics() -> bytes:
    """Return the same figures as Prometheus metrics: gauges of totals and ages, and when each process was last seen."""
    figures = status()
    registry = CollectorRegistry()
    for name, words in GAUGES.items():
        Gauge(f"ipp_{name}", words, registry=registry).set(figures[name] or 0)
    seen = Gauge("ipp_process_seen_seconds_ago", "Seconds since a process last reported.", ["process", "login"], registry=registry)
    for process in figures["processes"]:
        seen.labels(process["process"], process["current_user"]).set(process["seen_seconds_ago"])
    return generate_latest(registry)

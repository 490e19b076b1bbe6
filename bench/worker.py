"""The engine's own Celery application with the tasks of the triage benchmark beside its own: `celery -A bench.worker worker`."""

from __future__ import annotations

from ipp.celery import app

__all__ = ["app"]

app.conf.imports = ("bench.tasks",)

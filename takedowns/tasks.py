"""Celery entry points of complaints; they carry no facts."""

from __future__ import annotations

from celery import shared_task

from ipp.core.tenancy import engine_scope
from takedowns import services


@shared_task
def release_expired_claims() -> None:
    """Put complaints and disputes whose reviewer went away back into the queue."""
    services.release_expired()
    with engine_scope("release expired disputes"):
        services.release_expired_disputes()


@shared_task
def close_windows() -> None:
    """Carry out what silence does, where a window is over."""
    services.close_windows()

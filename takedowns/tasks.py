"""Celery entry points of complaints; they carry no facts."""

from __future__ import annotations

from celery import shared_task

from takedowns.services import release_expired


@shared_task
def release_expired_claims() -> None:
    """Put complaints whose reviewer went away back into the queue."""
    release_expired()

"""Celery entry points of penalties; they carry no facts."""

from __future__ import annotations

from celery import shared_task

from penalties.services import sweep


@shared_task
def end_restrictions() -> None:
    """End restrictions whose time is over."""
    sweep()

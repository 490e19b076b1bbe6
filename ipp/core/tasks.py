"""Celery entry points of the ground floor: the doorbell's answer and the sweeper. They carry no facts."""

from __future__ import annotations

from celery import shared_task

from ipp.core.services import deliveries, health, mails, sweeping


@shared_task
def deliver_due(rung_by: str = "commit") -> None:
    """Deliver every due event and send every due mail."""
    health.beat_heart("engine")
    if rung_by == "beat":
        health.note_beat()
    while deliveries.deliver_due() + mails.send_due():
        pass


@shared_task
def sweep() -> None:
    """Clear what is over: expired sessions and remembered answers."""
    sweeping.sweep()

"""Celery entry points of marketplaces: answers to the bell. They carry no facts."""

from __future__ import annotations

from celery import shared_task

from marketplaces import services


@shared_task
def carry_out_actions(rung_by: str = "commit") -> None:
    """Send every due command."""
    services.carry_out_due()


@shared_task
def work_sightings(rung_by: str = "commit") -> None:
    """Look at every listing somebody asked for."""
    services.work_sightings()


@shared_task
def reconcile(rung_by: str = "commit") -> None:
    """See whether what marketplaces say is done is done."""
    services.reconcile_due()


@shared_task(time_limit=900, soft_time_limit=870)
def import_catalogues(rung_by: str = "beat") -> None:
    """Read every catalogue again, and clear away old wishes to look."""
    services.import_catalogues()
    services.clear_sightings()

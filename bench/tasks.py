"""The task of the triage benchmark: the database work of screening and deciding, for as many listings as it is handed."""

from __future__ import annotations

from celery import shared_task

from ipp.core import tenancy
from ipp.core.codes import new_code
from ipp.core.lifecycle import Arm, advance_with_trail
from takedowns.lifecycle import LISTING
from takedowns.models import ReportedListing, Transition
from takedowns.services.deciding import DECIDE, PINNED

NAME = "bench.decide"


@shared_task(name=NAME)
def decide(organization_id: int, ids: list[int]) -> None:
    """Screen these listings and accept them, each move with its trail, and write one decision each, in one transaction."""
    values = {
        "batch": new_code(),
        "outcome": "accepted",
        "rejection": None,
        "message": "",
        "rule": NAME,
        "person": None,
        "version": 1,
    }
    decisions = Arm(DECIDE, values, columns=("round",))
    with tenancy.inside(organization_id):
        advance_with_trail(ReportedListing, Transition, LISTING, "screen", "accept", ids=ids, also=PINNED, arm=decisions)

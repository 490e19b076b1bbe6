"""Compares one Celery task per complaint of 300 listings to one task per listing: the same statements, the same rows, other portions.

Both go through the real Valkey to one real worker of the house (its command line, two processes, the engine's login) and are timed from
the first enqueue to the commit of the last row, which is looked for every hundredth of the time passed so far.
Here the ratio is the time of the tasks per listing over the time of the task per complaint.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench import rows
from bench.harness import Goal, Measured, Scale, Side, interleave
from bench.house import House, connect
from bench.people import make_filer, use_database
from bench.tasks import NAME as TASK
from ipp.celery import app

NAME, GOAL = "triage_per_complaint_over_per_listing", Goal(">=", 100)
COMPARES = "one task per listing / one task per complaint, 300 listings"
LISTINGS = 300
PATIENCE_SECONDS = 120
LAST = "SELECT status = 'accepted' FROM takedowns_reportedlisting WHERE id = %s"
LEFT = "SELECT count(*) FROM takedowns_reportedlisting WHERE organization_id = %s AND complaint_id = %s AND status <> 'accepted'"


@dataclass(frozen=True)
class Work:
    """A complaint and the ids of its listings."""

    organization_id: int
    complaint_id: int
    ids: list[int]


def measure(house: House, scale: Scale) -> Measured:
    """Send the same work in both portions, each round with complaints of its own."""
    database = house.make_database("ipp_bench_triage")
    use_database(database)
    filer = make_filer("sorter")
    owner = connect(house.url(database))
    listings = max(scale.rows(LISTINGS), 30)
    rounds, warm_up = scale.rounds(9), 1
    works = []
    for _ in range(2 * (rounds + warm_up)):
        (complaint,) = rows.add_complaints(owner, organization=filer.organization_id, right=filer.right_id, count=1, listings=listings)
        ids = rows.add_listings(owner, [complaint], listings=listings, status="received")
        works.append(Work(filer.organization_id, complaint, ids))
    rows.settle(owner)
    with house.process("engine", database, celery="bench.worker"):
        sides = [
            Side("per complaint", _until_done(owner, works[::2], lambda work: [work.ids])),
            Side("per listing", _until_done(owner, works[1::2], lambda work: [[each] for each in work.ids])),
        ]
        times = interleave(sides, rounds=rounds, warm_up=warm_up)
    owner.close()
    house.drop_database(database)
    by_complaint, by_listing = times["per complaint"], times["per listing"]
    notes = {f"times {name}": str(each) for name, each in times.items()}
    notes["listings a second"] = f"{listings * 1000 / by_complaint.median_ms:,.0f} / {listings * 1000 / by_listing.median_ms:,.0f}"
    return Measured(by_complaint.median_ms, "ms", listings, by_listing.median_ms, by_listing.median_ms / by_complaint.median_ms, notes)


def _until_done(owner: Any, works: list[Work], portions: Callable[[Work], list[list[int]]]) -> Callable[[int], None]:
    def run(number: int) -> None:
        work, began = works[number], time.monotonic()
        for ids in portions(work):
            app.send_task(TASK, args=[work.organization_id, ids], ignore_result=True)
        while _left(owner, work):
            passed = time.monotonic() - began
            if passed > PATIENCE_SECONDS:
                raise RuntimeError(f"the engine has not done its work after {PATIENCE_SECONDS} seconds")
            time.sleep(passed / 100)

    return run


def _left(owner: Any, work: Work) -> int:
    """Return how many are left, at least; they are counted only once the last one is done, for looking is work too."""
    with owner, owner.cursor() as cursor:
        cursor.execute(LAST, [work.ids[-1]])
        if not cursor.fetchone()[0]:
            return 1
        cursor.execute(LEFT, [work.organization_id, work.complaint_id])
        return int(cursor.fetchone()[0])

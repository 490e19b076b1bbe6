"""Measures `python -m ipp.embedded up` on an empty data folder, until portal, staff console, file origin and sandbox say they are ready.

That makes a PostgreSQL cluster, creates the logins, runs every migration, loads the demo and starts all processes. There is no floor.
"""

from __future__ import annotations

from statistics import median

from bench.harness import Goal, Measured, Scale
from bench.house import House
from bench.whole import up
from ipp.embedded.processes import OURS

NAME, GOAL = "cold_start_s", Goal("<=", 60)
COMPARES = "`make run` on an empty data folder, until everything is ready"


def measure(house: House, scale: Scale) -> Measured:
    """Start it three times, each on a folder of its own."""
    seconds = []
    for number in range(1 if scale.quick else 3):
        with up(house.folder / f"cold-{number}") as whole:
            seconds.append(whole.ready_after_seconds)
    notes = {
        "every start": [round(each, 1) for each in seconds],
        "includes": "initdb, logins, migrations, demo data, all processes; not `make install`",
        "why this goal": "a newcomer who typed `make run` for the first time sees the addresses within a minute on two cores",
    }
    return Measured(median(seconds), "s", len(OURS.processes), notes=notes)

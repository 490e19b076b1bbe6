"""Measures the memory of the running house at rest: the proportional set size of all its processes, servers and supervisor included."""

from __future__ import annotations

import time

from bench.harness import Goal, Measured, Scale
from bench.house import House
from bench.whole import Whole, family, pss_mb, up

NAME, GOAL = "idle_memory_mb", Goal("<=", 1024)
COMPARES = "memory of the whole house, demo data loaded, half a minute after its start"
REST_SECONDS = 30


def measure(house: House, scale: Scale) -> Measured:
    """Start it, let it rest, and add up."""
    with up(house.folder / "idle") as whole:
        time.sleep(2 if scale.quick else REST_SECONDS)
        by_name = _by_name(whole)
        everyone = family(whole.supervisor)
        total = pss_mb(everyone)
    notes = {
        "MiB by process, with its workers": {name: round(size, 1) for name, size in sorted(by_name.items())},
        "processes": len(everyone),
        "why this goal": "everything fits into half of 2 GiB, the smallest machine with two cores that clouds let",
    }
    return Measured(total, "MiB", len(everyone), notes=notes)


def _by_name(whole: Whole) -> dict[str, float]:
    sizes = {name: pss_mb(set[int]().union(*(family(pid) for pid in pids))) for name, pids in whole.pids().items() if pids}
    return sizes | {"supervisor": pss_mb({whole.supervisor})}

"""Compares GET /api/v1/complaints at its deepest cursor, 50 of 100,000 complaints, to a request with the same key that does nothing.

Both go through a real portal process with its login under row-level security. The notes hold the first page.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from bench.client import Client
from bench.crowd import Crowd, crowd
from bench.harness import Goal, Measured, Scale, Side, compare, interleave
from bench.house import House
from ipp.core.encryption import encrypt
from ipp.core.rest import PAGE_SIZE
from takedowns.queries.own import own_complaints

NAME, GOAL = "list_api_deep_over_noop", Goal("<=", 1.25)
COMPARES = "last 50 of 100,000 complaints by API / a request with the same key that does nothing"
PATH, NOTHING = "/api/v1/complaints", "/api/v1/bench/nothing"
WARM_UP = 20


def measure(house: House, scale: Scale) -> Measured:
    """Ask in turn."""
    found = crowd(house, scale)
    deep = f"{PATH}?{urlencode({'after': _last_cursor(found)})}"
    with (
        house.process("portal", found.database, settings="bench.settings") as address,
        Client(address, bearer=found.filer.secret) as client,
    ):
        answer = client.request("GET", deep)
        if (len(answer["data"]), answer["next"]) != (PAGE_SIZE, None):
            raise RuntimeError(f"the last page holds {len(answer['data'])} complaints instead of {PAGE_SIZE}")
        sides = [Side(name, _asking(client, path)) for name, path in (("deep", deep), ("nothing", NOTHING), ("first", PATH))]
        times = interleave(sides, rounds=scale.rounds(80), warm_up=WARM_UP)
    notes = {
        "complaints of the organization": found.own,
        "complaints in the table": found.everything,
        "rows on the page": PAGE_SIZE,
        "deep over first": round(times["deep"].median_ms / times["first"].median_ms, 2),
    }
    return compare(times, "deep", "nothing", rows=found.own, notes=notes)


def _last_cursor(found: Crowd) -> str:
    """Return the cursor behind which exactly one page is left."""
    return encrypt(str(own_complaints(found.filer.actor).order_by("pk")[PAGE_SIZE].pk))


def _asking(client: Client, path: str) -> Any:
    return lambda number: client.request("GET", path)

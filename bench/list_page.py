"""Compares the last page of a list of 100,000 complaints, as a signed-in member opens it, to a request by session that does nothing.

Both go through a real portal process with its login under row-level security. The notes hold the first page, and what the frame of
every page costs (menu, notices, time) when there is nothing in it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from bench.client import Client
from bench.crowd import Crowd, crowd
from bench.harness import Goal, Measured, Scale, Side, compare, interleave
from bench.house import House
from ipp.core.tables import KeysetTable, SortKey, seal_cursor
from takedowns.models import Complaint
from takedowns.queries.own import own_complaints
from takedowns.views.following import COMPLAINTS

NAME, GOAL = "list_page_deep_over_noop", Goal("<=", 1.5)
COMPARES = "last page of 100,000 complaints / a signed-in request that does nothing"
PATH, NOTHING, EMPTY = "/complaints/", "/bench/nothing/", "/bench/empty/"
WARM_UP = 20


def measure(house: House, scale: Scale) -> Measured:
    """Open the pages in turn."""
    found = crowd(house, scale)
    deep = f"{PATH}?{urlencode({'after': last_cursor(COMPLAINTS, found)})}"
    with house.process("portal", found.database, settings="bench.settings") as address, Client(address) as client:
        client.sign_in(found.filer.email)
        _require_rows(client.request("GET", deep))
        sides = [
            Side(name, _opening(client, path))
            for name, path in (("deep", deep), ("nothing", NOTHING), ("first", PATH), ("empty page", EMPTY))
        ]
        times = interleave(sides, rounds=scale.rounds(80), warm_up=WARM_UP)
    notes = {
        "complaints of the organization": found.own,
        "complaints in the table": found.everything,
        "rows on the page": COMPLAINTS.size,
        "deep over first": round(times["deep"].median_ms / times["first"].median_ms, 2),
        "deep over an empty page": round(times["deep"].median_ms / times["empty page"].median_ms, 2),
    }
    return compare(times, "deep", "nothing", rows=found.own, notes=notes)


def last_cursor(table: KeysetTable[Complaint], found: Crowd) -> str:
    """Return the cursor behind which exactly one page is left, in the table's own order."""
    descending, name = table.order.startswith("-"), table.order.removeprefix("-")
    key = SortKey.of(Complaint, table.sort_fields[name])
    turned = ["" + field if descending else f"-{field}" for field in key.names]
    row = own_complaints(found.filer.actor).order_by(*turned)[table.size]
    return seal_cursor(table.key, table.order, key.values_of(row))


def _opening(client: Client, path: str) -> Any:
    return lambda number: client.request("GET", path)


def _require_rows(page: str) -> None:
    """Check that a page shows as many complaints as it holds, so that an empty one is never timed."""
    shown = page.count(f'href="{PATH}') - page.count(f'href="{PATH}?')
    if shown < COMPLAINTS.size:
        raise RuntimeError(f"the last page shows {shown} complaints instead of {COMPLAINTS.size}")

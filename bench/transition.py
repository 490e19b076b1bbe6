"""Compares moving 300 reported listings with their trail (`advance_with_trail`) to a guarded UPDATE of the same rows without one.

Both run on 30,000 rows as the staff login in the staff's scope, in a transaction of their own that sets the scope and commits.
The same 300 rows are moved by both sides in turn and put back in between, untimed.
"""

from __future__ import annotations

import random
from typing import Any

from bench import rows
from bench.harness import Goal, Measured, Scale, Side, compare, interleave
from bench.house import House, connect, indexes
from bench.logins import logged_in, scoped
from bench.people import make_filer, use_database
from ipp.core import tenancy
from ipp.core.lifecycle import advance_with_trail
from takedowns.lifecycle import LISTING
from takedowns.models import ReportedListing, Transition

NAME, GOAL = "transition_300_over_update", Goal("<=", 1.25)
COMPARES = "audited move of 300 listings / the same UPDATE without audit"
LISTINGS, COMPLAINTS = 300, 200
TABLE, TRAIL = "takedowns_reportedlisting", "takedowns_transition"

FLOOR = """
    UPDATE takedowns_reportedlisting t SET status = 'accepted' FROM unnest(%s::bigint[]) AS wanted (id)
    WHERE t.id = wanted.id AND t.status = ANY ('{under_review}')
"""
RESET = "UPDATE takedowns_reportedlisting SET status = 'under_review' WHERE id = ANY (%s)"


def measure(house: House, scale: Scale) -> Measured:
    """Build the rows, move them both ways, and return the ratio."""
    database = house.make_database("ipp_bench_transition")
    use_database(database)
    filer = make_filer("mover")
    owner, staff = connect(house.url(database)), connect(house.login_url("staff", database))
    complaints = rows.add_complaints(
        owner, organization=filer.organization_id, right=filer.right_id, count=scale.rows(COMPLAINTS), listings=LISTINGS
    )
    ids = rows.add_listings(owner, complaints, listings=LISTINGS, status="under_review")
    rows.settle(owner)
    rounds, warm_up = scale.rounds(60), 4
    chosen = _samples(ids, rounds + warm_up)

    def audited(number: int) -> None:
        with tenancy.scope(tenancy.Context(audience="staff", scope="staff")):
            advance_with_trail(ReportedListing, Transition, LISTING, "accept", ids=chosen[number])

    def floor_as(connection: Any) -> Side:
        name = "UPDATE as owner" if connection is owner else "UPDATE"
        return Side(name, lambda number: scoped(connection, "staff", None, FLOOR, [chosen[number]]), reset)

    def reset(number: int) -> None:
        with owner, owner.cursor() as cursor:
            cursor.execute(RESET, [chosen[number]])

    with logged_in(house.login_url("staff", database)):
        sides = [Side("advance_with_trail", audited, reset), floor_as(staff), floor_as(owner)]
        times = interleave(sides, rounds=rounds, warm_up=warm_up)
    notes = {
        "rows in the table": len(ids),
        "ratio over an UPDATE as the owner": round(times["advance_with_trail"].median_ms / times["UPDATE as owner"].median_ms, 2),
        "login of both sides": "ipp_staff, row-level security on",
        f"indexes of {TABLE} (both sides)": indexes(owner, TABLE),
        f"indexes of {TRAIL} (advance_with_trail)": indexes(owner, TRAIL),
    }
    for connection in (owner, staff):
        connection.close()
    house.drop_database(database)
    return compare(times, "advance_with_trail", "UPDATE", rows=LISTINGS, notes=notes)


def _samples(ids: list[int], count: int) -> list[list[int]]:
    """Return `count` sets of 300 rows scattered over the table; each set is another one while there are enough rows."""
    chooser = random.Random(3)  # noqa: S311 (the same sets on every run)
    return [sorted(chooser.sample(ids, LISTINGS)) for _ in range(count)]

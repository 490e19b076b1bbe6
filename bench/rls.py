"""Compares the query behind a list of complaints under row-level security to the same query without.

Ours is a keyset page of 50 of `own_complaints`, sent by the portal's login, in a transaction that first sets the organization in context.
The floor is the same statement, with the condition on the organization it has anyway, sent by a login that no policy binds (BYPASSRLS).
Both are sent on plain connections, so that nothing of Django is in either time.
"""

from __future__ import annotations

from typing import Any

from bench.crowd import Crowd, crowd
from bench.harness import Goal, Measured, Scale, Side, compare, interleave
from bench.house import House, connect, indexes
from bench.logins import scoped
from takedowns.queries.own import own_complaints

NAME, GOAL = "rls_on_over_off", Goal("<=", 1.25)
COMPARES = "page of 50 complaints under row-level security / without"
PAGE = 50


def measure(house: House, scale: Scale) -> Measured:
    """Read pages from all depths of the list in turn."""
    found = crowd(house, scale)
    portal, owner = connect(house.login_url("portal", found.database)), connect(house.url(found.database))
    rounds, warm_up = scale.rounds(100), 10
    pages = _pages(found, rounds + warm_up)
    organization = found.filer.organization_id

    def without(number: int) -> list[Any]:
        with owner, owner.cursor() as cursor:
            cursor.execute(*pages[number])
            return list(cursor.fetchall())

    def within(number: int) -> list[Any]:
        return scoped(portal, "", organization, *pages[number])

    if within(0) != without(0) or len(without(0)) != PAGE:
        raise RuntimeError("the two logins do not see the same page")
    sides = [
        Side("on", within),
        Side("off", without),
        Side("off, settings set", lambda number: scoped(owner, "", organization, *pages[number])),
    ]
    times = interleave(sides, rounds=rounds, warm_up=warm_up)
    notes = {
        "complaints in the table": found.everything,
        "logins": "ipp_portal / the owner (BYPASSRLS)",
        "without the statement that sets the context": round(times["on"].median_ms / times["off, settings set"].median_ms, 2),
        "indexes of takedowns_complaint (both sides)": indexes(owner, "takedowns_complaint"),
    }
    portal.close()
    owner.close()
    return compare(times, "on", "off", rows=found.own, notes=notes)


def _pages(found: Crowd, count: int) -> list[tuple[str, tuple[Any, ...]]]:
    """Return `count` statements, each for a page at another depth, from the newest to the last."""
    own = own_complaints(found.filer.actor)
    first, last = (own.order_by(order).values_list("pk", flat=True)[0] for order in ("-pk", "pk"))
    step = (first - last - PAGE) / max(count - 1, 1)
    depths = [first + 1 - round(step * number) for number in range(count)]
    return [own.filter(pk__lt=depth).order_by("-pk")[:PAGE].query.sql_with_params() for depth in depths]

"""Compares POST /api/v1/complaints with 300 links to a bare COPY of the same 300 rows into the same table.

Ours goes through a real portal process as the house runs it: its command line, its database login under row-level security, an API key,
an idempotency key, checks of every link, the complaint's event and its deliveries; one client that keeps its connection. No engine runs.
The floor is a COPY of preformatted rows by the owner, whom no policy binds, in a transaction of its own that commits with the same
durability and writes the same indexes and keys.
"""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bench import rows
from bench.client import Client
from bench.harness import Goal, Measured, Scale, Side, Times, compare, interleave
from bench.house import SANDBOX, House, connect, indexes
from bench.people import Filer, make_filer, use_database
from marketplaces.queries import rulebook
from marketplaces.rules.links import Link
from takedowns.rules import DECLARATIONS

NAME, GOAL = "filing_300_over_copy", Goal("<=", 2.5)
COMPARES = "filing 300 listings by REST / COPY of the same rows"
LISTINGS, TABLE = 300, "takedowns_reportedlisting"
WARM_UP = 10
"""Rounds enough for each of the four threads of the server to have opened its connection and read the rules."""

BEYOND = 300_000_000_000
"""Added to the numbers of the listings that are copied."""

SHAPES = (
    "https://item.taobao.com/item.htm?spm=a1z10.3-c-s.w4002-2382.25.6d3e7a2b&id={}&skuId=5114{}",
    "https://detail.tmall.com/item.htm?abbucket=12&id={}&ns=1&spm=a21n57.1.0.0",
    "https://detail.1688.com/offer/{}.html?spm=a26352.13672862.offerlist.27.5b5a",
    "https://www.aliexpress.com/item/{}.html?algo_pvid=5a3c-81f0&pdp_npi=4%40dis%21USD",
    f"{SANDBOX}/bazarro/item/{{}}.html?from=search&page=2",
)
"""How the links look: copied from a browser, with what the marketplace tracks visitors by."""

COLUMNS = """
    organization_id, complaint_id, right_id, reason_id, position, input, marketplace_id, external_id, site, key, url,
    policy_id, removal, status, round, listing_id, seller_id, snapshot_filed_id
"""
KNOWN = "SELECT key, id, seller_id, latest_id FROM marketplaces_listing WHERE key = ANY (%s)"


@dataclass
class Ground:
    """What both sides need: connections, the filer, the rules of each marketplace, and what was prepared for the round."""

    owner: Any
    filer: Filer
    client: Client
    policies: dict[str, int]
    prepared: dict[int, str] = field(default_factory=dict)

    def body(self, number: int) -> dict[str, Any]:
        """Return the request of a round: listings nobody has named before."""
        return {
            "right": self.filer.right_code,
            "reason": rows.REASON,
            "listings": links_of(number),
            "explanation": "The titles carry coded words that buyers of fakes search for.",
            "statements": {"quoted_words": "1:1, in every title"},
            "declarations": list(DECLARATIONS),
            "signature": {"name": "Sam Rivera", "role": "Brand protection manager"},
        }

    def encode(self, number: int) -> None:
        """Prepare the body of a round."""
        self.prepared[number] = json.dumps(self.body(number))

    def file(self, number: int) -> None:
        """File the complaint of a round."""
        headers = {"Idempotency-Key": uuid.uuid4().hex, "Content-Type": "application/json"}
        answer = self.client.request("POST", "/api/v1/complaints", self.prepared.pop(number), headers, expected=201)
        if answer["listing_count"] != LISTINGS:
            raise RuntimeError(f"{answer['listing_count']} listings were filed instead of {LISTINGS}")

    def write_copy(self, number: int) -> None:
        """Prepare the rows of a round as COPY takes them, below a complaint that is there already."""
        (complaint,) = rows.add_complaints(
            self.owner, organization=self.filer.organization_id, right=self.filer.right_id, count=1, listings=LISTINGS
        )
        # Numbers of their own, beyond those that are filed: a listing can be claimed against only once.
        found = rulebook().resolve_many(links_of(number, offset=BEYOND))
        with self.owner, self.owner.cursor() as cursor:
            cursor.execute(KNOWN, [[link.key for link in found]])
            known = {key: ids for key, *ids in cursor.fetchall()}
        lines = [self._line(complaint, position, link, known) for position, link in enumerate(found, 1)]
        self.prepared[-number] = "".join("\t".join(line) + "\n" for line in lines)

    def copy(self, number: int) -> None:
        """Write the rows of a round: the floor."""
        with self.owner, self.owner.cursor() as cursor:
            cursor.copy_expert(f"COPY {TABLE} ({COLUMNS}) FROM STDIN", io.StringIO(self.prepared.pop(-number)))

    def _line(self, complaint: int, position: int, link: Link, known: dict[str, Sequence[int | None]]) -> list[str]:
        seen = known.get(f"{link.key}", (None, None, None))
        values = (
            *(self.filer.organization_id, complaint, self.filer.right_id, rows.REASON, position, link.input, link.marketplace),
            *(link.listing_id, link.site, link.key, link.canonical_url, self.policies[str(link.marketplace)], "on_accept", "received", 1),
            *seen,
        )
        return ["\\N" if value is None else str(value).replace("\\", "\\\\") for value in values]


def links_of(number: int, offset: int = 0) -> list[str]:
    """Return 300 links of five marketplaces that no other round has."""
    first = 600_000_000_000 + offset + number * 1000
    return [SHAPES[at % len(SHAPES)].replace("{}", str(first + at)) for at in range(LISTINGS)]


def measure(house: House, scale: Scale) -> Measured:
    """File and copy in turn, first listings nobody has seen, then listings the catalogue knows."""
    database = house.make_database("ipp_bench_filing")
    use_database(database)
    filer = make_filer("filer")
    owner = connect(house.url(database))
    with owner, owner.cursor() as cursor:
        cursor.execute("SELECT marketplace_id, id FROM marketplaces_policy")
        policies = dict(cursor.fetchall())
    rounds = scale.rounds(60)
    with house.process("portal", database) as address, Client(address, bearer=filer.secret) as client:
        ground = Ground(owner, filer, client, policies)
        size = len(json.dumps(ground.body(0)))
        times = _turns(ground, rounds, first=1)
        known_from = rounds + WARM_UP + 1
        _fill_catalogue(owner, range(known_from, known_from + rounds + WARM_UP))
        known = _turns(ground, rounds, first=known_from)
        refused = _anonymous(client, rounds)
    notes = {
        "bytes of the request": size,
        "indexes and keys (both sides)": indexes(owner, TABLE),
        "engine": "none runs: the deliveries wait",
        "listings known to the catalogue, ratio": round(known["REST"].median_ms / known["COPY"].median_ms, 2),
        **{f"listings known to the catalogue, {name}": str(each) for name, each in known.items()},
        "an authenticated request that reads one row": str(refused),
    }
    owner.close()
    house.drop_database(database)
    return compare(times, "REST", "COPY", rows=LISTINGS, notes=notes)


def _turns(ground: Ground, rounds: int, *, first: int) -> dict[str, Times]:
    sides = [
        Side("REST", lambda number: ground.file(first + number), lambda number: ground.encode(first + number)),
        Side("COPY", lambda number: ground.copy(first + number), lambda number: ground.write_copy(first + number)),
    ]
    return interleave(sides, rounds=rounds, warm_up=WARM_UP)


def _fill_catalogue(owner: Any, rounds: range) -> None:
    """Let the catalogue know every listing of these rounds, of both sides."""
    found = [link for number in rounds for offset in (0, BEYOND) for link in rulebook().resolve_many(links_of(number, offset=offset))]
    rows.add_to_catalogue(owner, [(str(link.marketplace), str(link.listing_id), str(link.key), str(link.canonical_url)) for link in found])
    rows.settle(owner)


def _anonymous(client: Client, rounds: int) -> Times:
    """Return what the frame alone costs: a request with a key that reads the organization."""
    side = Side("read", lambda number: client.request("GET", "/api/v1/organization"))
    return interleave([side], rounds=rounds)["read"]

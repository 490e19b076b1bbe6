"""A database with one organization of 100,000 complaints among 200 others with 500 each; built once, read by all benchmarks of lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench import rows
from bench.harness import Scale
from bench.house import House, connect
from bench.people import Filer, make_filer, use_database

OWN, NEIGHBOURS, EACH = 100_000, 200, 500
LISTINGS = 12
"""What each complaint says it names; a list of complaints reads no listing."""

NEIGHBOUR = """
    WITH organization AS (
        INSERT INTO core_organization (code, kind, account_kind, name, country)
        SELECT left(md5(random()::text || n), 22), 'rights_holder', 'entity', 'Neighbour ' || n, 'CN'
        FROM generate_series(1, %s) n RETURNING id
    )
    INSERT INTO rightsholders_right (
        code, organization_id, reference, kind, name, office, number, normalized_number, owner_name, territories,
        nice_classes, locarno_class, goods, details, is_examined, status, validated_at, version)
    SELECT left(md5(random()::text || id), 22), id, 'RT-B' || id, 'trademark', 'MARK ' || id, 'CNIPA', '1' || id, '1' || id, 'Neighbour',
        '{CN}', '{8}', '', '', '{}', true, 'validated', now(), 1
    FROM organization RETURNING organization_id, id
"""


@dataclass(frozen=True)
class Crowd:
    """The database, its heaviest organization, and how many complaints are that organization's and how many there are."""

    database: str
    filer: Filer
    own: int
    everything: int


def crowd(house: House, scale: Scale) -> Crowd:
    """Return the crowd, built the first time."""
    found: Crowd | None = house.builds.get("crowd")
    if found is None:
        found = house.builds["crowd"] = _build(house, scale)
    use_database(found.database)
    return found


def _build(house: House, scale: Scale) -> Crowd:
    database = house.make_database("ipp_bench_crowd")
    use_database(database)
    filer = make_filer("heavy")
    owner = connect(house.url(database))
    own, neighbours, each = scale.rows(OWN), scale.rows(NEIGHBOURS), scale.rows(EACH)
    # The most first: a connection keeps the plans of its key checks, and one made for a few rows would read them all for each of many.
    rows.add_complaints(owner, organization=filer.organization_id, right=filer.right_id, count=own, listings=LISTINGS, decided=True)
    rows.settle(owner)
    for organization, right in _neighbours(owner, neighbours):
        rows.add_complaints(owner, organization=organization, right=right, count=each, listings=LISTINGS, decided=True)
    rows.settle(owner)
    owner.close()
    return Crowd(database, filer, own, own + neighbours * each)


def _neighbours(owner: Any, count: int) -> list[tuple[int, int]]:
    with owner, owner.cursor() as cursor:
        cursor.execute(NEIGHBOUR, [count])
        return list(cursor.fetchall())

"""The catalogue: what connectors saw is taken in by whole batches; a snapshot is written only where the content changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection

from ipp.core.actors import Actor
from ipp.core.clock import now
from ipp.core.codes import new_code
from ipp.core.errors import NotFound
from ipp.core.events import record
from ipp.core.services.platform import platform
from ipp.core.tenancy import engine_scope
from marketplaces.events import ListingsSeen
from marketplaces.gateways import connector_for
from marketplaces.gateways.connector import ConnectorError, ListingSeen
from marketplaces.models import Listing, Marketplace, Snapshot, SnapshotPicture
from marketplaces.services.pictures import PER_LISTING, SeenPicture, gather_pictures

log = structlog.get_logger(__name__)

REMEMBERED = timedelta(hours=24)
"""A picture's address read within this time is not fetched again for the catalogue; for a complaint it is."""

# Rows come in id order, so two batches at once wait for each other instead of dead-locking. What was read earlier never
# overwrites what was read later: a slow answer from before a takedown must not put the listing back up.
SELLERS = """
    INSERT INTO marketplaces_seller (code, marketplace_id, external_id, name, url, place, since, state, seen_at)
    SELECT code, %(marketplace)s, external_id, name, url, place, since, state, %(read_at)s
    FROM json_to_recordset(%(rows)s) AS r(code text, external_id text, name text, url text, place text, since date, state text)
    ORDER BY external_id
    ON CONFLICT (marketplace_id, external_id) DO UPDATE
    SET name = EXCLUDED.name, state = EXCLUDED.state, seen_at = EXCLUDED.seen_at,
        url = coalesce(nullif(EXCLUDED.url, ''), marketplaces_seller.url),
        place = coalesce(nullif(EXCLUDED.place, ''), marketplaces_seller.place),
        since = coalesce(EXCLUDED.since, marketplaces_seller.since)
    WHERE marketplaces_seller.seen_at <= EXCLUDED.seen_at
"""
LISTINGS = """
    INSERT INTO marketplaces_listing (code, marketplace_id, external_id, key, site, seller_id, url, title, state, seen_at)
    SELECT r.code, %(marketplace)s, r.external_id, r.key, '', s.id, r.url, r.title, r.state, %(read_at)s
    FROM json_to_recordset(%(rows)s)
         AS r(code text, external_id text, key text, seller text, url text, title text, state text)
    LEFT JOIN marketplaces_seller s ON s.marketplace_id = %(marketplace)s AND s.external_id = r.seller
    ORDER BY r.external_id
    ON CONFLICT (marketplace_id, external_id) DO UPDATE
    SET seller_id = coalesce(EXCLUDED.seller_id, marketplaces_listing.seller_id), url = EXCLUDED.url, title = EXCLUDED.title,
        state = EXCLUDED.state, seen_at = EXCLUDED.seen_at
    WHERE marketplaces_listing.seen_at <= EXCLUDED.seen_at
"""
LATEST = """
    UPDATE marketplaces_listing l SET latest_id = s.id
    FROM json_to_recordset(%(rows)s) AS r(listing bigint, digest text)
    JOIN marketplaces_snapshot s ON s.listing_id = r.listing AND s.digest = r.digest
    WHERE l.id = r.listing AND l.latest_id IS DISTINCT FROM s.id AND l.seen_at <= %(read_at)s
    RETURNING l.id
"""
STATES = """
    UPDATE marketplaces_{table} t SET state = r.state, seen_at = %(read_at)s
    FROM json_to_recordset(%(rows)s) AS r(external_id text, state text)
    WHERE t.marketplace_id = %(marketplace)s AND t.external_id = r.external_id AND t.seen_at <= %(read_at)s
"""


@dataclass(frozen=True)
class TakenIn:
    """What came of a batch: ids by external id, those that are new or read differently than before, those lacking a picture."""

    ids: Mapping[str, int]
    changed: frozenset[int]
    incomplete: frozenset[str]


def take_in(marketplace: Marketplace, seen: Sequence[ListingSeen], *, read_at: datetime, remembered: timedelta | None = None) -> TakenIn:
    """Write sellers, listings, pictures and snapshots as a connector saw them. No transaction may be open.

    Args:
        read_at: when the connector was asked, by the database's clock.
        remembered: how long an earlier fetch of a picture's address is good enough; None fetches it again.
    """
    seen = list({item.external_id: item for item in seen}.values())
    urls = (url for item in seen for url in item.pictures[:PER_LISTING])
    pictures = gather_pictures(connector_for(marketplace.connector).fetch_picture, urls, remembered=remembered)
    with engine_scope("take in listings"):
        _upsert(SELLERS, marketplace, read_at, list(_seller_rows(seen).values()))
        _upsert(LISTINGS, marketplace, read_at, [_listing_row(marketplace, item) for item in seen])
        rows = Listing.objects.filter(marketplace=marketplace, external_id__in=[item.external_id for item in seen])
        ids = dict(rows.values_list("external_id", "pk"))
        changed = _take_snapshots(seen, ids, pictures, read_at)
    return TakenIn(ids, changed, frozenset(item.external_id for item in seen if not _is_whole(item, pictures)))


def import_catalogue(key: str) -> int:
    """Read a marketplace's whole catalogue, page by page; return how many listings it showed.

    Raises:
        NotFound: no such marketplace.
        ConnectorError: it does not answer, or only a person can look there; pages read so far are kept.
    """
    with engine_scope("import a catalogue"):
        marketplace = Marketplace.objects.filter(key=key).first()
    if marketplace is None:
        raise NotFound
    connector = connector_for(marketplace.connector)
    count, cursor = 0, None
    while True:
        read_at = now()
        page = connector.list_listings(marketplace.key, cursor)
        taken = take_in(marketplace, page.items, read_at=read_at, remembered=REMEMBERED)
        if taken.changed:
            tell_of_listings(marketplace.key, taken.changed)
        count, cursor = count + len(page.items), page.next_cursor
        if cursor is None:
            return count


def import_catalogues() -> dict[str, int]:
    """Read every catalogue a connector leads to; one that does not answer is left for the next time."""
    with engine_scope("import catalogues"):
        keys = list(Marketplace.objects.exclude(connector=Marketplace.Connector.NONE).values_list("key", flat=True))
    counts = {}
    for key in keys:
        try:
            counts[key] = import_catalogue(key)
        except ConnectorError as error:
            log.warning("catalogue_not_read", marketplace=key, error=str(error))
    return counts


def tell_of_listings(marketplace: str, listing_ids: Iterable[int], missing: Iterable[str] = ()) -> None:
    """Record for the platform that these listings were looked at."""
    with engine_scope("tell of listings"):
        fact = ListingsSeen(marketplace, sorted(listing_ids), sorted(missing))
        record(fact, actor=Actor.system(platform().pk, "marketplaces.catalogue"))


def write_states(table: str, marketplace: str, states: Mapping[str, str], *, read_at: datetime) -> None:
    """Write the states of known `listing`s or `seller`s by external id, in the transaction in force, unless they were read later."""
    rows = [{"external_id": external_id, "state": state} for external_id, state in sorted(states.items())]
    with connection.cursor() as cursor:
        cursor.execute(STATES.format(table=table), {"marketplace": marketplace, "rows": json.dumps(rows), "read_at": read_at})


def _upsert(statement: str, marketplace: Marketplace, read_at: datetime, rows: list[dict[str, Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"marketplace": marketplace.key, "read_at": read_at, "rows": json.dumps(rows)})


def _seller_rows(seen: Iterable[ListingSeen]) -> dict[str, dict[str, Any]]:
    return {
        shop.external_id: {
            "code": new_code(),
            "external_id": shop.external_id,
            "name": shop.name[:200],
            "url": shop.url[:500],
            "place": shop.place[:120],
            "since": shop.since.isoformat() if shop.since else None,
            "state": shop.state,
        }
        for shop in (item.shop for item in seen)
    }


def _listing_row(marketplace: Marketplace, item: ListingSeen) -> dict[str, Any]:
    return {
        "code": new_code(),
        "external_id": item.external_id,
        "key": f"{marketplace.family}:{item.external_id}",
        "seller": item.shop.external_id,
        "url": item.url[:500],
        "title": item.title[:500],
        "state": item.state,
    }


def _take_snapshots(
    seen: Sequence[ListingSeen], ids: Mapping[str, int], pictures: Mapping[str, SeenPicture], read_at: datetime
) -> frozenset[int]:
    """Write a snapshot for each content not stored yet and point the listings at theirs; return the listings that read differently."""
    digests = {ids[item.external_id]: digest_of(item, pictures) for item in seen}
    known = set(Snapshot.objects.filter(listing__in=digests, digest__in=digests.values()).values_list("listing_id", "digest"))
    fresh = {ids[item.external_id]: item for item in seen if (ids[item.external_id], digests[ids[item.external_id]]) not in known}
    rows = [_snapshot(listing_id, digests[listing_id], item, read_at) for listing_id, item in sorted(fresh.items())]
    Snapshot.objects.bulk_create(rows, ignore_conflicts=True)
    ours = Snapshot.objects.filter(code__in=[row.code for row in rows]).values_list("listing_id", "pk")
    SnapshotPicture.objects.bulk_create(
        SnapshotPicture(snapshot_id=snapshot_id, position=position, picture_id=picture_id)
        for listing_id, snapshot_id in ours
        for position, picture_id in enumerate(_picture_ids(fresh[listing_id], pictures), start=1)
    )
    latest = [{"listing": listing_id, "digest": digest} for listing_id, digest in digests.items()]
    with connection.cursor() as cursor:
        cursor.execute(LATEST, {"rows": json.dumps(latest), "read_at": read_at})
        return frozenset(row[0] for row in cursor.fetchall())


def digest_of(item: ListingSeen, pictures: Mapping[str, SeenPicture]) -> str:
    """Return what stands for a listing's content: title, description, price, seller, and the pictures by their bytes."""
    price = f"{item.price_amount:.2f}" if item.price_amount is not None else ""
    marks = [pictures[url].mark for url in item.pictures[:PER_LISTING]]
    content = [item.title, item.description, price, item.currency, item.shop.external_id, item.shop.name, marks]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def _snapshot(listing_id: int, digest: str, item: ListingSeen, read_at: datetime) -> Snapshot:
    return Snapshot(
        listing_id=listing_id,
        digest=digest,
        title=item.title[:500],
        description=item.description,
        price_amount=item.price_amount,
        price_currency=item.currency,
        seller_name=item.shop.name[:200],
        seller_external_id=item.shop.external_id,
        state=item.state,
        taken_at=read_at,
    )


def _picture_ids(item: ListingSeen, pictures: Mapping[str, SeenPicture]) -> list[int]:
    found = (pictures[url].picture_id for url in item.pictures[:PER_LISTING])
    return [picture_id for picture_id in found if picture_id is not None]


def _is_whole(item: ListingSeen, pictures: Mapping[str, SeenPicture]) -> bool:
    return all(pictures[url].is_final for url in item.pictures[:PER_LISTING])

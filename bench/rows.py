"""Complaints and reported listings in bulk: set-based SQL as the owner, all keys and checks satisfied, filled as the services do."""

from __future__ import annotations

from typing import Any

REASON = "TM-JARGON"

COMPLAINTS = """
    WITH clocks AS (
        INSERT INTO core_clock (organization_id, calendar, calendar_version, unit, budget, started_at, due_at, stopped_at)
        SELECT %(organization)s, 'CN', 'bench', 'business_hours', 24, moment, moment + interval '1 day', moment + interval '6 hours'
        FROM (SELECT now() - n * interval '3 minutes' AS moment FROM generate_series(%(count)s, 1, -1) AS n) AS moments
        RETURNING id, started_at, due_at, stopped_at
    )
    INSERT INTO takedowns_complaint (
        code, organization_id, reference, right_id, reason_id, tier, channel, explanation, statements, seen_on, declarations,
        signed_name, signed_role, status, version, clock_id, due_at, filed_at, screened_at, decided_at, question, answer,
        listing_count, accepted_count, rejected_count, withdrawn_count, removed_count, disputed_count, upheld_count, overturned_count)
    SELECT left(md5(random()::text || id), 22), %(organization)s, 'TK-' || upper(left(md5(%(organization)s || '/' || id), 12)), %(right)s,
        %(reason)s, 'standard', CASE id %% 2 WHEN 0 THEN 'api' ELSE 'page' END, 'The words are coded.', '{"quoted_words": "1:1"}',
        started_at::date, '{accuracy,authority,good_faith,liability}', 'Sam Rivera', 'Brand protection manager',
        CASE WHEN %(decided)s AND id %% 10 < 8 THEN 'decided' ELSE 'queued' END, 3, id, due_at, started_at, started_at,
        CASE WHEN %(decided)s AND id %% 10 < 8 THEN stopped_at END, '', '',
        %(listings)s, CASE WHEN %(decided)s AND id %% 10 < 8 THEN %(listings)s ELSE 0 END, 0, 0, 0, 0, 0, 0
    FROM clocks ORDER BY id
    RETURNING id
"""

LISTINGS = """
    INSERT INTO takedowns_reportedlisting (
        organization_id, complaint_id, right_id, reason_id, position, input, marketplace_id, external_id, site, key, url,
        policy_id, removal, status, round)
    SELECT c.organization_id, c.id, c.right_id, c.reason_id, n, 'http://localhost:8003/bazarro/item/' || o.number || '.html?from=search',
        'bazarro', o.number, '', 'bazarro:' || o.number, 'http://localhost:8003/bazarro/item/' || o.number || '.html',
        p.id, 'on_accept', %(status)s, 1
    FROM takedowns_complaint c, generate_series(1, %(listings)s) n, LATERAL (SELECT c.id * 1000 + n AS number) o, marketplaces_policy p
    WHERE c.id = ANY (%(complaints)s) AND p.marketplace_id = 'bazarro' AND p.version = 1
    RETURNING id
"""

CATALOGUE = """
    WITH offers AS (SELECT * FROM unnest(%(marketplaces)s, %(external_ids)s, %(keys)s, %(urls)s) AS o (marketplace, external_id, key, url)),
    seller AS (
        INSERT INTO marketplaces_seller (code, marketplace_id, external_id, name, url, place, state)
        SELECT DISTINCT ON (marketplace) left(md5(random()::text), 22), marketplace, 'shop-' || external_id, 'Lumaway', '', '', 'open'
        FROM offers RETURNING id, marketplace_id
    ), listing AS (
        INSERT INTO marketplaces_listing (code, marketplace_id, external_id, key, site, seller_id, url, title, state)
        SELECT left(md5(random()::text), 22), o.marketplace, o.external_id, o.key, '', s.id, o.url, 'Steel vacuum bottle 500 ml', 'live'
        FROM offers o JOIN seller s ON s.marketplace_id = o.marketplace RETURNING id
    )
    INSERT INTO marketplaces_snapshot (
        code, listing_id, digest, title, description, price_currency, seller_name, seller_external_id, state)
    SELECT left(md5(random()::text || id), 22), id, md5(id::text), 'Steel vacuum bottle 500 ml', 'Keeps drinks hot.', 'CNY', 'Lumaway', '',
        'live'
    FROM listing
"""
LATEST = "UPDATE marketplaces_listing l SET latest_id = s.id FROM marketplaces_snapshot s WHERE s.listing_id = l.id AND l.latest_id IS NULL"


def add_complaints(connection: Any, *, organization: int, right: int, count: int, listings: int, decided: bool = False) -> list[int]:
    """Add complaints that name `listings` listings each (which `add_listings` adds); four in five are decided where `decided` says so."""
    values = {"organization": organization, "right": right, "count": count, "reason": REASON, "listings": listings, "decided": decided}
    return _written(connection, COMPLAINTS, values)


def add_listings(connection: Any, complaints: list[int], *, listings: int, status: str) -> list[int]:
    """Add the listings of complaints; every one is a different offer."""
    return _written(connection, LISTINGS, {"complaints": complaints, "listings": listings, "status": status})


def add_to_catalogue(connection: Any, offers: list[tuple[str, str, str, str]]) -> None:
    """Let the catalogue know offers, each with a seller and a snapshot: (marketplace, external id, key, url)."""
    names = ("marketplaces", "external_ids", "keys", "urls")
    with connection, connection.cursor() as cursor:
        cursor.execute(CATALOGUE, dict(zip(names, (list(column) for column in zip(*offers, strict=True)), strict=True)))
        cursor.execute(LATEST)


def settle(connection: Any) -> None:
    """Vacuum and analyze, as autovacuum would have done by then; so nothing of it runs while we measure."""
    connection.rollback()
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    connection.autocommit = False


def _written(connection: Any, statement: str, values: dict[str, Any]) -> list[int]:
    with connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]

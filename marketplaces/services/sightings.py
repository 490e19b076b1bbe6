"""Looking at listings when somebody needs to know how they are now: asked for in the asker's transaction, done by the engine."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import connection

from ipp.core.clock import IppNow, now
from ipp.core.doorbell import ring_after_commit
from ipp.core.services.deliveries import backoff
from ipp.core.tenancy import engine_scope
from marketplaces.gateways import connector_for
from marketplaces.gateways.connector import ConnectorRefused, ConnectorUnavailable, NeedsPerson
from marketplaces.models import Marketplace, Sighting
from marketplaces.services.catalogue import take_in, tell_of_listings

log = structlog.get_logger(__name__)

TASK = "marketplaces.tasks.work_sightings"
FRESH = timedelta(minutes=10)
LEASE = timedelta(seconds=120)
BATCH = 100
PICTURE_TRIES = 3
"""So often a listing is looked at again for a picture that did not come; then it is taken without."""
GIVE_UP_AFTER = timedelta(hours=24)
KEPT = timedelta(days=30)

# By hand: the portal may add wishes but not read them, or one tenant could see what another is looking at.
REQUEST = """
    INSERT INTO marketplaces_sighting (marketplace_id, external_id, attempts, last_error, outcome)
    SELECT DISTINCT t.marketplace, t.external_id, 0, '', ''
    FROM unnest(%(marketplaces)s::text[], %(ids)s::text[]) AS t(marketplace, external_id)
    JOIN marketplaces_marketplace m ON m.key = t.marketplace
    WHERE NOT EXISTS (SELECT 1 FROM marketplaces_listing l
                      WHERE l.marketplace_id = t.marketplace AND l.external_id = t.external_id
                        AND l.latest_id IS NOT NULL AND l.seen_at > ipp_now() - make_interval(secs => %(fresh)s))
    ORDER BY 1, 2
    ON CONFLICT DO NOTHING
"""
CLAIM = """
    UPDATE marketplaces_sighting SET lease_until = ipp_now() + make_interval(secs => %(lease)s), lease_token = %(token)s,
        attempts = attempts + 1
    WHERE id = ANY (ARRAY(
        SELECT id FROM marketplaces_sighting
        WHERE done_at IS NULL AND due_at <= ipp_now() AND (lease_until IS NULL OR lease_until < ipp_now())
          AND marketplace_id = (SELECT marketplace_id FROM marketplaces_sighting
                                WHERE done_at IS NULL AND due_at <= ipp_now() AND (lease_until IS NULL OR lease_until < ipp_now())
                                ORDER BY due_at, id LIMIT 1)
        ORDER BY due_at, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED))
    RETURNING id
"""


@dataclass(frozen=True)
class Claimed:
    """One marketplace's sightings that this worker holds for as long as the lease runs."""

    token: uuid.UUID
    marketplace: Marketplace
    rows: Sequence[Sighting]


def request_sightings(*, targets: Iterable[tuple[str, str]]) -> int:
    """Ask that listings be looked at, in the transaction in force; return how many were not asked for already.

    Args:
        targets: marketplace key and external id. What was seen within ten minutes is fresh enough and not asked for again.
    """
    pairs = sorted(set(targets))
    keys, ids = [key for key, _ in pairs], [external_id for _, external_id in pairs]
    with connection.cursor() as cursor:
        cursor.execute(REQUEST, {"marketplaces": keys, "ids": ids, "fresh": FRESH.total_seconds()})
        asked: int = cursor.rowcount
    if asked:
        ring_after_commit(TASK)
    return asked


def work_sightings(*, seconds: float = 20.0) -> int:
    """Look until nothing is due or `seconds` have passed; return how many sightings are done."""
    deadline = time.monotonic() + seconds
    done = 0
    while time.monotonic() < deadline:
        claimed = _claim()
        if claimed is None:
            break
        done += _look(claimed)
    return done


def clear_sightings() -> int:
    """Remove what was done a month ago; return how many rows went."""
    with engine_scope("clear sightings"):
        return Sighting.objects.filter(done_at__lt=IppNow() - KEPT).delete()[0]


def _claim() -> Claimed | None:
    token = uuid.uuid4()
    with engine_scope("claim sightings"):
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, {"lease": LEASE.total_seconds(), "token": token, "batch": BATCH})
            ids = [row[0] for row in cursor.fetchall()]
        rows = list(Sighting.objects.select_related("marketplace").filter(pk__in=ids).order_by("id"))
    return Claimed(token, rows[0].marketplace, rows) if rows else None


def _look(claimed: Claimed) -> int:
    """Ask the marketplace, outside any transaction, and settle."""
    key, ids = claimed.marketplace.key, [row.external_id for row in claimed.rows]
    read_at = now()
    try:
        seen = connector_for(claimed.marketplace.connector).read_listings(key, ids)
    except NeedsPerson:
        return _finish(claimed, dict.fromkeys(ids, Sighting.Outcome.NO_CONNECTOR))
    except ConnectorRefused as error:
        return _finish(claimed, dict.fromkeys(ids, Sighting.Outcome.GIVEN_UP), error=str(error))
    except ConnectorUnavailable as error:
        log.warning("listings_not_read", marketplace=key, error=str(error))
        return _put_back(claimed, ids, str(error))
    taken = take_in(claimed.marketplace, seen, read_at=read_at)
    again = {row.external_id for row in claimed.rows if row.external_id in taken.incomplete and row.attempts < PICTURE_TRIES}
    missing = [external_id for external_id in ids if external_id not in taken.ids]
    outcomes = {external_id: Sighting.Outcome.SEEN for external_id in taken.ids if external_id not in again}
    with engine_scope("settle sightings"):
        done = _finish(claimed, outcomes | dict.fromkeys(missing, Sighting.Outcome.MISSING))
        _put_back(claimed, again, "a picture did not come")
        if done:
            tell_of_listings(key, [taken.ids[external_id] for external_id in outcomes], missing)
    return done


def _finish(claimed: Claimed, outcomes: dict[str, Sighting.Outcome], error: str = "") -> int:
    """Write outcomes by external id, where the lease still holds; return how many."""
    done = 0
    with engine_scope("settle sightings"):
        for outcome in sorted(set(outcomes.values())):
            ids = [row.pk for row in claimed.rows if outcomes.get(row.external_id) == outcome]
            rows = Sighting.objects.filter(pk__in=ids, lease_token=claimed.token, done_at=None)
            done += rows.update(done_at=IppNow(), outcome=outcome, lease_until=None, last_error=error[:300])
    return done


def _put_back(claimed: Claimed, ids: Iterable[str], error: str) -> int:
    """Make sightings due again after a growing pause, or give up on what failed for a day; return how many were given up."""
    wanted = set(ids)
    given_up = 0
    with engine_scope("put sightings back"):
        ours = Sighting.objects.filter(lease_token=claimed.token, done_at=None)
        for row in (row for row in claimed.rows if row.external_id in wanted):
            rest = ours.filter(pk=row.pk)
            given_up += rest.filter(created_at__lt=IppNow() - GIVE_UP_AFTER).update(
                done_at=IppNow(), outcome=Sighting.Outcome.GIVEN_UP, lease_until=None, last_error=error[:300]
            )
            rest.update(due_at=IppNow() + backoff(row.attempts), lease_until=None, last_error=error[:300])
    return given_up

"""What every use case of penalties starts with: the lock on a shop's record, and who is told of it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from ipp.core.actors import Actor
from ipp.core.events import DomainEvent, record
from ipp.core.services.platform import platform
from marketplaces.models import Seller


def lock_records(seller_ids: Iterable[int]) -> None:
    """Wait until nobody else works on these shops' records, and keep them until the transaction ends; all in one order.

    `Seller` itself is reference data that the console may not lock; the lock is on the record's name.
    """
    with connection.cursor() as cursor:
        for seller_id in sorted(set(seller_ids)):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"penalties:seller:{seller_id}"])


def tell_of(fact: DomainEvent, *, actor: Actor, seller: Seller) -> None:
    """Record what happened to a shop's record: the platform's event, about the organization that claimed the shop if there is one."""
    record(fact, actor=actor, subject=seller, about=seller.organization_id)


def engine_actor(rule: str, request_id: str = "") -> Actor:
    """Return the engine acting for the platform."""
    return Actor.system(platform().pk, rule, request_id)

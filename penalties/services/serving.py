"""The time of a sanction: restrictions that end, lessons that were read."""

from __future__ import annotations

import structlog
from django.db import transaction
from django.db.models import QuerySet

from ipp.core.actors import Actor
from ipp.core.clock import IppNow
from ipp.core.errors import NotFound
from ipp.core.events import record
from ipp.core.lifecycle import advance
from ipp.core.tenancy import engine_scope
from marketplaces.models import Seller
from penalties.events import LessonRead, RestrictionEnded
from penalties.lifecycle import SANCTION, Status
from penalties.models import Sanction
from penalties.services.carrying_out import carry_out
from penalties.services.records import engine_actor, lock_records, tell_of

log = structlog.get_logger(__name__)

BATCH = 200
"""Shops in one sweep; the next one takes what is left."""


def sweep() -> int:
    """End the restrictions whose time is over, each shop in a transaction of its own; return how many ended."""
    with engine_scope("restrictions that are over"):
        shops = list(_over().order_by("seller_id").values_list("seller_id", flat=True).distinct()[:BATCH])
    ended, failed = 0, list[Exception]()
    for seller_id in shops:
        try:
            ended += _end(seller_id)
        except Exception as error:  # noqa: BLE001 (raised again, after the other shops had their turn)
            log.exception("restriction_not_ended", seller=seller_id)
            failed.append(error)
    if failed:
        raise failed[0]
    return ended


@transaction.atomic
def confirm_lesson(*, actor: Actor, code: str) -> Sanction:
    """Note that the seller has read the lesson of a sanction; once, however often it is said.

    Raises:
        NotFound: no such sanction of a shop of this organization, or one without a lesson.
    """
    row = Sanction.objects.as_sellers_see_it().filter(code=code, seller__organization_id=actor.organization_id).first()
    if row is None or not row.lesson:
        raise NotFound
    if Sanction.objects.filter(pk=row.pk, read_at=None).update(read_at=IppNow()):
        fact = LessonRead(row.seller.code, row.seller.name, row.code, row.reference)
        record(fact, actor=actor, subject=row.seller)
    row.refresh_from_db()
    return row


def _over() -> QuerySet[Sanction]:
    return Sanction.objects.filter(status=Status.IN_FORCE, ends_at__lte=IppNow())


def _end(seller_id: int) -> int:
    with engine_scope("end restrictions"):
        lock_records([seller_id])
        seller = Seller.objects.get(pk=seller_id)
        rows = list(_over().filter(seller=seller).order_by("id"))
        if not rows:
            return 0
        advance(Sanction.objects.all(), SANCTION, "end", ids=[row.pk for row in rows], over_at=IppNow())
        engine = engine_actor("penalties.sweep")
        for row in rows:
            tell_of(RestrictionEnded(seller.code, seller.name, row.code, row.reference), actor=engine, seller=seller)
        carry_out(actor=engine, seller_id=seller.pk)
        return len(rows)

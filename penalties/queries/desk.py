"""Reads of the desk: closures that wait for a person, and the records of shops."""

from __future__ import annotations

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from ipp.core.errors import NotFound
from marketplaces.models import Action, Seller
from penalties.lifecycle import WAITING
from penalties.models import Sanction, Strike, StrikeQuerySet, Violation
from penalties.rules import SOURCE

VALID = StrikeQuerySet(Strike).valid().filter(seller=OuterRef("pk")).order_by().values("seller").annotate(n=Count("pk")).values("n")


def waiting_closures() -> int:
    """Return how many closures wait for a person, counted up to a thousand."""
    return Sanction.objects.filter(status__in=sorted(WAITING))[:1000].count()


def desk_sanctions() -> QuerySet[Sanction]:
    """Return every sanction with what its row shows."""
    return Sanction.objects.select_related("seller", "seller__marketplace", "policy", "strike", "proposed_by", "released_by")


def desk_closure(code: str) -> Sanction:
    """Return a closure by its public code.

    Raises:
        NotFound: no such closure.
    """
    found = desk_sanctions().filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def desk_records() -> QuerySet[Seller]:
    """Return the shops that have anything on their record, each with how many strikes count now (`strikes`)."""
    listed = Seller.objects.filter(Exists(Violation.objects.filter(seller=OuterRef("pk")))).select_related("marketplace")
    return listed.annotate(strikes=Coalesce(Subquery(VALID, output_field=IntegerField()), 0))


def with_strikes(rows: QuerySet[Seller], *, at_least: int = 0, exactly: int | None = None) -> QuerySet[Seller]:
    """Return those of `desk_records` with so many strikes that count."""
    condition = Q(("strikes__gte", at_least)) if exactly is None else Q(("strikes", exactly))
    return rows.filter(condition)


def actions_for(seller: Seller) -> list[Action]:
    """Return what the marketplace was asked for because of a shop's sanctions, newest first."""
    rows = Action.objects.filter(source=SOURCE, seller=seller).select_related("marketplace", "seller", "listing")
    return list(rows.order_by("-id")[:20])

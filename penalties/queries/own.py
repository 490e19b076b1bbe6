"""Reads of a seller's own: the shops its organization has claimed, and what is on their records."""

from __future__ import annotations

from django.db.models import QuerySet

from ipp.core.actors import Actor
from ipp.core.errors import NotFound
from marketplaces.models import Seller
from penalties.models import Sanction, Strike, Violation


def own_shops(actor: Actor) -> QuerySet[Seller]:
    """Return the shops the actor's organization has claimed."""
    return Seller.objects.filter(organization_id=actor.organization_id).select_related("marketplace").order_by("name", "id")


def own_shop(actor: Actor, code: str) -> Seller:
    """Return one of them.

    Raises:
        NotFound: no such shop of this organization.
    """
    found = own_shops(actor).filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def own_sanctions(actor: Actor) -> QuerySet[Sanction]:
    """Return what the actor's shops were given; a closure that waits for a person is the platform's own affair."""
    rows = Sanction.objects.as_sellers_see_it().filter(seller__organization_id=actor.organization_id)
    return rows.select_related("seller", "seller__marketplace", "policy", "strike")


def own_sanction(actor: Actor, code: str) -> Sanction:
    """Return one of them.

    Raises:
        NotFound: no such sanction of a shop of this organization.
    """
    found = own_sanctions(actor).filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def own_strikes(actor: Actor) -> QuerySet[Strike]:
    """Return the strikes of the actor's shops, those taken back too."""
    rows = Strike.objects.filter(seller__organization_id=actor.organization_id)
    return rows.select_related("seller", "policy").prefetch_related("violations")


def own_violations(actor: Actor) -> QuerySet[Violation]:
    """Return the violations of the actor's shops, those taken back too."""
    return Violation.objects.filter(seller__organization_id=actor.organization_id).select_related("seller", "strike", "policy")

"""Claiming a shop: an invitation goes out with the marketplace's own mail to its shops, and whoever follows it first has the shop."""

from __future__ import annotations

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.clock import IppNow
from ipp.core.codes import new_code
from ipp.core.errors import Conflict, DomainError, Forbidden, NotFound
from ipp.core.events import record
from marketplaces.events import ShopClaimed, ShopInvited
from marketplaces.lifecycle import ActionKind, Status
from marketplaces.models import INVITATION_DAYS, Action, Invitation, Seller
from marketplaces.queries import code_of, seller_named

INVITING = "marketplaces.invitation"
"""The source of messages that only invite; their `source_id` is the event that asked for them."""

OPEN = """
    INSERT INTO marketplaces_invitation (code, seller_id, expires_at)
    SELECT %(code)s, id, ipp_now() + make_interval(days => %(days)s)
    FROM marketplaces_seller WHERE id = %(seller)s AND organization_id IS NULL
    ON CONFLICT (seller_id) WHERE closed_at IS NULL DO NOTHING
"""


def claim_shop(*, actor: Actor, token: str) -> Seller:
    """Make a shop the actor's organization's, by the link its marketplace handed over. The same link again changes nothing for them.

    Raises:
        NotFound: the house made no such link.
        Forbidden: the actor's organization is no seller.
        Conflict: the link was used, it is too old, or the shop is somebody else's.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT seller, outcome FROM ipp_claim_shop(%s)", [code_of(token)])
        seller_id, outcome = cursor.fetchone()
        if outcome in REFUSALS:
            refusal, code, words = REFUSALS[outcome]
            raise refusal(code, words)
        if seller_id is None:
            raise NotFound
        shop = Seller.objects.select_related("marketplace").get(pk=seller_id)
        if outcome == "claimed":
            record(ShopClaimed(shop.code, shop.marketplace_id, shop.name), actor=actor, subject=shop)
    return shop


@transaction.atomic
def invite_shop(*, actor: Actor, seller_code: str) -> Seller:
    """Have a shop that nobody claimed asked to do so, without any notice.

    Raises:
        NotFound: no such shop.
        Conflict: it is claimed already, or an invitation is on its way.
    """
    shop = seller_named(seller_code)
    if shop.organization_id is not None:
        raise Conflict("shop_claimed", _("This shop is claimed already; what it is told goes to its own inbox."))
    under_way = Action.objects.filter(seller=shop, kind=ActionKind.MESSAGE, source=INVITING)
    if under_way.filter(status__in=(Status.PROPOSED, Status.HELD, Status.SENT)).exists():
        raise Conflict("invitation_under_way", _("An invitation is on its way already. See under Actions where it stands."))
    record(ShopInvited(shop.code, shop.marketplace_id, shop.name), actor=actor, subject=shop)
    return shop


def invitation_for(seller_id: int) -> Invitation | None:
    """Return the invitation that goes with a message to a shop: the open one, else a new one; None once it is claimed. For the engine."""
    unused = Invitation.objects.filter(seller_id=seller_id, closed_at=None)
    unused.filter(expires_at__lte=IppNow()).update(closed_at=IppNow())
    with connection.cursor() as cursor:
        cursor.execute(OPEN, {"code": new_code(), "seller": seller_id, "days": INVITATION_DAYS})
    return unused.filter(seller__organization=None).first()


REFUSALS: dict[str, tuple[type[DomainError], str, Promise]] = {
    "not_a_seller": (
        Forbidden,
        "sellers_only",
        _("Only a seller's organization claims a shop. Sign in with a seller's account, or open one with another email address."),
    ),
    "used": (
        Conflict,
        "invitation_used",
        _("This link was used already. If it was not by you, ask the marketplace's support to have you invited again."),
    ),
    "taken": (
        Conflict,
        "shop_taken",
        _("Another organization has claimed this shop. If it is yours, write to the marketplace's support."),
    ),
    "expired": (Conflict, "invitation_expired", _("This link is too old. The next message to your shop brings a new one.")),
}

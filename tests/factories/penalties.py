"""Claims upheld for good, and the records they make, reached by calling the services under the moved clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from ipp.core import clock, tenancy
from ipp.core.actors import Actor
from marketplaces.gateways import ShopSeen
from marketplaces.models import Action, Seller
from penalties import services
from penalties.models import Sanction, Strike, Violation
from rightsholders.models import Right
from takedowns.models import Complaint, SellerNotice
from takedowns.services import close_windows, deliver_notices, withdraw_listings
from tests.actors import actor_named
from tests.factories.marketplaces import SHOP
from tests.factories.rightsholders import validated_right
from tests.factories.takedowns import decided, rows_of, seen_listings

NUMBERS = count(3_200_000_000)
SHANGHAI = ZoneInfo("Asia/Shanghai")
SILENCE = timedelta(days=16)
"""After this the seller's business days are over, whatever holidays lie in between."""

ENGINE = Actor.system(0, "tests.penalties")


def ago(days: float) -> datetime:
    """Return noon in Shanghai some days ago."""
    return (clock.now() - timedelta(days=days)).astimezone(SHANGHAI).replace(hour=12, minute=0, second=0, microsecond=0)


def upheld(
    holder: Actor,
    at: datetime,
    *,
    size: int = 1,
    shop: str = SHOP,
    owner: Actor | None = None,
    right: Right | None = None,
    noted: bool = True,
    **changes: Any,
) -> Complaint:
    """Return a complaint received at a moment, accepted, and upheld because the shop said nothing; `noted` says penalties heard of it."""
    numbers = [next(NUMBERS) for _ in range(size)]
    right = right or validated_right(holder)
    seen = ShopSeen(shop, f"Shop {shop[-3:]}", f"http://market.test/bazarro/store/{shop}", "Yiwu", None, "open")
    with clock.moved(at - clock.now()):
        seen_listings(numbers, shop=seen)
        if owner is not None:
            claim(owner, shop)
        complaint = decided(holder, right, links=[f"bazarro {number}" for number in numbers], seen_on=at.date(), **changes)
        _handed_over(complaint)
    with clock.moved(at - clock.now() + SILENCE):
        close_windows()
        if noted:
            note(complaint)
    return complaint


def _handed_over(complaint: Complaint) -> None:
    """Let the marketplace hand the notices over to shops nobody has claimed."""
    engine = Actor.system(complaint.organization_id, "tests")
    with tenancy.acting(engine):
        notices = SellerNotice.objects.filter(complaint=complaint, status="sending")
        deliver_notices(actor=engine, notice_ids=list(notices.values_list("pk", flat=True)))


def note(complaint: Complaint) -> None:
    """Let penalties hear that a complaint's listings were upheld."""
    services.note_upheld(actor=ENGINE, listing_ids=[row.pk for row in rows_of(complaint)])


def fall(holder: Actor, complaint: Complaint, positions: Sequence[int] | None = None, *, noted: bool = True) -> None:
    """Let claims that were upheld fall: the rights holder withdraws them."""
    with tenancy.acting(holder):
        withdraw_listings(actor=holder, code=complaint.code, positions=positions, why="It was ours after all.")
    if noted:
        services.note_released(actor=ENGINE, listing_ids=[row.pk for row in rows_of(complaint)])


def claim(owner: Actor, shop: str = SHOP) -> Seller:
    """Give a shop that was seen to a seller's organization, as a used invitation does."""
    with tenancy.engine_scope("tests"):
        Seller.objects.filter(external_id=shop).update(organization_id=owner.organization_id)
    return shop_of(shop)


def shop_of(shop: str = SHOP) -> Seller:
    """Return a shop as it is now."""
    with tenancy.engine_scope("tests"):
        return Seller.objects.get(marketplace="bazarro", external_id=shop)


def three_strikes(holder: Actor, **changes: Any) -> list[Complaint]:
    """Return three complaints, each of them a strike of one shop; the closure is due."""
    right = changes.pop("right", None) or validated_right(holder)
    return [upheld(holder, ago(days), right=right, **changes) for days in (60, 50, 40)]


def closure_due(holder: Actor, **changes: Any) -> Sanction:
    """Return the closure that three strikes made due."""
    three_strikes(holder, **changes)
    return sanctions(changes.get("shop", SHOP))[-1]


def proposed(holder: Actor, *, by: str = "olga", **changes: Any) -> Sanction:
    """Return a closure somebody proposed."""
    row = closure_due(holder, **changes)
    actor = actor_named(by)
    with tenancy.acting(actor):
        return services.propose_closure(actor=actor, code=row.code, note="Three strikes; I looked at every listing.")


def closed(holder: Actor, *, by: str = "ann", **changes: Any) -> Sanction:
    """Return a closure two persons agreed to, its marketplace asked."""
    row = proposed(holder, **changes)
    actor = actor_named(by)
    with tenancy.acting(actor):
        row = services.release_closure(actor=actor, code=row.code)
    services.carry_out(actor=ENGINE, seller_id=row.seller_id)
    return row


def sanctions(shop: str = SHOP) -> list[Sanction]:
    """Return a shop's sanctions, oldest first."""
    with tenancy.engine_scope("tests"):
        return list(Sanction.objects.select_related("policy", "strike").filter(seller__external_id=shop).order_by("id"))


def told(shop: str = SHOP) -> list[tuple[str, str]]:
    """Return a shop's sanctions as (measure, status), oldest first."""
    return [(row.measure, row.status) for row in sanctions(shop)]


def strikes(shop: str = SHOP) -> list[Strike]:
    """Return the strikes of a shop that stand, oldest first."""
    with tenancy.engine_scope("tests"):
        rows = Strike.objects.filter(seller__external_id=shop, taken_back_at=None).select_related("policy")
        return list(rows.prefetch_related("violations").order_by("opened_at"))


def violations(shop: str = SHOP) -> list[Violation]:
    """Return a shop's violations, those taken back too."""
    with tenancy.engine_scope("tests"):
        return list(Violation.objects.select_related("policy", "strike").filter(seller__external_id=shop).order_by("id"))


def asked(shop: str = SHOP) -> list[tuple[str, str]]:
    """Return what the marketplace was asked to do to a shop, as (kind, status), oldest first."""
    with tenancy.engine_scope("tests"):
        rows = Action.objects.filter(source="penalties.sanction", target_external_id=shop).order_by("id")
        return list(rows.values_list("kind", "status"))

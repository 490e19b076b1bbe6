"""Disputes in every state, reached by calling the services: a shop that was told, answered, was answered, and what was ruled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ipp.core import tenancy
from ipp.core.actors import Actor
from marketplaces.gateways import ShopSeen
from marketplaces.models import Seller
from takedowns import services
from takedowns.models import Complaint, CounterNotice, Decision, ReportedListing, SellerNotice
from takedowns.rules import COUNTER_DECLARATIONS
from tests.actors import actor_named
from tests.factories.marketplaces import SHOP
from tests.factories.takedowns import FIRST_NUMBER, decided, link_texts, seen_listings


def claimed_shop(owner: Actor, external_id: str = SHOP) -> Seller:
    """Give a shop that was seen to a seller's organization, as a used invitation does."""
    with tenancy.engine_scope("tests"):
        Seller.objects.filter(external_id=external_id).update(organization_id=owner.organization_id)
        return Seller.objects.get(external_id=external_id)


def another_shop(external_id: str) -> ShopSeen:
    """Return a further shop of the same marketplace."""
    return ShopSeen(external_id, f"Shop {external_id}", f"http://localhost:8003/bazarro/store/{external_id}", "Yiwu, China", None, "open")


def told(holder: Actor, seller: Actor | None, *, count: int = 2, start: int = FIRST_NUMBER, **changes: Any) -> SellerNotice:
    """Return a notice: listings of one shop were accepted, and the shop was told if `seller` has claimed it."""
    seen_listings(range(start, start + count))
    if seller is not None:
        claimed_shop(seller)
    complaint = decided(holder, links=link_texts(count, start), **changes)
    return notice_of(complaint)


def notice_of(complaint: Complaint) -> SellerNotice:
    """Return the one notice of a complaint as it is now."""
    with tenancy.engine_scope("tests"):
        return SellerNotice.objects.select_related("seller", "complaint").get(complaint_id=complaint.pk)


def answer(**changes: Any) -> services.Answer:
    """Return what a seller says when it did not infringe: a ground that needs words only."""
    values: dict[str, Any] = {
        "grounds": ["NOT_INFRINGING"],
        "statement": "These are our own bottles; the word is not on them.",
        "details": {"difference": "Another name, another shape."},
        "declarations": list(COUNTER_DECLARATIONS),
        "signed_name": "Sunny Sun",
        "signed_role": "Owner",
    }
    return services.Answer(**values | changes)


def countered(
    holder: Actor, seller: Actor, *, positions: Sequence[int] | None = None, notice: SellerNotice | None = None, **changes: Any
) -> CounterNotice:
    """Return a counter-notice that waits for the rights holder."""
    notice = notice or told(holder, seller, **changes)
    with tenancy.acting(seller):
        places = ReportedListing.objects.filter(notice=notice).order_by("position").values_list("position", flat=True)
        chosen = list(places) if positions is None else positions
        counter = services.file_counter_notice(actor=seller, notice_code=notice.code, positions=chosen, answer=answer())
    with tenancy.inside(seller.organization_id):
        services.take_in_counter_notice(code=counter.code)
    return fresh_counter(counter)


def contested(holder: Actor, seller: Actor, *, reject: Sequence[int] | None = None, **changes: Any) -> CounterNotice:
    """Return a counter-notice the rights holder rejected: it waits for a second reviewer."""
    counter = countered(holder, seller, **changes)
    with tenancy.acting(holder):
        services.reject_counter_notice(
            actor=holder, code=counter.code, positions=reject, reasons=["STILL_INFRINGES"], message="It is our mark all the same."
        )
    return fresh_counter(counter)


def ruled(
    holder: Actor,
    seller: Actor,
    *,
    outcome: str = "upheld",
    by: str = "ruth",
    positions: Sequence[int] | None = None,
    told: bool = True,
    **changes: Any,
) -> CounterNotice:
    """Return a dispute a second reviewer decided; `told` says that the undo time is over and it took effect."""
    counter = contested(holder, seller, **changes)
    ruth = actor_named(by)
    with tenancy.acting(ruth):
        held = services.claim_dispute(actor=ruth, code=counter.code)
        places = ReportedListing.objects.filter(counter_notices__counter_notice=counter, status="contested")
        batch = services.adjudicate(
            actor=ruth,
            code=counter.code,
            version=held.version,
            positions=list(places.values_list("position", flat=True)) if positions is None else positions,
            outcome=outcome,
            ruling={"upheld": "INFRINGEMENT_STANDS", "overturned": "ORIGIN_PROVEN"}[outcome],
            message="Looked at with both sides' papers.",
        )
    if told:
        carry_out_ruling(counter.organization_id, counter.complaint_id, batch)
    return fresh_counter(counter)


def carry_out_ruling(organization_id: int, complaint_id: int, batch: str = "") -> None:
    """Let the undo time of a complaint's rulings be over, and the engine carry them out."""
    with tenancy.engine_scope("tests"):
        rulings = Decision.objects.filter(reported_listing__complaint_id=complaint_id, supersedes__isnull=False)
        batches = [batch] if batch else sorted(set(rulings.values_list("batch", flat=True)))
    engine = Actor.system(organization_id, "takedowns.carry_out_ruling")
    for one in batches:
        with tenancy.acting(engine):
            services.carry_out_ruling(actor=engine, complaint_id=complaint_id, batch=one)


def fresh_counter(counter: CounterNotice) -> CounterNotice:
    """Return a counter-notice as it is now."""
    with tenancy.engine_scope("tests"):
        return CounterNotice.objects.select_related("complaint", "notice", "seller").get(pk=counter.pk)

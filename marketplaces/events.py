"""What happens on marketplaces: listings seen, actions answered. One event tells of a whole batch."""

from __future__ import annotations

from dataclasses import dataclass

from ipp.core.events import DomainEvent, event


@event("marketplaces.listings.seen")
@dataclass(frozen=True)
class ListingsSeen(DomainEvent):
    """A marketplace was asked about listings: these were there, those it does not know. Recorded for the platform."""

    marketplace: str
    listing_ids: list[int]
    missing: list[str]


@event("marketplaces.actions.acknowledged")
@dataclass(frozen=True)
class ActionsAcknowledged(DomainEvent):
    """The marketplace (or a person, by hand) says it is done."""

    kind: str
    source: str
    source_ids: list[int]
    action_ids: list[int]


@event("marketplaces.actions.failed")
@dataclass(frozen=True)
class ActionsFailed(DomainEvent):
    """The marketplace refused for good, or could not be reached for a day, or keeps saying done without doing it."""

    kind: str
    source: str
    source_ids: list[int]
    action_ids: list[int]
    error: str


@event("marketplaces.actions.confirmed")
@dataclass(frozen=True)
class ActionsConfirmed(DomainEvent):
    """The marketplace was read again and shows the effect."""

    kind: str
    source: str
    source_ids: list[int]
    action_ids: list[int]


@event("marketplaces.actions.contradicted")
@dataclass(frozen=True)
class ActionsContradicted(DomainEvent):
    """The marketplace said done, but still shows the target as before; it is told again under a new command id."""

    kind: str
    source: str
    source_ids: list[int]
    action_ids: list[int]


@event("marketplaces.shop.invited")
@dataclass(frozen=True)
class ShopInvited(DomainEvent):
    """Somebody at the platform had a shop asked to claim itself, without a notice. Recorded for the platform."""

    shop: str
    marketplace: str
    shop_name: str


@event("marketplaces.shop.claimed")
@dataclass(frozen=True)
class ShopClaimed(DomainEvent):
    """A seller proved with the link its marketplace handed over that a shop is theirs. Recorded for the seller's organization."""

    shop: str
    marketplace: str
    shop_name: str


@event("marketplaces.action.retried")
@dataclass(frozen=True)
class ActionRetried(DomainEvent):
    """A person had a held or refused action sent again."""

    action: str
    kind: str
    reference: str


@event("marketplaces.action.settled_by_hand")
@dataclass(frozen=True)
class ActionSettledByHand(DomainEvent):
    """A person did on the marketplace what no connector could."""

    action: str
    kind: str
    reference: str
    note: str

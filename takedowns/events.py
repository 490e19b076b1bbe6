"""What happens to complaints, their listings."""

from __future__ import annotations

from dataclasses import dataclass

from ipp.core.events import DomainEvent, event


@event("takedowns.complaint.filed")
@dataclass(frozen=True)
class ComplaintFiled(DomainEvent):
    """A complaint was filed; the engine screens it next."""

    reference: str
    code: str
    right: str
    right_name: str
    reason: str
    listing_count: int
    due_at: str


@event("takedowns.complaint.screened")
@dataclass(frozen=True)
class ComplaintScreened(DomainEvent):
    """The engine made its checks; a reviewer decides next."""

    reference: str
    code: str
    warned: int
    listing_count: int


@event("takedowns.complaint.information_asked")
@dataclass(frozen=True)
class InformationAsked(DomainEvent):
    """A reviewer needs something more; the clock stands still."""

    reference: str
    code: str
    message: str


@event("takedowns.complaint.answered")
@dataclass(frozen=True)
class InformationGiven(DomainEvent):
    """The rights holder answered; the clock goes on."""

    reference: str
    code: str
    message: str
    files: int


@event("takedowns.listings.decided")
@dataclass(frozen=True)
class ListingsDecided(DomainEvent):
    """A reviewer or a named rule decided listings of one complaint, all alike. It takes effect when the undo time is over."""

    reference: str
    code: str
    batch: str
    outcome: str
    rejection: str
    message: str
    positions: list[int]
    rule: str = ""


@event("takedowns.listings.decision_undone")
@dataclass(frozen=True)
class DecisionUndone(DomainEvent):
    """A reviewer took a decision back before it had any effect."""

    reference: str
    code: str
    batch: str
    positions: list[int]


@event("takedowns.listings.decision_effective")
@dataclass(frozen=True)
class DecisionEffective(DomainEvent):
    """The undo time is over: the parties are told, and accepted listings are on their way down."""

    reference: str
    code: str
    batch: str
    outcome: str
    rejection: str
    message: str
    positions: list[int]
    is_last: bool
    coming_down: int = 0


@event("takedowns.listings.removed")
@dataclass(frozen=True)
class ListingsRemoved(DomainEvent):
    """The marketplace acknowledged that listings are down."""

    reference: str
    code: str
    positions: list[int]


@event("takedowns.listings.restored")
@dataclass(frozen=True)
class ListingsRestored(DomainEvent):
    """The marketplace acknowledged that listings are back."""

    reference: str
    code: str
    positions: list[int]


@event("takedowns.listings.withdrawn")
@dataclass(frozen=True)
class ListingsWithdrawn(DomainEvent):
    """The rights holder withdrew the claim against listings; what was taken down comes back."""

    reference: str
    code: str
    positions: list[int]
    why: str
    is_whole: bool

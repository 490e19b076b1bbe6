"""What happens to complaints, their listings, and the disputes about them."""

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


@event("takedowns.notice.sent")
@dataclass(frozen=True)
class NoticeSent(DomainEvent):
    """A shop was told of accepted listings; its time to answer runs."""

    reference: str
    code: str
    complaint: str
    seller: str
    positions: list[int]
    due_at: str


@event("takedowns.counter_notice.filed")
@dataclass(frozen=True)
class CounterNoticeFiled(DomainEvent):
    """A seller answered a notice. The seller's own event; the rights holder is told by a handler."""

    reference: str
    code: str
    notice: str
    listing_count: int
    grounds: list[str]
    due_at: str


@event("takedowns.counter_notice.conceded")
@dataclass(frozen=True)
class CounterNoticeConceded(DomainEvent):
    """The rights holder accepted a counter-notice for some of its listings, which withdraws the claim against them."""

    reference: str
    code: str
    complaint: str
    positions: list[int]
    message: str


@event("takedowns.counter_notice.rejected")
@dataclass(frozen=True)
class CounterNoticeRejected(DomainEvent):
    """The rights holder rejected a counter-notice for some of its listings; a second reviewer decides."""

    reference: str
    code: str
    complaint: str
    positions: list[int]
    reasons: list[str]
    message: str
    due_at: str


@event("takedowns.counter_notice.lapsed")
@dataclass(frozen=True)
class CounterNoticeLapsed(DomainEvent):
    """The rights holder did not answer in time; the claim is withdrawn and the listings come back (requirement CTN-04)."""

    reference: str
    code: str
    complaint: str
    positions: list[int]


@event("takedowns.listings.ruled")
@dataclass(frozen=True)
class ListingsRuled(DomainEvent):
    """A second reviewer decided disputed listings of one complaint, all alike. It takes effect when the undo time is over."""

    reference: str
    code: str
    batch: str
    outcome: str
    ruling: str
    message: str
    positions: list[int]
    counter_notice: str = ""


@event("takedowns.listings.ruling_undone")
@dataclass(frozen=True)
class RulingUndone(DomainEvent):
    """A second reviewer took a ruling back before it had any effect."""

    reference: str
    code: str
    batch: str
    positions: list[int]


@event("takedowns.listings.ruling_effective")
@dataclass(frozen=True)
class RulingEffective(DomainEvent):
    """The undo time of a ruling is over: both parties are told, and listings stay down or come back."""

    reference: str
    code: str
    batch: str
    outcome: str
    ruling: str
    message: str
    positions: list[int]


@event("takedowns.listings.upheld")
@dataclass(frozen=True)
class ListingsUpheld(DomainEvent):
    """Claims stand for good: the seller did not answer (`how` silence) or its counter-notice was dismissed (`adjudication`)."""

    reference: str
    code: str
    positions: list[int]
    listing_ids: list[int]
    how: str


@event("takedowns.listings.released")
@dataclass(frozen=True)
class ListingsReleased(DomainEvent):
    """Accepted claims stand no more: `overturned` by a second reviewer, or `withdrawn` by the rights holder or its silence."""

    reference: str
    code: str
    positions: list[int]
    listing_ids: list[int]
    how: str

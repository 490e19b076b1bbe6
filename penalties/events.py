"""What happens to shops' records. `code` is the shop's, in all of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ipp.core.events import DomainEvent, event


@event("penalties.violations.noted")
@dataclass(frozen=True)
class ViolationsNoted(DomainEvent):
    """Claims against listings of a shop were upheld for good."""

    code: str
    shop: str
    references: list[str]
    violation_ids: list[int]


@event("penalties.violations.taken_back")
@dataclass(frozen=True)
class ViolationsTakenBack(DomainEvent):
    """Claims that had been upheld against listings of a shop fell."""

    code: str
    shop: str
    references: list[str]
    violation_ids: list[int]


@event("penalties.strike.counted")
@dataclass(frozen=True)
class StrikeCounted(DomainEvent):
    """A strike stands. `measures` are what it brings, `level` is which one it is, `of` the policy's last step."""

    code: str
    shop: str
    strike: str
    level: int
    of: int
    listings: int
    expires_at: str
    version: int
    measures: list[str] = field(default_factory=list)


@event("penalties.strike.changed")
@dataclass(frozen=True)
class StrikeChanged(DomainEvent):
    """A strike rests on other listings than before, or counts differently; it stands."""

    code: str
    shop: str
    strike: str
    level: int
    listings: int
    expires_at: str


@event("penalties.strike.taken_back")
@dataclass(frozen=True)
class StrikeTakenBack(DomainEvent):
    """A strike fell; `lifted` are the measures that fell with it."""

    code: str
    shop: str
    strike: str
    lifted: list[str] = field(default_factory=list)


@event("penalties.warning.given")
@dataclass(frozen=True)
class WarningGiven(DomainEvent):
    """A shop was warned; there is a lesson to read."""

    code: str
    shop: str
    sanction: str
    reference: str
    level: int
    of: int


@event("penalties.shop.restricted")
@dataclass(frozen=True)
class ShopRestricted(DomainEvent):
    """A shop is restricted until `ends_at`."""

    code: str
    shop: str
    sanction: str
    reference: str
    level: int
    of: int
    ends_at: str


@event("penalties.closure.fell_due")
@dataclass(frozen=True)
class ClosureFellDue(DomainEvent):
    """By the rules a shop would be closed; nothing happens until two persons agree."""

    code: str
    shop: str
    sanction: str
    reference: str
    level: int


@event("penalties.closure.proposed")
@dataclass(frozen=True)
class ClosureProposed(DomainEvent):
    """A first person proposes to close a shop."""

    code: str
    shop: str
    sanction: str
    reference: str
    note: str


@event("penalties.closure.sent_back")
@dataclass(frozen=True)
class ClosureSentBack(DomainEvent):
    """A second person wants a closure to be looked at again."""

    code: str
    shop: str
    sanction: str
    reference: str
    note: str


@event("penalties.shop.closed")
@dataclass(frozen=True)
class ShopClosed(DomainEvent):
    """A second person released a closure: the shop is to be closed. `note` is the platform's own."""

    code: str
    shop: str
    sanction: str
    reference: str
    level: int
    seller_id: int
    note: str = ""


@event("penalties.sanction.lifted")
@dataclass(frozen=True)
class SanctionLifted(DomainEvent):
    """A measure was taken back. `was_in_force` says whether the shop felt it, `with_strike` whether its strike fell too."""

    code: str
    shop: str
    sanction: str
    reference: str
    measure: str
    was_in_force: bool
    with_strike: bool


@event("penalties.restriction.ended")
@dataclass(frozen=True)
class RestrictionEnded(DomainEvent):
    """A restriction is over."""

    code: str
    shop: str
    sanction: str
    reference: str


@event("penalties.lesson.read")
@dataclass(frozen=True)
class LessonRead(DomainEvent):
    """The seller says that the lesson of a sanction was read."""

    code: str
    shop: str
    sanction: str
    reference: str

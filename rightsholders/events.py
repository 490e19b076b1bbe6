"""What happens to verifications and to rights."""

from __future__ import annotations

from dataclasses import dataclass

from ipp.core.events import DomainEvent, event


@event("rightsholders.verification.submitted")
@dataclass(frozen=True)
class VerificationSubmitted(DomainEvent):
    """A paper was sent in to be checked."""

    reference: str
    code: str
    paper_kind: str
    due_at: str


@event("rightsholders.verification.information_asked")
@dataclass(frozen=True)
class InformationAsked(DomainEvent):
    """A verifier needs something more; the clock stands still."""

    reference: str
    code: str
    message: str


@event("rightsholders.verification.answered")
@dataclass(frozen=True)
class InformationGiven(DomainEvent):
    """The applicant answered with another paper; the clock goes on."""

    reference: str
    code: str
    paper_kind: str


@event("rightsholders.verification.approved")
@dataclass(frozen=True)
class VerificationApproved(DomainEvent):
    """A verifier found the paper good."""

    reference: str
    code: str
    decision_id: int
    round: int
    message: str


@event("rightsholders.verification.refused")
@dataclass(frozen=True)
class VerificationRefused(DomainEvent):
    """A verifier found the paper not good enough, with the reason."""

    reference: str
    code: str
    decision_id: int
    round: int
    reason: str
    message: str


@event("rightsholders.verification.withdrawn")
@dataclass(frozen=True)
class VerificationWithdrawn(DomainEvent):
    """The applicant took the paper back."""

    reference: str
    code: str


@event("rightsholders.verification.decision_undone")
@dataclass(frozen=True)
class DecisionUndone(DomainEvent):
    """A verifier took a decision back before it had any effect."""

    reference: str
    code: str
    round: int


@event("rightsholders.right.added")
@dataclass(frozen=True)
class RightAdded(DomainEvent):
    """A right was put into the library and sent in to be checked."""

    reference: str
    code: str
    kind: str
    right_name: str
    due_at: str


@event("rightsholders.right.information_asked")
@dataclass(frozen=True)
class RightInformationAsked(DomainEvent):
    """A verifier needs something more about a right; the clock stands still."""

    reference: str
    code: str
    message: str


@event("rightsholders.right.answered")
@dataclass(frozen=True)
class RightInformationGiven(DomainEvent):
    """The rights holder sent more documents; the clock goes on."""

    reference: str
    code: str
    documents: int
    message: str


@event("rightsholders.right.validated")
@dataclass(frozen=True)
class RightValidated(DomainEvent):
    """A verifier found a right good; handlers run once the undo time is over."""

    reference: str
    code: str
    verification_id: int
    decision_id: int
    round: int
    message: str


@event("rightsholders.right.refused")
@dataclass(frozen=True)
class RightRefused(DomainEvent):
    """A verifier could not accept a right, with the reason; handlers run once the undo time is over."""

    reference: str
    code: str
    verification_id: int
    decision_id: int
    round: int
    reason: str
    message: str


@event("rightsholders.right.decision_undone")
@dataclass(frozen=True)
class RightDecisionUndone(DomainEvent):
    """A verifier took a decision about a right back before it had any effect."""

    reference: str
    code: str
    round: int


@event("rightsholders.right.withdrawn")
@dataclass(frozen=True)
class RightWithdrawn(DomainEvent):
    """The rights holder took a right out of the library; nothing new can be based on it."""

    reference: str
    code: str

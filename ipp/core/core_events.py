"""Events of the ground floor."""

from __future__ import annotations

from dataclasses import dataclass

from ipp.core.events import DomainEvent, event


@event("core.organization.registered")
@dataclass(frozen=True)
class OrganizationRegistered(DomainEvent):
    """Somebody opened an account for an organization."""

    kind: str
    account_kind: str


@event("core.api_key.created")
@dataclass(frozen=True)
class ApiKeyCreated(DomainEvent):
    """A machine got a credential."""

    key: str
    key_name: str
    scopes: list[str]


@event("core.api_key.revoked")
@dataclass(frozen=True)
class ApiKeyRevoked(DomainEvent):
    """A machine's credential ended."""

    key: str
    key_name: str


@event("core.calendar.day_entered")
@dataclass(frozen=True)
class CalendarDayEntered(DomainEvent):
    """The platform corrected a business calendar."""

    calendar: str
    day: str
    is_working: bool
    note: str


@event("core.delivery.retried")
@dataclass(frozen=True)
class DeliveryRetried(DomainEvent):
    """Operations made a dead letter due again."""

    delivery: str
    handler: str


@event("core.role_policy.changed")
@dataclass(frozen=True)
class RolePolicyChanged(DomainEvent):
    """What a role must prove changed."""

    role: str
    mfa_required: bool


@event("core.mail.retried")
@dataclass(frozen=True)
class MailRetried(DomainEvent):
    """Operations made a dead mail due again."""

    mail: str


@event("core.staff.added")
@dataclass(frozen=True)
class StaffAdded(DomainEvent):
    """The platform got another account."""

    email: str
    role: str


@event("core.account.disabled")
@dataclass(frozen=True)
class AccountDisabled(DomainEvent):
    """A person's access ended: sign-in, sessions and keys."""

    email: str

"""Tables of the ground floor, one module per root record."""

from __future__ import annotations

from ipp.core.models.accounts import AccountKind, Membership, Organization, OrganizationKind, Role, RolePolicy, Session, User
from ipp.core.models.base import Coded, Recorded
from ipp.core.models.clocks import CalendarDay, Clock, ClockPause
from ipp.core.models.events import Delivery, Event, Heartbeat
from ipp.core.models.files import StoredFile, StoredPage
from ipp.core.models.keys import ApiKey, IdempotencyRecord
from ipp.core.models.notices import Notification, OutgoingMail

__all__ = [
    "AccountKind",
    "ApiKey",
    "CalendarDay",
    "Clock",
    "ClockPause",
    "Coded",
    "Delivery",
    "Event",
    "Heartbeat",
    "IdempotencyRecord",
    "Membership",
    "Notification",
    "Organization",
    "OrganizationKind",
    "OutgoingMail",
    "Recorded",
    "Role",
    "RolePolicy",
    "Session",
    "StoredFile",
    "StoredPage",
    "User",
]

"""REST endpoints of rights holders: `identity` (organization, files, verifications, events) and `rights`."""

from __future__ import annotations

from rightsholders.api.identity import (
    EventsView,
    FilesView,
    OrganizationView,
    VerificationsView,
    VerificationView,
    WithdrawView,
)
from rightsholders.api.rights import RightsView, RightView, RightWithdrawView

__all__ = [
    "EventsView",
    "FilesView",
    "OrganizationView",
    "RightView",
    "RightWithdrawView",
    "RightsView",
    "VerificationView",
    "VerificationsView",
    "WithdrawView",
]

"""REST endpoints of takedowns, by what they are about."""

from takedowns.api.complaints import (
    AnswerView,
    ComplaintsView,
    ComplaintView,
    LinksView,
    ListingsView,
    MarketplacesView,
    PreflightView,
    ReasonCodesView,
    RejectionCodesView,
    WithdrawView,
)

__all__ = [
    "AnswerView",
    "ComplaintView",
    "ComplaintsView",
    "LinksView",
    "ListingsView",
    "MarketplacesView",
    "PreflightView",
    "ReasonCodesView",
    "RejectionCodesView",
    "WithdrawView",
]

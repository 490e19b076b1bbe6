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
from takedowns.api.counter_notices import AcceptView, AnswerReasonsView, CounterNoticesView, CounterNoticeView, RejectView
from takedowns.api.notices import CounterGroundsView, CounterNoticesOfNoticeView, NoticesView, NoticeView

__all__ = [
    "AcceptView",
    "AnswerReasonsView",
    "AnswerView",
    "ComplaintView",
    "ComplaintsView",
    "CounterGroundsView",
    "CounterNoticeView",
    "CounterNoticesOfNoticeView",
    "CounterNoticesView",
    "LinksView",
    "ListingsView",
    "MarketplacesView",
    "NoticeView",
    "NoticesView",
    "PreflightView",
    "ReasonCodesView",
    "RejectView",
    "RejectionCodesView",
    "WithdrawView",
]

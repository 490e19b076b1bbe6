"""Complaints and what belongs to them, one module per root record."""

from __future__ import annotations

from takedowns.models.complaints import Complaint, ComplaintDraft, DraftFile, Evidence, ReportedListing, Transition
from takedowns.models.disputes import CounterNotice, CounterNoticeAnswer, CounterNoticeListing, Exhibit, SellerNotice
from takedowns.models.leads import Lead
from takedowns.models.reference import DisputeCode, ReasonCode, RejectionCode
from takedowns.models.review import Decision, Finding, FindingResult, PrivateFinding, ReviewNote, StatementOfReasons

__all__ = [
    "Complaint",
    "ComplaintDraft",
    "CounterNotice",
    "CounterNoticeAnswer",
    "CounterNoticeListing",
    "Decision",
    "DisputeCode",
    "DraftFile",
    "Evidence",
    "Exhibit",
    "Finding",
    "FindingResult",
    "Lead",
    "PrivateFinding",
    "ReasonCode",
    "RejectionCode",
    "ReportedListing",
    "ReviewNote",
    "SellerNotice",
    "StatementOfReasons",
    "Transition",
]

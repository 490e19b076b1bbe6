"""Complaints and what belongs to them, one module per root record."""

from __future__ import annotations

from takedowns.models.complaints import Complaint, ComplaintDraft, DraftFile, Evidence, ReportedListing, Transition
from takedowns.models.leads import Lead
from takedowns.models.reference import ReasonCode, RejectionCode
from takedowns.models.review import Decision, Finding, FindingResult, PrivateFinding, ReviewNote, StatementOfReasons

__all__ = [
    "Complaint",
    "ComplaintDraft",
    "Decision",
    "DraftFile",
    "Evidence",
    "Finding",
    "FindingResult",
    "Lead",
    "PrivateFinding",
    "ReasonCode",
    "RejectionCode",
    "ReportedListing",
    "ReviewNote",
    "StatementOfReasons",
    "Transition",
]

"""Use cases of rights holders: the applicant's side in `applying` and `rights`, the verification desk's in `verifying`."""

from __future__ import annotations

from rightsholders.services.applying import (
    PaperDetails,
    answer_question,
    submit_identity_paper,
    withdraw_verification,
)
from rightsholders.services.right_details import DocumentUpload, RightDetails
from rightsholders.services.rights import add_right, answer_right_question, withdraw_right
from rightsholders.services.verifying import (
    approve_verification,
    ask_for_information,
    carry_out_decision,
    claim_verification,
    next_verification,
    refuse_verification,
    release_claims,
    release_verification,
    undo_decision,
)

__all__ = [
    "DocumentUpload",
    "PaperDetails",
    "RightDetails",
    "add_right",
    "answer_question",
    "answer_right_question",
    "approve_verification",
    "ask_for_information",
    "carry_out_decision",
    "claim_verification",
    "next_verification",
    "refuse_verification",
    "release_claims",
    "release_verification",
    "submit_identity_paper",
    "undo_decision",
    "withdraw_right",
    "withdraw_verification",
]

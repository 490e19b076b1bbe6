"""Pages of rights holders: identity (`applicant`), the rights library (`library`) and the verification desk (`desk`)."""

from __future__ import annotations

from rightsholders.views.applicant import answer_question, send_paper, start, verification, withdraw
from rightsholders.views.desk import (
    approve,
    ask,
    case,
    claim,
    holders,
    queue,
    refuse,
    release,
    take_next,
    undo,
)
from rightsholders.views.library import add_right, answer_right, choose_right, right, rights, withdraw_right

__all__ = [
    "add_right",
    "answer_question",
    "answer_right",
    "approve",
    "ask",
    "case",
    "choose_right",
    "claim",
    "holders",
    "queue",
    "refuse",
    "release",
    "right",
    "rights",
    "send_paper",
    "start",
    "take_next",
    "undo",
    "verification",
    "withdraw",
    "withdraw_right",
]

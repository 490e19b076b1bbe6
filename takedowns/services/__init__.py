"""The use cases of complaints: every write."""

from __future__ import annotations

from takedowns.services.checking import Checked, CheckedRow, Filing, check_links
from takedowns.services.claiming import ask_for_information, claim_complaint, next_complaint, release_complaint, release_expired, write_note
from takedowns.services.deciding import decide_by_rule, decide_listings, rejections_in_force, undo_decision
from takedowns.services.drafts import attach_file, detach_file, discard_draft, file_draft, filing_of, own_draft, save_draft, start_draft
from takedowns.services.effects import carry_out_decision, carry_out_withdrawal, note_actions
from takedowns.services.filing import Filed, file_complaint, preflight
from takedowns.services.leads import receive_lead
from takedowns.services.screening import note_sightings, screen_complaint
from takedowns.services.withdrawing import answer_question, withdraw_listings

__all__ = [
    "Checked",
    "CheckedRow",
    "Filed",
    "Filing",
    "answer_question",
    "ask_for_information",
    "attach_file",
    "carry_out_decision",
    "carry_out_withdrawal",
    "check_links",
    "claim_complaint",
    "decide_by_rule",
    "decide_listings",
    "detach_file",
    "discard_draft",
    "file_complaint",
    "file_draft",
    "filing_of",
    "next_complaint",
    "note_actions",
    "note_sightings",
    "own_draft",
    "preflight",
    "receive_lead",
    "rejections_in_force",
    "release_complaint",
    "release_expired",
    "save_draft",
    "screen_complaint",
    "start_draft",
    "undo_decision",
    "withdraw_listings",
    "write_note",
]

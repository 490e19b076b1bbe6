"""The use cases of complaints: every write."""

from __future__ import annotations

from takedowns.services.adjudicating import (
    adjudicate,
    carry_out_ruling,
    claim_dispute,
    decided_before,
    next_dispute,
    overturn_listings,
    release_dispute,
    release_expired_disputes,
    rulings_in_force,
    undo_ruling,
)
from takedowns.services.answering import (
    accept_counter_notice,
    answer_reasons_in_force,
    own_counter_notice,
    reject_counter_notice,
)
from takedowns.services.checking import Checked, CheckedRow, Filing, check_links
from takedowns.services.claiming import ask_for_information, claim_complaint, next_complaint, release_complaint, release_expired, write_note
from takedowns.services.closing import close_windows
from takedowns.services.countering import (
    Answer,
    answer_errors,
    file_counter_notice,
    grounds_in_force,
    own_notice,
    take_in_counter_notice,
)
from takedowns.services.deciding import decide_by_rule, decide_listings, rejections_in_force, undo_decision
from takedowns.services.drafts import attach_file, detach_file, discard_draft, file_draft, filing_of, own_draft, save_draft, start_draft
from takedowns.services.effects import carry_out_decision, carry_out_withdrawal, note_actions
from takedowns.services.filing import Filed, file_complaint, preflight
from takedowns.services.leads import receive_lead
from takedowns.services.notifying import deliver_notices, find_shops, send_notices
from takedowns.services.screening import note_sightings, screen_complaint
from takedowns.services.withdrawing import answer_question, withdraw_listings

__all__ = [
    "Answer",
    "Checked",
    "CheckedRow",
    "Filed",
    "Filing",
    "accept_counter_notice",
    "adjudicate",
    "answer_errors",
    "answer_question",
    "answer_reasons_in_force",
    "ask_for_information",
    "attach_file",
    "carry_out_decision",
    "carry_out_ruling",
    "carry_out_withdrawal",
    "check_links",
    "claim_complaint",
    "claim_dispute",
    "close_windows",
    "decide_by_rule",
    "decide_listings",
    "decided_before",
    "deliver_notices",
    "detach_file",
    "discard_draft",
    "file_complaint",
    "file_counter_notice",
    "file_draft",
    "filing_of",
    "find_shops",
    "grounds_in_force",
    "next_complaint",
    "next_dispute",
    "note_actions",
    "note_sightings",
    "overturn_listings",
    "own_counter_notice",
    "own_draft",
    "own_notice",
    "preflight",
    "receive_lead",
    "reject_counter_notice",
    "rejections_in_force",
    "release_complaint",
    "release_dispute",
    "release_expired",
    "release_expired_disputes",
    "rulings_in_force",
    "save_draft",
    "screen_complaint",
    "send_notices",
    "start_draft",
    "take_in_counter_notice",
    "undo_decision",
    "undo_ruling",
    "withdraw_listings",
    "write_note",
]

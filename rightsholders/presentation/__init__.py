"""How rights holders' states, events and findings read on pages: `identity`, `rights`, and the desk's view of either in `cases`."""

from __future__ import annotations

from rightsholders.presentation.cases import CaseView, FileView, examined, file_views, subject_word
from rightsholders.presentation.identity import (
    AXIS,
    PAGE,
    TypedLine,
    beside_the_paper,
    findings,
    first_steps,
    identity_facts,
    paper_facts,
    paper_word,
)
from rightsholders.presentation.rights import (
    RIGHT_AXIS,
    expiry_face,
    right_facts,
    right_findings,
    right_steps,
    shown_status,
    territory_words,
)

__all__ = [
    "AXIS",
    "PAGE",
    "RIGHT_AXIS",
    "CaseView",
    "FileView",
    "TypedLine",
    "beside_the_paper",
    "examined",
    "expiry_face",
    "file_views",
    "findings",
    "first_steps",
    "identity_facts",
    "paper_facts",
    "paper_word",
    "right_facts",
    "right_findings",
    "right_steps",
    "shown_status",
    "subject_word",
    "territory_words",
]

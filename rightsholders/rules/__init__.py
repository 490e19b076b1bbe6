"""Pure rules of rights holders: who one is (`identity`), what a number looks like (`numbers`), where and when a right holds (`rights`)."""

from __future__ import annotations

from rightsholders.rules.identity import (
    CLAIM_MINUTES,
    IDENTITY_BUSINESS_DAYS,
    MAX_CLAIMS,
    PAPERS,
    names_agree,
    papers_for,
)
from rightsholders.rules.numbers import (
    NumberProblem,
    Office,
    check_digit,
    normalize_number,
    number_problems,
    office,
    offices_for,
)
from rightsholders.rules.rights import (
    BERNE,
    EU_MEMBERS,
    RIGHT_BUSINESS_DAYS,
    covers,
    expand_territories,
    expiry_by_term,
    is_examined,
    is_in_force,
    term_of,
)

__all__ = [
    "BERNE",
    "CLAIM_MINUTES",
    "EU_MEMBERS",
    "IDENTITY_BUSINESS_DAYS",
    "MAX_CLAIMS",
    "PAPERS",
    "RIGHT_BUSINESS_DAYS",
    "NumberProblem",
    "Office",
    "check_digit",
    "covers",
    "expand_territories",
    "expiry_by_term",
    "is_examined",
    "is_in_force",
    "names_agree",
    "normalize_number",
    "number_problems",
    "office",
    "offices_for",
    "papers_for",
    "term_of",
]

"""Pure rules of proving who one is: which papers count for whom, and how long a check may take."""

from __future__ import annotations

IDENTITY_BUSINESS_DAYS = 3
"""Promise for checking an identity paper (domain.md 11, `verification.identity_bd`)."""

CLAIM_MINUTES = 15
"""How long a verifier holds a case without touching it (reliability.md B12)."""

MAX_CLAIMS = 10
"""How many cases one verifier may hold at once (reliability.md B12)."""

PAPERS: dict[str, tuple[str, ...]] = {
    "individual": ("passport", "driving_licence", "identity_card"),
    "entity": ("business_licence",),
}
"""Papers that prove an identity by kind of account (domain.md 2.2, requirement ACC-03)."""


def papers_for(account_kind: str) -> tuple[str, ...]:
    """Return the kinds of paper accepted from this kind of account."""
    return PAPERS[account_kind]


def names_agree(left: str, right: str) -> bool:
    """Tell whether two names are the same but for case, width, white space and punctuation."""
    return _plain(left) == _plain(right)


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())

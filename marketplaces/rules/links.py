"""The one door to link rules: what a pasted text leads to, without Django, clock or database."""

from __future__ import annotations

from marketplaces.rules.expressions import RulesError
from marketplaces.rules.messages import MESSAGES
from marketplaces.rules.packaged import load_rules, packaged_documents, packaged_rules
from marketplaces.rules.pasted import extract_links, iter_links
from marketplaces.rules.rulebook import LONGEST_LINK, Link, Rulebook

__all__ = [
    "LONGEST_LINK",
    "MESSAGES",
    "Link",
    "Rulebook",
    "RulesError",
    "extract_links",
    "iter_links",
    "load_rules",
    "packaged_documents",
    "packaged_rules",
]

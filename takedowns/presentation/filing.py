"""How a complaint being filed reads: the right it rests on, its steps, and what was brought."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from ipp.core.ui import Fact, Step, exact_day, exact_moment, zone_name
from rightsholders.models import Right
from takedowns.models import Complaint, ComplaintDraft, ReasonCode


def right_line(right: Right) -> str:
    """Return what tells a right from the others: its type, number, reach and end."""
    parts = [str(right.get_kind_display())]
    if right.number:
        parts.append(f"{right.office} {right.number}".strip())
    parts.append(reach_of(right))
    if right.expires_on:
        parts.append(_("in force until %(day)s") % {"day": exact_day(right.expires_on)})
    return " · ".join(parts)


def reach_of(right: Right) -> str:
    """Return where a right holds, in a few words."""
    if "*" in right.territories:
        return _("every country of the Berne Convention")
    shown = ", ".join(right.territories[:6])
    more = len(right.territories) - 6
    return _("%(countries)s and %(count)s more") % {"countries": shown, "count": more} if more > 0 else shown


def why_unusable(right: Right, today: date) -> str:
    """Return why no complaint can be based on a right today; empty for one that can be used."""
    words = {
        "waiting": _("Not confirmed yet: a verifier is checking it. You are told as soon as it can be used."),
        "information_asked": _("Not confirmed yet: a verifier asked you something about it. Answer first."),
        "refused": _("Not accepted. Its page says why and what would pass."),
        "withdrawn": _("You took it out of the library."),
    }
    if right.status != "validated":
        return words.get(right.status, _("Not confirmed yet."))
    if right.expires_on is not None and right.expires_on < today:
        return _("Ended on %(day)s. Add its renewal to the library.") % {"day": exact_day(right.expires_on)}
    if right.registered_on is not None and right.registered_on > today:
        return _("In force only from %(day)s.") % {"day": exact_day(right.registered_on)}
    return ""


# -- filing -----------------------------------------------------------------------------------------------------------------
STEPS = (
    ("right", _l("Right")),
    ("reason", _l("Reason")),
    ("links", _l("Listings")),
    ("evidence", _l("Evidence")),
    ("sign", _l("Check and sign")),
)


def filing_steps(current: str, url_of: Callable[[str], str], reached: int, *, lacking: Collection[str] = ()) -> list[Step]:
    """Return the five steps of filing: those up to `reached` can be opened, those `lacking` something are not done."""
    steps = []
    for number, (name, label) in enumerate(STEPS):
        state = "current" if name == current else "done" if number < reached and name not in lacking else "next"
        is_open = number <= reached and name != current
        steps.append(Step(label, state, url_of(name) if is_open else ""))  # type: ignore[arg-type]
    return steps


def draft_words(draft: ComplaintDraft) -> str:
    """Return how far a draft has come: its reason, and how many links stand in it."""
    parts = [draft.reason.label(get_language() or "en")] if draft.reason is not None else []
    if count := len(draft.links.splitlines()):
        parts.append(ngettext("%(count)s link", "%(count)s links", count) % {"count": count})
    return " · ".join(parts)


def requirement_word(item: Mapping[str, Any]) -> str:
    """Return what a requirement of a reason asks for, in the reader's language."""
    return str(item["zh"] if (get_language() or "en").startswith("zh") else item["en"])


def evidence_facts(reason: ReasonCode, tier: str, statements: Mapping[str, Any], files: Mapping[str, Sequence[str]]) -> list[Fact]:
    """Return what was brought for each requirement; what is missing and optional is left out."""
    facts = []
    for item in reason.requirements(tier):
        key, kind = item["key"], item["kind"]
        if kind == "file":
            value: object = ", ".join(files.get(key, ()))
        elif kind == "tick":
            value = _("Yes") if statements.get(key) else ""
        elif kind == "date" and statements.get(key):
            value = exact_day(date.fromisoformat(statements[key]))
        else:
            value = statements.get(key, "")
        facts.append(Fact(requirement_word(item), value))
    return facts


def filing_facts(complaint: Complaint) -> list[Fact]:
    """Return the rest of what was filed: explanation, days, signature, and the answer to a question."""
    return [
        Fact(_("Explanation"), complaint.explanation),
        Fact(_("Your answer"), complaint.answer),
        Fact(_("Seen on"), exact_day(complaint.seen_on)),
        Fact(_("Filed"), f"{exact_moment(complaint.filed_at)} {zone_name()}"),
        Fact(_("Signed by"), complaint.signed_name, complaint.signed_role),
    ]


# -- following --------------------------------------------------------------------------------------------------------------

"""How the proof of identity reads on pages: its states, its story, the paper, and what the machine found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from ipp.core.countries import country_choices
from ipp.core.models import Organization
from ipp.core.navigation import Link, add_group
from ipp.core.timeline import Sentence, register_sentences
from ipp.core.ui import Fact, StateBadge, Step, exact_day, register_states
from marketplaces.presentation import is_seller
from rightsholders.lifecycle import Status
from rightsholders.models import IdentityPaper, PaperKind, Verification
from rightsholders.queries import Finding, desk_queue, same_files_elsewhere
from rightsholders.rules import names_agree, papers_for

AXIS = "rightsholders.verification"
PAGE = "rightsholders:verification"

register_states(
    {
        AXIS: {
            Status.SUBMITTED: StateBadge(_l("In the queue"), "info", "hourglass"),
            Status.IN_REVIEW: StateBadge(_l("Being checked"), "info", "progress"),
            Status.INFORMATION_ASKED: StateBadge(_l("Information asked"), "warn", "player-pause"),
            Status.APPROVED: StateBadge(_l("Verified"), "ok", "shield-check"),
            Status.REFUSED: StateBadge(_l("Refused"), "bad", "circle-x"),
            Status.WITHDRAWN: StateBadge(_l("Withdrawn"), "mute", "arrow-back-up"),
        }
    }
)

register_sentences(
    {
        "rightsholders.verification.submitted": Sentence(
            lambda facts: _("sent in for a check: %(paper)s") % {"paper": paper_word(facts.get("paper_kind", ""))}, "send", "info"
        ),
        "rightsholders.verification.received": Sentence(
            lambda facts: _("Your paper arrived (%(reference)s); the check has begun") % facts, "circle-check", "ok", page=PAGE
        ),
        "rightsholders.verification.information_asked": Sentence(
            lambda facts: _("asked for something more; the clock stands still"), "player-pause", "warn", "message", PAGE
        ),
        "rightsholders.verification.answered": Sentence(
            lambda facts: _("answered with another paper: %(paper)s") % {"paper": paper_word(facts.get("paper_kind", ""))}, "send", "info"
        ),
        "rightsholders.verification.approved": Sentence(
            lambda facts: _("found the paper good; the organization is verified"), "shield-check", "ok", "message", PAGE
        ),
        "rightsholders.verification.refused": Sentence(lambda facts: _("could not accept the paper"), "circle-x", "bad", "message", PAGE),
        "rightsholders.verification.decision_undone": Sentence(
            lambda facts: _("took the decision back before it had any effect"), "arrow-back-up", "mute"
        ),
        "rightsholders.verification.withdrawn": Sentence(lambda facts: _("took the paper back"), "arrow-back-up", "mute"),
    }
)


def _queue_length() -> int:
    return desk_queue().order_by()[:1000].count()


def owns_rights(organization: Organization | None) -> bool:
    """Tell whether an organization is here with rights rather than with shops; a seller proves nothing but its shops."""
    return not is_seller(organization)


def _is_unverified(organization: Organization | None) -> bool:
    return organization is not None and organization.verified_at is None and owns_rights(organization)


add_group(
    "portal",
    (
        _l("Identity"),
        (
            Link("rightsholders:identity", _l("Where it stands"), "fingerprint", exact=True, shown=owns_rights),
            Link("rightsholders:send_paper", _l("Send a paper"), "id", shown=_is_unverified),
        ),
    ),
    position=1,
)
add_group(
    "staff",
    (
        "",
        (
            Link("rightsholders:queue", _l("Verification"), "certificate", count=_queue_length, due=True),
            Link("rightsholders:holders", _l("Rights holders"), "users"),
        ),
    ),
    position=0,
)


def paper_word(kind: str) -> str:
    """Return the kind of a paper in words; unknown kinds stand for themselves."""
    return str(dict(PaperKind.choices).get(kind, kind))


@dataclass(frozen=True)
class TypedLine:
    """What the applicant typed into one field, with what the machine found about it: `tone` is empty where it found nothing."""

    label: str
    value: object
    tone: str = ""
    text: str = ""


def paper_facts(paper: IdentityPaper) -> list[Fact]:
    """Return what the applicant typed, for reading beside the paper."""
    return [
        Fact(_("Paper"), paper_word(paper.kind)),
        Fact(_("Name"), paper.holder_name),
        Fact(_("Number"), paper.number, is_ref=True),
        Fact(_("Issued in"), dict(country_choices()).get(paper.country, paper.country)),
        Fact(_("Valid until"), exact_day(paper.expires_on) if paper.expires_on else ""),
    ]


def identity_facts(organization: Organization, verification: Verification) -> list[Fact]:
    """Return the identity that was proven: since when, and by which paper."""
    since = timezone.localtime(organization.verified_at).date() if organization.verified_at else None
    return [Fact(_("Verified since"), exact_day(since) if since else ""), *paper_facts(verification.identity_paper)]


def first_steps(organization: Organization, *, is_sent: bool) -> list[Step]:
    """Return the way from a new account to a proven identity; `is_sent` says that a paper is on its way through the check."""
    verified = organization.verified_at is not None
    return [
        Step(_("Open the account"), "done"),
        Step(_("Send an identity paper"), "done" if is_sent or verified else "current"),
        Step(_("A person checks it, within three business days"), "done" if verified else "current" if is_sent else "next"),
        Step(_("You are verified"), "done" if verified else "next"),
    ]


def findings(verification: Verification, now: datetime) -> list[Finding]:
    """Return what the machine saw, for the verifier: it warns, it never decides."""
    paper, organization = verification.identity_paper, verification.organization
    found = []
    if names_agree(paper.holder_name, organization.name):
        found.append(Finding("ok", _("Name"), _("Same as the account's name.")))
    else:
        found.append(Finding("warn", _("Name"), _("The account is called %(name)s. Compare with the paper.") % {"name": organization.name}))
    if paper.kind not in papers_for(organization.account_kind):
        found.append(Finding("warn", _("Paper"), _("This kind of paper is not usual for this kind of account.")))
    if paper.expires_on is not None:
        good = paper.expires_on >= now.date()
        text = _("Not expired.") if good else _("Expired since it was sent in.")
        found.append(Finding("ok" if good else "warn", _("Valid until"), text))
    if same_files_elsewhere([paper.file]):
        found.append(Finding("warn", _("File"), _("Another account sent in the very same file. Do not tell either of the other.")))
    else:
        found.append(Finding("ok", _("File"), _("Nobody else ever sent this file.")))
    if paper.file.scan == "unscanned":
        found.append(Finding("warn", _("Scan"), _("No virus scanner is set up. You see re-made pictures only, never the file itself.")))
    return found


def beside_the_paper(paper: IdentityPaper, found: Sequence[Finding]) -> tuple[list[TypedLine], list[Finding]]:
    """Return each typed value with the finding about it, and the findings that are about no typed value."""
    by_label = {finding.label: finding for finding in found}
    lines = []
    for fact in paper_facts(paper):
        about = by_label.pop(str(fact.label), None)
        if fact.value:
            lines.append(TypedLine(str(fact.label), fact.value, about.tone if about else "", about.text if about else ""))
    return lines, list(by_label.values())

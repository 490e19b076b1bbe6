"""How rights holders' states, events and findings read on pages."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from ipp.core.countries import country_choices
from ipp.core.models import Organization
from ipp.core.navigation import Link, add_group
from ipp.core.timeline import Sentence, register_sentences
from ipp.core.ui import Fact, StateBadge, Step, exact_day, register_states
from rightsholders.lifecycle import Status
from rightsholders.models import IdentityPaper, PaperKind, Verification
from rightsholders.queries import Finding, desk_queue, same_file_elsewhere
from rightsholders.rules import names_agree, papers_for

AXIS = "rightsholders.verification"

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
            lambda facts: _("Sent in for a check: %(paper)s") % {"paper": paper_word(facts.get("paper_kind", ""))}, "send", "info"
        ),
        "rightsholders.verification.received": Sentence(
            lambda facts: _("Your paper arrived (%(reference)s); the check has begun") % facts, "circle-check", "ok"
        ),
        "rightsholders.verification.information_asked": Sentence(
            lambda facts: _("Asked for something more; the clock stands still"), "player-pause", "warn", "message"
        ),
        "rightsholders.verification.answered": Sentence(
            lambda facts: _("Answered with another paper: %(paper)s") % {"paper": paper_word(facts.get("paper_kind", ""))}, "send", "info"
        ),
        "rightsholders.verification.approved": Sentence(
            lambda facts: _("Found the paper good; the organization is verified"), "shield-check", "ok", "message"
        ),
        "rightsholders.verification.refused": Sentence(lambda facts: _("Could not accept the paper"), "circle-x", "bad", "message"),
        "rightsholders.verification.decision_undone": Sentence(
            lambda facts: _("Took the decision back before it had any effect"), "arrow-back-up", "mute"
        ),
        "rightsholders.verification.withdrawn": Sentence(lambda facts: _("Took the paper back"), "arrow-back-up", "mute"),
    }
)


def _queue_length() -> int:
    return desk_queue().order_by()[:1000].count()


add_group("portal", (_l("Identity"), (Link("rightsholders:send_paper", _l("Send a paper"), "id"),)), position=1)
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


def paper_facts(paper: IdentityPaper) -> list[Fact]:
    """Return what the applicant typed, for reading beside the paper."""
    return [
        Fact(_("Paper"), paper_word(paper.kind)),
        Fact(_("Name"), paper.holder_name),
        Fact(_("Number"), paper.number),
        Fact(_("Issued in"), dict(country_choices()).get(paper.country, paper.country)),
        Fact(_("Valid until"), exact_day(paper.expires_on) if paper.expires_on else ""),
    ]


def first_steps(organization: Organization, *, has_paper: bool) -> list[Step]:
    """Return the way from a new account to the first complaint, with where the organization stands on it."""
    verified = organization.verified_at is not None
    return [
        Step(_("Open the account"), "done"),
        Step(_("Send an identity paper"), "done" if has_paper or verified else "current"),
        Step(_("A person checks it, within three business days"), "done" if verified else "current" if has_paper else "next"),
        Step(_("Store your rights and file complaints"), "current" if verified else "next"),
    ]


def findings(verification: Verification, now: datetime) -> list[Finding]:
    """Return what the machine saw, for the verifier: it warns, it never decides."""
    paper, organization = verification.paper, verification.organization
    found = []
    if names_agree(paper.holder_name, organization.name):
        found.append(Finding("ok", _("Name"), _("Same as the account's name.")))
    else:
        found.append(Finding("warn", _("Name"), _("The account is called %(name)s. Compare with the paper.") % {"name": organization.name}))
    if paper.kind not in papers_for(organization.account_kind):
        found.append(Finding("warn", _("Kind"), _("This kind of paper is not usual for this kind of account.")))
    if paper.expires_on is not None:
        good = paper.expires_on >= now.date()
        text = _("Not expired.") if good else _("Expired since it was sent in.")
        found.append(Finding("ok" if good else "warn", _("Valid until"), text))
    if same_file_elsewhere(paper):
        found.append(Finding("warn", _("File"), _("Another account sent in the very same file. Do not tell either of the other.")))
    else:
        found.append(Finding("ok", _("File"), _("Nobody else ever sent this file.")))
    if paper.file.scan == "unscanned":
        found.append(Finding("warn", _("Scan"), _("No virus scanner is set up. You see re-made pictures only, never the file itself.")))
    return found

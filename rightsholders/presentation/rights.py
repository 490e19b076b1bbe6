"""How rights read on pages: their states, their story, what was typed, and what the machine found about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from ipp.core.countries import country_choices
from ipp.core.navigation import Link, add_group
from ipp.core.timeline import Sentence, register_sentences
from ipp.core.ui import ClockFace, Fact, StateBadge, Step, exact_day, register_states
from rightsholders.lifecycle import UNDER_CHECK, RightStatus
from rightsholders.models import Right, RightDocument, RightKind
from rightsholders.presentation.classes import LOCARNO, NICE
from rightsholders.presentation.identity import owns_rights
from rightsholders.queries import Finding, same_files_elsewhere, same_number_elsewhere
from rightsholders.rules import BERNE, expiry_by_term, is_in_force, names_agree, number_problems, office, term_of
from rightsholders.services.right_details import problem_words

RIGHT_AXIS = "rightsholders.right"
RIGHT_PAGE = "rightsholders:right"
EXPIRED = "expired"
"""How a validated right past its last day is shown; the status itself does not change with the calendar."""

SOON_DAYS = 90
"""From when on an expiry asks for attention (domain.md 4.4: reminders at 180, 90, 30 days)."""

TERM_SLACK_DAYS = 2
"""How far a typed expiry may lie from the usual term without a finding: offices count the last day differently."""

register_states(
    {
        RIGHT_AXIS: {
            RightStatus.WAITING: StateBadge(_l("Being checked"), "info", "hourglass"),
            RightStatus.INFORMATION_ASKED: StateBadge(_l("Waiting for you"), "warn", "player-pause"),
            RightStatus.VALIDATED: StateBadge(_l("Validated"), "ok", "shield-check"),
            RightStatus.REFUSED: StateBadge(_l("Refused"), "bad", "circle-x"),
            RightStatus.WITHDRAWN: StateBadge(_l("Withdrawn"), "mute", "arrow-back-up"),
            EXPIRED: StateBadge(_l("Expired"), "bad", "calendar-x"),
        }
    }
)

register_sentences(
    {
        "rightsholders.right.added": Sentence(
            lambda facts: _("added a right: %(name)s") % {"name": facts.get("right_name", "")}, "file-plus", "info"
        ),
        "rightsholders.right.received": Sentence(
            lambda facts: _("Your right arrived (%(reference)s); the check has begun") % facts, "circle-check", "ok", page=RIGHT_PAGE
        ),
        "rightsholders.right.information_asked": Sentence(
            lambda facts: _("asked for something more; the clock stands still"), "player-pause", "warn", "message", RIGHT_PAGE
        ),
        "rightsholders.right.answered": Sentence(lambda facts: _answered(int(facts.get("documents", 0))), "send", "info", "message"),
        "rightsholders.right.validated": Sentence(
            lambda facts: _("found the right good; it can be used for complaints"), "shield-check", "ok", "message", RIGHT_PAGE
        ),
        "rightsholders.right.refused": Sentence(lambda facts: _("could not accept the right"), "circle-x", "bad", "message", RIGHT_PAGE),
        "rightsholders.right.decision_undone": Sentence(
            lambda facts: _("took the decision back before it had any effect"), "arrow-back-up", "mute"
        ),
        "rightsholders.right.withdrawn": Sentence(lambda facts: _("took the right out of the library"), "arrow-back-up", "mute"),
    }
)

add_group("portal", (_l("Rights"), (Link("rightsholders:rights", _l("Rights library"), "certificate", shown=owns_rights),)), position=1)


def shown_status(right: Right, today: date) -> str:
    """Return the state to show: a validated right past its last day reads as expired."""
    is_over = right.status == RightStatus.VALIDATED and not is_in_force(None, right.expires_on, today)
    return EXPIRED if is_over else right.status


def expiry_face(right: Right, today: date) -> ClockFace | None:
    """Return how long a right still holds as a clock, or None where no end is known."""
    if right.expires_on is None:
        return None
    left = (right.expires_on - today).days
    if left < 0:
        return ClockFace("late", _("Expired"), exact_day(right.expires_on), 1.0)
    whole = (right.expires_on - (right.registered_on or right.created_at.date())).days
    share = min(1.0, left / whole) if whole > 0 else 0.0
    return ClockFace("soon" if left <= SOON_DAYS else "ok", _time_left(left), exact_day(right.expires_on), share)


def territory_words(territories: Iterable[str]) -> str:
    """Return where a right holds, in words."""
    names = dict(country_choices()) | {"EU": _("European Union"), BERNE: _("All countries of the Berne convention")}
    return ", ".join(names.get(code, code) for code in territories)


def right_facts(right: Right) -> list[Fact]:
    """Return what the rights holder typed; facts that a kind does not have are left out."""
    return [
        Fact(_("Kind"), right.get_kind_display()),
        Fact(_name_label(right.kind), right.name),
        Fact(_("Owner"), right.owner_name),
        Fact(_("Office"), _office_words(right)),
        Fact(_("Number"), right.number, is_ref=True),
        Fact(_("Holds in"), territory_words(right.territories)),
        Fact(_("Nice classes"), _nice_words(right.nice_classes)),
        Fact(_("Locarno class"), _locarno_words(right.locarno_class)),
        Fact(_("Goods and services"), right.goods),
        *_work_facts(right),
        Fact(_("Filed on"), _day(right.filed_on)),
        Fact(_registered_label(right.kind), _day(right.registered_on)),
        Fact(_("Holds until"), _day(right.expires_on)),
    ]


def right_steps(right: Right) -> list[Step]:
    """Return the way of a right from the form to its use."""
    validated = right.status == RightStatus.VALIDATED
    return [
        Step(_("Add the right and its documents"), "done"),
        Step(_("A person checks it, within five business days"), "done" if validated else "current"),
        Step(_("Use it for complaints while it is in force"), "current" if validated else "next"),
    ]


def is_under_check(right: Right) -> bool:
    """Tell whether a right waits for a decision or for an answer."""
    return right.status in UNDER_CHECK


def right_findings(right: Right, documents: Sequence[RightDocument], account_name: str, today: date) -> list[Finding]:
    """Return what the machine saw, for the verifier: it warns, it never decides."""
    kinds = {document.kind for document in documents}
    found = [_owner_finding(right, account_name), *_number_findings(right), *_territory_findings(right, kinds)]
    found += [*_class_findings(right, kinds), *_work_findings(right), *_date_findings(right, today), *_file_findings(right, documents)]
    return found


def _owner_finding(right: Right, account_name: str) -> Finding:
    if names_agree(right.owner_name, account_name):
        return Finding("ok", _("Owner"), _("Same as the account's name."))
    return Finding("warn", _("Owner"), _("The account is called %(name)s. Compare with the document.") % {"name": account_name})


def _number_findings(right: Right) -> Iterable[Finding]:
    if not right.number:
        return
    problems = number_problems(right.office, right.kind, right.number)
    if problems:
        yield Finding("warn", _("Number"), " ".join(str(problem_words(problem)) for problem in problems))
    elif right.office == "CNIPA" and right.kind != RightKind.TRADEMARK and not right.normalized_number.startswith("CN"):
        yield Finding("ok", _("Number"), _("Form, kind and check digit fit."))
    else:
        yield Finding("ok", _("Number"), _("Reads as this office writes its numbers."))
    if same_number_elsewhere(right):
        yield Finding("warn", _("Same number"), _("Another account holds the same number. Do not tell either of the other."))


def _territory_findings(right: Right, kinds: set[str]) -> Iterable[Finding]:
    if right.office == "WIPO" and "CN" in right.territories:
        if "extension" in kinds:
            yield Finding("ok", _("Holds in"), _("A proof of extension to China was sent; check that it is CNIPA's."))
        else:
            yield Finding("warn", _("Holds in"), _("China needs the certificate of CNIPA about the extension; none was sent."))


def _class_findings(right: Right, kinds: set[str]) -> Iterable[Finding]:
    if right.kind == RightKind.TRADEMARK:
        sent = "classes" in kinds
        text = _("Pages showing the classes were sent.") if sent else _("No page showing the classes was named; look for them.")
        yield Finding("ok" if sent else "warn", _("Nice classes"), text)
    if not right.is_examined and right.kind != RightKind.COPYRIGHT:
        has_report = "report" in kinds
        text = _("Granted unexamined; an evaluation report was sent.") if has_report else _("Granted unexamined; no evaluation report.")
        yield Finding("ok" if has_report else "warn", _("Examination"), text)


def _work_findings(right: Right) -> Iterable[Finding]:
    if right.kind == RightKind.COPYRIGHT and not right.details.get("is_registered"):
        yield Finding("warn", _("Registration"), _("Unregistered: the owner claims authorship; weigh the work sample and the dates."))
        if not right.details.get("work_link"):
            yield Finding("warn", _("Link to the work"), _("No link to a publication was given."))


def _date_findings(right: Right, today: date) -> Iterable[Finding]:
    if right.expires_on is None:
        return
    usual = expiry_by_term(right.office, right.kind, filed_on=right.filed_on, registered_on=right.registered_on)
    if not is_in_force(right.registered_on, right.expires_on, today):
        yield Finding("warn", _("Holds until"), _("Expired since it was sent in."))
    elif usual is not None and right.expires_on > usual and (right.expires_on - usual).days > TERM_SLACK_DAYS:
        years, _start = term_of(right.office, right.kind) or (0, "")
        text = _("Later than the first term of %(years)s years, which ends on %(day)s; look for a renewal or an extension.")
        yield Finding("warn", _("Holds until"), text % {"years": years, "day": exact_day(usual)})
    else:
        yield Finding("ok", _("Holds until"), _("In force today; the dates are in order."))


def _file_findings(right: Right, documents: Sequence[RightDocument]) -> Iterable[Finding]:
    if same_files_elsewhere(document.file for document in documents):
        yield Finding("warn", _("File"), _("Another account sent in the very same file. Do not tell either of the other."))
    else:
        yield Finding("ok", _("File"), _("Nobody else ever sent these files."))
    if any(document.file.scan == "unscanned" for document in documents):
        yield Finding("warn", _("Scan"), _("No virus scanner is set up. You see re-made pictures only, never the file itself."))


def _work_facts(right: Right) -> list[Fact]:
    if right.kind != RightKind.COPYRIGHT:
        return []
    details = right.details
    registered = _("registered") if details.get("is_registered") else _("not registered; claimed by its owner")
    return [
        Fact(_("Registration"), registered),
        Fact(_("Author"), details.get("author", "")),
        Fact(_("Made on"), _day(_read(details.get("created_on", "")))),
        Fact(_("First published on"), _day(_read(details.get("published_on", "")))),
        Fact(_("Link to the work"), details.get("work_link", "")),
    ]


def _office_words(right: Right) -> str:
    known = office(right.office)
    return known.name if known else right.office


def _nice_words(classes: Sequence[int]) -> str:
    return "; ".join(f"{number} {NICE[number]}" for number in classes)


def _locarno_words(text: str) -> str:
    return f"{text} {LOCARNO[int(text[:2])]}" if text else ""


def _name_label(kind: str) -> str:
    if kind == RightKind.TRADEMARK:
        return _("Mark")
    return _("Work") if kind == RightKind.COPYRIGHT else _("Title")


def _registered_label(kind: str) -> str:
    return _("Granted on") if kind in (RightKind.UTILITY_MODEL, RightKind.INVENTION) else _("Registered on")


def _time_left(days: int) -> str:
    if days >= 2 * 365:
        years = days // 365
        return ngettext("%(count)s year", "%(count)s years", years) % {"count": years}
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


def _answered(documents: int) -> str:
    words = ngettext("answered with %(count)s document", "answered with %(count)s documents", documents)
    return words % {"count": documents} if documents else _("answered in words")


def _day(day: date | None) -> str:
    return exact_day(day) if day else ""


def _read(text: str) -> date | None:
    return date.fromisoformat(text) if text else None

"""Policies in words: everything a page says of a marketplace's rules is read from the data of one version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from ipp.core.errors import Text
from ipp.core.ui import Fact, exact_day, zone_name
from marketplaces.models import Policy
from penalties import rules
from penalties.models import PenaltyPolicy
from rightsholders.models import RightKind

SEVERITIES: Mapping[str, Text] = {"serious": _l("serious"), "general": _l("general"), "by_decision": _l("as the decision says")}
SILENCES: Mapping[str, Text] = {
    "automatic_withdrawal": _l("If it stays silent, the claim is withdrawn and the listing restored."),
}
REMOVALS: Mapping[str, Text] = {
    "on_accept": _l("as soon as a reviewer accepts the claim"),
    "after_window": _l("when the seller's time to answer is over"),
}
EXCEPTIONS: Mapping[str, Text] = {
    "utility_model": _l("Utility models"),
    "invention": _l("Inventions"),
    "low_trust": _l("Filers whose claims often fell"),
    "unexamined": _l("Rights no office has examined"),
}
DAY_HOURS = 24


@dataclass(frozen=True)
class StepWords:
    """What one strike brings, in words."""

    at: int
    title: str
    text: str
    measures: Sequence[str]
    lesson: str = ""


@dataclass(frozen=True)
class VersionWords:
    """One version in a list of them."""

    version: int
    dates: str
    is_shown: bool
    is_in_force: bool
    url: str


def step_words(step: rules.Step, last: int) -> StepWords:
    """Return what a step brings."""
    lines = [_measure_text(measure, step) for measure in step.measures]
    title = _("Strike %(number)s") % {"number": step.at}
    if step.at == last and last > 1:
        title = _("Strike %(number)s and every one after it") % {"number": step.at}
    return StepWords(step.at, title, " ".join(lines), [measure.value for measure in step.measures], step.lesson)


def steps_of(pack: rules.Pack) -> list[StepWords]:
    """Return the steps of a pack, from the first strike to the last."""
    return [step_words(step, pack.last_step) for step in pack.steps]


def _measure_text(measure: rules.Measure, step: rules.Step) -> str:
    if measure == rules.Measure.WARNING:
        return _("A warning, and a page to read.") if step.lesson else _("A warning.")
    if measure == rules.Measure.RESTRICTION:
        days = ngettext("%(days)s day", "%(days)s days", step.days) % {"days": step.days}
        return _("The shop is restricted for %(days)s: it can be seen, and nothing new can be offered or bought.") % {"days": days}
    return _("The shop is closed, once two people have looked at the record and both agreed.")


def strike_facts(pack: rules.Pack) -> list[Fact]:
    """Return how strikes are counted."""
    return [
        Fact(_("What makes a strike"), _what_counts(pack)),
        Fact(_("What is one strike"), merge_words(pack)),
        Fact(_("How long it counts"), valid_words(pack)),
        *(Fact(_("What is graver"), text) for text in escalation_words(pack)),
        Fact(_("Across rights"), _("Strikes for different rights and different rights holders add up.")),
        Fact(_("When a claim falls later"), _("Its strike and everything that followed from it are taken back, also after a closure.")),
    ]


def merge_words(pack: rules.Pack) -> str:
    """Return which violations are one strike."""
    days = ngettext("%(days)s calendar day", "%(days)s calendar days", pack.merge_days) % {"days": pack.merge_days}
    values = {"days": days, "zone": zone_name(pack.zone)}
    if pack.merge_basis == rules.CONFIRMED:
        text = (
            _("All listings whose claims are confirmed within %(days)s (%(zone)s time), the day of the first one included.")
            if pack.merge_anchor == rules.FIRST
            else _("All listings whose claims are confirmed less than %(days)s (%(zone)s time) after the one before.")
        )
    else:
        text = (
            _("All listings whose complaints were received within %(days)s (%(zone)s time), the day of the first one included.")
            if pack.merge_anchor == rules.FIRST
            else _("All listings whose complaints were received less than %(days)s (%(zone)s time) after the one before.")
        )
    return text % values


def valid_words(pack: rules.Pack) -> str:
    """Return how long a strike counts."""
    days, hours = divmod(pack.valid_hours, DAY_HOURS)
    span = (
        ngettext("%(days)s day of 24 hours", "%(days)s days of 24 hours", days) % {"days": days}
        if not hours
        else ngettext("%(hours)s hour", "%(hours)s hours", pack.valid_hours) % {"hours": pack.valid_hours}
    )
    since = _("the first confirmation") if pack.merge_basis == rules.CONFIRMED else _("the moment its first complaint was received")
    return _("%(span)s from %(since)s.") % {"span": span, "since": since}


def escalation_words(pack: rules.Pack) -> list[str]:
    """Return what makes a strike graver than its number."""
    return [
        _("A strike with %(listings)s or more listings for %(reasons)s stands at step %(step)s at once.")
        % {"listings": rule.listings, "reasons": ", ".join(sorted(rule.reasons)), "step": rule.to}
        for rule in pack.escalations
    ]


def window_facts(policy: Policy) -> list[Fact]:
    """Return how long each side has, and when a listing comes down (requirements SLA-01, CTN-01)."""
    data: Mapping[str, Any] = policy.data
    removal = data.get("removal", {})
    silence = SILENCES.get(data.get("holder_silence", ""), "")
    facts = [
        Fact(_("A complaint is decided"), _within_hours(data)),
        Fact(_("The seller may answer"), _within_days(data.get("seller_window_business_days"))),
        Fact(_("The rights holder answers"), _within_days(data.get("holder_window_business_days")), note=str(silence)),
        Fact(_("The platform decides a dispute"), _within_days(data.get("platform_decision_business_days"))),
        Fact(_("A listing comes down"), str(REMOVALS.get(removal.get("default", ""), ""))),
    ]
    late = [str(EXCEPTIONS[name]) for name, mode in removal.items() if name in EXCEPTIONS and mode != removal.get("default")]
    if late:
        facts.append(Fact(_("Later for"), ", ".join(late), note=_("These come down when the seller's time to answer is over.")))
    return facts


def dates_of(row: Policy | PenaltyPolicy) -> str:
    """Return from when to when a version holds."""
    if row.effective_to is None:
        return _("since %(day)s") % {"day": exact_day(row.effective_from)}
    return _("%(first)s until before %(end)s") % {"first": exact_day(row.effective_from), "end": exact_day(row.effective_to)}


def _what_counts(pack: rules.Pack) -> str:
    severities = ", ".join(str(SEVERITIES.get(name, name)) for name in sorted(pack.severities))
    text = _("Listings with an upheld claim for a reason that is: %(severities)s. Others are kept on the record and count for nothing.")
    if not pack.right_kinds:
        return text % {"severities": severities}
    kinds = ", ".join(str(RightKind(kind).label) for kind in sorted(pack.right_kinds) if kind in RightKind.values)
    return text % {"severities": severities} + " " + _("Only these rights: %(kinds)s.") % {"kinds": kinds}


def _within_days(days: object) -> str:
    if not isinstance(days, int):
        return ""
    return ngettext("within %(days)s business day", "within %(days)s business days", days) % {"days": days}


def _within_hours(data: Mapping[str, Any]) -> str:
    hours = data.get("sla_hours", {}).get("standard")
    if not isinstance(hours, int):
        return ""
    return ngettext("within %(hours)s hour on business days", "within %(hours)s hours on business days", hours) % {"hours": hours}

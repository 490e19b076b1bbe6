"""A shop's record in words: how it stands, what each strike rests on, what the next one would bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ipp.core.ui import Fact, Step, StepState, exact_moment
from penalties.lifecycle import Measure, Status
from penalties.models import PenaltyPolicy, Sanction
from penalties.presentation.policies import step_words
from penalties.presentation.words import measure_word
from penalties.queries.records import Record, StrikeLine


@dataclass(frozen=True)
class StrikeWords:
    """One strike as a card: its number now, what it rests on, what it brought."""

    line: StrikeLine
    title: str
    until: str
    is_valid: bool


def standing_sentence(record: Record) -> str:
    """Return in a sentence how a shop stands."""
    if record.policy is None:
        return _("This marketplace has no published rules about strikes.")
    if not record.valid:
        return _("No strike counts at the moment.")
    text = ngettext("%(count)s strike of %(of)s counts at the moment.", "%(count)s strikes of %(of)s count at the moment.", record.valid)
    said = text % {"count": record.valid, "of": record.last_step}
    if _is_at_the_end(record):
        said += " " + _("This shop has reached the last step of the rules. Two people look at it before anything is closed.")
    return said


def _is_at_the_end(record: Record) -> bool:
    """Tell whether a shop that is not closed has as many strikes as the rules have steps."""
    return not record.is_closed and record.valid >= record.last_step


def ladder(record: Record) -> list[Step]:
    """Return the steps of the rules in force as a ladder, with how far the shop is on it."""
    if record.policy is None:
        return []
    pack = record.policy.pack
    return [
        Step(", ".join(measure_word(measure.value) for measure in step.measures), _reached(step.at, record.valid)) for step in pack.steps
    ]


def next_sentence(record: Record) -> str:
    """Return what the next strike would bring; empty where the rules do not say."""
    if record.is_closed:
        return ""
    if _is_at_the_end(record):
        return ""
    step, policy = record.next_step, record.policy
    return step_words(step, policy.pack.last_step).text if step is not None and policy is not None else ""


def strike_cards(record: Record) -> list[StrikeWords]:
    """Return the strikes that stand, newest first. They are numbered by when they came to count, as the seller was told."""
    return [
        StrikeWords(
            line,
            _("Strike %(level)s") % {"level": line.strike.level},
            (_("counts until %(moment)s") if line.is_valid else _("counted until %(moment)s"))
            % {"moment": exact_moment(line.strike.expires_at)},
            line.is_valid,
        )
        for line in record.strikes
    ]


def version_words(policy: PenaltyPolicy, language: str) -> str:
    """Return the name of a version of the rules."""
    return _("Rules of %(marketplace)s, version %(version)s") % {
        "marketplace": policy.marketplace.name(language),
        "version": policy.version,
    }


def sanction_facts(row: Sanction) -> list[Fact]:
    """Return what a sanction is, as the seller reads it."""
    return [
        Fact(_("Measure"), measure_word(row.measure)),
        Fact(_("Reference"), row.reference, is_ref=True),
        Fact(_("In force since"), exact_moment(row.in_force_at) if row.in_force_at else ""),
        Fact(_("Ends"), exact_moment(row.ends_at) if row.ends_at and row.status == Status.IN_FORCE else ""),
        Fact(_("Over since"), exact_moment(row.over_at) if row.over_at and row.status == Status.ENDED else ""),
        Fact(_("Taken back"), exact_moment(row.over_at) if row.over_at and row.status == Status.LIFTED else ""),
    ]


def meaning(row: Sanction) -> str:
    """Return what a measure means for the shop."""
    words = {
        Measure.WARNING: _("Your shop stays open. A warning is there so that the next strike does not happen."),
        Measure.RESTRICTION: _("Buyers still see your shop, and nothing new can be offered or bought until the restriction ends."),
        Measure.CLOSURE: _("The shop is closed on the marketplace. It is opened again if a claim it rests on falls."),
    }
    return words[Measure(row.measure)]


def _reached(at: int, valid: int) -> StepState:
    return "done" if at < valid else "current" if at == valid else "next"


def listings_words(lines: Sequence[StrikeLine]) -> str:
    """Return how many listings some strikes rest on."""
    count = sum(len(line.violations) for line in lines)
    return ngettext("%(count)s listing", "%(count)s listings", count) % {"count": count}

"""States of sanctions and events of records in words, lessons by name, and the menus."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from ipp.core.errors import Text
from ipp.core.models import Organization, OrganizationKind
from ipp.core.navigation import Link, add_group
from ipp.core.timeline import Facts, Sentence, register_sentences
from ipp.core.ui import StateBadge, exact_moment, register_states
from penalties.lifecycle import Measure, Status
from penalties.queries.desk import waiting_closures

SANCTION_AXIS = "penalties.sanction"
MEASURE_AXIS = "penalties.measure"
PAGE = "penalties:record"

LESSONS: dict[str, Text] = {
    "first_strike": _l("After the first strike"),
    "second_strike": _l("After the second strike"),
}
"""Lessons there are, by the name policies call them; `templates/penalties/lessons/NAME.html` is the text."""

register_states(
    {
        SANCTION_AXIS: {
            Status.DUE: StateBadge(_l("Due"), "warn", "hourglass"),
            Status.PROPOSED: StateBadge(_l("Proposed"), "warn", "user-check"),
            Status.SENT_BACK: StateBadge(_l("Sent back"), "warn", "message-reply"),
            Status.IN_FORCE: StateBadge(_l("In force"), "bad", "lock"),
            Status.ENDED: StateBadge(_l("Over"), "mute", "circle-check"),
            Status.LIFTED: StateBadge(_l("Taken back"), "ok", "arrow-back-up"),
        },
        MEASURE_AXIS: {
            Measure.WARNING: StateBadge(_l("Warning"), "warn", "alert-triangle"),
            Measure.RESTRICTION: StateBadge(_l("Restriction"), "warn", "lock"),
            Measure.CLOSURE: StateBadge(_l("Closure"), "bad", "ban"),
        },
    }
)


def _count(facts: Facts) -> dict[str, int]:
    return {"count": len(facts.get("violation_ids", ()))}


def _moment(facts: Facts, name: str) -> str:
    value = str(facts.get(name, ""))
    return exact_moment(datetime.fromisoformat(value)) if value else ""


def _level(facts: Facts) -> dict[str, object]:
    return {"level": facts.get("level", ""), "of": facts.get("of", ""), "shop": facts.get("shop", "")}


register_sentences(
    {
        "penalties.violations.noted": Sentence(
            lambda facts: (
                ngettext(
                    "noted %(count)d listing whose claim was upheld for good",
                    "noted %(count)d listings whose claims were upheld for good",
                    _count(facts)["count"],
                )
                % _count(facts)
            ),
            "flag",
            "warn",
            page=PAGE,
        ),
        "penalties.violations.taken_back": Sentence(
            lambda facts: (
                ngettext(
                    "took %(count)d listing off the record, because its claim fell",
                    "took %(count)d listings off the record, because their claims fell",
                    _count(facts)["count"],
                )
                % _count(facts)
            ),
            "arrow-back-up",
            "ok",
            page=PAGE,
        ),
        "penalties.strike.counted": Sentence(
            lambda facts: _("counted strike %(level)s of %(of)s") % _level(facts), "alert-triangle", "bad", page=PAGE
        ),
        "penalties.strike.changed": Sentence(
            lambda facts: (
                _("counted a strike anew: it is strike %(level)s and counts until %(until)s")
                % {"level": facts.get("level", ""), "until": _moment(facts, "expires_at")}
            ),
            "refresh",
            "info",
            page=PAGE,
        ),
        "penalties.strike.taken_back": Sentence(lambda facts: _("took a strike back"), "arrow-back-up", "ok", page=PAGE),
        "penalties.warning.given": Sentence(
            lambda facts: _("gave a warning; there is a page to read (%(reference)s)") % facts, "alert-triangle", "warn", page=PAGE
        ),
        "penalties.shop.restricted": Sentence(
            lambda facts: (
                _("restricted the shop until %(until)s (%(reference)s)")
                % {"until": _moment(facts, "ends_at"), "reference": facts.get("reference", "")}
            ),
            "lock",
            "bad",
            page=PAGE,
        ),
        "penalties.closure.fell_due": Sentence(
            lambda facts: _("found that by the rules the shop is to be closed (%(reference)s)") % facts, "hourglass", "warn"
        ),
        "penalties.closure.proposed": Sentence(
            lambda facts: _("proposed to close the shop (%(reference)s)") % facts, "user-check", "warn", "note"
        ),
        "penalties.closure.sent_back": Sentence(
            lambda facts: _("sent the proposal to close the shop back (%(reference)s)") % facts, "message-reply", "info", "note"
        ),
        "penalties.shop.closed": Sentence(lambda facts: _("closed the shop (%(reference)s)") % facts, "ban", "bad", "note", page=PAGE),
        "penalties.sanction.lifted": Sentence(
            lambda facts: (
                _("took a measure back: %(measure)s (%(reference)s)")
                % {"measure": measure_word(str(facts.get("measure", ""))), "reference": facts.get("reference", "")}
            ),
            "arrow-back-up",
            "ok",
            page=PAGE,
        ),
        "penalties.restriction.ended": Sentence(
            lambda facts: _("ended the restriction, its time is over (%(reference)s)") % facts, "lock-open", "ok", page=PAGE
        ),
        "penalties.lesson.read": Sentence(lambda facts: _("read the lesson (%(reference)s)") % facts, "book", "ok"),
    }
)


def measure_word(measure: str) -> str:
    """Return a measure in words; one nobody knows stands for itself."""
    return str(Measure(measure).label) if measure in Measure.values else measure


def lifted_words(measures: Sequence[str]) -> str:
    """Return in a sentence what was taken back with a strike; empty where nothing was."""
    words = {
        Measure.WARNING.value: _("The warning is taken back with it."),
        Measure.RESTRICTION.value: _("The restriction is taken back with it."),
        Measure.CLOSURE.value: _("The closure is taken back with it: your shop is opened again, as far as no other strike restricts it."),
    }
    return " ".join(words[measure] for measure in measures if measure in words)


def _is_seller(organization: Organization | None) -> bool:
    return organization is not None and organization.kind == OrganizationKind.SELLER


add_group(
    "portal",
    (
        _l("Shops"),
        (Link("penalties:records", _l("My record"), "clipboard-check", shown=_is_seller),),
    ),
    position=1,
)
add_group(
    "staff",
    (
        _l("Penalties"),
        (
            Link("penalties:sanctions", _l("Closures"), "ban", count=waiting_closures, due=True),
            Link("penalties:records", _l("Records of shops"), "clipboard-check"),
        ),
    ),
    position=2,
)

"""Whether disputed listings are down, and what the end of a dispute does to them: the sentences of its mails and pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language, gettext, ngettext

from takedowns.models import ReportedListing
from takedowns.rules import AFTER_WINDOW


@dataclass(frozen=True)
class Whereabouts:
    """How many listings are told of, how many of them were down, and how many stayed online until the dispute is over.

    The rest was asked down, and its marketplace has not said yet that it is.
    """

    count: int
    down: int
    online: int


def whereabouts(rows: Iterable[ReportedListing], moment: datetime) -> Whereabouts:
    """Return where listings were at a moment, such as when something happened: a marketplace may have acted since."""
    listed = list(rows)
    down = {row.pk for row in listed if row.removed_at is not None and row.removed_at <= moment}
    online = sum(row.pk not in down and row.removal == AFTER_WINDOW for row in listed)
    return Whereabouts(len(listed), len(down), online)


def given_back(where: Whereabouts) -> str:
    """Return what becomes of listings whose claim stands no more."""
    if where.down == where.count:
        return ngettext("The listing comes back on the marketplace.", "The listings come back on the marketplace.", where.count)
    if where.online == where.count:
        return ngettext("The listing stays online.", "The listings stay online.", where.count)
    return ngettext(
        "The listing stays online, or comes back if it went down.",
        "The listings stay online, or come back if they went down.",
        where.count,
    )


def given_back_then(where: Whereabouts) -> str:
    """Return what would become of the listings just spoken of, should their claim be withdrawn."""
    if where.down == where.count:
        return ngettext("It comes back on the marketplace then.", "They come back on the marketplace then.", where.count)
    if where.online == where.count:
        return ngettext("It stays online then.", "They stay online then.", where.count)
    return ngettext("It stays online, or comes back if it went down.", "They stay online, or come back if they went down.", where.count)


def kept_down(where: Whereabouts) -> str:
    """Return what becomes of listings whose claim stands for good."""
    if where.down == where.count:
        return ngettext("The listing stays down.", "The listings stay down.", where.count)
    if where.down == 0:
        return ngettext("The listing comes down now.", "The listings come down now.", where.count)
    return gettext("The listings stay down, or come down now.")


def sentences(*said: object) -> str:
    """Return sentences as one paragraph of the language in force."""
    return ("" if (get_language() or "en").startswith("zh") else " ").join(map(str, said))

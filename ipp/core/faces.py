"""How a running clock looks: business time left, the exact moment, and the share of the budget that is left."""

from __future__ import annotations

import time
from datetime import datetime
from functools import lru_cache

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ipp.core.models import Clock
from ipp.core.rules import Calendar, business_days_left, business_time_between
from ipp.core.services.clock_rows import ClockRow
from ipp.core.services.clocks import calendar_in_force
from ipp.core.ui import ClockFace, moments

SOON_SHARE = 0.25
SHOWN_SECONDS = 5


class Faces:
    """Draws up the faces of clocks for the reader of one page; a list asks for it once."""

    def __init__(self) -> None:
        self.write = moments().zoned
        self.in_time, self.too_late = _("Decided in time"), _("Decided late")

    def of(self, clock: Clock | ClockRow, now: datetime, *, paused: str = "") -> ClockFace:
        """Return the face of a clock at `now`; `paused` says in words what it waits for, and the face shows what was left by then."""
        if clock.stopped_at is not None:
            in_time = clock.stopped_at <= clock.due_at
            words = self.in_time if in_time else self.too_late
            return ClockFace("ok" if in_time else "late", words, self.write(clock.stopped_at), 1.0)
        calendar = _shown_calendar(clock.calendar, clock.due_at.year, int(time.monotonic() // SHOWN_SECONDS))
        if paused:
            since = _paused_since(clock, now)
            left = _("%(left)s, paused") % {"left": _left(clock, since, calendar)}
            return ClockFace("paused", left, paused, _share(clock, since, calendar))
        exact = self.write(clock.due_at)
        if now > clock.due_at:
            return ClockFace("late", _("Late"), _("was %(moment)s") % {"moment": exact}, 1.0)
        share = _share(clock, now, calendar)
        return ClockFace("soon" if share <= SOON_SHARE else "ok", _left(clock, now, calendar), exact, share)


def clock_face(clock: Clock | ClockRow, now: datetime, *, paused: str = "") -> ClockFace:
    """Return the face of one clock at `now`."""
    return Faces().of(clock, now, paused=paused)


@lru_cache(maxsize=64)
def _shown_calendar(key: str, year: int, moment: int) -> Calendar:
    """Return a calendar for looking at, at most a few seconds old: a list of fifty clocks asks for it once. Due moments never use it."""
    return calendar_in_force(key, year)


def _paused_since(clock: Clock | ClockRow, now: datetime) -> datetime:
    if isinstance(clock, ClockRow):
        return clock.paused_since or now
    pause = clock.pauses.filter(to_at=None).first()
    return pause.from_at if pause is not None else now


def _left(clock: Clock | ClockRow, now: datetime, calendar: Calendar) -> str:
    if clock.unit == Clock.Unit.BUSINESS_HOURS:
        minutes = int(business_time_between(now, clock.due_at, calendar).total_seconds() // 60)
        return _("%(hours)d h %(minutes)d min left") % {"hours": minutes // 60, "minutes": minutes % 60}
    days = business_days_left(now, clock.due_at, calendar)
    if days == 0:
        return _("Due today")
    return ngettext("%(days)d business day left", "%(days)d business days left", days) % {"days": days}


def _share(clock: Clock | ClockRow, now: datetime, calendar: Calendar) -> float:
    whole = business_time_between(clock.started_at, clock.due_at, calendar).total_seconds()
    left = business_time_between(now, clock.due_at, calendar).total_seconds()
    return max(0.0, min(1.0, left / whole)) if whole else 0.0

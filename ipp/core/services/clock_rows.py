"""Clocks as lists read them: a column of the query of the rows, so that twenty-five clocks cost no query of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject

from ipp.core.models import Clock, ClockPause


@dataclass(frozen=True)
class ClockRow:
    """What the face of a clock shows."""

    calendar: str
    unit: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    paused_since: datetime | None

    @classmethod
    def of(cls, told: Mapping[str, str | None]) -> ClockRow:
        """Return the clock that `told_clock` told."""
        return cls(
            calendar=told["calendar"] or "",
            unit=told["unit"] or "",
            started_at=datetime.fromisoformat(told["started_at"] or ""),
            due_at=datetime.fromisoformat(told["due_at"] or ""),
            stopped_at=_moment(told["stopped_at"]),
            paused_since=_moment(told["paused_since"]),
        )


def told_clock() -> Subquery:
    """Return the clock of a row with `organization_id` and `clock_id`, as one column."""
    pause = ClockPause.objects.filter(organization_id=OuterRef("organization_id"), clock_id=OuterRef("pk"), to_at=None)
    parts = {name: name for name in ("calendar", "unit", "started_at", "due_at", "stopped_at")}
    clock = Clock.objects.filter(organization_id=OuterRef("organization_id"), pk=OuterRef("clock_id"))
    return Subquery(clock.values(told=JSONObject(**parts, paused_since=Subquery(pause.values("from_at")))))


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None

"""Running clocks and the calendar days an administrator entered over the packaged ones."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ipp.core import walls
from ipp.core.clock import IppNow
from ipp.core.models.accounts import Organization, User
from ipp.core.models.base import Recorded


class CalendarDay(Recorded):
    """A day entered over the packaged calendar (a holiday notice of the year, a correction). The newest id is the revision."""

    calendar = models.CharField(max_length=24)
    day = models.DateField()
    is_working = models.BooleanField()
    note = models.CharField(max_length=200)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    wall: ClassVar[walls.Wall] = walls.reference("r", "ra", "r")

    class Meta:
        indexes = [models.Index(fields=["calendar", "day", "-id"], name="calendar_day_latest")]

    def __str__(self) -> str:
        return f"{self.calendar} {self.day}"


class Clock(models.Model):
    """A promise with a due moment that can be explained: calendar version, budget, pauses. Deadlines are columns, not messages."""

    class Unit(models.TextChoices):
        """How the budget counts (domain.md 6.2)."""

        BUSINESS_HOURS = "business_hours", _("business hours")
        BUSINESS_DAYS = "business_days", _("business days")
        CALENDAR_DAYS = "calendar_days", _("calendar days")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    calendar = models.CharField(max_length=24)
    calendar_version = models.CharField(max_length=60)
    unit = models.CharField(max_length=16, choices=Unit)
    budget = models.PositiveIntegerField()
    started_at = models.DateTimeField(db_default=IppNow())
    due_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)

    wall: ClassVar[walls.Wall] = walls.tenant("raw", "rw", "raw")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="clock_organization_id"),
            models.CheckConstraint(condition=Q(due_at__gte=F("started_at")), name="clock_due_after_start"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(stopped_at=None), name="clock_running")]

    def __str__(self) -> str:
        return f"{self.budget} {self.unit} until {self.due_at}"


class ClockPause(models.Model):
    """A span in which a clock stood still, with the cause in words."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="pauses")
    cause = models.CharField(max_length=40)
    from_at = models.DateTimeField(db_default=IppNow())
    to_at = models.DateTimeField(null=True, blank=True)

    wall: ClassVar[walls.Wall] = walls.tenant("rw", "raw", "raw")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clock"], condition=Q(to_at=None), name="one_open_pause")]

    def __str__(self) -> str:
        return f"{self.cause} since {self.from_at}"

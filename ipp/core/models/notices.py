"""What people are told: notices inside the portal and mails outside it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ipp.core import walls
from ipp.core.clock import IppNow
from ipp.core.models.accounts import Organization
from ipp.core.models.base import Coded
from ipp.core.models.events import Event


class Notification(Coded):
    """What an organization is told about its own record: bell, inbox and the other party's lines of a timeline.

    A projection written by handlers; `facts` holds only what this organization may know.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField(null=True)
    facts = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    wall: ClassVar[walls.Wall] = walls.tenant("rw", "r", "ra")

    class Meta:
        constraints = [
            # Once an event and record: one event may be news about two records of an organization, such as two of its shops.
            models.UniqueConstraint(fields=["organization", "event", "subject_type", "subject_id"], name="told_once", nulls_distinct=False)
        ]
        indexes = [
            models.Index(fields=["organization", "-id"], name="notification_inbox"),
            models.Index(fields=["organization"], condition=Q(read_at=None), name="notification_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.name} to {self.organization_id}"


class OutgoingMail(Coded):
    """A mail to send: claimed with a lease, sent outside any transaction, settled. `dedupe_key` makes a repeat impossible."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", null=True)
    dedupe_key = models.CharField(max_length=120, unique=True)
    to = models.EmailField()
    language = models.CharField(max_length=10, default="en")
    subject = models.CharField(max_length=200)
    body = models.TextField()
    due_at = models.DateTimeField(db_default=IppNow())
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    wall: ClassVar[walls.Wall] = walls.mail()

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(sent_at=None, dead_at=None), name="mail_due")]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"

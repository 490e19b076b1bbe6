"""What happened and who must hear of it: events (history, audit and outbox in one), deliveries, and process heartbeats."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from ipp.core import walls
from ipp.core.clock import IppNow
from ipp.core.models.accounts import Organization


class Event(models.Model):
    """One use case that happened. Append-only: no login may change or delete a row.

    `organization` acted; `about` owns the record it is about (staff decide about a tenant's). Private to the acting organization.
    """

    code = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    about = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField(null=True)
    payload = models.JSONField(default=dict)
    actor_kind = models.CharField(max_length=8)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)
    request_id = models.CharField(max_length=40, blank=True)
    occurred_at = models.DateTimeField(db_default=IppNow())

    wall: ClassVar[walls.Wall] = walls.tenant("ra", "ra", "ra")

    class Meta:
        indexes = [
            models.Index(fields=["organization", "id"], name="event_feed"),
            models.Index(fields=["subject_type", "subject_id", "id"], name="event_subject"),
            models.Index(fields=["occurred_at", "id"], name="event_time"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.subject_type} {self.subject_id}"


class Delivery(models.Model):
    """One handler's copy of an event: due, leased, delivered, or dead. `organization` is the tenant scope the handler runs in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    handler = models.CharField(max_length=120)
    due_at = models.DateTimeField(db_default=IppNow())
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    wall: ClassVar[walls.Wall] = walls.engine("a", "raw", "raw")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "handler"], name="one_delivery_per_handler")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(delivered_at=None, dead_at=None), name="delivery_due"),
            models.Index(fields=["dead_at"], condition=Q(dead_at__isnull=False), name="delivery_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.handler} of event {self.event_id}"


class Heartbeat(models.Model):
    """A running process and the database login it really uses; each process writes its own row."""

    process = models.CharField(max_length=24, primary_key=True)
    database_login = models.CharField(max_length=63)
    pid = models.IntegerField()
    at = models.DateTimeField(db_default=IppNow())

    wall: ClassVar[walls.Wall] = walls.reference("raw", "raw", "raw")

    def __str__(self) -> str:
        return f"{self.process} as {self.database_login}"

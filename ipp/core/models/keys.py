"""API keys and remembered answers."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ipp.core import walls
from ipp.core.clock import IppNow
from ipp.core.models.accounts import Organization, User
from ipp.core.models.base import Coded


class ApiKey(Coded):
    """A machine's credential for one organization: the secret itself is never stored, only its SHA-256."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=24)
    last_four = models.CharField(max_length=4)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40))
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    wall: ClassVar[walls.Wall] = walls.tenant("raw", "", "", reads="digest = (SELECT app_key_digest())")

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="api_key_list")]

    def __str__(self) -> str:
        return f"{self.prefix}…{self.last_four}"


class IdempotencyRecord(models.Model):
    """The answer given to a creating request, written in the transaction of its effect, repeated for as long as it is kept."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=255)
    route = models.CharField(max_length=120)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField(null=True)
    location = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=IppNow(), db_index=True)

    wall: ClassVar[walls.Wall] = walls.tenant("ra", "", "rd")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "key"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return f"{self.key} on {self.route}"

"""Stored files: the sealed original and the re-encoded pages that others look at."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ipp.core import walls
from ipp.core.models.accounts import Organization
from ipp.core.models.base import Coded


class StoredFile(Coded):
    """An upload that passed the pipeline. `sealed_key` names the encrypted original, `sha256` is of its plain bytes."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=40)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    sealed_key = models.CharField(max_length=120, unique=True)
    page_count = models.PositiveSmallIntegerField()
    scan = models.CharField(max_length=12)
    warnings = models.JSONField(default=list)

    wall: ClassVar[walls.Wall] = walls.tenant("ra", "r", "r")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "id"], name="stored_file_organization_id")]
        indexes = [models.Index(fields=["sha256"], name="stored_file_sha256")]

    def __str__(self) -> str:
        return self.name


class StoredPage(models.Model):
    """One page as pixels, metadata stripped: what reviewers and the other party may see."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="pages")
    number = models.PositiveSmallIntegerField()
    storage_key = models.CharField(max_length=120, unique=True)
    media_type = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)

    wall: ClassVar[walls.Wall] = walls.tenant("ra", "r", "r")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="one_picture_per_page")]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"page {self.number} of file {self.file_id}"

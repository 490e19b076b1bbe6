"""Fields that many tables share."""

from __future__ import annotations

from django.db import models

from ipp.core.clock import IppNow
from ipp.core.codes import new_code


class Recorded(models.Model):
    """Says when a row was written, by the database's clock."""

    created_at = models.DateTimeField(db_default=IppNow(), editable=False)

    class Meta:
        abstract = True


class Coded(Recorded):
    """Has an opaque public id; the primary key never leaves the house."""

    code = models.CharField(max_length=22, unique=True, default=new_code, editable=False)

    class Meta:
        abstract = True

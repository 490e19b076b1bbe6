"""Reports by anybody from a listing's own page: leads, not complaints."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipp.core import walls
from ipp.core.codes import new_reference
from ipp.core.models import Coded
from marketplaces.models import Marketplace


def new_lead_reference() -> str:
    """Return a reference for a new lead."""
    return new_reference("LD")


class Lead(Coded):
    """Somebody pressed "report" on a listing. It starts no clock and takes nothing down; it points people who own rights to it."""

    class Reason(models.TextChoices):
        """What the reporter thinks is wrong."""

        COUNTERFEIT = "counterfeit", _("It looks like a counterfeit")
        COPIED_PICTURES = "copied_pictures", _("It uses somebody's pictures or texts")
        OTHER = "other", _("Something else")

    reference = models.CharField(max_length=16, unique=True, default=new_lead_reference, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=64)
    key = models.CharField(max_length=120)
    url = models.CharField(max_length=600)
    title = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=16, choices=Reason)
    note = models.CharField(max_length=500, blank=True)

    wall: ClassVar[walls.Wall] = walls.inbox("r", "r")

    class Meta:
        indexes = [models.Index(fields=["key", "-id"], name="lead_key")]

    def __str__(self) -> str:
        return self.reference

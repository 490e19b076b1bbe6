"""What a complaint may say and why it may fail: reason codes, the evidence each asks for, and rejection codes. Rules as data."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ipp.core import walls


class InForceQuerySet(models.QuerySet[Any]):
    """Rules by when they apply."""

    def in_force(self, on: date) -> Self:
        """Those that apply on a day."""
        return self.filter(Q(effective_to=None) | Q(effective_to__gte=on), effective_from__lte=on)


class Worded(models.Model):
    """A rule with a mnemonic code and words in both languages, in force for a span of days."""

    code = models.CharField(max_length=20, primary_key=True)
    position = models.PositiveSmallIntegerField()
    label_en = models.CharField(max_length=160)
    label_zh = models.CharField(max_length=160)
    help_en = models.TextField(blank=True)
    help_zh = models.TextField(blank=True)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.code

    def label(self, language: str) -> str:
        """Return the name in words."""
        return self.label_zh if language.startswith("zh") else self.label_en

    def help(self, language: str) -> str:
        """Return when it fits (a reason), or what would pass (a rejection)."""
        return self.help_zh if language.startswith("zh") else self.help_en


class ReasonCode(Worded):
    """Why a listing is reported (domain.md 2.1).

    `evidence` maps a tier (`standard`, `good_faith`) to what it must bring: a list of `{"key", "kind", "en", "zh"}` and optional
    `"required": false`; `kind` is `text`, `date`, `file`, `link` or `tick`. `aliases` are the codes other systems use for it.
    """

    class Severity(models.TextChoices):
        """What an upheld listing weighs by default; a marketplace's policy may say otherwise."""

        SERIOUS = "serious", _("Serious")
        GENERAL = "general", _("General")
        BY_DECISION = "by_decision", _("As the decision says")

    right_kinds = ArrayField(models.CharField(max_length=20))
    target = models.CharField(max_length=8, default="listing")
    severity = models.CharField(max_length=12, choices=Severity)
    tiers = ArrayField(models.CharField(max_length=16))
    evidence = models.JSONField(default=dict)
    max_listings = models.PositiveSmallIntegerField(default=300)
    aliases = ArrayField(models.CharField(max_length=20), default=list)

    objects: ClassVar[models.Manager[ReasonCode]] = InForceQuerySet.as_manager()

    wall: ClassVar[walls.Wall] = walls.reference("r", "raw", "r")

    class Meta:
        ordering = ["position"]

    def requirements(self, tier: str) -> list[dict[str, Any]]:
        """Return what evidence this reason asks of a tier; a tier without a list of its own brings the standard one."""
        asked: list[dict[str, Any]] = self.evidence.get(tier, self.evidence.get("standard", []))
        return asked


class RejectionCode(Worded):
    """Why a reported listing is not accepted (R01 to R14 of domain.md 2.1); `help` says what would make it pass."""

    by_reviewer = models.BooleanField(default=True)

    objects: ClassVar[models.Manager[RejectionCode]] = InForceQuerySet.as_manager()

    wall: ClassVar[walls.Wall] = walls.reference("r", "raw", "r")

    class Meta:
        ordering = ["position"]


class DisputeCode(Worded):
    """A reason in a dispute: a seller's ground, a rights holder's reason to reject it, an adjudicator's for either outcome.

    `evidence` is what a ground asks for, as a reason code's list (domain.md 2.3); `right_kinds` empty means any right.
    """

    class About(models.TextChoices):
        """Whose reason it is."""

        GROUND = "ground", _("Ground of a counter-notice")
        ANSWER = "answer", _("Reason to reject a counter-notice")
        UPHELD = "upheld", _("Reason to uphold a claim")
        OVERTURNED = "overturned", _("Reason to overturn a claim")

    about = models.CharField(max_length=10, choices=About)
    right_kinds = ArrayField(models.CharField(max_length=20), default=list)
    evidence = models.JSONField(default=list)

    objects: ClassVar[models.Manager[DisputeCode]] = InForceQuerySet.as_manager()

    wall: ClassVar[walls.Wall] = walls.reference("r", "raw", "r")

    class Meta:
        ordering = ["about", "position"]

"""The dispute: what a seller is sent, what it answers, what the rights holder says to that, and what both sides may look at."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ipp.core import walls
from ipp.core.clock import IppNow
from ipp.core.codes import new_reference
from ipp.core.models import Coded, Organization, Recorded, User
from ipp.core.walls import OWN_SHOP
from marketplaces.models import Marketplace, Policy, Seller
from takedowns.lifecycle import (
    OPEN_DISPUTES,
    WITH_PLATFORM,
    CounterNoticeStatus,
    DisputeStatus,
    NoticeStatus,
)
from takedowns.models.complaints import OF_OWN_SHOP, Complaint, ReportedListing

OF_OWN_NOTICE = f"EXISTS (SELECT 1 FROM takedowns_sellernotice n WHERE n.id = notice_id AND n.notified_at IS NOT NULL AND n.{OWN_SHOP})"  # noqa: S608
"""What hangs on a notice to a shop of one's own that arrived."""


def new_notice_reference() -> str:
    """Return a reference for a new notice."""
    return new_reference("NT")


def new_counter_notice_reference() -> str:
    """Return a reference for a new counter-notice."""
    return new_reference("CN")


class SellerNotice(Coded):
    """What one shop is sent about one complaint: which of its listings, why, and until when it may answer.

    `body` is what the seller may know of the complaint: who complains, the right, the reason, the explanation and what was stated.
    `round` counts how often it was sent, as a complaint may be decided in parts; each listing has its own due moment.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="notices")
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="+")
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, related_name="+")
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=16, unique=True, default=new_notice_reference, editable=False)
    status = models.CharField(max_length=10, choices=NoticeStatus, default=NoticeStatus.SENDING)
    round = models.PositiveSmallIntegerField(default=1)
    body = models.JSONField(default=dict)
    listing_count = models.PositiveSmallIntegerField(default=0)
    notified_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    wall: ClassVar[walls.Wall] = walls.shared("r", "r", "raw")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["complaint", "seller"], name="one_notice_per_shop"),
            models.UniqueConstraint(fields=["organization", "id"], name="notice_organization_id"),
        ]
        indexes = [
            models.Index(fields=["seller", "-id"], name="notice_of_shop"),
            models.Index(fields=["organization", "-id"], name="notice_of_organization"),
        ]

    def __str__(self) -> str:
        return self.reference


class CounterNoticeQuerySet(models.QuerySet["CounterNotice"]):
    """Counter-notices by whose turn it is."""

    def with_platform(self) -> Self:
        """Those an adjudicator can work on."""
        return self.filter(status__in=WITH_PLATFORM)

    def locked(self) -> Self:
        """Locked for this transaction, in id order."""
        return self.select_for_update(of=("self",), no_key=True).order_by("id")


class CounterNotice(Coded):
    """A seller's answer to a notice, for one or several listings: grounds, statement, signature. Never edited by its author.

    `holder_due_at` and `platform_due_at` are the earliest of its listings'. `version` changes with every write; a ruling names the
    one it saw.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    # No key of its own: it would make a seller's commit wait for whoever holds the complaint, who waits for the seller's listings.
    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="counter_notices", db_constraint=False)
    notice = models.ForeignKey(SellerNotice, on_delete=models.PROTECT, related_name="counter_notices")
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="+")
    author_organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    author_label = models.CharField(max_length=200)
    reference = models.CharField(max_length=16, unique=True, default=new_counter_notice_reference, editable=False)
    status = models.CharField(max_length=10, choices=CounterNoticeStatus, default=CounterNoticeStatus.WAITING)
    version = models.PositiveIntegerField(default=1)
    grounds = ArrayField(models.CharField(max_length=20))
    statement = models.TextField()
    goods_location = models.CharField(max_length=200, blank=True)
    declarations = ArrayField(models.CharField(max_length=20))
    signed_name = models.CharField(max_length=200)
    signed_role = models.CharField(max_length=120)
    listing_count = models.PositiveSmallIntegerField()
    filed_at = models.DateTimeField(db_default=IppNow())
    holder_due_at = models.DateTimeField()
    contested_at = models.DateTimeField(null=True, blank=True)
    platform_due_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    claim_expires_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[CounterNotice]] = CounterNoticeQuerySet.as_manager()

    wall: ClassVar[walls.Wall] = walls.shared(
        "raw",
        "rw",
        "rw",
        party=OF_OWN_NOTICE,
        adds=("party",),
        changes=("status", "version", "contested_at", "platform_due_at", "closed_at", "claimed_by_id", "claim_expires_at"),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="counter_notice_organization_id"),
            models.CheckConstraint(
                condition=~Q(status="in_review") | Q(claimed_by__isnull=False, claim_expires_at__isnull=False),
                name="counter_notice_review_claim",
            ),
        ]
        indexes = [
            models.Index(fields=["platform_due_at", "id"], condition=Q(status__in=sorted(WITH_PLATFORM)), name="counter_notice_queue"),
            models.Index(fields=["organization", "status", "holder_due_at"], name="counter_notice_of_holder"),
            models.Index(fields=["organization", "-id"], name="counter_notice_by_age"),
            models.Index(fields=["seller", "-id"], name="counter_notice_of_shop"),
            models.Index(fields=["claimed_by"], condition=Q(status="in_review"), name="counter_notice_claims"),
        ]

    def __str__(self) -> str:
        return self.reference


class CounterNoticeListing(models.Model):
    """One reported listing of a counter-notice and how the answer to it ended. At most one is open per reported listing."""

    class Outcome(models.TextChoices):
        """How it ended: the first four give the listing back."""

        CONCEDED = "conceded", _("Accepted by the rights holder")
        LAPSED = "lapsed", _("Not answered in time: the claim was withdrawn")
        OVERTURNED = "overturned", _("Counter-notice upheld, listing restored")
        WITHDRAWN = "withdrawn", _("Complaint withdrawn")
        UPHELD = "upheld", _("Claim upheld, counter-notice dismissed")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    counter_notice = models.ForeignKey(CounterNotice, on_delete=models.PROTECT, related_name="listings")
    reported_listing = models.ForeignKey(ReportedListing, on_delete=models.PROTECT, related_name="counter_notices", db_index=False)
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="+", db_index=False)
    status = models.CharField(max_length=10, choices=DisputeStatus, default=DisputeStatus.WAITING)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    wall: ClassVar[walls.Wall] = walls.shared(
        "raw", "rw", "rw", party=OF_OWN_SHOP, adds=("party",), changes=("status", "outcome", "closed_at")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reported_listing"], condition=Q(status__in=sorted(OPEN_DISPUTES)), name="one_open_counter_notice_per_listing"
            ),
            models.UniqueConstraint(fields=["counter_notice", "reported_listing"], name="counter_notice_listing_once"),
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False) & ~Q(outcome="") | ~Q(status="closed") & Q(outcome=""),
                name="closed_with_an_outcome",
            ),
        ]
        indexes = [models.Index(fields=["reported_listing", "-id"], name="counter_notices_of_listing")]

    def __str__(self) -> str:
        return f"listing {self.reported_listing_id} of counter-notice {self.counter_notice_id}"


class CounterNoticeAnswer(Coded):
    """What the rights holder said to a counter-notice, for the listings at `positions`: conceded, or rejected with reasons."""

    class Kind(models.TextChoices):
        """Which way it went."""

        CONCEDED = "conceded", _("Accepted")
        REJECTED = "rejected", _("Rejected")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    counter_notice = models.ForeignKey(CounterNotice, on_delete=models.PROTECT, related_name="answers")
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    reasons = ArrayField(models.CharField(max_length=20), default=list)
    message = models.TextField(blank=True)
    positions = ArrayField(models.PositiveSmallIntegerField())
    author_label = models.CharField(max_length=200)
    answered_at = models.DateTimeField(db_default=IppNow())

    wall: ClassVar[walls.Wall] = walls.shared("ra", "r", "r", party=OWN_SHOP)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "id"], name="answer_organization_id")]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} answer to counter-notice {self.counter_notice_id}"


class Exhibit(Recorded):
    """A file that both sides of a case may look at, as pages without metadata. The original stays with whoever brought it.

    `pages` holds `{"key", "media_type", "width", "height"}` in order; `requirement` is what it was brought for (a key of the reason's or
    the ground's evidence list).
    """

    class Side(models.TextChoices):
        """Who brought it."""

        COMPLAINANT = "complainant", _("Rights holder")
        SELLER = "seller", _("Seller")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    notice = models.ForeignKey(SellerNotice, on_delete=models.PROTECT, related_name="exhibits")
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="+", db_index=False)
    side = models.CharField(max_length=12, choices=Side)
    counter_notice = models.ForeignKey(CounterNotice, on_delete=models.PROTECT, related_name="exhibits", null=True, blank=True)
    answer = models.ForeignKey(CounterNoticeAnswer, on_delete=models.PROTECT, related_name="exhibits", null=True, blank=True)
    requirement = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    pages = models.JSONField(default=list)

    wall: ClassVar[walls.Wall] = walls.shared("ra", "r", "ra", party=OF_OWN_NOTICE, adds=("owner", "party"))

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name

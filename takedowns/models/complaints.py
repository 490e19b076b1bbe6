"""The complaint, its reported listings, what was brought as evidence, and the draft it grew from."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ipp.core import walls
from ipp.core.clock import IppNow
from ipp.core.codes import new_reference
from ipp.core.models import Clock, Coded, Organization, Recorded, StoredFile, User
from ipp.core.walls import OWN_SHOP
from marketplaces.models import Listing, Marketplace, Policy, Seller, Snapshot
from rightsholders.models import Right
from takedowns.lifecycle import (
    CLAIMED_AGAINST,
    DECIDED,
    OPEN_COMPLAINTS,
    QUEUED_COMPLAINTS,
    RULED,
    UNDECIDED,
    ComplaintStatus,
    Ending,
    ListingStatus,
)
from takedowns.models.reference import ReasonCode

OF_OWN_SHOP = (
    f"EXISTS (SELECT 1 FROM takedowns_reportedlisting l WHERE l.id = reported_listing_id AND l.notified_at IS NOT NULL AND l.{OWN_SHOP})"  # noqa: S608
)
"""What hangs on a reported listing of a shop of one's own that was notified."""

CLAIMED = (
    Q(status__in=sorted(CLAIMED_AGAINST))
    | Q(status__in=sorted(RULED), settled_at__isnull=True)
    | Q(status=ListingStatus.REJECTED, effective_at__isnull=True)
)
"""The claim is open in the eyes of whoever filed it: what can still be undone has not happened, and an undo finds its place free."""

LAST_SECOND = timedelta(seconds=1)
"""A window is open through the second it is due (`rules.closes_at`)."""

MAX_LINK = 2048
"""Characters of a reported link, as typed."""


def new_complaint_reference() -> str:
    """Return a reference for a new complaint."""
    return new_reference("TK")


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    """Complaints by where they stand."""

    def open(self) -> Self:
        """Those without an outcome."""
        return self.filter(status__in=OPEN_COMPLAINTS)

    def queued(self) -> Self:
        """Those a reviewer can work on."""
        return self.filter(status__in=QUEUED_COMPLAINTS)

    def of(self, organization_id: int) -> Self:
        """Those of one principal."""
        return self.filter(organization_id=organization_id)

    def locked(self) -> Self:
        """Locked for this transaction, in id order. Keys are never changed, so whoever only points at one does not wait."""
        return self.select_for_update(of=("self",), no_key=True).order_by("id")


class Complaint(Coded):
    """A claim that listings infringe one right, for one reason. `organization` is always the principal, also when an agency filed.

    `due_at` repeats the clock's, for the index; `version` changes with every write, and a decision names the one it saw.
    The counts are of listings whose decision took effect, so that one that can still be undone is told to nobody.
    """

    class Channel(models.TextChoices):
        """How it came in."""

        PAGE = "page", _("Page")
        API = "api", _("API")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    agent_organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    reference = models.CharField(max_length=16, unique=True, default=new_complaint_reference, editable=False)
    right = models.ForeignKey(Right, on_delete=models.PROTECT, related_name="+")
    reason = models.ForeignKey(ReasonCode, on_delete=models.PROTECT, related_name="+")
    tier = models.CharField(max_length=16, default="standard")
    channel = models.CharField(max_length=8, choices=Channel)
    explanation = models.TextField(blank=True)
    statements = models.JSONField(default=dict)
    seen_on = models.DateField()
    declarations = ArrayField(models.CharField(max_length=20))
    signed_name = models.CharField(max_length=200)
    signed_role = models.CharField(max_length=120)
    status = models.CharField(max_length=20, choices=ComplaintStatus, default=ComplaintStatus.FILED)
    version = models.PositiveIntegerField(default=1)
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    filed_at = models.DateTimeField(db_default=IppNow())
    screened_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    claim_expires_at = models.DateTimeField(null=True, blank=True)
    question = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    listing_count = models.PositiveSmallIntegerField()
    accepted_count = models.PositiveSmallIntegerField(default=0)
    rejected_count = models.PositiveSmallIntegerField(default=0)
    withdrawn_count = models.PositiveSmallIntegerField(default=0)
    removed_count = models.PositiveSmallIntegerField(default=0)
    disputed_count = models.PositiveSmallIntegerField(default=0)
    upheld_count = models.PositiveSmallIntegerField(default=0)
    overturned_count = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[models.Manager[Complaint]] = ComplaintQuerySet.as_manager()

    wall: ClassVar[walls.Wall] = walls.tenant("raw", "rw", "rw")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="complaint_organization_id"),
            # What a reported listing's key points at: its complaint's own right and reason, and no other.
            models.UniqueConstraint(fields=["organization", "id", "right", "reason"], name="complaint_subject"),
            models.CheckConstraint(
                condition=~Q(status="in_review") | Q(claimed_by__isnull=False, claim_expires_at__isnull=False),
                name="complaint_review_claim",
            ),
            models.CheckConstraint(condition=Q(listing_count__gte=1, listing_count__lte=300), name="complaint_listing_count"),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(status__in=sorted(QUEUED_COMPLAINTS)), name="complaint_queue"),
            models.Index(fields=["organization", "-id"], name="complaint_of_organization"),
            models.Index(fields=["organization", "-filed_at", "-id"], name="complaint_by_moment"),
            models.Index(fields=["organization", "status", "-id"], name="complaint_by_status"),
            models.Index(fields=["claimed_by"], condition=Q(status="in_review"), name="complaint_claims"),
        ]

    def __str__(self) -> str:
        return self.reference


class ReportedListingQuerySet(models.QuerySet["ReportedListing"]):
    """Reported listings by whose turn it is."""

    def locked(self) -> Self:
        """Locked for this transaction, in id order, so that two who lock several never wait for each other in a circle."""
        return self.select_for_update(of=("self",), no_key=True).order_by("id")

    def upheld(self) -> Self:
        """Those whose claim stands for good in the eyes of both parties: `shown_status` as a condition."""
        is_told = Q(status=ListingStatus.UPHELD) | Q(status=ListingStatus.OVERTURNED) & ~Q(ending=Ending.OVERTURNED)
        return self.filter(is_told, settled_at__isnull=False)

    def seller_overdue(self) -> Self:
        """Those whose seller's time to answer is over."""
        return self.filter(status=ListingStatus.ACCEPTED, notified_at__isnull=False, seller_due_at__lte=IppNow() - LAST_SECOND)

    def holder_overdue(self) -> Self:
        """Those whose rights holder's time to answer the counter-notice is over."""
        return self.filter(status=ListingStatus.COUNTERED, holder_due_at__lte=IppNow() - LAST_SECOND)


class ReportedListing(models.Model):
    """One listing of a complaint: the link as typed, what it names, what was seen there, and where the claim against it stands.

    The canonical key and address are stored here; `listing` is the engine's to fill in once the marketplace was asked.
    `effective_at` is set when the effects of its decision were carried out; before that only the platform knows the decision.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="listings", db_constraint=False, db_index=False)
    right = models.ForeignKey(Right, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    reason = models.ForeignKey(ReasonCode, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    position = models.PositiveSmallIntegerField()
    input = models.CharField(max_length=MAX_LINK)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, related_name="+", db_index=False)
    external_id = models.CharField(max_length=64)
    site = models.CharField(max_length=8, blank=True)
    key = models.CharField(max_length=120)
    url = models.CharField(max_length=600)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+", db_index=False)
    removal = models.CharField(max_length=16)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    snapshot_filed = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    snapshot_decided = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    status = models.CharField(max_length=16, choices=ListingStatus, default=ListingStatus.RECEIVED)
    round = models.PositiveSmallIntegerField(default=1)
    decided_at = models.DateTimeField(null=True, blank=True)
    effective_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    restored_at = models.DateTimeField(null=True, blank=True)
    notice = models.ForeignKey(
        "takedowns.SellerNotice",
        on_delete=models.PROTECT,
        related_name="listings",
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
    )
    notified_at = models.DateTimeField(null=True, blank=True)
    seller_due_at = models.DateTimeField(null=True, blank=True)
    holder_due_at = models.DateTimeField(null=True, blank=True)
    platform_due_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=10, choices=Ending, blank=True, db_default="")

    objects: ClassVar[models.Manager[ReportedListing]] = ReportedListingQuerySet.as_manager()

    wall: ClassVar[walls.Wall] = walls.shared(
        "raw", "rw", "rw", changes=("status", "round", "holder_due_at", "platform_due_at", "settled_at", "ending")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="reported_listing_organization_id"),
            models.UniqueConstraint(fields=["organization", "complaint", "position"], name="reported_listing_position"),
            models.UniqueConstraint(
                fields=["organization", "right", "reason", "key"],
                condition=CLAIMED,
                name="one_open_claim_per_listing",
            ),
        ]
        indexes = [
            models.Index(
                fields=["marketplace", "external_id"], condition=Q(status__in=sorted(UNDECIDED)), name="reported_listing_undecided"
            ),
            models.Index(fields=["notice", "position"], condition=Q(notice__isnull=False), name="reported_listing_notice"),
            models.Index(fields=["seller_due_at"], condition=Q(status="accepted", seller_due_at__isnull=False), name="seller_window_open"),
            models.Index(fields=["holder_due_at"], condition=Q(status="countered"), name="holder_window_open"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def shown_status(self) -> ListingStatus:
        """Where it stands in the eyes of both parties: what can still be undone has not happened."""
        status = ListingStatus(self.status)
        if status in DECIDED and self.effective_at is None:
            return ListingStatus.UNDER_REVIEW
        if status in RULED and self.settled_at is None:
            return ListingStatus.CONTESTED
        if status == ListingStatus.OVERTURNED and self.ending != Ending.OVERTURNED:
            return ListingStatus.UPHELD
        return status


class Transition(models.Model):
    """One move of one reported listing, written by the same statement that moves it. Append-only."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    reported_listing = models.ForeignKey(ReportedListing, on_delete=models.PROTECT, related_name="transitions", db_constraint=False)
    action = models.CharField(max_length=16)
    from_status = models.CharField(max_length=16)
    to_status = models.CharField(max_length=16)
    at = models.DateTimeField(db_default=IppNow())

    wall: ClassVar[walls.Wall] = walls.shared("ra", "ra", "ra", party=OF_OWN_SHOP, adds=("owner", "party"))

    def __str__(self) -> str:
        return f"{self.from_status} to {self.to_status}"


class Evidence(Recorded):
    """A file brought for one requirement of the reason code. `for_seller` says that the seller will be shown its pages."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="evidence")
    requirement = models.CharField(max_length=40)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    for_seller = models.BooleanField(default=True)

    wall: ClassVar[walls.Wall] = walls.tenant("ra", "r", "r")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "complaint", "position"], name="evidence_position")]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.requirement} of {self.complaint_id}"


class ComplaintDraft(Coded):
    """A complaint being written: what was typed so far, kept step by step. It goes when the complaint is filed."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    right = models.ForeignKey(Right, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    reason = models.ForeignKey(ReasonCode, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    links = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    changed_at = models.DateTimeField(db_default=IppNow())

    wall: ClassVar[walls.Wall] = walls.tenant("rawd", "", "")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "id"], name="draft_organization_id")]
        indexes = [models.Index(fields=["organization", "-id"], name="draft_of_organization")]

    def __str__(self) -> str:
        return self.code


class DraftFile(Recorded):
    """A file uploaded to a draft, for one requirement of its reason."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    draft = models.ForeignKey(ComplaintDraft, on_delete=models.CASCADE, related_name="files")
    requirement = models.CharField(max_length=40)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    wall: ClassVar[walls.Wall] = walls.tenant("rad", "", "")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.requirement} of draft {self.draft_id}"

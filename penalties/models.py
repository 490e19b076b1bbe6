"""Penalty policies by version; the violations, strikes and sanctions of shops."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ipp.core import walls
from ipp.core.clock import IppNow
from ipp.core.codes import new_reference
from ipp.core.models import Coded, User
from marketplaces.models import Marketplace, Seller
from penalties import rules
from penalties.lifecycle import STANDING, WAITING, Measure, Status

PRIVATE_COLUMNS = (
    "proposed_by_id",
    "proposed_person",
    "proposed_at",
    "proposal_note",
    "released_by_id",
    "released_person",
    "release_note",
)
"""Who at the platform agreed to a closure, and what they wrote: no seller's login may read these columns."""

SEEN_BY_SELLERS = (
    "id",
    "created_at",
    "code",
    "seller_id",
    "reference",
    "strike_id",
    "policy_id",
    "step",
    "measure",
    "lesson",
    "status",
    "due_at",
    "in_force_at",
    "ends_at",
    "over_at",
    "read_at",
)


def new_sanction_reference() -> str:
    """Return a reference for a new sanction."""
    return new_reference("SN")


class PenaltyPolicy(Coded):
    """What a marketplace's rules make of infringing listings, by version. A published version is never edited: a new one follows it.

    `data` is read by `penalties.rules.read_pack`. A violation is judged by the version in force when its complaint was received.
    """

    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)
    published_on = models.DateField()
    data = models.JSONField()

    wall: ClassVar[walls.Wall] = walls.reference("r", "r", "raw")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["marketplace", "version"], name="penalty_policy_version"),
            models.CheckConstraint(condition=Q(effective_to=None) | Q(effective_to__gt=F("effective_from")), name="penalty_policy_span"),
            models.CheckConstraint(condition=Q(published_on__lte=F("effective_from")), name="penalty_policy_published"),
        ]

    def __str__(self) -> str:
        return f"{self.marketplace_id} {self.version}"

    @property
    def pack(self) -> rules.Pack:
        """The data as the rules read it."""
        return rules.read_pack(self.data)


class StrikeQuerySet(models.QuerySet["Strike"]):
    """Strikes by whether they count."""

    def standing(self) -> Self:
        """Those not taken back, also when their time is over."""
        return self.filter(taken_back_at=None)

    def valid(self) -> Self:
        """Those that count now."""
        return self.standing().filter(opened_at__lte=IppNow(), expires_at__gt=IppNow())


class Strike(Coded):
    """Violations of one shop that count as one, opened by the earliest of them (`anchor`).

    It stays the same strike when violations join or leave it. `level` is how many strikes count together with it.
    """

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="+", db_index=False)
    anchor = models.ForeignKey("Violation", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    policy = models.ForeignKey(PenaltyPolicy, on_delete=models.PROTECT, related_name="+", db_index=False)
    level = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    counted_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Strike]] = StrikeQuerySet.as_manager()

    wall: ClassVar[walls.Wall] = walls.shop("r", "r", "raw")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="strike_seller_id"),
            models.UniqueConstraint(fields=["anchor"], condition=Q(taken_back_at=None), name="one_strike_per_anchor"),
        ]
        indexes = [models.Index(fields=["seller", "-id"], name="strike_of_seller")]

    def __str__(self) -> str:
        return f"strike {self.level} of {self.seller_id}"


class ViolationQuerySet(models.QuerySet["Violation"]):
    """Violations by whether they stand."""

    def standing(self) -> Self:
        """Those not taken back."""
        return self.filter(taken_back_at=None)


class Violation(Coded):
    """A listing of a shop for which a claim was upheld for good. `source` and `source_id` name the row it was upheld on.

    `strike` is the one it counts in, or the last one it counted in before it was taken back.
    """

    class Source(models.TextChoices):
        """Where violations come from."""

        COMPLAINT = "complaint", _("Complaint")

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="+", db_index=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(max_length=16, choices=Source)
    source_id = models.BigIntegerField()
    severity = models.CharField(max_length=12)
    reason = models.CharField(max_length=20)
    right_kind = models.CharField(max_length=16)
    reference = models.CharField(max_length=16)
    listing_title = models.CharField(max_length=500, blank=True)
    listing_external_id = models.CharField(max_length=64)
    listing_url = models.CharField(max_length=600)
    received_at = models.DateTimeField()
    confirmed_at = models.DateTimeField()
    policy = models.ForeignKey(PenaltyPolicy, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    strike = models.ForeignKey(Strike, on_delete=models.PROTECT, related_name="violations", null=True, blank=True, db_constraint=False)
    taken_back_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Violation]] = ViolationQuerySet.as_manager()

    wall: ClassVar[walls.Wall] = walls.shop("r", "r", "raw")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="violation_seller_id"),
            models.UniqueConstraint(fields=["source", "source_id"], condition=Q(taken_back_at=None), name="one_violation_per_upheld_row"),
        ]
        indexes = [models.Index(fields=["seller", "-id"], name="violation_of_seller")]

    def __str__(self) -> str:
        return f"{self.listing_external_id} of {self.seller_id}"

    @property
    def title(self) -> str:
        """The listing's title, or its number where none was seen."""
        return self.listing_title or self.listing_external_id


class SanctionQuerySet(models.QuerySet["Sanction"]):
    """Sanctions by where they stand."""

    def standing(self) -> Self:
        """Those not taken back."""
        return self.filter(status__in=sorted(STANDING))

    def waiting(self) -> Self:
        """Closures that wait for a person."""
        return self.filter(status__in=sorted(WAITING))

    def in_force(self) -> Self:
        """Those that hold now."""
        return self.filter(status=Status.IN_FORCE)

    def as_sellers_see_it(self) -> Self:
        """What a seller was told of, without the columns its login may not read."""
        return self.filter(in_force_at__isnull=False).defer(*(name.removesuffix("_id") for name in PRIVATE_COLUMNS))


class Sanction(Coded):
    """One measure against a shop, for the strike that made it due, under the version of the policy that strike is judged by.

    A closure carries both persons who agreed to it: `proposed_person` and `released_person` name the human, whatever the account.
    """

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="+", db_index=False)
    reference = models.CharField(max_length=16, unique=True, default=new_sanction_reference, editable=False)
    strike = models.ForeignKey(Strike, on_delete=models.PROTECT, related_name="sanctions", db_constraint=False)
    policy = models.ForeignKey(PenaltyPolicy, on_delete=models.PROTECT, related_name="+", db_index=False)
    step = models.PositiveSmallIntegerField()
    measure = models.CharField(max_length=12, choices=Measure)
    lesson = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=12, choices=Status)
    due_at = models.DateTimeField(db_default=IppNow())
    in_force_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    over_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    proposed_person = models.CharField(max_length=40, blank=True)
    proposed_at = models.DateTimeField(null=True, blank=True)
    proposal_note = models.TextField(blank=True)
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    released_person = models.CharField(max_length=40, blank=True)
    release_note = models.TextField(blank=True)

    objects: ClassVar[models.Manager[Sanction]] = SanctionQuerySet.as_manager()

    wall: ClassVar[walls.Wall] = replace(
        walls.shop("rw", "rw", "raw"), columns=((walls.PORTAL, "r", SEEN_BY_SELLERS), (walls.PORTAL, "w", ("read_at",)))
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["strike", "step", "measure"], condition=~Q(status=Status.LIFTED), name="one_sanction_per_strike_and_step"
            ),
            models.UniqueConstraint(
                fields=["seller"],
                condition=Q(measure=Measure.CLOSURE, status__in=["due", "in_force", "proposed", "sent_back"]),
                name="one_closure_at_a_time",
            ),
            # Two persons, not two accounts: the database itself refuses the same one twice.
            models.CheckConstraint(
                condition=Q(released_person="") | (~Q(proposed_person="") & ~Q(proposed_person=F("released_person"))),
                name="closure_needs_two_persons",
            ),
            models.CheckConstraint(
                condition=~Q(measure=Measure.CLOSURE)
                | ~Q(status__in=[Status.IN_FORCE, Status.ENDED])
                | Q(released_by__isnull=False, proposed_by__isnull=False) & ~Q(released_person=""),
                name="closure_was_released",
            ),
            models.CheckConstraint(
                condition=Q(measure=Measure.CLOSURE) | ~Q(status__in=sorted(WAITING)), name="only_closures_wait_for_a_person"
            ),
            models.CheckConstraint(condition=~Q(status=Status.IN_FORCE) | Q(in_force_at__isnull=False), name="sanction_in_force_since"),
        ]
        indexes = [
            models.Index(fields=["seller", "-id"], name="sanction_of_seller"),
            models.Index(fields=["ends_at"], condition=Q(status="in_force", ends_at__isnull=False), name="sanction_ends"),
            models.Index(fields=["due_at", "id"], condition=Q(status__in=sorted(WAITING)), name="sanction_waiting"),
        ]

    def __str__(self) -> str:
        return self.reference

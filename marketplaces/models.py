"""Marketplaces and their policies; the catalogue of sellers and listings as seen; the actions marketplaces are asked for."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Q

from ipp.core import walls
from ipp.core.clock import IppNow
from ipp.core.models import Coded, Organization, Recorded, User
from marketplaces.lifecycle import ActionKind, Status, Target

READ_BY_ALL = walls.reference("r", "r", "raw")
EDITED_BY_STAFF = walls.reference("r", "raw", "raw")
NEVER_CHANGED = walls.reference("r", "r", "ra")
INVITATION_DAYS = 30


def holds_on(day: date) -> Q:
    """Return the condition that a rule is in force on a day: `effective_from` included, `effective_to` not."""
    return Q(effective_from__lte=day) & (Q(effective_to=None) | Q(effective_to__gt=day))


class Marketplace(models.Model):
    """A marketplace as data: how its links read, where a right must be in force, who carries commands to it.

    `territory` is `{"any": true}`, `{"any_of": ["CN"]}` or `{"by_site": {"MY": ["MY"]}}`; `connector` `none` means by hand.
    Marketplaces of one `family` share the number space of their listings.
    """

    class Connector(models.TextChoices):
        """Who carries commands there."""

        SANDBOX = "sandbox"
        NONE = "none"

    key = models.SlugField(max_length=32, primary_key=True)
    family = models.SlugField(max_length=32)
    name_en = models.CharField(max_length=60)
    name_zh = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField()
    url_rules = models.JSONField(default=dict)
    calendar = models.CharField(max_length=24, default="CN")
    connector = models.CharField(max_length=12, choices=Connector, default=Connector.NONE)
    territory = models.JSONField(default=dict)
    currency = models.CharField(max_length=3)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)

    wall: ClassVar[walls.Wall] = EDITED_BY_STAFF

    class Meta:
        ordering = ["position", "key"]

    def __str__(self) -> str:
        return self.name_en

    def name(self, language: str) -> str:
        """Return the name in a language."""
        return self.name_zh if language.startswith("zh") else self.name_en


class Policy(models.Model):
    """What a marketplace promises and asks, by version: windows in business days, hours of review, when a listing comes down."""

    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, related_name="policies")
    version = models.PositiveIntegerField()
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)
    data = models.JSONField(default=dict)

    wall: ClassVar[walls.Wall] = EDITED_BY_STAFF

    class Meta:
        constraints = [models.UniqueConstraint(fields=["marketplace", "version"], name="policy_marketplace_version")]

    def __str__(self) -> str:
        return f"{self.marketplace_id} {self.version}"


class Seller(Coded):
    """One shop on one marketplace. `organization` is empty until somebody claims it."""

    class State(models.TextChoices):
        """As the marketplace shows it."""

        OPEN = "open"
        RESTRICTED = "restricted"
        CLOSED = "closed"

    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, related_name="sellers")
    external_id = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    url = models.CharField(max_length=500, blank=True)
    place = models.CharField(max_length=120, blank=True)
    since = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    seen_at = models.DateTimeField(db_default=IppNow())

    wall: ClassVar[walls.Wall] = READ_BY_ALL

    class Meta:
        constraints = [models.UniqueConstraint(fields=["marketplace", "external_id"], name="one_seller_per_shop")]
        indexes = [models.Index(fields=["organization"], condition=Q(organization__isnull=False), name="seller_claimed")]

    def __str__(self) -> str:
        return self.name


class Invitation(Coded):
    """A link that lets one seller claim a shop, handed over by the shop's marketplace. Good once and for thirty days.

    The link is made of the code and the house's signature, so nothing secret is stored. `closed_at` is set when it was used, and when a
    later one took its place.
    """

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="invitations")
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    wall: ClassVar[walls.Wall] = walls.staff("r", "raw")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller"], condition=Q(closed_at=None), name="one_open_invitation"),
            models.CheckConstraint(
                condition=Q(used_at=None, used_by=None) | Q(used_at__isnull=False, used_by__isnull=False, closed_at__isnull=False),
                name="invitation_used_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation of {self.seller_id} until {self.expires_at}"


class Listing(Coded):
    """One offer as last seen. `key` is what links are compared by; it is shared within a family of marketplaces."""

    class State(models.TextChoices):
        """As the marketplace shows it."""

        LIVE = "live"
        REMOVED = "removed"

    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, related_name="listings")
    external_id = models.CharField(max_length=64)
    key = models.CharField(max_length=100)
    site = models.CharField(max_length=8, blank=True)
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="listings", null=True, blank=True)
    url = models.CharField(max_length=500)
    title = models.CharField(max_length=500)
    state = models.CharField(max_length=12, choices=State, default=State.LIVE)
    latest = models.ForeignKey("Snapshot", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    seen_at = models.DateTimeField(db_default=IppNow())

    wall: ClassVar[walls.Wall] = READ_BY_ALL

    class Meta:
        constraints = [models.UniqueConstraint(fields=["marketplace", "external_id"], name="one_listing_per_offer")]
        indexes = [models.Index(fields=["key"], name="listing_key")]

    def __str__(self) -> str:
        return self.title


class Snapshot(Coded):
    """What a listing said at one moment, pictures included. Never changed; the same content is never stored twice."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="snapshots")
    digest = models.CharField(max_length=64)
    title = models.CharField(max_length=500)
    description = models.TextField(blank=True)
    price_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    price_currency = models.CharField(max_length=3, blank=True)
    seller_name = models.CharField(max_length=200, blank=True)
    seller_external_id = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=12, choices=Listing.State)
    taken_at = models.DateTimeField(db_default=IppNow())

    wall: ClassVar[walls.Wall] = NEVER_CHANGED

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "digest"], name="one_snapshot_per_content")]

    def __str__(self) -> str:
        return f"{self.title} at {self.taken_at}"


class Picture(Coded):
    """A picture seen on a marketplace: `sha256` is of the bytes it came as, what is stored is their re-encoded pixels."""

    sha256 = models.CharField(max_length=64, unique=True)
    storage_key = models.CharField(max_length=120, unique=True)
    media_type = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    wall: ClassVar[walls.Wall] = READ_BY_ALL

    def __str__(self) -> str:
        return self.sha256[:12]


class PictureSource(models.Model):
    """Where a picture was fetched and what came of it, so that a whole catalogue can be read again without fetching it again."""

    url = models.CharField(max_length=500, unique=True)
    picture = models.ForeignKey(Picture, on_delete=models.PROTECT, related_name="sources", null=True, blank=True)
    refusal = models.CharField(max_length=40, blank=True)
    fetched_at = models.DateTimeField(db_default=IppNow())

    wall: ClassVar[walls.Wall] = READ_BY_ALL

    def __str__(self) -> str:
        return self.url


class SnapshotPicture(models.Model):
    """The pictures of a snapshot, in the marketplace's order."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="pictures")
    position = models.PositiveSmallIntegerField()
    picture = models.ForeignKey(Picture, on_delete=models.PROTECT, related_name="+")

    wall: ClassVar[walls.Wall] = NEVER_CHANGED

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["snapshot", "position"], name="one_picture_per_position")]

    def __str__(self) -> str:
        return f"picture {self.position} of snapshot {self.snapshot_id}"


class Sighting(Recorded):
    """A wish that a listing be looked at now. Any process may add one, nobody on the portal can read them back."""

    class Outcome(models.TextChoices):
        """What came of it."""

        SEEN = "seen"
        MISSING = "missing"
        NO_CONNECTOR = "no_connector"
        GIVEN_UP = "given_up"

    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=64)
    due_at = models.DateTimeField(db_default=IppNow())
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True)

    wall: ClassVar[walls.Wall] = walls.reference("a", "ar", "rawd")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["marketplace", "external_id"], condition=Q(done_at=None), name="one_open_sighting"),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(done_at=None), name="sighting_due"),
            models.Index(fields=["done_at"], condition=Q(done_at__isnull=False), name="sighting_done"),
        ]

    def __str__(self) -> str:
        return f"{self.marketplace_id} {self.external_id}"


class Action(Coded):
    """Something a marketplace is asked to do for somebody's complaint, until it is acknowledged and seen to be so.

    `code` and `command_no` are the command's id on the wire: the same on a retry, a new number only after an answer that did not hold.
    `sent_at` is set while it may have had an effect, `settled_at` once there is nothing more to be done.
    `source`, `source_id` and `round` say what asked for it. `text` is what a message says; its link is made when it is sent, to the
    portal's page `route` or, while nobody has claimed the shop, to the `invitation` chosen when the command was first sent.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, related_name="+")
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="actions", null=True, blank=True)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="actions", null=True, blank=True)
    target = models.CharField(max_length=8, choices=Target)
    target_external_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=10, choices=ActionKind)
    status = models.CharField(max_length=14, choices=Status, default=Status.PROPOSED)
    command_no = models.PositiveSmallIntegerField(default=1)
    reason = models.CharField(max_length=500, blank=True)
    reference = models.CharField(max_length=64, blank=True)
    text = models.CharField(max_length=1000, blank=True, db_default="")
    route = models.CharField(max_length=60, blank=True, db_default="")
    invitation = models.ForeignKey(Invitation, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    source = models.CharField(max_length=60)
    source_id = models.BigIntegerField()
    round = models.PositiveSmallIntegerField(default=1)
    proposed_at = models.DateTimeField(db_default=IppNow())
    due_at = models.DateTimeField(db_default=IppNow())
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    contradictions = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    trouble_since = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    note = models.TextField(blank=True)

    wall: ClassVar[walls.Wall] = walls.tenant("r", "rw", "raw")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="action_organization_id"),
            models.UniqueConstraint(fields=["source", "source_id", "kind", "round"], name="one_action_per_cause"),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(settled_at=None, status__in=["proposed", "sent"]), name="action_due"),
            models.Index(fields=["due_at", "id"], condition=Q(settled_at=None, status="acknowledged"), name="action_unconfirmed"),
            models.Index(fields=["marketplace", "target_external_id", "id"], name="action_target"),
            models.Index(fields=["listing"], condition=Q(listing__isnull=False), name="action_listing"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.marketplace_id} {self.target_external_id}"

    @property
    def command_id(self) -> str:
        """The id the command has on the wire."""
        return f"{self.code}-{self.command_no}"

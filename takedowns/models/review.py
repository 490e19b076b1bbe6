"""What the engine found, what reviewers decided and why, and what the seller is told."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ipp.core import walls
from ipp.core.clock import IppNow
from ipp.core.models import Coded, Organization, Recorded, User
from takedowns.models.complaints import OF_OWN_SHOP, Complaint, ReportedListing
from takedowns.models.reference import DisputeCode, RejectionCode


class FindingResult(models.TextChoices):
    """What a check says."""

    PASS = "pass", _("Fine")  # noqa: S105 (a result, not a password)
    WARN = "warn", _("Look closely")
    BLOCK = "block", _("Cannot go on")
    REMEDY = "remedy", _("Needs something")


class Finding(Recorded):
    """What one check found: about the whole complaint, or about the listings at `positions`, all with the same facts."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="findings")
    check_name = models.CharField(max_length=40)
    result = models.CharField(max_length=8, choices=FindingResult)
    positions = ArrayField(models.PositiveSmallIntegerField(), default=list)
    facts = models.JSONField(default=dict)

    wall: ClassVar[walls.Wall] = walls.tenant("r", "r", "ra")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.check_name}: {self.result}"


class PrivateFinding(Recorded):
    """What a check found that the complainant must not learn, such as another tenant's complaint about the same listing."""

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="private_findings")
    check_name = models.CharField(max_length=40)
    result = models.CharField(max_length=8, choices=FindingResult)
    positions = ArrayField(models.PositiveSmallIntegerField(), default=list)
    facts = models.JSONField(default=dict)

    wall: ClassVar[walls.Wall] = walls.staff("r", "ra")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.check_name}: {self.result}"


class Decision(models.Model):
    """What was decided about one reported listing in one round, by a reviewer or a named rule; never edited.

    Rows decided together share a `batch`, which is what an undo takes back. A later decision names the one it `supersedes`, and is
    never made by the same person: `person` and `earlier_person` name the humans behind the accounts.
    """

    class Outcome(models.TextChoices):
        """How it ended."""

        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Not accepted")
        UPHELD = "upheld", _("Claim upheld, counter-notice dismissed")
        OVERTURNED = "overturned", _("Counter-notice upheld, listing restored")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    reported_listing = models.ForeignKey(
        ReportedListing, on_delete=models.PROTECT, related_name="decisions", db_constraint=False, db_index=False
    )
    round = models.PositiveSmallIntegerField()
    batch = models.CharField(max_length=22)
    outcome = models.CharField(max_length=10, choices=Outcome)
    rejection = models.ForeignKey(RejectionCode, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    message = models.TextField(blank=True)
    rule = models.CharField(max_length=60, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    seen_version = models.PositiveIntegerField()
    decided_at = models.DateTimeField(db_default=IppNow())
    supersedes = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    ruling = models.ForeignKey(DisputeCode, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    person = models.CharField(max_length=40, blank=True, db_default="")
    earlier_person = models.CharField(max_length=40, blank=True, db_default="")

    wall: ClassVar[walls.Wall] = walls.tenant("r", "ra", "ra")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reported_listing", "round"], name="one_listing_decision_per_round"),
            models.UniqueConstraint(fields=["organization", "id"], name="listing_decision_organization_id"),
            models.CheckConstraint(condition=~Q(outcome="rejected") | Q(rejection__isnull=False), name="a_rejection_has_a_code"),
            models.CheckConstraint(
                condition=~Q(outcome__in=["upheld", "overturned"]) | Q(ruling__isnull=False, supersedes__isnull=False),
                name="a_ruling_has_a_code",
            ),
            # Two accounts of one human are one person.
            models.CheckConstraint(condition=Q(earlier_person="") | ~Q(person=F("earlier_person")), name="another_person_rules"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=False, rule="") | Q(decided_by__isnull=True) & ~Q(rule=""),
                name="a_person_or_a_rule_decides",
            ),
        ]
        indexes = [models.Index(fields=["batch"], name="decision_batch")]

    def __str__(self) -> str:
        return f"{self.outcome} of listing {self.reported_listing_id} in round {self.round}"


class ReviewNote(Recorded):
    """What reviewers write for each other about a complaint; no tenant can read the table."""

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()

    wall: ClassVar[walls.Wall] = walls.staff("ra", "")

    def __str__(self) -> str:
        return self.text[:60]


class StatementOfReasons(Coded):
    """What both sides of one listing are told and why (DSA art. 17): facts, ground, right relied on, scope, redress; never edited.

    `body` holds facts by name (`decision`, `facts`, `ground`, `right`, `reason`, `scope`, `redress`, `automated`, `rules`);
    the words are made from it in the reader's language.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    reported_listing = models.ForeignKey(ReportedListing, on_delete=models.PROTECT, related_name="statements")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="statement")
    body = models.JSONField()

    wall: ClassVar[walls.Wall] = walls.shared("r", "r", "ra", party=OF_OWN_SHOP)

    def __str__(self) -> str:
        return f"statement {self.code}"

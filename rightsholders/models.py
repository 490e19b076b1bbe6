"""Identity papers and rights, the verifications that check them, and the decisions about them."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ipp.core import walls
from ipp.core.clock import IppNow
from ipp.core.codes import new_reference
from ipp.core.models import Clock, Coded, Organization, Recorded, StoredFile, User
from rightsholders.lifecycle import DECIDED, ENDED, OPEN, QUEUED, RightStatus, Status


class PaperKind(models.TextChoices):
    """Official documents that prove an identity (domain.md 2.2)."""

    PASSPORT = "passport", _("Passport")
    DRIVING_LICENCE = "driving_licence", _("Driving licence")
    IDENTITY_CARD = "identity_card", _("Identity card")
    BUSINESS_LICENCE = "business_licence", _("Business licence")


class RightKind(models.TextChoices):
    """Kinds of right (requirement IPR-05); a patent is either of the last two."""

    TRADEMARK = "trademark", _("Trademark")
    COPYRIGHT = "copyright", _("Copyright")
    DESIGN = "design", _("Design")
    UTILITY_MODEL = "utility_model", _("Utility model")
    INVENTION = "invention", _("Invention patent")


class DocumentKind(models.TextChoices):
    """What a document of a right is."""

    CERTIFICATE = "certificate", _("Certificate")
    CLASSES = "classes", _("Pages showing the classes")
    MARK = "mark", _("Picture of the mark")
    WORK = "work", _("Work sample")
    REPORT = "report", _("Evaluation report")
    EXTENSION = "extension", _("Proof of territorial extension")
    OTHER = "other", _("Other document")


class RefusalReason(models.Model):
    """Why a paper or a right can be refused: rules as data, with the words the applicant reads and how to mend it."""

    class About(models.TextChoices):
        """What a reason is given about."""

        IDENTITY = "identity", _("Identity paper")
        RIGHT = "right", _("Right")

    code = models.CharField(max_length=40, primary_key=True)
    about = models.CharField(max_length=10, choices=About, default=About.IDENTITY)
    position = models.PositiveSmallIntegerField()
    label_en = models.CharField(max_length=120)
    label_zh = models.CharField(max_length=120)
    remedy_en = models.TextField()
    remedy_zh = models.TextField()
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)

    wall: ClassVar[walls.Wall] = walls.reference("r", "raw", "r")

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.code

    def label(self, language: str) -> str:
        """Return the reason in words."""
        return self.label_zh if language.startswith("zh") else self.label_en

    def remedy(self, language: str) -> str:
        """Return what would pass."""
        return self.remedy_zh if language.startswith("zh") else self.remedy_en


class IdentityPaper(Coded):
    """An official document an organization sent in, with what it says as typed by the applicant."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=PaperKind)
    holder_name = models.CharField(max_length=200)
    number = models.CharField(max_length=60)
    country = models.CharField(max_length=2)
    expires_on = models.DateField(null=True, blank=True)

    wall: ClassVar[walls.Wall] = walls.tenant("ra", "r", "r")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "id"], name="identity_paper_organization_id")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


def new_right_reference() -> str:
    """Return a reference for a new right."""
    return new_reference("RT")


class Right(Coded):
    """A trademark, copyright, design or patent in an organization's library, reusable for every complaint once validated.

    `normalized_number` is what two spellings of a number share; `details` holds what only some kinds have (model.md 2);
    `status` is what everybody may see: it changes only when a decision of its verification is past its undo time.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=16, unique=True, default=new_right_reference, editable=False)
    kind = models.CharField(max_length=16, choices=RightKind)
    name = models.CharField(max_length=200)
    office = models.CharField(max_length=16, blank=True)
    number = models.CharField(max_length=60, blank=True)
    normalized_number = models.CharField(max_length=60, blank=True)
    owner_name = models.CharField(max_length=200)
    territories = ArrayField(models.CharField(max_length=2), default=list)
    nice_classes = ArrayField(models.PositiveSmallIntegerField(), default=list)
    locarno_class = models.CharField(max_length=5, blank=True)
    goods = models.TextField(blank=True)
    filed_on = models.DateField(null=True, blank=True)
    registered_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    details = models.JSONField(default=dict)
    is_examined = models.BooleanField(default=True)
    status = models.CharField(max_length=20, choices=RightStatus, default=RightStatus.WAITING)
    validated_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    wall: ClassVar[walls.Wall] = walls.tenant("raw", "rw", "rw")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="right_organization_id"),
            models.UniqueConstraint(
                fields=["organization", "office", "kind", "normalized_number"],
                condition=~Q(status__in=sorted(ENDED)) & ~Q(normalized_number=""),
                name="one_right_per_number",
            ),
            models.CheckConstraint(condition=~Q(status="validated") | Q(validated_at__isnull=False), name="validated_has_a_moment"),
        ]
        indexes = [
            models.Index(fields=["organization", "-id"], name="right_of_organization"),
            models.Index(fields=["office", "normalized_number"], condition=~Q(normalized_number=""), name="right_by_number"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"


class RightDocument(Recorded):
    """A file that proves a right; more are added when a verifier asks, none is ever taken away."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    right = models.ForeignKey(Right, on_delete=models.PROTECT, related_name="documents")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=DocumentKind)

    wall: ClassVar[walls.Wall] = walls.tenant("ra", "r", "r")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="right_document_organization_id"),
            models.UniqueConstraint(fields=["organization", "right", "file"], name="one_document_per_file"),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} of right {self.right_id}"


def new_verification_reference() -> str:
    """Return a reference for a new verification."""
    return new_reference("VER")


class VerificationQuerySet(models.QuerySet["Verification"]):
    """Verifications by where they stand."""

    def open(self) -> Self:
        """Those without an outcome."""
        return self.filter(status__in=OPEN)

    def queued(self) -> Self:
        """Those a verifier can work on."""
        return self.filter(status__in=QUEUED)

    def decided(self) -> Self:
        """Those approved or refused."""
        return self.filter(status__in=DECIDED)

    def of(self, organization_id: int) -> Self:
        """Those of one organization."""
        return self.filter(organization_id=organization_id)

    def due_first(self) -> Self:
        """Nearest deadline first."""
        return self.order_by("due_at", "id")

    def locked(self) -> Self:
        """Locked for this transaction, in id order."""
        return self.select_for_update(of=("self",)).order_by("id")


class Verification(Coded):
    """A check of one identity paper or of one right: claimed by a verifier, decided once per round, promised within business days.

    `due_at` repeats the clock's, for the index; `version` changes with every write, and a decision names the one it saw.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=16, unique=True, default=new_verification_reference, editable=False)
    paper = models.ForeignKey(IdentityPaper, on_delete=models.PROTECT, related_name="verifications", null=True, blank=True)
    right = models.ForeignKey(Right, on_delete=models.PROTECT, related_name="verifications", null=True, blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.SUBMITTED)
    round = models.PositiveSmallIntegerField(default=1)
    version = models.PositiveIntegerField(default=1)
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    submitted_at = models.DateTimeField(db_default=IppNow())
    claimed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    claim_expires_at = models.DateTimeField(null=True, blank=True)
    question = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Verification]] = VerificationQuerySet.as_manager()

    wall: ClassVar[walls.Wall] = walls.tenant("raw", "rw", "rw")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="verification_organization_id"),
            models.UniqueConstraint(
                fields=["organization"], condition=Q(status__in=sorted(OPEN), paper__isnull=False), name="one_open_verification"
            ),
            models.UniqueConstraint(
                fields=["organization", "right"],
                condition=Q(status__in=sorted(OPEN), right__isnull=False),
                name="one_open_verification_per_right",
            ),
            models.CheckConstraint(
                condition=Q(paper__isnull=False, right__isnull=True) | Q(paper__isnull=True, right__isnull=False), name="paper_or_right"
            ),
            models.CheckConstraint(
                condition=~Q(status="in_review") | Q(claimed_by__isnull=False, claim_expires_at__isnull=False), name="in_review_has_a_claim"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(status__in=sorted(QUEUED)), name="verification_queue"),
            models.Index(fields=["organization", "-id"], name="verification_of_organization"),
            models.Index(fields=["claimed_by"], condition=Q(status="in_review"), name="verification_claims"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def about(self) -> str:
        """What is checked: `identity` or `right`."""
        return RefusalReason.About.IDENTITY if self.right_id is None else RefusalReason.About.RIGHT

    @property
    def identity_paper(self) -> IdentityPaper:
        """The paper of a check of an identity.

        Raises:
            TypeError: a right is checked.
        """
        if self.paper is None:
            raise TypeError(f"{self.reference} is about a right")
        return self.paper


class Decision(Recorded):
    """What a verifier decided, once per verification and round; never edited."""

    class Outcome(models.TextChoices):
        """How it ended."""

        APPROVED = "approved", _("Verified")
        REFUSED = "refused", _("Refused")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    verification = models.ForeignKey(Verification, on_delete=models.PROTECT, related_name="decisions")
    round = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome)
    reason = models.ForeignKey(RefusalReason, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    message = models.TextField(blank=True)
    seen_version = models.PositiveIntegerField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    wall: ClassVar[walls.Wall] = walls.tenant("r", "ra", "r")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["verification", "round"], name="one_decision_per_round"),
            models.UniqueConstraint(fields=["organization", "id"], name="decision_organization_id"),
            models.CheckConstraint(condition=Q(outcome="approved") | Q(reason__isnull=False), name="a_refusal_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} of {self.verification_id} in round {self.round}"


class VerifierNote(Recorded):
    """What verifiers write for each other; no tenant can read the table."""

    verification = models.ForeignKey(Verification, on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()

    wall: ClassVar[walls.Wall] = walls.staff("ra", "")

    def __str__(self) -> str:
        return self.text[:60]

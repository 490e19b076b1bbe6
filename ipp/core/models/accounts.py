"""Who is who: organizations (the tenants), users, memberships, what each role must prove, and sessions."""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from ipp.core import walls
from ipp.core.clock import IppNow
from ipp.core.codes import new_code
from ipp.core.models.base import Coded, Recorded


class OrganizationKind(models.TextChoices):
    """What an organization is here for."""

    RIGHTS_HOLDER = "rights_holder", _("Rights holder")
    AGENCY = "agency", _("Agency")
    SELLER = "seller", _("Seller")
    MARKETPLACE = "marketplace", _("Marketplace")
    PLATFORM = "platform", _("Platform")


class AccountKind(models.TextChoices):
    """Whether a tenant is a person or a company; identity papers differ by it (domain.md 2.2)."""

    INDIVIDUAL = "individual", _("Individual")
    ENTITY = "entity", _("Company or other entity")


class Role(models.TextChoices):
    """What a member may do: the first four in tenants, the others at the platform."""

    OWNER = "owner", _("Owner")
    FILER = "filer", _("Filer")
    VIEWER = "viewer", _("Viewer")
    VERIFIER = "verifier", _("Verifier")
    REVIEWER = "reviewer", _("Reviewer")
    APPROVER = "approver", _("Approver")
    OPERATIONS = "operations", _("Operations")
    AUDITOR = "auditor", _("Auditor")


TENANT_ROLES = (Role.OWNER, Role.FILER, Role.VIEWER)
PLATFORM_ROLES = tuple(role for role in Role if role not in TENANT_ROLES)


class Organization(Coded):
    """A tenant, or the one platform organization. `verified_at` is written by the floor above that checks identity papers."""

    kind = models.CharField(max_length=16, choices=OrganizationKind)
    account_kind = models.CharField(max_length=12, choices=AccountKind, default=AccountKind.ENTITY)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    is_platform = models.GeneratedField(
        expression=models.ExpressionWrapper(Q(kind="platform"), models.BooleanField()), output_field=models.BooleanField(), db_persist=True
    )

    wall: ClassVar[walls.Wall] = walls.organization("raw", "r", "rw")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=Q(kind="platform"), name="one_platform"),
            models.UniqueConstraint(fields=["id", "is_platform"], name="organization_id_is_platform"),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes accounts; e-mail addresses are folded to lower case, so one person is one account."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create and store an account."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return the address trimmed and in lower case."""
        return (email or "").strip().lower()


class User(AbstractBaseUser):
    """A person's account: a tenant's or the platform's, never both (`is_staff` is fixed at creation).

    `person` names the human behind a staff account (a personnel number): who has two accounts is still one when two must agree.
    """

    email = models.EmailField()
    full_name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=10, default="en")
    timezone = models.CharField(max_length=40, default="Asia/Shanghai")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    person = models.CharField(max_length=40, default=new_code)
    created_at = models.DateTimeField(db_default=IppNow(), editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    wall: ClassVar[walls.Wall] = walls.account("id", "raw", "raw", "r")

    class Meta:
        constraints = [
            # Per audience: a portal visitor must not learn from an error that an address belongs to staff.
            models.UniqueConstraint(Lower("email"), F("is_staff"), name="one_account_per_email_and_audience"),
            models.UniqueConstraint(fields=["id", "is_staff"], name="user_id_is_staff"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    @property
    def initials(self) -> str:
        """Up to two letters for the round badge."""
        words = (self.full_name or self.email).split()
        return "".join(word[0] for word in words[:2]).upper()


class Membership(Recorded):
    """A user's place in an organization. `is_platform` repeats both sides so that keys can refuse a mixed pair."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role)
    is_platform = models.BooleanField(default=False)

    wall: ClassVar[walls.Wall] = walls.tenant("raw", "raw", "r", reads="user_id = (SELECT app_user())")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="one_membership_per_organization"),
            models.CheckConstraint(
                condition=Q(is_platform=False, role__in=TENANT_ROLES) | Q(is_platform=True, role__in=PLATFORM_ROLES),
                name="role_fits_the_side",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role} of {self.organization}"


class RolePolicy(models.Model):
    """What the platform asks of a role: rules as data, changed without code."""

    role = models.CharField(max_length=16, choices=Role, primary_key=True)
    mfa_required = models.BooleanField(default=False)

    wall: ClassVar[walls.Wall] = walls.reference("r", "rw", "r")

    def __str__(self) -> str:
        return self.role


class SessionManager(BaseSessionManager["Session"]):
    """Django's own manager for our table."""


class Session(AbstractBaseSession):
    """A signed-in browser. `audience` keeps portal and staff sessions apart in the database itself."""

    audience = models.CharField(max_length=8)
    user_id = models.BigIntegerField(null=True, db_index=True)
    started_at = models.DateTimeField(db_default=IppNow(), editable=False)

    objects: ClassVar[SessionManager] = SessionManager()

    wall: ClassVar[walls.Wall] = walls.session()

    def __str__(self) -> str:
        return f"session of user {self.user_id} on {self.audience}"

    @classmethod
    def get_session_store_class(cls) -> Any:
        """Return the store Django's base class asks for."""
        return import_module(settings.SESSION_ENGINE).SessionStore

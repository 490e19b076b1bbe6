"""The platform organization and its staff."""

from __future__ import annotations

from django.db import transaction

from ipp.core import tenancy
from ipp.core.actors import Actor
from ipp.core.core_events import StaffAdded
from ipp.core.events import record
from ipp.core.models import Membership, Organization, OrganizationKind, Role, User


def platform() -> Organization:
    """Return the one platform organization; the first migrations founded it."""
    return Organization.objects.get(kind=OrganizationKind.PLATFORM)


@transaction.atomic
def add_staff(*, email: str, full_name: str, role: str, password: str | None, by: str) -> User:
    """Create a platform account. Run by the owner's command line: no serving process may make staff."""
    organization = platform()
    user = User.objects.create_user(email, password, full_name=full_name, is_staff=True)
    with tenancy.inside(organization.pk):
        Membership.objects.create(organization=organization, user=user, role=Role(role), is_platform=True)
        actor = Actor(organization.pk, "system", "engine", "system", by, rule="staff_add")
        record(StaffAdded(email=user.email, role=role), actor=actor, subject=user)
    return user

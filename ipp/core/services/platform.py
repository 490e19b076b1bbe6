"""The platform organization, its staff, and ending an account."""

from __future__ import annotations

from django.db import transaction

from ipp.core import tenancy
from ipp.core.actors import Actor
from ipp.core.clock import IppNow
from ipp.core.core_events import AccountDisabled, StaffAdded
from ipp.core.errors import NotFound
from ipp.core.events import record
from ipp.core.models import ApiKey, Membership, Organization, OrganizationKind, Role, Session, User


def platform() -> Organization:
    """Return the one platform organization; the first migrations founded it."""
    return Organization.objects.get(kind=OrganizationKind.PLATFORM)


@transaction.atomic
def add_staff(*, email: str, full_name: str, role: str, password: str | None, by: str, person: str = "") -> User:
    """Create a platform account. Run by the owner's command line: no serving process may make staff.

    Args:
        person: who it is, such as a personnel number; the same for every account of one human. Somebody new when empty.
    """
    organization = platform()
    human = {"person": person.strip()} if person.strip() else {}
    user = User.objects.create_user(email, password, full_name=full_name, is_staff=True, **human)
    with tenancy.inside(organization.pk):
        Membership.objects.create(organization=organization, user=user, role=Role(role), is_platform=True)
        actor = Actor(organization.pk, "system", "engine", "system", by, rule="staff_add")
        record(StaffAdded(email=user.email, role=role), actor=actor, subject=user)
    return user


@transaction.atomic
def disable_account(*, email: str, is_staff: bool, by: str) -> User:
    """End an account at once: no sign-in, every session over, every API key the person made revoked. Run by the owner's command line.

    Raises:
        NotFound: no active account of this address on that side.
    """
    user = User.objects.select_for_update().filter(email=email, is_staff=is_staff, is_active=True).first()
    if user is None:
        raise NotFound
    User.objects.filter(pk=user.pk).update(is_active=False)
    Session.objects.filter(user_id=user.pk).delete()
    ApiKey.objects.filter(created_by=user, revoked_at=None).update(revoked_at=IppNow())
    organization_id = Membership.objects.filter(user=user).order_by("id").values_list("organization_id", flat=True).first()
    actor = Actor(platform().pk, "system", "engine", "system", by, rule="account_disable")
    record(AccountDisabled(email=user.email), actor=actor, subject=user, about=organization_id)
    return user

"""Registering organizations and knowing their members."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from ipp.core.actors import Actor
from ipp.core.clock import now
from ipp.core.core_events import OrganizationRegistered
from ipp.core.events import record
from ipp.core.models import Membership, Organization, Role, User
from ipp.core.tenancy import inside


@transaction.atomic
def register_organization(*, user: User, name: str, kind: str, account_kind: str, country: str = "") -> Organization:
    """Create the organization a new user registers for, with the user as its owner.

    The key is drawn first: a new row must lie inside the scope it is written in.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('core_organization', 'id'))")
        organization_id: int = cursor.fetchone()[0]
    with inside(organization_id):
        organization = Organization.objects.create(
            id=organization_id, kind=kind, account_kind=account_kind, name=name.strip(), country=country
        )
        Membership.objects.create(organization=organization, user=user, role=Role.OWNER)
        actor = Actor(organization_id, "user", "portal", Role.OWNER, str(user), user_id=user.pk)
        record(OrganizationRegistered(kind=kind, account_kind=account_kind), actor=actor, subject=organization)
    return organization


def set_verified(*, actor: Actor, organization_id: int, verified: bool) -> datetime | None:
    """Write whether an organization's identity is proven; the floor that checks the papers calls this.

    Returns: the moment written, or None when the proof was taken back.
    """
    with transaction.atomic():
        moment = now() if verified else None
        Organization.objects.filter(pk=organization_id).update(verified_at=moment)
        return moment


def member_emails(organization_id: int) -> list[tuple[int, str, str]]:
    """Return (user id, address, language) of the active members, for mail."""
    rows = Membership.objects.filter(organization_id=organization_id, user__is_active=True).order_by("id")
    return list(rows.values_list("user_id", "user__email", "user__language"))

"""What the platform asks of each role."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.core_events import RolePolicyChanged
from ipp.core.errors import Conflict, NotFound
from ipp.core.events import record
from ipp.core.models import Role, RolePolicy
from ipp.core.models.accounts import PLATFORM_ROLES


@transaction.atomic
def set_mfa_required(*, actor: Actor, role: str, required: bool) -> None:
    """Require a second factor of a role, or stop requiring it.

    Raises:
        NotFound: no such role.
        Conflict: staff always need one (reliability.md 2.4).
    """
    if not required and role in PLATFORM_ROLES:
        raise Conflict("staff_need_mfa", _("Staff always sign in with a second factor; this cannot be switched off."))
    if role not in Role.values or not RolePolicy.objects.filter(role=role).update(mfa_required=required):
        raise NotFound
    record(RolePolicyChanged(role=role, mfa_required=required), actor=actor)

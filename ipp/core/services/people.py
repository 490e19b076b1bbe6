"""Accounts made from the command line for demos and tests: complete with verified address and, for staff, a code app."""

from __future__ import annotations

import time
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.db import transaction

from ipp.core import tenancy
from ipp.core.actors import Actor
from ipp.core.encryption import decrypt, encrypt
from ipp.core.models import Membership, Organization, Role, User
from ipp.core.services.accounts import register_organization
from ipp.core.services.platform import add_staff

TOTP_SECONDS = 30
"""How long a one-time code lives (RFC 6238; the account library's default)."""


@dataclass(frozen=True)
class Person:
    """A ready account: who, how to sign in, and as whom it acts."""

    user: User
    password: str
    actor: Actor
    totp_secret: str = ""


@transaction.atomic
def make_tenant(
    *, email: str, full_name: str, password: str, name: str, kind: str, account_kind: str, country: str = "", language: str = "en"
) -> Person:
    """Create an organization with its owner, as a finished sign-up would."""
    user = User.objects.create_user(email, password, full_name=full_name, language=language)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    organization = register_organization(user=user, name=name, kind=kind, account_kind=account_kind, country=country)
    return Person(user, password, _actor(organization, user, Role.OWNER))


@transaction.atomic
def add_member(*, organization_id: int, email: str, full_name: str, password: str, role: str) -> Person:
    """Add a colleague to a tenant."""
    user = User.objects.create_user(email, password, full_name=full_name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    with tenancy.inside(organization_id):
        Membership.objects.create(organization_id=organization_id, user=user, role=Role(role))
    return Person(user, password, _actor(Organization.objects.get(pk=organization_id), user, role))


@transaction.atomic
def make_staff(*, email: str, full_name: str, password: str, role: str, by: str) -> Person:
    """Create a platform account whose code app is set up already."""
    user = add_staff(email=email, full_name=full_name, role=role, password=password, by=by)
    secret = generate_totp_secret()
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": encrypt(secret)})
    organization = Organization.objects.get(kind="platform")
    actor = Actor(organization.pk, "user", "staff", role, str(user), user_id=user.pk)
    return Person(user, password, actor, secret)


def one_time_code(user: User) -> str | None:
    """Return the code the user's app would show now, or None without a code app."""
    found = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if found is None:
        return None
    secret = decrypt(found.data["secret"])
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // TOTP_SECONDS)))


def _actor(organization: Organization, user: User, role: str) -> Actor:
    return Actor(organization.pk, "user", "portal", role, str(user), user_id=user.pk)

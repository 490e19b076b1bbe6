"""Who files in the benchmarks: a verified rights holder with a member, a key of the API and a validated right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from allauth.account.models import EmailAddress
from django.db import connections

from ipp.core.actors import Actor
from ipp.core.clock import now
from ipp.core.models import User
from ipp.core.services.accounts import register_organization, set_verified
from ipp.core.services.keys import SCOPES, create_key
from rightsholders.models import Right

PASSWORD = "correct horse battery staple"  # noqa: S105 (of a database that is thrown away)


@dataclass(frozen=True)
class Filer:
    """A rights holder who may file."""

    actor: Actor
    email: str
    secret: str
    """Of the API key."""
    right_id: int
    right_code: str

    @property
    def organization_id(self) -> int:
        """The organization."""
        return self.actor.organization_id


def use_database(name: str) -> None:
    """Point Django's own connection, the owner's, at another database of the server."""
    connection = connections["default"]
    connection.close()
    connection.settings_dict["NAME"] = name
    connections.settings["default"]["NAME"] = name


def make_filer(name: str) -> Filer:
    """Register a rights holder and give them what a filing needs; runs as the owner, whom no policy binds."""
    email = f"{name}@bench.example"
    user = User.objects.create_user(email, PASSWORD, full_name=name.capitalize())
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    organization = register_organization(
        user=user, name=f"{name.capitalize()} Ltd", kind="rights_holder", account_kind="entity", country="CN"
    )
    actor = Actor(organization.pk, "user", "portal", "owner", str(user), user_id=user.pk)
    set_verified(actor=actor, organization_id=organization.pk, verified=True)
    right = Right.objects.create(
        organization=organization,
        kind="trademark",
        name=name.upper(),
        office="CNIPA",
        number=f"2{organization.pk:07d}",
        normalized_number=f"2{organization.pk:07d}",
        owner_name=organization.name,
        territories=["CN"],
        nice_classes=[8, 21],
        registered_on=date(2022, 9, 1),
        expires_on=date(2099, 8, 31),
        status="validated",
        validated_at=now(),
    )
    secret = create_key(actor=actor, name="bench", scopes=list(SCOPES), days=2).secret
    return Filer(actor, email, secret, right.pk, right.code)

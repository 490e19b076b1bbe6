"""`manage.py seed --tenants N --json`: makes fresh tenants and staff and prints everything needed to sign in as them."""

from __future__ import annotations

import json
import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ipp.core import tenancy
from ipp.core.models.accounts import PLATFORM_ROLES
from ipp.core.services import keys
from ipp.core.services.people import Person, add_member, make_staff, make_tenant


class Command(BaseCommand):
    """For load tests and acceptance runs. Each run makes new ones; nothing existing is touched."""

    help = "Make N tenants (owner, filer, viewer, API key), an agency, and one member of staff per role."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the number of tenants and the form of the output."""
        parser.add_argument("--tenants", type=int, default=2)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them and print them."""
        if settings.IPP_MODE == "production":
            raise CommandError("Seeded accounts are for tests; they are never made in production.")
        run = secrets.token_hex(3)
        made = {
            "tenants": [self._tenant(f"{run}-{number}", "rights_holder") for number in range(options["tenants"])],
            "agency": self._tenant(f"{run}-agency", "agency"),
            "staff": [self._staff(run, role.value) for role in PLATFORM_ROLES],
        }
        self.stdout.write(json.dumps(made, indent=None if options["json"] else 2))

    def _tenant(self, tag: str, kind: str) -> dict[str, Any]:
        owner = make_tenant(
            email=f"owner-{tag}@seed.example",
            full_name=f"Owner {tag}",
            password=secrets.token_urlsafe(12),
            name=f"Seeded {tag}",
            kind=kind,
            account_kind="entity",
            country="GB",
        )
        organization_id = owner.actor.organization_id
        others = [
            add_member(
                organization_id=organization_id,
                email=f"{role}-{tag}@seed.example",
                full_name=f"{role.capitalize()} {tag}",
                password=secrets.token_urlsafe(12),
                role=role,
            )
            for role in ("filer", "viewer")
        ]
        with tenancy.acting(owner.actor):
            key = keys.create_key(actor=owner.actor, name="seed", scopes=list(keys.SCOPES), days=30)
        return {"organization": f"Seeded {tag}", "kind": kind, "users": [_login(owner), *map(_login, others)], "api_key": key.secret}

    def _staff(self, run: str, role: str) -> dict[str, Any]:
        return _login(
            make_staff(
                email=f"{role}-{run}@seed.example", full_name=role.capitalize(), password=secrets.token_urlsafe(12), role=role, by="seed"
            )
        )


def _login(person: Person) -> dict[str, Any]:
    return {"email": person.user.email, "password": person.password, "role": person.actor.role, "totp_secret": person.totp_secret}

"""`manage.py seed --tenants N --json`: makes fresh tenants and staff and prints everything needed to sign in as them."""

from __future__ import annotations

import json
import secrets
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ipp.core import clock, tenancy
from ipp.core.actors import Actor
from ipp.core.models.accounts import PLATFORM_ROLES, Role
from ipp.core.services import keys
from ipp.core.services.people import Person, add_member, make_staff, make_tenant
from marketplaces.models import Seller
from marketplaces.queries import token_of
from marketplaces.services import claim_shop
from marketplaces.services.claiming import invitation_for
from rightsholders.management import rights_story, story
from rightsholders.models import Right
from rightsholders.services import RightDetails

SHOPS_EACH = 2


class Command(BaseCommand):
    """For load tests and acceptance runs. Each run makes new ones; nothing existing is touched."""

    help = (
        "Make N rights holders (owner, filer, viewer, API key, identity verified, one validated right), an agency, sellers that have "
        "claimed shops where the catalogue knows any, and staff: one of each role, and a second reviewer and approver."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the number of tenants and the form of the output."""
        parser.add_argument("--tenants", type=int, default=2)
        parser.add_argument("--sellers", type=int, default=1)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them and print them."""
        if settings.IPP_MODE == "production":
            raise CommandError("Seeded accounts are for tests; they are never made in production.")
        settings.CLOCK_MOVABLE = True  # papers and rights were checked in the days before
        run = secrets.token_hex(3)
        roles = [role.value for role in (*PLATFORM_ROLES, Role.REVIEWER, Role.APPROVER)]
        staff = [self._staff(f"{number}-{run}", role) for number, role in enumerate(roles, start=1)]
        verifier = next(person for person in staff if person.actor.role == Role.VERIFIER)
        made = {
            "tenants": [self._holder(f"{run}-{number}", number, verifier) for number in range(options["tenants"])],
            "agency": self._tenant(f"{run}-agency", "agency")[0],
            "sellers": [self._seller(f"{run}-seller-{number}") for number in range(options["sellers"])],
            "staff": [_login(person) for person in staff],
        }
        self.stdout.write(json.dumps(made, indent=None if options["json"] else 2))

    def _holder(self, tag: str, number: int, verifier: Person) -> dict[str, Any]:
        """Make a rights holder whose identity and one right were checked by the seeded verifier."""
        told, owner = self._tenant(tag, "rights_holder")
        applicant = story.Applicant(
            owner.user.email, str(owner.user), told["organization"], "rights_holder", "entity", "GB", "business_licence", tag, 3, "approved"
        )
        story.prove_identity(applicant, owner, verifier)
        today = clock.now().date()
        details = RightDetails(
            "trademark",
            f"SEED {tag.upper()}",
            told["organization"],
            "CNIPA",
            str(50_000_000 + secrets.randbelow(9_000_000)),
            nice_classes=(21,),
            goods="Household utensils",
            filed_on=today - timedelta(days=1200),
            registered_on=today - timedelta(days=900),
            expires_on=today + timedelta(days=2700),
        )
        story.give_rights(applicant, [rights_story.Registration(1, "approved", details, ("certificate", "classes"))], verifier)
        with tenancy.acting(owner.actor):
            right = Right.objects.get(organization_id=owner.actor.organization_id)
        return {**told, "right": {"code": right.code, "reference": right.reference, "name": right.name, "status": right.status}}

    def _seller(self, tag: str) -> dict[str, Any]:
        """Make a seller that has claimed the next shops nobody has; two shops of one seller are linked by it."""
        told, owner = self._tenant(tag, "seller")
        with tenancy.engine_scope("choose shops to seed"):
            free = list(Seller.objects.filter(organization=None, state="open").order_by("id")[:SHOPS_EACH])
            invitations = [invitation for shop in free if (invitation := invitation_for(shop.pk)) is not None]
        shops = [self._claimed(owner.actor, invitation.code) for invitation in invitations]
        if len(shops) < SHOPS_EACH:
            found = f"{told['organization']} has claimed {len(shops)} of {SHOPS_EACH} shops"
            self.stderr.write(f"{found}: the catalogue knows no more that are open and nobody's. Import one first.")
        return {**told, "shops": shops}

    def _claimed(self, actor: Actor, code: str) -> dict[str, str]:
        with tenancy.acting(actor):
            shop = claim_shop(actor=actor, token=token_of(code))
        return {"marketplace": shop.marketplace_id, "id": shop.external_id, "name": shop.name, "code": shop.code}

    def _tenant(self, tag: str, kind: str) -> tuple[dict[str, Any], Person]:
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
        told = {"organization": f"Seeded {tag}", "kind": kind, "users": [_login(owner), *map(_login, others)], "api_key": key.secret}
        return told, owner

    def _staff(self, tag: str, role: str) -> Person:
        return make_staff(
            email=f"{role}-{tag}@seed.example", full_name=role.capitalize(), password=secrets.token_urlsafe(12), role=role, by="seed"
        )


def _login(person: Person) -> dict[str, Any]:
    return {"email": person.user.email, "password": person.password, "role": person.actor.role, "totp_secret": person.totp_secret}

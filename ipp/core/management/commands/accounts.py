"""`manage.py accounts disable EMAIL`: ends a person's access at once; the owner's work."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ipp.core.errors import NotFound
from ipp.core.models import User
from ipp.core.services.platform import disable_account


class Command(BaseCommand):
    """Sign-in, sessions and keys end in one transaction."""

    help = "Disable an account: it cannot sign in, its sessions are over and the API keys it made are revoked."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the address, and which side it is on."""
        parser.add_argument("action", choices=["disable"])
        parser.add_argument("email")
        parser.add_argument("--staff", action="store_true", help="a member of staff (default: a tenant's person)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Disable it, or say that there is none."""
        email = User.objects.normalize_email(options["email"])
        try:
            disable_account(email=email, is_staff=options["staff"], by=f"shell of {getpass.getuser()}")
        except NotFound as error:
            side = "staff" if options["staff"] else "portal"
            raise CommandError(f"There is no active {side} account {email}.") from error
        self.stdout.write(f"{email} is disabled: no sign-in, no session, no key.")

"""`manage.py staff add EMAIL ROLE`: makes a platform account; the owner's work, never a web process's."""

from __future__ import annotations

import getpass
import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ipp.core.models import User
from ipp.core.models.accounts import PLATFORM_ROLES
from ipp.core.services.platform import add_staff


class Command(BaseCommand):
    """Adds members of staff; the first one of a new installation too."""

    help = "Add a member of staff. Prints a one-time password; they set up their code app at first sign-in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the address, the role and the name."""
        parser.add_argument("action", choices=["add"])
        parser.add_argument("email")
        parser.add_argument("role", choices=[role.value for role in PLATFORM_ROLES])
        parser.add_argument("--name", default="")
        parser.add_argument("--person", default="", help="personnel number: the same for every account of one human")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the account, or say why not."""
        email = User.objects.normalize_email(options["email"])
        if User.objects.filter(email=email, is_staff=True).exists():
            raise CommandError(f"{email} is on the staff already.")
        password = secrets.token_urlsafe(15)
        user = add_staff(
            email=email,
            full_name=options["name"],
            role=options["role"],
            password=password,
            by=f"shell of {getpass.getuser()}",
            person=options["person"],
        )
        self.stdout.write(f"{user.email} may sign in as {options['role']} with the password {password} and should change it at once.")

"""`manage.py demo`: fills an empty system with invented data; `demo complaints` adds cases; `demo otp EMAIL` prints a code."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ipp.core.models import User
from ipp.core.services.people import one_time_code
from penalties.management import plan
from penalties.management import story as crowd
from rightsholders.management import story
from takedowns.management import story as complaints


class Command(BaseCommand):
    """Run as the owner. Idempotent: a second run changes nothing."""

    help = "Load demo data (nothing happens where it is loaded already), print its logins, or print a one-time code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the action and its options."""
        parser.add_argument("action", nargs="?", choices=["load", "complaints", "otp"], default="load")
        parser.add_argument("email", nargs="?", default="")
        parser.add_argument("--if-empty", action="store_true", help="load only into a system without any tenant")
        parser.add_argument("--print-logins", action="store_true", help="print the demo logins and load nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, or say why not."""
        if settings.IPP_MODE == "production":
            raise CommandError("Demo accounts have public passwords; they are never loaded in production.")
        if options["action"] == "otp":
            self.stdout.write(self._code(options["email"]))
        elif options["action"] == "complaints":
            self._complaints()
        elif options["print_logins"]:
            self._print_logins()
        elif story.is_loaded():
            self.stdout.write("Demo data is loaded already.")
        elif options["if_empty"] and not settings.IPP_DEMO:
            self.stdout.write("No demo data was asked for (IPP_DEMO=0).")
        elif options["if_empty"] and User.objects.exists():
            self.stdout.write("There are accounts already; no demo data was loaded.")
        else:
            settings.CLOCK_MOVABLE = True
            story.load()
            self.stdout.write("Demo data loaded.")

    def _complaints(self) -> None:
        """Load rights, and cases against listings of the sandbox, which has to run beside."""
        if not story.is_loaded():
            self.stdout.write("There is nobody the demo complaints could be of.")
            return
        settings.CLOCK_MOVABLE = True
        if not complaints.is_loaded():
            complaints.load()
            self.stdout.write("Demo rights and the first complaints are loaded.")
        if not crowd.is_loaded():
            crowd.load(self.stdout.write)
        self.stdout.write("Demo rights and complaints loaded.")

    def _code(self, email: str) -> str:
        users = User.objects.filter(email=User.objects.normalize_email(email)).order_by("-is_staff")
        code = next((code for code in map(one_time_code, users) if code), None)
        if code is None:
            raise CommandError(f"{email or 'Nobody'} has no code app. Demo staff have: {', '.join(row[0] for row in story.STAFF)}.")
        return code

    def _print_logins(self) -> None:
        if not story.is_loaded():
            self.stdout.write("No demo data here; make staff with `manage.py staff add EMAIL ROLE`.")
            return
        self.stdout.write(f"Every demo login has the password: {story.PASSWORD}")
        self.stdout.write("Portal")
        for applicant in story.APPLICANTS[:3]:
            self.stdout.write(f"  {applicant.email:36} {applicant.name}")
        for email, _owner, company, *_rest in crowd.HOLDERS[:1]:
            self.stdout.write(f"  {email:36} {company}")
        for seller in plan.SELLERS[1::2]:
            self.stdout.write(f"  {seller.email:36} {seller.name} (seller)")
        self.stdout.write("Staff console (a code app is asked for: manage.py demo otp EMAIL)")
        for email, _name, role in story.STAFF:
            self.stdout.write(f"  {email:36} {role}")

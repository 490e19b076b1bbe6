"""`manage.py audit export`: writes the audit trail as chained JSON lines; the owner's work."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ipp.core.services.audit import export_lines


class Command(BaseCommand):
    """The rule of the chain stands in `ipp.core.services.audit` and docs/operations.md."""

    help = "Write every event, one JSON line each, each with the hash of the one before."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the action."""
        parser.add_argument("action", choices=["export"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the lines."""
        for line in export_lines():
            self.stdout.write(line)

"""`manage.py marketplaces import [KEY]` reads catalogues now; `manage.py marketplaces status` shows what is known and what waits."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ipp.core.errors import NotFound
from marketplaces import services
from marketplaces.gateways.connector import ConnectorError
from marketplaces.queries import status_of_marketplaces


class Command(BaseCommand):
    """Runs under the engine's or the owner's login."""

    help = "Read the catalogue of one marketplace or of all, or show what is known and what waits."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the verb and, for `import`, a marketplace's key."""
        parser.add_argument("verb", choices=["import", "status"])
        parser.add_argument("key", nargs="?", default="", help="only this marketplace")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        if options["verb"] == "status":
            self._show()
        elif options["key"]:
            self._import(options["key"])
        else:
            for key, count in services.import_catalogues().items():
                self.stdout.write(f"{key}: {count} listings")

    def _import(self, key: str) -> None:
        try:
            self.stdout.write(f"{key}: {services.import_catalogue(key)} listings")
        except NotFound:
            raise CommandError(f"There is no marketplace {key!r}; `manage.py marketplaces status` lists them.") from None
        except ConnectorError as error:
            raise CommandError(f"{key} could not be read: {error}") from error

    def _show(self) -> None:
        for row in status_of_marketplaces():
            self.stdout.write(
                f"{row.key:14} {row.connector:8} {row.listings:6} listings {row.sellers:5} shops"
                f" {row.waiting:5} actions waiting {row.stuck:4} for a person"
            )

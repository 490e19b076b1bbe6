"""`manage.py links resolve FILE|-`: tells what the links of a file lead to; it needs no settings, database or broker."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplaces.rules.links import Link, RulesError, iter_links, packaged_rules

DEFAULT_SANDBOX_ORIGIN = "http://localhost:8003"
FIELDS = ("input", "status", "marketplace", "listing_id", "canonical_url", "key", "message")
"""The fields of a row, as `POST /api/v1/listing-links/resolve` answers them."""


class Command(BaseCommand):
    """Reads and writes line by line, so a file may be as long as it likes. It follows the packaged rules, not those of a database."""

    help = "Tell what links lead to: listings, stores, short links, or nothing we serve."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `resolve FILE` and the form of the output."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        resolve = actions.add_parser("resolve", help="Print one row of JSON for each link, in order.")
        resolve.add_argument("file", metavar="FILE", help="A text file in UTF-8 with pasted text; - reads standard input.")
        resolve.add_argument("--json", action="store_true", help="Print one JSON array instead of one object a line.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a row for each link, and one for each line that holds none.

        Raises:
            CommandError: status 2: the file cannot be read, or SANDBOX_ORIGIN is no origin.
        """
        try:
            rulebook = packaged_rules(os.environ.get("SANDBOX_ORIGIN", "").strip() or DEFAULT_SANDBOX_ORIGIN)
        except RulesError as error:
            raise CommandError(f"SANDBOX_ORIGIN must be an address such as {DEFAULT_SANDBOX_ORIGIN}. {error}", returncode=2) from error
        with _lines_of(options["file"]) as lines:
            rows = (_row(rulebook.resolve(link)) for link in iter_links(lines))
            try:
                self._print(rows, is_array=options["json"])
            except BrokenPipeError:
                # Whoever read us (`| head`) has enough. Nothing is left to flush, so that the interpreter's end finds nothing to say.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _print(self, rows: Iterator[str], *, is_array: bool) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")
        if not is_array:
            for row in rows:
                self.stdout.write(row)
        else:
            before = "["
            for row in rows:
                self.stdout.write(f"{before}\n{row}", ending="")
                before = ","
            self.stdout.write("[]" if before == "[" else "\n]")
        self.stdout.flush()


def _row(link: Link) -> str:
    return json.dumps({field: getattr(link, field) for field in FIELDS}, ensure_ascii=False)


@contextmanager
def _lines_of(name: str) -> Iterator[TextIO]:
    """Open a file, or standard input; a byte that is no UTF-8 becomes a character that no link may hold."""
    if name == "-":
        yield io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", errors="replace")
        return
    try:
        file = open(name, encoding="utf-8-sig", errors="replace")  # noqa: SIM115 (closed below; only opening may fail so)
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}. Name a text file, or - for standard input.", returncode=2) from error
    with file:
        yield file

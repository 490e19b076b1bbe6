"""What the person who typed `make run` sees."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

TITLES = {"portal": "Portal", "staff": "Staff console", "files": "File origin", "sandbox": "Sandbox marketplace", "mailbox": "Mailbox"}
BANNER = "── {} "
WIDTH = 78


class Console:
    """Prints progress and one summary; a console that has gone away stops nothing."""

    def __init__(self) -> None:
        """Start the clock."""
        self.began = time.monotonic()

    def step(self, words: str) -> None:
        """Tell a step that is done, with the seconds since the start."""
        self.say(f"  {words:<58}{time.monotonic() - self.began:6.1f} s")

    def note(self, words: str) -> None:
        """Tell something that happened while everything runs."""
        self.say(f"{datetime.now().astimezone():%H:%M:%S}  {words}")

    def summary(self, addresses: Mapping[str, str], *, logins: str, data: str) -> None:
        """Show the addresses, who can sign in, and how to stop."""
        lines = ["", _ruled(f"IPP runs (ready in {time.monotonic() - self.began:.1f} s)")]
        lines += [f"  {TITLES.get(name, name):<22}{address}" for name, address in addresses.items()]
        if logins:
            lines += ["", _ruled("Sign in as"), *(f"  {line}" for line in logins.splitlines())]
        lines += ["", f"Data and logs: {data}. Stop with Ctrl-C, or with `make stop` elsewhere.", ""]
        self.say("\n".join(lines))

    def say(self, words: str) -> None:
        """Print at once."""
        with suppress(OSError, ValueError):
            print(words, file=sys.stdout, flush=True)


def _ruled(words: str) -> str:
    return BANNER.format(words).ljust(WIDTH, "─")

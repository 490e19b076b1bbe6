"""What stops a start, in words for the person at the console."""

from __future__ import annotations


class StartError(Exception):
    """The system cannot start or stop as asked; the message says why and what to do, in one paragraph."""


class StopRequested(Exception):  # noqa: N818 (not an error)
    """Somebody asked for a stop (Ctrl-C, `make stop`, a closed terminal)."""

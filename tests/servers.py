"""A real PostgreSQL and a real Valkey for the suite, in a temporary folder, unless the environment names some."""

from __future__ import annotations

import os

from ipp.embedded.servers import EphemeralServers
from tests import database

READY = "IPP_TEST_TEMPLATE_READY"
RUNNING: list[EphemeralServers] = []


def start() -> None:
    """Start the servers and make the template, once, in the controlling process; workers and other children inherit both."""
    if READY in os.environ:
        return
    if "DATABASE_URL" not in os.environ or "REDIS_URL" not in os.environ:
        running = EphemeralServers()
        os.environ.update(running.start())
        RUNNING.append(running)
    database.make_template()
    os.environ[READY] = "1"


def stop() -> None:
    """Stop what was started here."""
    while RUNNING:
        RUNNING.pop().stop()

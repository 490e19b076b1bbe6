"""A real PostgreSQL and a real Valkey for the suite, in a temporary folder, unless the environment names some."""

from __future__ import annotations

import os

from ipp.embedded.servers import EphemeralServers
from tests import database

RUNNING: list[EphemeralServers] = []
OWN: list[int] = []


def start() -> None:
    """Start the servers and make the template, once, in the controlling process; workers and other children inherit both."""
    if database.RUN in os.environ:
        return
    os.environ[database.RUN] = str(os.getpid())
    OWN.append(os.getpid())
    if "DATABASE_URL" not in os.environ or "REDIS_URL" not in os.environ:
        running = EphemeralServers()
        os.environ.update(running.start())
        RUNNING.append(running)
    database.make_template()


def stop() -> None:
    """Stop what was started here; on a server that was given, leave nothing behind."""
    if RUNNING:
        RUNNING.pop().stop()
    elif OWN:
        database.run_as_owner(f"DROP DATABASE IF EXISTS {database.named('template')}")

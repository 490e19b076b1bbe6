"""Starts the marketplace: `python -m sandbox`."""

from __future__ import annotations

import os
import sqlite3
import sys

from sandbox.app import Application
from sandbox.configuration import ConfigurationError, from_environment
from sandbox.faults import Faults
from sandbox.server import Server, serve
from sandbox.store import Store


def main() -> int:
    """Serve until told to stop; return the exit status."""
    try:
        settings = from_environment(os.environ)
        store = Store(settings.data, bulk=settings.bulk)
        faults = Faults(settings.fault)
        application = Application(store, origin=settings.origin, secret=settings.secret, portal=settings.portal, faults=faults)
        server = Server(settings.host, settings.port, application)
        application.origin = settings.origin or f"http://localhost:{server.server_port}"
    except ConfigurationError as error:
        return _complain(str(error))
    except (OSError, sqlite3.Error) as error:
        return _complain(f"cannot start: {error}")
    if settings.fault.mode != "none":
        sys.stderr.write(f"sandbox: begins with fault {settings.fault.mode}\n")
    sys.stderr.write(f"sandbox: listening on {settings.host}:{server.server_port}\n")
    serve(server, before_closing=faults.stop)
    return 0


def _complain(words: str) -> int:
    sys.stderr.write(f"sandbox: {words}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())

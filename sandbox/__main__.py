"""Starts the marketplace: `python -m sandbox`."""

from __future__ import annotations

import os
import sqlite3
import sys

from sandbox.app import Application
from sandbox.configuration import ConfigurationError, from_environment
from sandbox.server import Server, serve
from sandbox.store import Store


def main() -> int:
    """Serve until told to stop; return the exit status."""
    try:
        settings = from_environment(os.environ)
        store = Store(settings.data)
        server = Server(settings.host, settings.port, Application(store, origin=settings.origin, secret=settings.secret))
    except ConfigurationError as error:
        return _complain(str(error))
    except (OSError, sqlite3.Error) as error:
        return _complain(f"cannot start: {error}")
    sys.stderr.write(f"sandbox: listening on {settings.host}:{server.server_port}\n")
    serve(server)
    return 0


def _complain(words: str) -> int:
    sys.stderr.write(f"sandbox: {words}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())

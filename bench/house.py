"""The house that is measured: throw-away servers with the durability of real ones, databases from one template, real processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2  # type: ignore[import-untyped]

from ipp.embedded.children import Child, wait_until
from ipp.embedded.environment import ROOT, Run
from ipp.embedded.ports import free_port
from ipp.embedded.processes import PROCESSES
from ipp.embedded.readiness import is_ready
from ipp.embedded.servers import Servers

TEMPLATE = "ipp_bench_template"
READY_SECONDS = 120
SANDBOX = "http://localhost:8003"
MORE_SETTINGS = {"RATE_SCALE": "10000", "SANDBOX_ORIGIN": SANDBOX}
"""One client asks faster here than the API's allowance (the counting itself stays); links to the sandbox read the same on every run."""


@dataclass
class House:
    """Running servers, a migrated template, and what starts processes on copies of it."""

    folder: Path
    run: Run
    servers: Mapping[str, str]
    everything: Mapping[str, str]
    builds: dict[str, Any] = field(default_factory=dict)
    """What several benchmarks use and the first of them built."""
    databases: set[str] = field(default_factory=lambda: {TEMPLATE})

    def url(self, database: str) -> str:
        """Return the owner's address of a database."""
        return urlunsplit(urlsplit(self.servers["DATABASE_URL"])._replace(path=f"/{database}"))

    def login_url(self, audience: str, database: str) -> str:
        """Return the address of a database for the login of one audience."""
        return urlunsplit(urlsplit(self.everything[f"{audience.upper()}_DATABASE_URL"])._replace(path=f"/{database}"))

    def make_database(self, name: str) -> str:
        """Make a database from the template and return its name."""
        self.drop_database(name)
        self.databases.add(name)
        execute(self.servers["DATABASE_URL"], f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        execute(self.servers["DATABASE_URL"], f"GRANT CONNECT ON DATABASE {name} TO ipp_portal, ipp_staff, ipp_engine")
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database with whoever is still in it."""
        execute(self.servers["DATABASE_URL"], f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.databases.discard(name)

    def drop_everything(self) -> None:
        """Drop every database that was made."""
        for name in sorted(self.databases):
            self.drop_database(name)

    @contextmanager
    def process(self, name: str, database: str, *, settings: str = "ipp.settings", celery: str = "ipp") -> Iterator[str]:
        """Run one process of the house on a database, by its own command line and with nothing but its own secrets.

        Args:
            name: as in `ipp.embedded.processes`.
            settings: the settings module; another one only to add a route.
            celery: the application of a worker; another one only to add a task.

        Yields: its address, for one that listens.
        """
        process = next(each for each in PROCESSES if each.name == name)
        run = Run(self.run.environ, self.run.processes, self.run.data, self.run.host, free_port(), self.run.mode)
        everything = {
            **self.everything,
            **{key: self._on(value, database) for key, value in self.everything.items() if "DATABASE_URL" in key},
        }
        environment = run.environment_of(process, everything) | MORE_SETTINGS | {"DJANGO_SETTINGS_MODULE": settings}
        words = [celery if word == "ipp" and process.argv[2] == "celery" else word for word in process.command(**run.places(process))]
        child = Child(name, words, environment, ROOT, self.folder / "log" / f"{name}-{database}.log")
        child.start()
        try:
            if process.port_offset is not None:
                wait_until(
                    partial(is_ready, run.ready_url(process), host_name="localhost"), child=child, seconds=READY_SECONDS, pause=time.sleep
                )
            yield run.ready_url(process).removesuffix(process.ready_path or "") if process.port_offset is not None else ""
        finally:
            child.stop()

    def _on(self, url: str, database: str) -> str:
        return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


@contextmanager
def standing(environ: Mapping[str, str]) -> Iterator[House]:
    """Start PostgreSQL and Valkey as `make run` starts them (fsync and all), migrate a template, and remove everything afterwards.

    DATABASE_URL and REDIS_URL in `environ` name servers to use instead; their settings are told with the figures.
    """
    with ExitStack() as cleanup:
        folder = Path(tempfile.mkdtemp(prefix="ipp-bench-"))
        cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        own = Servers(folder, environ=environ, logs=folder / "log")
        servers = own.start()
        cleanup.callback(own.stop)
        run = Run(environ, PROCESSES, folder, "127.0.0.1", free_port(), "local")
        house = House(folder, run, servers, run.everything(servers))
        if own.postgres is None:  # else they go with the folder
            cleanup.callback(house.drop_everything)
        _make_template(house)
        yield house


def become_owner(house: House) -> None:
    """Take the owner's environment, so that Django can be set up in this process."""
    os.environ.update({**house.everything, **MORE_SETTINGS, "IPP_AUDIENCE": "owner", "DATABASE_URL": house.url(TEMPLATE)})
    os.environ["LOG_LEVEL"] = "WARNING"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipp.settings")


def connect(url: str) -> Any:
    """Return a plain connection."""
    return psycopg2.connect(url)


def execute(url: str, statement: str) -> None:
    """Run one statement outside a transaction."""
    connection = connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


def surroundings(house: House) -> dict[str, Any]:
    """Return what the figures depend on: the server's settings, the machine and how busy it is, the versions."""
    connection = connect(house.servers["DATABASE_URL"])
    names = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "jit", "max_wal_size")
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT name, current_setting(name) FROM unnest(%s) AS name", [list(names)])
        told = dict(cursor.fetchall())
    connection.close()
    return {
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "postgresql": told,
        "python": sys.version.split()[0],
        "cores": len(os.sched_getaffinity(0)),
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }


def indexes(connection: Any, table: str) -> list[str]:
    """Return the indexes and keys of a table, one line each: both sides of a ratio write them."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = %s ORDER BY indexname", [table])
        found = [row[0].split(" USING ", 1)[1] for row in cursor.fetchall()]
        cursor.execute("SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f' ORDER BY conname", [table])
        return [*found, *(f"foreign key {row[0]}" for row in cursor.fetchall())]


def _make_template(house: House) -> None:
    execute(house.servers["DATABASE_URL"], f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
    execute(house.servers["DATABASE_URL"], f"CREATE DATABASE {TEMPLATE}")
    environment = {
        **house.everything,
        "IPP_AUDIENCE": "owner",
        "DATABASE_URL": house.url(TEMPLATE),
        "DJANGO_SETTINGS_MODULE": "ipp.settings",
    }
    for words in (("roles",), ("migrate", "-v0", "--skip-checks")):
        subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603

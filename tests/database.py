"""Databases of the suite: one template, migrated once as the owner and peopled with the cast; every worker and race test gets a copy."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from ipp.env import LOGIN_URLS

ROOT = Path(__file__).resolve().parent.parent
RUN = "IPP_TEST_RUN"
"""Names this run's databases, so that two runs on one server never meet."""


def named(use: str) -> str:
    """Return the name of a database of this run."""
    return f"ipp_{use}_{os.environ[RUN]}"


def url_of(database: str) -> str:
    """Return the owner's URL of a database on the test server."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}"))


def make_template() -> None:
    """Migrate the template as the owner, create the logins (passwords from SECRET_KEY) and the test login, and people it."""
    template = named("template")
    run_as_owner(f"CREATE DATABASE {template}")
    given = {name: value for name, value in os.environ.items() if name not in {"LOGINS_SECRET", *LOGIN_URLS.values()}}
    environment = {**given, "DATABASE_URL": url_of(template), "IPP_AUDIENCE": "owner", "IPP_MODE": "test"}
    environment["DJANGO_SETTINGS_MODULE"] = "ipp.settings"
    done = subprocess.run([sys.executable, "-m", "tests.cast"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the template could not be made:\n{done.stdout}\n{done.stderr}")
    run_as_owner(
        "DO $$ BEGIN CREATE ROLE ipp_test LOGIN INHERIT PASSWORD 'ipp_test'; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        "GRANT ipp_portal, ipp_staff, ipp_engine TO ipp_test WITH INHERIT TRUE, SET TRUE",
        # so that a database can be dropped while a connection of theirs is still closing
        "GRANT ipp_test, ipp_portal, ipp_staff, ipp_engine TO CURRENT_USER WITH INHERIT TRUE",
    )


def copy_template(name: str) -> None:
    """Make a database from the template."""
    run_as_owner(
        f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
        f"CREATE DATABASE {name} TEMPLATE {named('template')}",
        f"GRANT CONNECT, TEMPORARY ON DATABASE {name} TO ipp_test, ipp_portal, ipp_staff, ipp_engine",
    )


@contextmanager
def copied(name: str) -> Iterator[str]:
    """Give a database of one's own while the block runs."""
    copy_template(name)
    try:
        yield name
    finally:
        run_as_owner(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def run_as_owner(*statements: str) -> None:
    """Run statements outside a transaction as the owner."""
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                _run(cursor, statement)
    finally:
        connection.close()


def _run(cursor: Any, statement: str) -> None:
    """Run a statement, again while the server's own housekeeping is in the database: nobody but a superuser may end that."""
    for _try in range(50):
        try:
            cursor.execute(statement)
            return
        except psycopg2.errors.InsufficientPrivilege:
            time.sleep(0.2)
    cursor.execute(statement)

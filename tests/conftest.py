"""Starts real servers, gives every worker its database, and offers the cast, the clock, the engine and clients of each audience."""

from __future__ import annotations

import gc
import os
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests import database, servers
from tests.actors import AudienceClient, actor_named, api_client, signed_in

TOGETHER = (
    "tests/browser/",
    "tests/architecture/test_access_matrix.py",
    "tests/architecture/test_foreign_records_alone.py",
    "tests/architecture/test_walls_alone.py",
    "tests/core/test_openapi.py",
    "tests/core/test_roles_command.py",
    "tests/ops/test_servers.py",
    "tests/ops/test_supervisor.py",
    "tests/penalties/test_demo_data.py",
    "tests/penalties/test_seed.py",
    "tests/takedowns/test_shared_walls.py",
)
"""What one worker runs as a whole, for its tests share what takes long to make: a running system, a server, a record of every kind."""


class Shared(LoadScopeScheduling):
    """Hands out tests one by one, but for those that stay together: they go first, the most numerous before the others."""

    def _split_scope(self, nodeid: str) -> str:
        return next((place for place in TOGETHER if nodeid.startswith(place)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Return our scheduler. (Marks named xdist_group cannot say it: since pytest 9.2 they no longer reach who hands the tests out.)"""
    return Shared(config, log)


def pytest_xdist_auto_num_workers() -> int:
    """Return one worker more than there are processors: some test always waits, for a process, a page or a lock."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_configure(config: pytest.Config) -> None:
    """Look for garbage less often: Django and the tests are a heap so large that searching it took a sixth of a test's time."""
    gc.set_threshold(100_000, 50, 100)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started here."""
    servers.stop()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any, worker_id: str) -> Iterator[None]:
    """Point Django at this worker's copy of the template."""
    name = database.named(f"test_{worker_id}")
    with database.copied(name), django_db_blocker.unblock():
        point_at(name)
        assert_weak_login()
        yield
        close_connections()


@pytest.fixture
def own_database(django_db_setup: None, django_db_blocker: Any, worker_id: str) -> Iterator[str]:
    """Give a test a database of its own, where transactions really commit: for races, crashes and true logins."""
    name = database.named(f"own_{worker_id}")
    with database.copied(name), django_db_blocker.unblock():
        before = point_at(name)
        yield name
        close_connections()
        point_at(before)


@pytest.fixture(autouse=True)
def own_counters() -> Callable[[], None]:
    """Count requests and guesses of each test by themselves: rate limits must not see another test, nor another worker.

    Returns: a function that forgets what was counted so far, as time does.
    """
    from django.core.cache import caches

    def forget() -> None:
        caches["default"].key_prefix = f"ipp:test:{uuid.uuid4().hex}"

    forget()
    return forget


@pytest.fixture(autouse=True)
def own_rules() -> None:
    """Read marketplaces and their rules anew in each test: what another one entered was rolled back."""
    from marketplaces.queries import forget_rulebook

    forget_rulebook()


@pytest.fixture
def storage(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test folders of its own for stored and for temporary files; return the one above them."""
    backend = "django.core.files.storage.FileSystemStorage"
    own = {alias: {"BACKEND": backend, "OPTIONS": {"location": str(tmp_path / alias)}} for alias in ("sealed", "derivatives")}
    settings.STORAGES = settings.STORAGES | own
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "temporary")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", settings.FILE_UPLOAD_TEMP_DIR)
    return tmp_path


@pytest.fixture
def cast(db: None) -> Callable[[str], Any]:
    """Return people of the cast by name, as actors."""
    return actor_named


@pytest.fixture
def alice(db: None) -> Any:
    """Owner of Acme."""
    return actor_named("alice")


@pytest.fixture
def gus(db: None) -> Any:
    """Owner of Globex, the other tenant."""
    return actor_named("gus")


@pytest.fixture
def bob(db: None) -> Any:
    """Verifier."""
    return actor_named("bob")


@pytest.fixture
def client_of(db: None) -> Callable[[str], AudienceClient]:
    """Return a browser in which somebody of the cast is signed in, second factor included."""
    return signed_in


@pytest.fixture
def visitor(db: None) -> Callable[[str], AudienceClient]:
    """Return a browser of nobody, on the portal or the staff console."""
    return AudienceClient


@pytest.fixture
def machine(db: None) -> Callable[..., Any]:
    """Return an API client with a fresh key of a tenant."""
    return api_client


@pytest.fixture
def run_engine(db: None) -> Callable[..., None]:
    """Return a function that does what the engine would do by some moment from now."""
    from ipp.core import clock
    from ipp.core.services import deliveries, mails

    def run(after: timedelta = timedelta(0)) -> None:
        with clock.moved(after):
            while deliveries.deliver_due() + mails.send_due():
                pass

    return run


def point_at(name: str) -> str:
    """Make the default connection use another database of the test server; return the one before."""
    from django.db import connections

    close_connections()
    connection = connections["default"]
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = name
    connections.settings["default"]["NAME"] = name
    return str(before)


def close_connections() -> None:
    """Close this thread's connection."""
    from django.db import connections

    connections["default"].close()


def assert_weak_login() -> None:
    """Stop the suite when it runs under a login that row-level security does not bind: it would prove nothing."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,), "the suite must not run as a superuser or with BYPASSRLS"

"""The broker is a doorbell: flushed, killed and back again, a real engine still completes every case, each once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import connection

from ipp.embedded.servers import ValkeyServer
from ipp.env import LOCAL_SECRET, login_url
from tests.actors import actor_named
from tests.database import ROOT, url_of
from tests.factories.rightsholders import submitted

SECONDS = 40


def until(true: Callable[[], Any], what: str) -> Any:
    """Ask again and again, a few times a second, until the answer is true; fail after a deadline."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if answer := true():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {SECONDS} s")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[ValkeyServer]:
    server = ValkeyServer(tmp_path, log=tmp_path / "broker.log")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def engine(own_database: str, broker: ValkeyServer, tmp_path: Path) -> Iterator[None]:
    """A worker and a beat of their own, under the engine's true login."""
    secret = os.environ.get("SECRET_KEY") or LOCAL_SECRET
    environment = {
        "PATH": os.environ["PATH"],
        "IPP_MODE": "local",
        "IPP_AUDIENCE": "engine",
        "SECRET_KEY": secret,
        "ENGINE_DATABASE_URL": login_url(url_of(own_database), secret, "engine"),
        "REDIS_URL": broker.url(),
        "IPP_DATA_DIR": str(tmp_path / "data"),
    }
    worker = ("worker", "--concurrency", "1", "--without-gossip", "--without-mingle", "--without-heartbeat")
    beat = ("beat", "--schedule", str(tmp_path / "schedule"))
    with open(tmp_path / "engine.log", "wb") as log:
        running = [
            subprocess.Popen([sys.executable, "-m", "celery", "-A", "ipp", *words], cwd=ROOT, env=environment, stdout=log, stderr=log)
            for words in (worker, beat)
        ]
        yield
        for process in running:
            process.send_signal(signal.SIGKILL)
            process.wait()


def counted(sql: str) -> int:
    """Ask as the login that may see all; the suite's own would see nothing without a scope."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT set_config('app.scope', 'staff', true)")
        cursor.execute(sql)
        answer = int(cursor.fetchone()[0])
        cursor.execute("COMMIT")
    return answer


def receipts() -> int:
    return counted("SELECT count(*) FROM core_notification WHERE name = 'rightsholders.verification.received'")


def test_cases_complete_through_a_flushed_a_killed_and_a_returning_broker(own_database, broker, engine):
    cast = [actor_named(name) for name in ("alice", "gus", "lena")]
    submitted(cast[0])
    until(lambda: receipts() == 1, "the first delivery")

    client = redis.Redis.from_url(broker.url())
    client.flushall()
    submitted(cast[1], kind="passport", holder_name="Gus")
    client.flushall()
    until(lambda: receipts() == 2, "the delivery after a flush")

    os.kill(broker.child.pid or 0, signal.SIGKILL)
    until(lambda: not broker.answers(), "the death of the broker")
    submitted(cast[2])
    assert counted("SELECT count(*) FROM core_delivery WHERE delivered_at IS NULL") == 1
    broker.start()
    until(lambda: receipts() == 3, "the delivery after the broker came back")

    assert counted("SELECT count(*) FROM core_delivery WHERE delivered_at IS NULL OR dead_at IS NOT NULL") == 0
    assert receipts() == 3

"""The real processes on a database of their own: portal, staff, files, a sandbox, and an engine that works when it is told to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings

from ipp.embedded.children import Child, wait_until
from ipp.embedded.environment import ROOT, Run
from ipp.embedded.processes import PROCESSES, Process
from ipp.embedded.readiness import is_ready
from tests import database
from tests.ops.running import clean_environment, four_free_ports

WEB = ("portal", "staff", "files")
SANDBOX, ENGINE = "sandbox", "engine"
READY_SECONDS = 60
STAGE_SECONDS = 180


@dataclass(frozen=True)
class System:
    """A running system: where it is reached, what stands on its stage, and its engine."""

    portal: str
    staff: str
    sandbox: str
    database: str
    stage: dict[str, Any]
    """What fills the addresses of the pages, and the secret of each code app."""
    engine: subprocess.Popen[str]

    def work(self) -> None:
        """Let the engine do what is due, and wait until it has."""
        assert self.engine.stdin
        assert self.engine.stdout
        self.engine.stdin.write("work\n")
        self.engine.stdin.flush()
        assert self.engine.stdout.readline() == "done\n", "the engine ended"

    def let_undo_time_pass(self) -> None:
        """Make every decision older than its undo time, and the deliveries that waited for that due."""
        with closing(psycopg2.connect(database.url_of(self.database))) as connection, connection, connection.cursor() as cursor:
            cursor.execute("UPDATE rightsholders_verification SET decided_at = decided_at - interval '16 seconds'")
            cursor.execute("UPDATE core_delivery SET due_at = due_at - interval '16 seconds' WHERE delivered_at IS NULL")


@contextmanager
def running(name: str, data: Path) -> Iterator[System]:
    """Start everything on a copy of the template called `name`, with `data` as its folder, and stop it afterwards."""
    ours = {process.name: process for process in PROCESSES if process.name in (*WEB, SANDBOX, ENGINE)}
    # The sandbox sells only what stands in its catalogue: the stage reads all of it.
    environ = clean_environment(
        SECRET_KEY=settings.SECRET_KEY,
        LOGINS_SECRET=settings.SECRET_KEY,
        RATE_SCALE="1000",
        SANDBOX_BULK="0",
        DJANGO_SETTINGS_MODULE="ipp.settings",
    )
    run = Run(environ, list(ours.values()), data, "127.0.0.1", four_free_ports(), "local")
    with ExitStack() as cleanup:
        cleanup.enter_context(database.copied(name))
        everything = run.everything({"DATABASE_URL": database.url_of(name), "REDIS_URL": os.environ["REDIS_URL"]})
        listening = [(ours[word], _start(cleanup, run, ours[word], everything)) for word in (SANDBOX, *WEB)]
        _wait_for(run, *listening[0])
        set_up = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.stage"], cwd=ROOT, env=everything, stdout=subprocess.PIPE, text=True
        )
        cleanup.callback(set_up.kill)
        engine = _engine(cleanup, run, everything)
        for process, child in listening[1:]:
            _wait_for(run, process, child)
        told, _nothing = set_up.communicate(timeout=STAGE_SECONDS)
        assert set_up.returncode == 0, "the stage could not be set up"
        addresses = run.addresses()
        yield System(addresses["portal"], addresses["staff"], addresses["sandbox"], name, json.loads(told), engine)


def _wait_for(run: Run, process: Process, child: Child) -> None:
    ready = partial(is_ready, run.ready_url(process), host_name="localhost")
    wait_until(ready, child=child, seconds=READY_SECONDS, pause=time.sleep)


def _start(cleanup: ExitStack, run: Run, process: Process, everything: dict[str, str]) -> Child:
    log = run.data / "log" / f"{process.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    child = Child(process.name, process.command(**run.places(process)), run.environment_of(process, everything), ROOT, log)
    child.start()
    cleanup.callback(child.stop)
    return child


def _engine(cleanup: ExitStack, run: Run, everything: dict[str, str]) -> subprocess.Popen[str]:
    process = next(process for process in run.processes if process.name == ENGINE)
    engine = subprocess.Popen(
        [sys.executable, "-m", "tests.browser.engine"],
        cwd=ROOT,
        env=run.environment_of(process, everything),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    cleanup.callback(engine.wait, timeout=30)
    cleanup.callback(engine.stdin.close)  # type: ignore[union-attr]
    return engine

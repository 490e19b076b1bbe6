"""The whole house as `make run` starts it, on a data folder of its own: started, looked at, stopped."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipp.embedded.environment import ROOT, Run
from ipp.embedded.ports import why_not
from ipp.embedded.processes import PROCESSES, SECRETS
from ipp.embedded.readiness import is_ready
from ipp.embedded.state import read_state

START_SECONDS = 300
OURS = {"HOST", "PORT", "IPP_MODE", "IPP_AUDIENCE", "IPP_DATA_DIR", "DJANGO_SETTINGS_MODULE", "LOG_LEVEL", "RATE_SCALE"}
"""What this process was told, and a house that starts by itself is not."""


@dataclass(frozen=True)
class Whole:
    """A running house: its supervisor and how long it took until every process that listens said it is ready."""

    supervisor: int
    data: Path
    ready_after_seconds: float

    def pids(self) -> Mapping[str, list[int]]:
        """Return the ids of the processes by name, as state.json tells them."""
        state: dict[str, Any] = read_state(self.data)
        return dict(state["pids"])


@contextmanager
def up(data: Path) -> Iterator[Whole]:
    """Run `python -m ipp.embedded up` on a folder while the block runs.

    Raises:
        RuntimeError: it ended, or was not ready in time.
    """
    port = _free_base()
    kept = {name: value for name, value in os.environ.items() if name not in SECRETS | OURS and not name.endswith("_ORIGIN")}
    environ = {**kept, "IPP_DATA_DIR": str(data), "PORT": str(port)}
    run = Run.read(environ, PROCESSES)
    began = time.monotonic()
    data.mkdir(parents=True, exist_ok=True)
    with (data / "console.log").open("wb") as log:
        supervisor = subprocess.Popen([sys.executable, "-m", "ipp.embedded", "up"], cwd=ROOT, env=environ, stdout=log, stderr=log)
    try:
        waiting = [process for process in PROCESSES if process.port_offset is not None]
        while waiting:
            waiting = [process for process in waiting if not is_ready(run.ready_url(process), host_name="localhost")]
            if supervisor.poll() is not None or time.monotonic() - began > START_SECONDS:
                raise RuntimeError(f"the house did not start:\n{(data / 'console.log').read_text(encoding='utf-8')}")
            time.sleep(0.02)
        ready = time.monotonic() - began
        while not read_state(data).get("pids", {}).get("engine"):
            time.sleep(0.05)
        yield Whole(supervisor.pid, data, ready)
    finally:
        supervisor.send_signal(signal.SIGTERM)
        supervisor.wait(timeout=120)


def family(pid: int) -> set[int]:
    """Return a process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            children.setdefault(_parent(entry), []).append(int(entry.name))
    found, waiting = set[int](), [pid]
    while waiting:
        found.add(waiting[0])
        waiting = waiting[1:] + children.get(waiting[0], [])
    return found


def pss_mb(pids: set[int]) -> float:
    """Return the proportional set size of some processes in MiB: what they share with others counts by their part of it."""
    return sum(_pss_kb(pid) for pid in pids) / 1024


def _pss_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):  # ended in between
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _free_base() -> int:
    """Return a port that is free together with those the house adds to it."""
    offsets = [process.port_offset for process in PROCESSES if process.port_offset is not None]
    while True:
        base = random.randrange(20000, 30000, 10)  # noqa: S311 (not a secret)
        if all(why_not(base + offset, "127.0.0.1") is None for offset in offsets):
            return base

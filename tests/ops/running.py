"""Runs the fake house as a process of its own, waits by asking, and looks at what is left."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ipp.embedded.ports import why_not
from ipp.embedded.processes import SECRETS

ROOT = Path(__file__).resolve().parent.parent.parent
FAKE_HOUSE = ("-m", "tests.ops.fake_house")
T = TypeVar("T")


def clean_environment(**changes: str | None) -> dict[str, str]:
    """Return our environment without what the suite itself was given; None removes a name."""
    ours = {"HOST", "PORT", "IPP_MODE", "IPP_AUDIENCE", "IPP_DATA_DIR", "DJANGO_SETTINGS_MODULE"}
    kept = {name: value for name, value in os.environ.items() if name not in SECRETS | ours and not name.endswith("_ORIGIN")}
    return {name: value for name, value in {**kept, **changes}.items() if value is not None}


def eventually(ask: Callable[[], T | None], *, within: float = 30, what: str = "it") -> T:
    """Return the first true answer; fail after `within` seconds."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {within} seconds")


def four_free_ports() -> int:
    """Return a port that is free together with the three after it."""
    while True:
        base = random.randrange(20000, 30000, 4)
        if all(why_not(base + offset, "127.0.0.1") is None for offset in range(4)):
            return base


def alive(pid: int) -> bool:
    """Say whether the process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class RunningHouse:
    """The fake house on a data folder."""

    def __init__(self, data: Path, *, root: Path = ROOT, port: int | None = None, environ: Mapping[str, str] | None = None) -> None:
        self.data, self.port = data, port or four_free_ports()
        self.environ = {**(environ or clean_environment()), "IPP_DATA_DIR": str(data), "PORT": str(self.port)}
        self.process = subprocess.Popen(
            [sys.executable, *FAKE_HOUSE],
            cwd=root,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self.output = ""

    def wait_until_ready(self) -> RunningHouse:
        """Wait for state.json of this very process."""
        eventually(
            lambda: self.process.poll() is not None or self.state().get("supervisor") == self.process.pid, within=60, what="the start"
        )
        if self.process.poll() is not None:
            raise AssertionError(f"it ended with {self.process.returncode}:\n{self.process.communicate()[0]}")
        return self

    def state(self) -> dict[str, Any]:
        """Return state.json as it is now."""
        try:
            return dict(json.loads((self.data / "state.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}

    def all_pids(self) -> list[int]:
        """Return every process id that state.json names."""
        return [pid for pids in self.state()["pids"].values() for pid in pids]

    def notes(self) -> list[str]:
        """Return what preparations and processes noted."""
        path = self.data / "notes.txt"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def environment_of(self, name: str) -> dict[str, str]:
        """Return the environment that a listening process got."""
        with urllib.request.urlopen(f"{self.state()[name]}/env", timeout=5) as answer:
            return dict(json.load(answer))

    def environment_at_start_of(self, name: str) -> dict[str, str]:
        """Return the environment that any process of ours was started with, as the kernel keeps it."""
        words = Path(f"/proc/{self.state()['pids'][name][0]}/environ").read_bytes().decode().split("\0")
        return dict(word.split("=", 1) for word in words if word)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, keep the output; return the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.output = self.process.communicate(timeout=180)[0]
        return self.process.returncode

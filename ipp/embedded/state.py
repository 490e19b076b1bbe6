"""What a running system leaves in its data folder: the lock that says it runs, the addresses for all, the owner's settings for its user."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from ipp.embedded.errors import StartError
from ipp.embedded.files import write_privately, write_whole

STATE, LOCK, HANDOVER = "state.json", "lock", "servers.json"


class RunLock:
    """Held by whoever runs the data folder, and let go by the kernel however they end. Inside is their process id."""

    def __init__(self, data: Path) -> None:
        """Name the folder; nothing is taken yet."""
        self.data = data
        self._file: IO[str] | None = None

    def __enter__(self) -> RunLock:
        """Take the folder.

        Raises:
            StartError: somebody else has it.
        """
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)  # people's papers and mail lie there
        file = (self.data / LOCK).open("a+", encoding="ascii")
        if not _lock(file, patience=0.3):  # `holder` takes it for a blink
            file.close()
            raise StartError(_already_running(self.data))
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file:
            self._file.truncate(0)
            self._file.close()


def holder(data: Path) -> int | None:
    """Return the process id of whoever runs this data folder; None when nobody does."""
    try:
        with (data / LOCK).open("r", encoding="ascii") as file:
            if _lock(file):
                return None
            return int(file.read().strip() or 0) or None
    except FileNotFoundError:
        return None


def read_state(data: Path) -> dict[str, Any]:
    """Return state.json, empty when there is none."""
    try:
        return dict(json.loads((data / STATE).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return {}


class StateFile:
    """Writes state.json of this run, and takes it away."""

    def __init__(self, data: Path, addresses: Mapping[str, str]) -> None:
        """Remove a stale one: what a killed run wrote is no longer true."""
        self.data, self.addresses = data, dict(addresses)
        self.started_at = datetime.now(UTC).isoformat(timespec="seconds")
        self._written: dict[str, list[int]] | None = None
        self.remove()

    def write(self, pids: dict[str, list[int]]) -> None:
        """Write the addresses and process ids, when these have changed."""
        if pids == self._written:
            return
        state = {
            **self.addresses,
            "data": str(self.data),
            "mailbox": f"{self.addresses['portal']}/dev/mailbox/",
            "pids": pids,
            "supervisor": os.getpid(),
            "started_at": self.started_at,
        }
        write_whole(self.data / STATE, json.dumps(state, indent=2, ensure_ascii=False) + "\n")
        self._written = pids

    def remove(self) -> None:
        """Take it and the handover away."""
        for name in (STATE, HANDOVER):
            (self.data / name).unlink(missing_ok=True)


def hand_over(data: Path, environ: Mapping[str, str]) -> None:
    """Leave the owner's settings for commands of the same user, such as `manage.py demo` beside a running system."""
    write_privately(data / HANDOVER, json.dumps(dict(environ), indent=2))


def running_environment(data: Path) -> dict[str, str]:
    """Return the owner's settings of the system that runs on this data folder; empty when none does or it is not ours to read."""
    try:
        if holder(data) is None:
            return {}
        return dict(json.loads((data / HANDOVER).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _lock(file: IO[str], *, patience: float = 0) -> bool:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.05)
        else:
            return True


def _already_running(data: Path) -> str:
    address, pid = read_state(data).get("portal"), holder(data)
    where = f"at {address}" if address else "and has not finished starting"
    return f"IPP already runs on {data} {where} (process {pid or 'unknown'}). Use that one, or stop it first with `make stop`."

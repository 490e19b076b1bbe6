"""Ends what a killed supervisor left behind, told apart from everybody else's processes by marks only ours carry."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ipp.embedded.children import Pause

MARK = "IPP_SUPERVISED"
"""Set to the data folder in the environment of everything the supervisor starts."""

SERVERS = {"postgres": {"postgres"}, "postgres.unfinished": {"initdb", "postgres"}, "valkey": {"valkey-server", "redis-server"}}
"""Programs that write over their environment: known by what they are and by the folder below the data folder they work in."""


def clear(data: Path, *, pause: Pause, patience: float = 10) -> None:
    """Wait until nothing of an earlier run is left, for `patience` seconds: the kernel has asked it all to stop. Then kill.

    Only for whoever holds the data folder's lock.
    """
    deadline = time.monotonic() + patience
    while left := list(left_by(data)):
        if time.monotonic() > deadline:
            for pid in left:
                _kill(pid)
        pause(0.1)


def left_by(data: Path) -> Iterator[int]:
    """Yield the ids of processes that a run on this data folder started, except our own."""
    mark = f"{MARK}={data}".encode()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            if mark in (entry / "environ").read_bytes().split(b"\0") or _is_server(entry, data):
                yield int(entry.name)
        except OSError:
            continue  # gone, or another user's


def _is_server(entry: Path, data: Path) -> bool:
    folder, program = Path(os.readlink(entry / "cwd")), Path(os.readlink(entry / "exe"))
    return folder.parent == data and program.name in SERVERS.get(folder.name, set())


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)

"""One child process: how it starts (its log, its tether to us), what is left of it when it dies, and how it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ipp.embedded.errors import StartError

TETHER = Path(__file__).with_name("tether.py")
LOG_LIMIT = 5 * 1024 * 1024
"""Bytes after which a log is put aside at the next start; one old one is kept."""

Pause = Callable[[float], None]
"""Waits so many seconds, or less; the supervisor's own raises StopRequested when somebody asks for a stop."""


@dataclass(frozen=True)
class Account:
    """The account a child runs under when it must not be root."""

    uid: int
    gid: int


@dataclass
class Child:
    """A program as our child, in a session of its own, so that a Ctrl-C reaches us alone and its whole family can be ended."""

    name: str
    argv: list[str]
    env: Mapping[str, str]
    cwd: Path
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 12
    account: Account | None = None
    has_lasting_workers: bool = True
    """False for a program whose own children come and go, and are nobody's business."""
    asked_to_stop: bool = field(default=False, init=False)
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def pid(self) -> int | None:
        """The process id, None when it does not run."""
        return self.process.pid if self.process else None

    def start(self) -> None:
        """Start the program; its output is appended to its log."""
        rotate(self.log)
        self.asked_to_stop = False
        account = self.account or Account(0, 0)
        words = [str(os.getpid()), str(int(self.stop_signal)), str(account.uid), str(account.gid)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(TETHER), *words, *self.argv],
                env=dict(self.env),
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def died(self) -> str | None:
        """Return how the program ended, in words, and end what is left of its family; None while it runs."""
        if not self.process or os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return None
        return self._bury()

    def ask_to_stop(self) -> None:
        """Send the stop signal, once."""
        if self.process and not self.asked_to_stop:
            self.asked_to_stop = True
            os.kill(self.process.pid, self.stop_signal)  # not send_signal, which might reap; unreaped, the number is ours

    def stop(self) -> None:
        """Stop the program and its family; kill what has not ended in time. It waits, whatever signal comes."""
        if self.process is None:
            return
        self.ask_to_stop()
        deadline = time.monotonic() + self.stop_seconds
        while self.died() is None and self.process:
            if time.monotonic() > deadline:
                self._kill_family()
            time.sleep(0.02)

    def pids(self) -> list[int]:
        """Return the ids of the program and of its lasting workers."""
        if not self.process:
            return []
        pid = self.process.pid
        if not self.has_lasting_workers:
            return [pid]
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        except OSError:
            children = ""
        return [pid, *(int(word) for word in children.split())]

    def last_words(self) -> str:
        """Return the end of the log."""
        if not self.log.exists():
            return ""
        lines = self.log.read_bytes()[-4000:].decode("utf-8", "replace").splitlines()
        return "\n".join(f"  | {line}" for line in lines[-15:])

    def _bury(self) -> str:
        assert self.process
        self._kill_family()  # while our child is a zombie its number, which is its family's too, cannot be anybody else's
        status = self.process.wait()
        self.process = None
        return f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"

    def _kill_family(self) -> None:
        assert self.process
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


def wait_until(ready: Callable[[], bool], *, child: Child, seconds: float, pause: Pause) -> None:
    """Wait until `ready` says yes.

    Raises:
        StartError: the child ended, or did not get ready within `seconds`.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        ending = child.died() or (f"was not ready after {seconds:.0f} seconds" if time.monotonic() > deadline else None)
        if ending:
            raise StartError(f"{child.name} {ending}. The end of {child.log}:\n{child.last_words()}")
        pause(0.05)


def rotate(log: Path) -> None:
    """Put a log that has grown large aside."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_name(f"{log.name}.1"))

"""What each process is told: the settings of this run, and of its secrets only those it needs."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ipp.embedded.files import write_privately
from ipp.embedded.leftovers import MARK
from ipp.embedded.ports import base_port, connectable
from ipp.embedded.processes import SECRETS, Process
from ipp.embedded.state import running_environment
from ipp.env import LOGIN_URLS, derived_key, login_url

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Run:
    """One run of the system: where it lives, where it listens, and the environment it was started in."""

    environ: Mapping[str, str]
    processes: Sequence[Process]
    data: Path
    host: str
    port: int
    mode: str

    @classmethod
    def read(cls, environ: Mapping[str, str], processes: Sequence[Process]) -> Run:
        """Read IPP_DATA_DIR, HOST, PORT and IPP_MODE.

        Raises:
            StartError: PORT is not a port.
        """
        offsets = [process.port_offset for process in processes if process.port_offset is not None]
        return cls(
            environ=environ,
            processes=processes,
            data=data_folder(environ),
            host=environ.get("HOST", "").strip() or "127.0.0.1",
            port=base_port(environ.get("PORT", ""), 1 + max(offsets, default=0)),
            mode=environ.get("IPP_MODE", "").strip() or "local",
        )

    def ports(self) -> dict[str, int]:
        """Return the port of each process that listens."""
        return {process.name: self.port + process.port_offset for process in self.processes if process.port_offset is not None}

    def addresses(self) -> dict[str, str]:
        """Return the address people use for each process that listens; NAME_ORIGIN in the environment wins (a proxy in front)."""
        return {
            name: self.environ.get(f"{name.upper()}_ORIGIN", "").rstrip("/") or f"http://localhost:{port}"
            for name, port in self.ports().items()
        }

    def places(self, process: Process | None = None) -> dict[str, str]:
        """Return what fills the placeholders of a command line."""
        memory = "/dev/shm"  # noqa: S108 (gunicorn makes unnamed files there)
        return {
            "python": sys.executable,
            "host": f"[{self.host}]" if ":" in self.host else self.host,
            "port": str(self.ports().get(process.name, "")) if process else "",
            "data": str(self.data),
            "memory": memory if os.access(memory, os.W_OK) else str(self.data),
        }

    def ready_url(self, process: Process) -> str:
        """Return the address on this machine that tells whether a listening process can serve."""
        host = connectable(self.host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.ports()[process.name]}{process.ready_path or ''}"

    def everything(self, servers: Mapping[str, str]) -> dict[str, str]:
        """Return the owner's environment: all settings and all secrets of this run. No serving process gets it."""
        secret_key = self.environ.get("SECRET_KEY", "").strip() or kept_secret(self.data / "secret_key")
        # Not derived from SECRET_KEY: every process knows that, and could work out another login's password.
        logins_secret = self.environ.get("LOGINS_SECRET", "").strip() or kept_secret(self.data / "logins_secret")
        is_given = bool(self.environ.get("DATABASE_URL"))
        logins = {
            name: (is_given and self.environ.get(name)) or login_url(servers["DATABASE_URL"], logins_secret, audience)
            for audience, name in LOGIN_URLS.items()
        }
        return {
            **self.environ,
            **servers,
            **logins,
            **{f"{name.upper()}_ORIGIN": address for name, address in self.addresses().items()},
            "SECRET_KEY": secret_key,
            "LOGINS_SECRET": logins_secret,
            "SANDBOX_SECRET": self.environ.get("SANDBOX_SECRET") or derived_key(secret_key, "sandbox"),
            "IPP_MODE": self.mode,
            "IPP_DATA_DIR": str(self.data),
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
            MARK: str(self.data),
        }

    def environment_of(self, process: Process, everything: Mapping[str, str]) -> dict[str, str]:
        """Return what one process is handed: no secret that it does not list."""
        open_to_it = {name: value for name, value in everything.items() if name not in SECRETS or name in process.secrets}
        return open_to_it | process.environment(**self.places(process))


def data_folder(environ: Mapping[str, str]) -> Path:
    """Return the data folder: IPP_DATA_DIR, else var beside the code."""
    return Path(environ.get("IPP_DATA_DIR", "").strip() or ROOT / "var").resolve()


def join_running(environ: MutableMapping[str, str]) -> None:
    """Let a command use the servers of the system that runs on our data folder, unless the environment names a database itself."""
    if not environ.get("DATABASE_URL"):
        environ.update(beside(running_environment(data_folder(environ)), environ))


def beside(running: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` with the settings of a running system that it does not set itself; the logins go with the database they are of."""
    logins = set(LOGIN_URLS.values())
    set_itself = {name for name, value in environ.items() if value.strip()} - logins
    if environ.get("DATABASE_URL"):
        set_itself |= logins
    return {**environ, **{name: value for name, value in running.items() if name not in set_itself}}


def kept_secret(path: Path) -> str:
    """Return the secret in the file, made the first time, for its owner alone."""
    if path.exists() and (kept := path.read_text(encoding="ascii").strip()):
        return kept
    made = secrets.token_urlsafe(48)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_privately(path, made + "\n")
    return made

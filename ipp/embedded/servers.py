"""PostgreSQL and Valkey as our own children: made, started, checked to be ours, and started again in the same place."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from ipp.embedded import binaries
from ipp.embedded.children import Child, Pause, wait_until
from ipp.embedded.errors import StartError
from ipp.embedded.files import write_privately
from ipp.embedded.ports import free_port

OWNER, DATABASE, SUPERUSER = "ipp_owner", "ipp", "postgres"
EPHEMERAL_PREFIX = "ipp-servers-"
HERE = "/proc/self/cwd"
"""PostgreSQL's data folder as PostgreSQL sees it: its own working directory, so that the folders above need not let its account in."""

LOCALE = ("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--builtin-locale=PG_UNICODE_FAST")
"""The same order and letters whatever LANG says; a cluster made under LANG=C loses every letter beyond ASCII in trigrams and lower()."""

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    # A killed server is back in five seconds: little to recover, and one sync instead of one for each of a thousand files.
    "max_wal_size": "256MB",
    "recovery_init_sync_method": "syncfs",
}
CARELESS_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For servers whose data is thrown away."""

BOOTSTRAP = f"""
SELECT 'CREATE ROLE {OWNER}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') \\gexec
ALTER ROLE {OWNER} LOGIN NOSUPERUSER CREATEDB CREATEROLE BYPASSRLS PASSWORD :'password';
SELECT 'CREATE DATABASE {DATABASE} OWNER {OWNER}' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
"""  # noqa: S608 (the names are ours)


class PostgresServer:
    """One PostgreSQL cluster below `folder`; port and passwords stay the same for as long as this object lives."""

    def __init__(self, folder: Path, *, log: Path, durable: bool = True, pause: Pause = time.sleep) -> None:
        """Prepare; `durable=False` is for data that is thrown away."""
        self.data, self.pause, self.durable = folder / "postgres", pause, durable
        self.account = binaries.postgres_account(self.data)
        self.programs = binaries.postgres_folder(self.account)
        self.passwords = _passwords(folder / "postgres.json", self.data)
        self.port = free_port()
        settings = SETTINGS | {"port": str(self.port)} | ({} if durable else CARELESS_SETTINGS)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.child = Child(
            name="postgres",
            argv=[str(self.programs / "postgres"), "-D", HERE, *options],
            env=_bare_environment(),
            cwd=self.data,
            log=log,
            stop_signal=signal.SIGINT,  # the fast stop: ends sessions, writes everything down
            stop_seconds=60 if durable else 10,
            account=self.account,
            has_lasting_workers=False,
        )

    def start(self) -> None:
        """Start, after making the cluster where there is none; returns when the owner can log in.

        Raises:
            StartError: it ended, or a crash left more to recover than two minutes allow.
        """
        if not self.data.exists():
            self._make_cluster()
        self._require_own()
        forget_stale_pid(self.data)
        self.child.start()
        wait_until(self.answers, child=self.child, seconds=120, pause=self.pause)
        self._psql(BOOTSTRAP, "-v", f"password={self.passwords['owner']}")

    def answers(self) -> bool:
        """Say whether it is our server that answers there: it knows our password."""
        return self._psql("SELECT 1", check=False)

    def url(self) -> str:
        """Return the address for the owner of our database."""
        return f"postgresql://{OWNER}:{self.passwords['owner']}@127.0.0.1:{self.port}/{DATABASE}"

    def superuser_url(self) -> str:
        """Return the address for the superuser."""
        return f"postgresql://{SUPERUSER}:{self.passwords['superuser']}@127.0.0.1:{self.port}/postgres"

    def stop(self) -> None:
        """Stop it."""
        self.child.stop()

    def _make_cluster(self) -> None:
        """Run initdb aside and move the result into place, so that an interrupted one is never taken for a cluster."""
        unfinished = self.data.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        arguments = ["-D", HERE, "-U", SUPERUSER, "-A", "scram-sha-256", *LOCALE, "--no-instructions"]
        with tempfile.TemporaryFile() as password:
            password.write(self.passwords["superuser"].encode())
            password.flush()
            if self.account:
                os.chown(unfinished, self.account.uid, self.account.gid)
                os.fchown(password.fileno(), self.account.uid, self.account.gid)
            done = subprocess.run(
                [
                    str(self.programs / "initdb"),
                    *arguments,
                    f"--pwfile=/proc/self/fd/{password.fileno()}",
                    *([] if self.durable else ["-N"]),
                ],
                cwd=unfinished,
                env=_bare_environment(),
                pass_fds=[password.fileno()],
                user=self.account.uid if self.account else None,
                group=self.account.gid if self.account else None,
                extra_groups=[] if self.account else None,
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode:
            raise StartError(f"PostgreSQL could not make its data folder {self.data}:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")
        unfinished.rename(self.data)

    def _require_own(self) -> None:
        owner, user = self.data.stat().st_uid, self.account.uid if self.account else os.geteuid()
        if owner != user:
            raise StartError(
                f"The database in {self.data} belongs to user number {owner}, and PostgreSQL would run as {user}. "
                f"Start as the user who made it, or as root; or set IPP_DATA_DIR to a folder of your own."
            )

    def _psql(self, sql: str, *options: str, check: bool = True) -> bool:
        """Run SQL as the superuser and say whether it went well; the password travels in the environment, never in the process list."""
        done = subprocess.run(
            [str(self.programs / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *options, "-f", "-"],
            input=sql,
            env=_bare_environment()
            | {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": SUPERUSER, "PGDATABASE": "postgres"}
            | {"PGPASSWORD": self.passwords["superuser"], "PGCONNECT_TIMEOUT": "2"},
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise StartError(f"PostgreSQL refused our preparations: {done.stderr.strip()}")
        return done.returncode == 0


class ValkeyServer:
    """One Valkey below `folder`, in memory only: it is a doorbell, and what it forgets is rung again."""

    def __init__(self, folder: Path, *, log: Path, pause: Pause = time.sleep) -> None:
        """Prepare; port and password stay the same for as long as this object lives."""
        self.data, self.pause = folder / "valkey", pause
        self.port, self.password = free_port(), secrets.token_urlsafe(24)
        self.child = Child(
            name="broker",
            argv=[str(binaries.valkey_program()), "valkey.conf"],  # a file, so that the password stays out of the process list
            env=_bare_environment(),
            cwd=self.data,
            log=log,
            stop_seconds=10,
            has_lasting_workers=False,
        )

    def start(self) -> None:
        """Start; returns when it answers to our password.

        Raises:
            StartError: it ended or does not answer.
        """
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lines = [f"port {self.port}", "bind 127.0.0.1", f"requirepass {self.password}", 'save ""', "appendonly no", "dir ."]
        write_privately(self.data / "valkey.conf", "\n".join([*lines, "maxmemory-policy noeviction", "databases 16", ""]))
        self.child.start()
        wait_until(self.answers, child=self.child, seconds=30, pause=self.pause)

    def answers(self) -> bool:
        """Say whether it is our server that answers there: it knows our password."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as line:
                line.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\n") < 2 and (more := line.recv(200)):
                    answer += more
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    def url(self) -> str:
        """Return its address."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def stop(self) -> None:
        """Stop it."""
        self.child.stop()


class Servers:
    """The servers that the environment does not name: an address given there wins, and nothing is started for it."""

    def __init__(self, folder: Path, *, environ: Mapping[str, str], logs: Path, durable: bool = True, pause: Pause = time.sleep) -> None:
        """Prepare those that are needed below `folder`."""
        self.environ = environ
        self.postgres: PostgresServer | None = None
        self.valkey: ValkeyServer | None = None
        if not environ.get("DATABASE_URL"):
            self.postgres = PostgresServer(folder, log=logs / "postgres.log", durable=durable, pause=pause)
        if not environ.get("REDIS_URL"):
            self.valkey = ValkeyServer(folder, log=logs / "broker.log", pause=pause)

    def start(self) -> dict[str, str]:
        """Start them and return DATABASE_URL (the owner's), REDIS_URL and, where the server is ours, SUPERUSER_DATABASE_URL."""
        try:
            for server in (self.postgres, self.valkey):
                if server:
                    server.start()
        except BaseException:
            self.stop()
            raise
        given = {name: self.environ[name] for name in ("DATABASE_URL", "SUPERUSER_DATABASE_URL", "REDIS_URL") if self.environ.get(name)}
        if self.postgres:
            given |= {"DATABASE_URL": self.postgres.url(), "SUPERUSER_DATABASE_URL": self.postgres.superuser_url()}
        return given | ({"REDIS_URL": self.valkey.url()} if self.valkey else {})

    def children(self) -> list[Child]:
        """Return the running ones as children to watch."""
        return [server.child for server in (self.postgres, self.valkey) if server]

    def stop(self) -> None:
        """Stop them, the broker first."""
        for server in (self.valkey, self.postgres):
            if server:
                server.stop()


class EphemeralServers:
    """Servers in a temporary folder, for tests and one command; nothing is left behind, and what a killed run left is swept up."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        """Prepare; `environ` (default: ours) may name servers to use instead."""
        self.environ = dict(os.environ if environ is None else environ)
        self.folder: Path | None = None
        self.servers: Servers | None = None
        self._lock: IO[bytes] | None = None

    def start(self) -> dict[str, str]:
        """Start and return DATABASE_URL, REDIS_URL and SUPERUSER_DATABASE_URL."""
        sweep_dead_folders()
        self.folder = Path(tempfile.mkdtemp(prefix=EPHEMERAL_PREFIX))
        self._lock = (self.folder / "lock").open("wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.servers = Servers(self.folder, environ=self.environ, logs=self.folder / "log", durable=False)
        try:
            return self.servers.start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop and remove everything; harmless when nothing runs."""
        if self.servers:
            self.servers.stop()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock:
            self._lock.close()
        self.servers = self.folder = self._lock = None

    def __enter__(self) -> dict[str, str]:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def sweep_dead_folders() -> None:
    """Remove temporary folders whose run was killed: their lock is free. Young ones may not have taken theirs yet."""
    for folder in Path(tempfile.gettempdir()).glob(f"{EPHEMERAL_PREFIX}*"):
        with suppress(OSError):
            if folder.stat().st_uid != os.geteuid() or time.time() - folder.stat().st_mtime < 60:
                continue
            with (folder / "lock").open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)


def forget_stale_pid(data: Path) -> None:
    """Remove postmaster.pid unless the process in it lives and works in `data`.

    PostgreSQL only asks whether the number is in use: by a stranger after a restart of the machine, or by a killed server whose
    new parent has not taken note of its death, it would be kept from starting.
    """
    note = data / "postmaster.pid"
    try:
        pid = int(note.read_text().split("\n", 1)[0])
        if Path(f"/proc/{pid}/cwd").samefile(data):
            return
    except (OSError, ValueError):  # no note, or nobody has the number
        pass
    note.unlink(missing_ok=True)


def _passwords(path: Path, data: Path) -> dict[str, str]:
    """Return the passwords of superuser and owner, made once and kept for us alone."""
    if path.exists():
        return dict(json.loads(path.read_text()))
    if data.exists():
        raise StartError(f"{path} is missing: it holds the passwords of the database in {data}. Restore it, or remove both to begin anew.")
    made = {"superuser": secrets.token_urlsafe(24), "owner": secrets.token_urlsafe(24)}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_privately(path, json.dumps(made))
    return made


def _bare_environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}

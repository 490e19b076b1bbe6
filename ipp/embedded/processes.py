"""The one list of our processes, as data: the supervisor starts it, and a test holds docker-compose.yml to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

FILE_STORE = frozenset({"IPP_FILE_KEYS", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"})
WEB = ("{python}", "-m", "gunicorn", "ipp.wsgi", "--bind", "{host}:{port}", "--worker-class", "gthread", "--threads", "4")
WEB_HOUSEKEEPING = ("--worker-tmp-dir", "{memory}", "--graceful-timeout", "8", "--no-control-socket")
CELERY = ("{python}", "-m", "celery", "-A", "ipp")


@dataclass(frozen=True)
class Process:
    """One process: what it runs, where it listens, and which secrets it is handed (no other reaches it)."""

    name: str
    argv: tuple[str, ...]
    """`{python}`, `{host}`, `{port}`, `{data}` and `{memory}` (a folder for small busy files) are filled in by `command`."""
    audience: str | None = None
    port_offset: int | None = None
    """Added to PORT; None for a process that does not listen."""
    ready_path: str | None = None
    """The address that answers 200 when the process can serve; without one, an open port counts."""
    secrets: frozenset[str] = frozenset()
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Plain values of its own, with the same placeholders as `argv`."""
    stop_seconds: float = 12
    """How long it may take to end its work before it is killed."""

    def command(self, **places: str) -> list[str]:
        """Return the command line with its placeholders filled in."""
        return [word.format(**places) for word in self.argv]

    def environment(self, **places: str) -> dict[str, str]:
        """Return the plain values of its own with their placeholders filled in."""
        audience = {"IPP_AUDIENCE": self.audience} if self.audience else {}
        return audience | {name: value.format(**places) for name, value in self.env.items()}


PROCESSES = (
    Process(
        name="portal",
        argv=WEB + WEB_HOUSEKEEPING,
        audience="portal",
        port_offset=0,
        ready_path="/readyz",
        secrets=FILE_STORE | {"SECRET_KEY", "IPP_SECRET_KEYS", "PORTAL_DATABASE_URL", "REDIS_URL", "EMAIL_URL"},
    ),
    Process(
        name="staff",
        argv=WEB + WEB_HOUSEKEEPING,
        audience="staff",
        port_offset=1,
        ready_path="/readyz",
        secrets=FILE_STORE | {"SECRET_KEY", "IPP_SECRET_KEYS", "STAFF_DATABASE_URL", "REDIS_URL", "EMAIL_URL"},
    ),
    Process(
        name="files",
        argv=WEB + WEB_HOUSEKEEPING,
        audience="files",
        port_offset=2,
        ready_path="/readyz",
        secrets=FILE_STORE | {"SECRET_KEY"},
    ),
    Process(
        name="engine",
        argv=(*CELERY, "worker", "--concurrency", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle"),
        audience="engine",
        secrets=FILE_STORE | {"SECRET_KEY", "IPP_SECRET_KEYS", "ENGINE_DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SANDBOX_SECRET"},
    ),
    Process(
        name="beat",
        argv=(*CELERY, "beat", "--loglevel", "INFO", "--schedule", "{data}/beat-schedule"),
        audience="engine",
        secrets=frozenset({"SECRET_KEY", "ENGINE_DATABASE_URL", "REDIS_URL"}),
        stop_seconds=5,
    ),
    Process(
        name="sandbox",
        argv=("{python}", "-m", "sandbox"),
        port_offset=3,
        ready_path="/healthz",
        secrets=frozenset({"SANDBOX_SECRET"}),
        env=MappingProxyType({"SANDBOX_HOST": "{host}", "SANDBOX_PORT": "{port}", "SANDBOX_DATA_DIR": "{data}/sandbox"}),
        stop_seconds=5,
    ),
)


@dataclass(frozen=True)
class House:
    """Everything a run needs: what prepares it, what it runs, and who may be greeted."""

    processes: tuple[Process, ...]
    preparations: tuple[tuple[str, ...], ...]
    """Run one after the other with the owner's login before any process starts."""
    local_preparations: tuple[tuple[str, ...], ...]
    """Run after those in local mode."""
    local_greeting: tuple[str, ...]
    """What prints the people one can sign in as, in local mode."""
    local_afterwards: tuple[tuple[str, ...], ...] = ()
    """Run once with the owner's login when everything serves, in local mode; nobody waits for it, and its failure stops nothing."""


OURS = House(
    processes=PROCESSES,
    # The logins come first, because migrations grant to them.
    preparations=(("{python}", "manage.py", "roles"), ("{python}", "manage.py", "migrate", "-v0")),
    local_preparations=(("{python}", "manage.py", "demo", "--if-empty"),),
    local_greeting=("{python}", "manage.py", "demo", "--print-logins"),
    local_afterwards=(("{python}", "manage.py", "demo", "complaints"),),  # takes down listings of the sandbox, which must run
)

SECRETS = frozenset[str]().union(*(process.secrets for process in PROCESSES)) | {"DATABASE_URL", "SUPERUSER_DATABASE_URL", "LOGINS_SECRET"}
"""Every variable that is taken out of a process's environment unless the process lists it."""

"""The commands: run everything, stop it, run one command beside the servers, ask whether a process is ready."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from functools import partial
from urllib.parse import urlsplit

from ipp.embedded import leftovers
from ipp.embedded.children import Child, wait_until
from ipp.embedded.console import Console
from ipp.embedded.environment import ROOT, Run, beside, data_folder
from ipp.embedded.errors import StartError, StopRequested
from ipp.embedded.ports import require_free
from ipp.embedded.processes import OURS, PROCESSES, House, Process
from ipp.embedded.readiness import is_ready
from ipp.embedded.servers import EphemeralServers, Servers
from ipp.embedded.signals import Signals
from ipp.embedded.state import RunLock, StateFile, hand_over, holder, running_environment
from ipp.embedded.supervisor import Supervisor
from ipp.env import LOGIN_URLS

HANDED_OVER = (
    *("DATABASE_URL", "SUPERUSER_DATABASE_URL", *LOGIN_URLS.values()),
    *("REDIS_URL", "SECRET_KEY", "LOGINS_SECRET", "IPP_DATA_DIR", "IPP_MODE"),
)
"""What the owner's commands are told of a running system; `manage.py roles` must not set other passwords than it uses."""

OWNER = {"IPP_AUDIENCE": "owner"}
START_SECONDS = 180
"""How long a process may take to be ready: the first start on a slow machine also compiles every module."""


def up(environ: Mapping[str, str], house: House = OURS) -> int:
    """Run everything until somebody asks for a stop; return the exit status.

    Raises:
        StartError: something does not start. Whatever had started is stopped again.
    """
    run, console, signals = Run.read(environ, house.processes), Console(), Signals()
    with RunLock(run.data):
        state = StateFile(run.data, run.addresses())
        supervisor = Supervisor(say=console.note, changed=lambda pids: state.write(_all_names(run, pids)))
        try:
            leftovers.clear(run.data, pause=signals.pause)
            require_free(run.host, run.ports())
            _start(run, house, console, signals, supervisor)
            supervisor.run(signals.pause)
        except StopRequested:
            console.say("\nStopping.")
        finally:
            supervisor.stop()
            state.remove()
    console.say("Stopped.")
    return 0


def stop(environ: Mapping[str, str]) -> int:
    """Stop the system that runs on this data folder, and wait for its end; nothing running is no error.

    Raises:
        StartError: it has not ended after 90 seconds.
    """
    data = data_folder(environ)
    pid = holder(data)
    if pid is None:
        print(f"Nothing runs on {data}.")
        return 0
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 90
    while holder(data) == pid:
        if time.monotonic() > deadline:
            raise StartError(f"Process {pid}, which runs {data}, has not ended after 90 seconds. Look into {data / 'log'}.")
        time.sleep(0.1)
    print(f"Stopped what ran on {data}.")
    return 0


def execute(environ: Mapping[str, str], command: Sequence[str], *, ephemeral: bool) -> int:
    """Run a command with DATABASE_URL (the owner's), REDIS_URL and SUPERUSER_DATABASE_URL set; return its exit status.

    The servers are throw-away ones, or those of the data folder: of the system that runs there, else started for this command.

    Raises:
        StartError: the servers do not start.
    """
    if ephemeral:
        with EphemeralServers(environ) as servers:
            return _run_in_foreground(command, {**environ, **servers})
    run = Run.read(environ, PROCESSES)
    running = running_environment(run.data)
    if running:
        return _run_in_foreground(command, beside(running, environ))
    with RunLock(run.data):
        leftovers.clear(run.data, pause=time.sleep)
        own = Servers(run.data, environ=environ, logs=run.data / "log")
        try:
            everything = run.everything(own.start())
            return _run_in_foreground(command, {**environ, **{name: everything[name] for name in HANDED_OVER if name in everything}})
        finally:
            own.stop()


def ready(environ: Mapping[str, str], name: str) -> int:
    """Return 0 when the process of that name can serve, else 1; for a container's health check."""
    run = Run.read(environ, PROCESSES)
    process = next(each for each in run.processes if each.name == name)
    return 0 if _is_ready(run, process) else 1


def _start(run: Run, house: House, console: Console, signals: Signals, supervisor: Supervisor) -> None:
    servers = Servers(run.data, environ=run.environ, logs=run.data / "log", pause=signals.pause)
    given = servers.start()
    supervisor.watch_over(*servers.children())
    console.step("PostgreSQL and Valkey answer")
    everything = run.everything(given)
    hand_over(run.data, {name: everything[name] for name in HANDED_OVER if name in everything} | _origins(run, everything))
    local = run.mode == "local"
    for command in (*house.preparations, *(house.local_preparations if local else ())):
        words = [word.format(**run.places()) for word in command]
        _prepare(run, words, everything, signals)
        console.step(" ".join(words[1:]))
    children = {process.name: _child(run, process, everything) for process in house.processes}
    supervisor.watch_over(*children.values())
    for child in children.values():
        child.start()
    _wait_for_all(run, children, signals)
    supervisor.look_after_all()
    addresses = run.addresses() | ({"mailbox": f"{run.addresses()['portal']}/dev/mailbox/"} if local else {})
    console.summary(addresses, logins=_logins(run, house, everything) if local else "", data=str(run.data))
    for command in house.local_afterwards if local else ():
        child = _owners_child(run, [word.format(**run.places()) for word in command], everything)
        supervisor.let_run_once(child)
        child.start()


def _owners_child(run: Run, words: list[str], everything: Mapping[str, str]) -> Child:
    return Child(name=" ".join(words[1:]), argv=words, env={**everything, **OWNER}, cwd=ROOT, log=run.data / "log" / "setup.log")


def _prepare(run: Run, words: list[str], everything: Mapping[str, str], signals: Signals) -> None:
    child = _owners_child(run, words, everything)
    child.start()
    try:
        while (ending := child.died()) is None:
            signals.pause(0.2)
    finally:
        child.stop()
    if ending != "ended with status 0":
        raise StartError(f"`{child.name}` {ending}. The end of {child.log}:\n{child.last_words()}")


def _child(run: Run, process: Process, everything: Mapping[str, str]) -> Child:
    return Child(
        name=process.name,
        argv=process.command(**run.places(process)),
        env=run.environment_of(process, everything),
        cwd=ROOT,
        log=run.data / "log" / f"{process.name}.log",
        stop_seconds=process.stop_seconds,
    )


def _wait_for_all(run: Run, children: Mapping[str, Child], signals: Signals) -> None:
    for process in run.processes:
        if process.port_offset is not None:
            wait_until(partial(_is_ready, run, process), child=children[process.name], seconds=START_SECONDS, pause=signals.pause)


def _is_ready(run: Run, process: Process) -> bool:
    return is_ready(run.ready_url(process), host_name=urlsplit(run.addresses()[process.name]).netloc)


def _logins(run: Run, house: House, everything: Mapping[str, str]) -> str:
    """Return the demo logins as `manage.py demo --print-logins` tells them."""
    words = [word.format(**run.places()) for word in house.local_greeting]
    done = subprocess.run(words, cwd=ROOT, env={**everything, **OWNER}, capture_output=True, text=True, check=False, encoding="utf-8")
    return done.stdout.strip() if done.returncode == 0 else ""


def _all_names(run: Run, pids: Mapping[str, list[int]]) -> dict[str, list[int]]:
    """Return the process ids with an entry for every name, empty for a server that is not ours."""
    names = [*(process.name for process in run.processes), "broker", "postgres"]
    return {name: pids.get(name, []) for name in names}


def _origins(run: Run, everything: Mapping[str, str]) -> dict[str, str]:
    return {name: everything[name] for name in (f"{each.upper()}_ORIGIN" for each in run.addresses())}


def _run_in_foreground(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the command on our terminal. A Ctrl-C reaches it too, and how it ends is its own affair; a SIGTERM is passed on."""
    try:
        process = subprocess.Popen(list(command), env=dict(environ))
    except OSError as error:
        raise StartError(f"The command {command[0]} cannot be run: {error.strerror}.") from error
    before = signal.signal(signal.SIGINT, signal.SIG_IGN), signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        status = process.wait()
    finally:
        for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(number, handler)
    return status if status >= 0 else 128 - status

"""The supervisor with real servers and small processes: what it hands out, what it brings back, and what it leaves."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
import redis

from ipp.embedded import leftovers
from ipp.embedded.environment import join_running
from ipp.embedded.processes import Process
from ipp.embedded.state import running_environment
from ipp.env import LOGIN_URLS, LOGINS
from tests.ops.fake_house import HOUSE
from tests.ops.running import ROOT, RunningHouse, alive, clean_environment, eventually, four_free_ports

Start = Callable[..., RunningHouse]


def test_state_json_has_the_agreed_shape(house: RunningHouse) -> None:
    state = house.state()

    assert list(state) == ["portal", "staff", "files", "sandbox", "data", "mailbox", "pids", "supervisor", "started_at"]
    assert state["portal"] == f"http://localhost:{house.port}"
    assert [state[name] for name in ("staff", "files", "sandbox")] == [f"http://localhost:{house.port + offset}" for offset in (1, 2, 3)]
    assert state["mailbox"] == f"http://localhost:{house.port}/dev/mailbox/"
    assert state["data"] == str(house.data)
    assert list(state["pids"]) == ["portal", "staff", "files", "engine", "beat", "sandbox", "broker", "postgres"]
    assert all(pids and all(alive(pid) for pid in pids) for pids in state["pids"].values())
    assert state["supervisor"] == house.process.pid
    assert datetime.fromisoformat(state["started_at"]).tzinfo is not None


def test_the_preparations_run_in_order_as_the_owner(house: RunningHouse) -> None:
    assert house.notes()[:3] == [f"{name} owner //ipp_owner knows LOGINS_SECRET" for name in ("roles", "migrate", "demo")]


def test_what_comes_afterwards_runs_once_everything_serves(house: RunningHouse) -> None:
    eventually(lambda: any(note.startswith("story ") for note in house.notes()), what="the story")

    told = [note for note in house.notes() if note.startswith("story ")]
    assert told == ["story owner //ipp_owner knows LOGINS_SECRET"]


def test_a_process_gets_its_own_secrets_and_nobody_elses(house: RunningHouse) -> None:
    portal, files, sandbox = (house.environment_of(name) for name in ("portal", "files", "sandbox"))

    assert portal["PORTAL_DATABASE_URL"].startswith("postgresql://ipp_portal:")
    assert not {"DATABASE_URL", "SUPERUSER_DATABASE_URL", "STAFF_DATABASE_URL", "ENGINE_DATABASE_URL", "SANDBOX_SECRET"} & set(portal)
    assert not any("DATABASE" in name or name == "REDIS_URL" for name in files)
    assert "SANDBOX_SECRET" in sandbox
    assert not any("DATABASE" in name or name in ("REDIS_URL", "SECRET_KEY", "IPP_AUDIENCE") for name in sandbox)


@pytest.mark.parametrize("process", HOUSE.processes, ids=lambda process: process.name)
def test_no_serving_process_knows_the_owners_login_or_anothers(house: RunningHouse, process: Process) -> None:
    owners = running_environment(house.data)

    given = house.environment_at_start_of(process.name)

    assert given["IPP_DATA_DIR"] == str(house.data)
    assert {name for name in given if name.endswith("DATABASE_URL") or name == "LOGINS_SECRET"} == {
        name for name in process.secrets if name.endswith("DATABASE_URL")
    }
    foreign = {owners["LOGINS_SECRET"], urlsplit(owners["DATABASE_URL"]).password, urlsplit(owners["SUPERUSER_DATABASE_URL"]).password}
    foreign |= {urlsplit(owners[url]).password for url in LOGIN_URLS.values() if url not in process.secrets}
    assert len(foreign - {None}) >= 5
    assert not any(secret in value for secret in foreign if secret for value in given.values())


def test_secrets_on_disk_are_for_their_owner_alone(house: RunningHouse) -> None:
    files = ("secret_key", "logins_secret", "postgres.json", "servers.json")

    assert {stat.S_IMODE((house.data / name).stat().st_mode) for name in files} == {0o600}
    assert {stat.S_IMODE((house.data / name).stat().st_mode) for name in (".", "postgres")} == {0o700}


@pytest.mark.parametrize("name", ["portal", "staff", "files", "engine", "beat", "sandbox", "broker", "postgres"])
def test_a_killed_process_is_back_within_five_seconds(house: RunningHouse, name: str) -> None:
    before, others = house.state()["pids"][name], {key: pids for key, pids in house.state()["pids"].items() if key != name}
    servers = running_environment(house.data)

    os.kill(before[0], signal.SIGKILL)
    killed_at = time.monotonic()
    eventually(lambda: (pids := house.state()["pids"][name]) and pids[0] != before[0], what=f"the return of {name}")
    eventually(lambda: _serves(house, name, servers), what=f"an answer of {name}")

    assert time.monotonic() - killed_at < 5
    assert {key: pids for key, pids in house.state()["pids"].items() if key != name} == others


def test_a_command_beside_a_running_house_gets_its_servers(house: RunningHouse) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ipp.embedded", "exec", "--", "sh", "-c", "echo $DATABASE_URL"],
        cwd=ROOT,
        env=clean_environment(IPP_DATA_DIR=str(house.data)),
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == running_environment(house.data)["DATABASE_URL"]


def test_a_command_of_the_owner_joins_the_running_house_unless_it_names_a_database(house: RunningHouse) -> None:
    silent = {"IPP_DATA_DIR": str(house.data)}
    named = {"IPP_DATA_DIR": str(house.data), "DATABASE_URL": "postgresql://me@db/ipp"}

    join_running(silent)
    join_running(named)

    assert silent["DATABASE_URL"].startswith("postgresql://ipp_owner:")
    assert silent["SECRET_KEY"] == (house.data / "secret_key").read_text().strip()
    assert silent["LOGINS_SECRET"] == (house.data / "logins_secret").read_text().strip()
    assert named == {"IPP_DATA_DIR": str(house.data), "DATABASE_URL": "postgresql://me@db/ipp"}


def test_manage_py_beside_a_running_house_uses_its_database_and_sets_the_passwords_it_uses(house: RunningHouse) -> None:
    done = manage(house.data, "roles")

    assert (done.returncode, done.stderr) == (0, "")
    for name, audience in (("portal", "portal"), ("staff", "staff"), ("engine", "engine"), ("beat", "engine")):
        connection = psycopg2.connect(house.environment_at_start_of(name)[LOGIN_URLS[audience]])
        cursor = connection.cursor()
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (LOGINS[audience],)
        connection.close()


@pytest.mark.parametrize("told", [{"IPP_AUDIENCE": "owner"}, {"IPP_MODE": "test"}], ids=["a process with an audience", "a test"])
def test_manage_py_does_not_join_by_itself(house: RunningHouse, told: dict[str, str]) -> None:
    done = manage(house.data, "roles", **told)

    assert done.returncode == 1
    assert "settings.DATABASES is improperly configured" in done.stderr


def test_manage_py_works_where_nothing_ever_ran_and_makes_no_folder(tmp_path: Path) -> None:
    done = manage(tmp_path / "var", "check")

    assert done.returncode == 0
    assert not (tmp_path / "var").exists()


def test_nothing_runs_on_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder" / "lock").mkdir(parents=True)

    assert running_environment(tmp_path / "file") == {}
    assert running_environment(tmp_path / "folder") == {}


def test_a_health_check_tells_a_serving_process_from_none(house: RunningHouse) -> None:
    check = [sys.executable, "-m", "ipp.embedded", "ready", "portal"]
    elsewhere = {**house.environ, "PORT": str(four_free_ports())}

    assert subprocess.run(check, cwd=ROOT, env=house.environ, check=False).returncode == 0
    assert subprocess.run(check, cwd=ROOT, env=elsewhere, check=False).returncode == 1


def test_a_second_run_on_the_same_folder_is_refused(house: RunningHouse) -> None:
    second = RunningHouse(house.data)

    assert second.end(signal.SIGCONT) == 1
    assert f"http://localhost:{house.port} (process {house.process.pid})" in second.output
    assert "make stop" in second.output
    assert house.process.poll() is None
    assert house.state()["supervisor"] == house.process.pid


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_ends_everything_in_order(start: Start, number: signal.Signals) -> None:
    house = start().wait_until_ready()
    pids = house.all_pids()

    status = house.end(number)

    assert status == 0
    assert house.notes()[-2:] in (["engine stops", "beat stops"], ["beat stops", "engine stops"])
    assert not any(alive(pid) for pid in pids)
    assert "database system is shut down" in (house.data / "log" / "postgres.log").read_text()
    assert not (house.data / "state.json").exists()
    assert not (house.data / "servers.json").exists()


def test_make_stop_stops_the_supervisor_and_is_content_when_nothing_runs(start: Start) -> None:
    house = start().wait_until_ready()
    stop = [sys.executable, "-m", "ipp.embedded", "stop"]

    first = subprocess.run(stop, cwd=ROOT, env=house.environ, capture_output=True, text=True, check=False)
    second = subprocess.run(stop, cwd=ROOT, env=house.environ, capture_output=True, text=True, check=False)

    assert (first.returncode, second.returncode) == (0, 0)
    assert house.end() == 0
    assert "Nothing runs" in second.stdout


def test_a_start_right_after_the_supervisor_was_killed_just_works(start: Start) -> None:
    killed = start().wait_until_ready()
    old = killed.all_pids()

    os.kill(killed.process.pid, signal.SIGKILL)
    again = start(port=killed.port).wait_until_ready()

    assert not any(alive(pid) for pid in old)
    assert again.state()["supervisor"] == again.process.pid


def test_a_start_after_everything_was_killed_just_works(start: Start) -> None:
    killed = start().wait_until_ready()
    connection = psycopg2.connect(running_environment(killed.data)["DATABASE_URL"])
    connection.cursor().execute("CREATE TABLE kept AS SELECT 1 AS one")
    connection.commit()

    for pid in [killed.process.pid, *killed.all_pids()]:
        os.kill(pid, signal.SIGKILL)
    again = start(port=killed.port).wait_until_ready()

    cursor = psycopg2.connect(running_environment(again.data)["DATABASE_URL"]).cursor()
    cursor.execute("SELECT one FROM kept")
    assert cursor.fetchone() == (1,)


def test_a_taken_port_is_named_with_a_way_out_and_nothing_is_left_running(start: Start) -> None:
    port = four_free_ports()

    with socket.create_server(("127.0.0.1", port + 1)):
        house = start(port=port)
        status = house.end(signal.SIGCONT)

    assert status == 1
    assert f"Port {port + 1}, which the staff needs" in house.output
    assert "make run PORT=" in house.output
    assert "Traceback" not in house.output
    assert not list(leftovers.left_by(house.data))
    assert not (house.data / "state.json").exists()


@pytest.mark.parametrize("port", ["99999", "0", "eighty"])
def test_a_port_that_is_none_is_refused_in_words(start: Start, port: str) -> None:
    house = start(port=port)

    assert house.end(signal.SIGCONT) == 1
    assert f"PORT={port} is not a port" in house.output


def test_a_stale_state_file_is_removed_at_start(start: Start, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "state.json").write_text('{"portal": "http://localhost:1", "supervisor": 1}')

    house = start(environ=clean_environment(FAKE_BROKEN="preparation"))

    assert house.end(signal.SIGCONT) == 1
    assert not (tmp_path / "data" / "state.json").exists()


@pytest.mark.parametrize(("broken", "named"), [("preparation", "prepare roles"), ("portal", "portal")])
def test_what_fails_at_the_start_is_shown_with_its_last_words(start: Start, broken: str, named: str) -> None:
    house = start(environ=clean_environment(FAKE_BROKEN=broken))

    assert house.end(signal.SIGCONT) == 1
    assert f"{named}" in house.output
    assert f"the {broken} is broken on purpose" in house.output
    assert "Traceback" not in house.output
    assert not list(leftovers.left_by(house.data))


def test_it_runs_from_a_strange_folder_with_no_language_and_no_home(start: Start, tmp_path: Path) -> None:
    checkout = tmp_path / "我的 checkout"
    shutil.copytree(ROOT / "ipp" / "embedded", checkout / "ipp" / "embedded", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "tests" / "ops", checkout / "tests" / "ops", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("ipp/__init__.py", "ipp/env.py"):
        shutil.copy(ROOT / name, checkout / name)

    house = start(
        "我的 checkout/var", root=checkout, environ=clean_environment(LANG=None, LC_ALL=None, LC_CTYPE=None, HOME="/proc/no-home")
    ).wait_until_ready()
    cursor = psycopg2.connect(running_environment(house.data)["DATABASE_URL"]).cursor()
    cursor.execute("CREATE EXTENSION pg_trgm")
    cursor.execute("SELECT lower('ÄÉ 中文'), cardinality(show_trgm('中文商标'))")

    assert cursor.fetchone() == ("äé 中文", 5)
    assert house.end() == 0
    assert "爱丽丝" in house.output


def manage(data: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py as a person beside the data folder would."""
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=clean_environment(IPP_DATA_DIR=str(data), **environ),
        capture_output=True,
        text=True,
        check=False,
    )


def _serves(house: RunningHouse, name: str, servers: dict[str, str]) -> bool:
    """Say whether the process does its work again, at the same place and with the same password."""
    try:
        if name == "postgres":
            psycopg2.connect(servers["DATABASE_URL"], connect_timeout=2).close()
        elif name == "broker":
            redis.Redis.from_url(servers["REDIS_URL"]).ping()
        elif name in ("portal", "staff", "files", "sandbox"):
            house.environment_of(name)
    except (psycopg2.OperationalError, redis.RedisError, OSError):
        return False
    return True

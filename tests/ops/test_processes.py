"""The list of processes: nothing serves with the owner's login, and every command line can be filled in."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipp.embedded.environment import Run, beside, kept_secret
from ipp.embedded.errors import StartError
from ipp.embedded.processes import PROCESSES, SECRETS, Process
from ipp.env import LOGIN_URLS, role_password

SERVERS = {
    "DATABASE_URL": "postgresql://ipp_owner:owners@127.0.0.1:5/ipp",
    "SUPERUSER_DATABASE_URL": "postgresql://postgres:top@127.0.0.1:5/postgres",
    "REDIS_URL": "redis://:bell@127.0.0.1:6/0",
}
LOGIN = {"portal": "ipp_portal", "staff": "ipp_staff", "engine": "ipp_engine", "beat": "ipp_engine"}


def run_of(tmp_path: Path, **environ: str) -> Run:
    return Run.read({"IPP_DATA_DIR": str(tmp_path), "SECRET_KEY": "k" * 50, **environ}, PROCESSES)


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_a_process_reaches_the_database_with_its_own_login_alone(process: Process, tmp_path: Path) -> None:
    run = run_of(tmp_path)

    given = run.environment_of(process, run.everything(SERVERS))

    urls = [value for name, value in given.items() if name.endswith("DATABASE_URL")]
    login = LOGIN.get(process.name)
    secret = (tmp_path / "logins_secret").read_text().strip()
    assert urls == ([f"postgresql://{login}:{role_password(secret, login)}@127.0.0.1:5/ipp"] if login else [])
    assert not any("owners" in value or ":top@" in value for value in given.values())


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_no_serving_process_can_work_out_a_password_from_what_it_is_handed(process: Process, tmp_path: Path) -> None:
    run = run_of(tmp_path, LOGINS_SECRET="l" * 50)

    everything = run.everything(SERVERS)
    given = run.environment_of(process, everything)

    assert everything["LOGINS_SECRET"] == "l" * 50
    assert "LOGINS_SECRET" not in given
    assert not any("l" * 50 in value for value in given.values())
    derived = {role_password(value, login) for value in given.values() for login in set(LOGIN.values())}
    assert not any(password in everything[name] for password in derived for name in LOGIN_URLS.values())


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_a_process_keeps_no_secret_that_it_does_not_list(process: Process, tmp_path: Path) -> None:
    run = run_of(tmp_path, **{name: f"value of {name}" for name in SECRETS})

    given = run.environment_of(process, run.everything({name: f"value of {name}" for name in SERVERS}))

    assert {name for name in given if name in SECRETS} == set(process.secrets)


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_a_command_line_can_be_filled_in(process: Process, tmp_path: Path) -> None:
    run = run_of(tmp_path, HOST="::1", PORT="9000")

    words = process.command(**run.places(process))

    assert not any("{" in word for word in words)
    if process.name == "staff":
        assert words[words.index("--bind") + 1] == "[::1]:9001"


def test_logins_named_in_the_environment_win_only_with_a_database_of_ones_own(tmp_path: Path) -> None:
    named = {"PORTAL_DATABASE_URL": "postgresql://p:q@db/ipp"}

    beside_ours = run_of(tmp_path, **named).everything(SERVERS)
    beside_theirs = run_of(tmp_path, **named, DATABASE_URL="postgresql://o:p@db/ipp").everything(SERVERS)

    assert beside_ours["PORTAL_DATABASE_URL"].startswith("postgresql://ipp_portal:")
    assert beside_theirs["PORTAL_DATABASE_URL"] == "postgresql://p:q@db/ipp"


RUNNING = {"DATABASE_URL": "postgresql://o:p@ours/ipp", "PORTAL_DATABASE_URL": "postgresql://ours/ipp", "SECRET_KEY": "ours"}


@pytest.mark.parametrize(
    ("set_itself", "told"),
    [
        ({}, RUNNING),
        ({"SECRET_KEY": "mine", "PATH": "/bin"}, RUNNING | {"SECRET_KEY": "mine", "PATH": "/bin"}),
        ({"SECRET_KEY": " "}, RUNNING),
        ({"PORTAL_DATABASE_URL": "postgresql://mine/ipp"}, RUNNING),
        ({"DATABASE_URL": "postgresql://mine/ipp"}, {"DATABASE_URL": "postgresql://mine/ipp", "SECRET_KEY": "ours"}),
    ],
    ids=["nothing", "a secret", "an empty secret", "a login without its database", "a database without its logins"],
)
def test_beside_a_running_system_a_command_keeps_what_it_sets_itself(set_itself: dict[str, str], told: dict[str, str]) -> None:
    assert beside(RUNNING, set_itself) == told


def test_addresses_follow_the_port_and_an_origin_in_the_environment_wins(tmp_path: Path) -> None:
    run = run_of(tmp_path, PORT="9000", STAFF_ORIGIN="https://desk.example/")

    assert run.addresses() == {
        "portal": "http://localhost:9000",
        "staff": "https://desk.example",
        "files": "http://localhost:9002",
        "sandbox": "http://localhost:9003",
    }


def test_a_port_without_room_for_the_others_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="PORT=65533 is not a port"):
        run_of(tmp_path, PORT="65533")


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    first, second = kept_secret(tmp_path / "a" / "secret"), kept_secret(tmp_path / "a" / "secret")

    assert first == second
    assert len(first) >= 50
    assert kept_secret(tmp_path / "b" / "secret") != first

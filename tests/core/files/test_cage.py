"""The child's cage: what a decoder taken over by a hostile file cannot do, and when it is killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ipp.core.errors import Unavailable
from ipp.core.files import Limits, Reason, UploadRefused, examine, examining
from tests.core.files import corpus

PROBE = """
import json, os, runpy, socket, sys, subprocess
child = runpy.run_path(sys.argv[1])
job = child["read_job"](sys.argv[2])
walls = child["confine"](job)

def outcome(attempt):
    try:
        attempt()
    except (OSError, MemoryError) as error:
        return type(error).__name__
    return "done"

attempts = {
    "network": lambda: socket.socket(),
    "second process": lambda: os.fork() or os._exit(0),
    "other program": lambda: os.execv("/bin/true", ["true"]),
    "signal": lambda: os.kill(os.getppid(), 0),
    "memory": lambda: bytearray(900 * 1024 * 1024),
    "secrets of the parent": lambda: open(f"/proc/{os.getppid()}/environ").read(),
    "files of the host": lambda: open("/etc/passwd").read(),
    "neighbour": lambda: open(os.path.join(os.path.dirname(sys.argv[3]), "neighbour")).read(),
    "writing elsewhere": lambda: open(sys.argv[3] + ".new", "w"),
    "source": lambda: open(job.source).read(),
    "page": lambda: open(os.path.join(job.folder, "0001.jpg"), "w").write("x"),
}
print(json.dumps({"walls": sorted(walls), "outcomes": {name: outcome(attempt) for name, attempt in attempts.items()}}))
"""
OURS = ("source", "page")


@pytest.fixture(scope="module")
def probed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what a process in the cage managed to do, and which walls stood."""
    base = tmp_path_factory.mktemp("cage")
    source, folder = base / "source", base / "pages"
    source.write_text("x")
    (base / "neighbour").write_text("x")
    folder.mkdir()
    job = {"source": str(source), "media_type": "image/png", "folder": str(folder), "limits": asdict(Limits())}
    command = [sys.executable, "-I", "-c", PROBE, str(examining.CHILD), json.dumps(job), str(source)]
    answer: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return answer


def test_the_child_reads_its_source_and_writes_its_pages(probed: dict[str, Any]) -> None:
    assert {name: probed["outcomes"][name] for name in OURS} == dict.fromkeys(OURS, "done")


def test_the_child_has_no_network_no_second_process_and_no_memory_beyond_its_cap(probed: dict[str, Any]) -> None:
    refused = {name: probed["outcomes"][name] for name in ("network", "second process", "other program", "signal", "memory")}

    assert {"limits", "calls"} <= set(probed["walls"])
    assert refused == dict.fromkeys(("network", "second process", "other program", "signal"), "PermissionError") | {"memory": "MemoryError"}


def test_the_child_sees_no_folder_but_its_own_where_the_kernel_can_wall_folders_off(probed: dict[str, Any]) -> None:
    reached = {name for name, outcome in probed["outcomes"].items() if outcome == "done"}

    others = {"files of the host", "neighbour", "writing elsewhere"}
    assert reached == {*OURS} if "folders" in probed["walls"] else reached >= others


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Return the children started during the test."""
    started: list[subprocess.Popen[bytes]] = []

    class Recorded(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            started.append(self)

    monkeypatch.setattr(examining.subprocess, "Popen", Recorded)
    return started


def run_on(data: bytes, workdir: Path, **limits: int) -> UploadRefused:
    """Examine bytes that must be refused; return the refusal."""
    path = workdir / "upload"
    path.write_bytes(data)
    with pytest.raises(UploadRefused) as refusal:
        examine(path, workdir=workdir, limits=Limits(**limits))
    return refusal.value


def test_a_child_that_uses_up_its_processor_time_is_killed(workdir: Path, processes: list[subprocess.Popen[bytes]]) -> None:
    began = time.monotonic()

    refusal = run_on(corpus.pdf_tedious(), workdir, cpu_seconds=1, wall_seconds=60)

    assert refusal.code == Reason.TOO_COMPLEX
    assert processes[0].returncode in (-24, -9)  # SIGXCPU, or SIGKILL where both limits fall together
    assert time.monotonic() - began < 30


def test_a_child_that_outlives_the_wall_clock_is_killed_and_the_file_blamed_if_it_kept_the_processor_busy(
    workdir: Path, processes: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = os.wait4
    busy = SimpleNamespace(ru_utime=3.5, ru_stime=0.3)  # as measured on an idle machine; this one may be a loaded one
    monkeypatch.setattr(examining.os, "wait4", lambda pid, options: (*waited(pid, options)[:2], busy))
    began = time.monotonic()

    refusal = run_on(corpus.pdf_tedious(), workdir, cpu_seconds=60, wall_seconds=4)

    assert refusal.code == Reason.TOO_COMPLEX
    assert processes[0].returncode == -9
    assert time.monotonic() - began < 20


def test_a_child_that_got_no_processor_time_is_killed_and_the_upload_put_off(
    workdir: Path, processes: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    use_child(monkeypatch, workdir, "import signal; signal.pause()")

    with pytest.raises(Unavailable) as refusal:
        examine(jpeg_in(workdir), workdir=workdir, limits=Limits(wall_seconds=1))

    assert refusal.value.code == "uploads_busy"
    assert processes[0].returncode == -9


def test_pages_that_take_too_much_room_stop_the_child(workdir: Path) -> None:
    picture = corpus.Image.effect_noise((2000, 2000), 200)

    assert run_on(corpus.encoded(picture, "JPEG"), workdir, derivatives_mb=1).code == Reason.TOO_COMPLEX


def test_a_child_gets_nothing_of_our_environment(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "the-crown-jewels")
    use_child(monkeypatch, workdir, "import os, sys; open('environment', 'w').write(repr(dict(os.environ))); sys.exit(1)")

    with pytest.raises(Unavailable):
        examine(jpeg_in(workdir), workdir=workdir)

    (written,) = workdir.glob("pages-*/environment")
    assert "LC_ALL" in written.read_text()
    assert "SECRET" not in written.read_text()


LIES = {
    "a page that is HTML": "open('0001.jpg', 'w').write('<script>'); print('{\"pages\": [[10, 10]]}')",
    "a page that points elsewhere": "os.symlink('../upload', '0001.jpg'); print('{\"pages\": [[10, 10]]}')",
    "a page that is not there": "print('{\"pages\": [[10, 10]]}')",
    "sides that are no numbers": 'print(\'{"pages": [["a", {}]]}\')',
    "no pages": "print('{\"pages\": []}')",
    "too many pages": "print('{\"pages\": %s}' % ([[1, 1]] * 201))",
    "an unknown refusal": 'print(\'{"refused": ["made", "up"]}\')',
    "a list": 'print(\'{"pages": {"a": 1}}\')',
}


@pytest.mark.parametrize("lie", LIES.values(), ids=list(LIES))
def test_a_child_taken_over_by_a_file_is_not_believed(lie: str, workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_child(monkeypatch, workdir, f"import os, sys; print('ready'); {lie}")

    with pytest.raises(UploadRefused) as refusal:
        examine(jpeg_in(workdir), workdir=workdir)

    assert refusal.value.code == Reason.DAMAGED


@pytest.mark.parametrize("program", ["import sys; sys.exit(3)", "print('gibberish')", "import nothing_there", "1 / 0", "pass"])
def test_a_child_that_never_got_to_the_file_is_our_fault(program: str, workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_child(monkeypatch, workdir, program)

    with pytest.raises(Unavailable) as refusal:
        examine(jpeg_in(workdir), workdir=workdir)

    assert refusal.value.code == "checks_unavailable"


@pytest.mark.parametrize("end", ["sys.exit(127)", "os.abort()", "print('gibberish')", "print('[1]')", "print('{')"])
def test_a_child_that_breaks_on_the_file_is_the_file_s_fault(end: str, workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_child(monkeypatch, workdir, f"import os, sys; print('ready', flush=True); {end}")

    with pytest.raises(UploadRefused) as refusal:
        examine(jpeg_in(workdir), workdir=workdir)

    assert refusal.value.code == Reason.TOO_COMPLEX


def test_when_all_seats_are_taken_the_upload_is_put_off(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def acquire(self, timeout: float) -> bool:
            return False

    monkeypatch.setattr(examining, "_SEATS", Full())

    with pytest.raises(Unavailable) as refusal:
        examine(jpeg_in(workdir), workdir=workdir)

    assert refusal.value.code == "uploads_busy"


def use_child(monkeypatch: pytest.MonkeyPatch, workdir: Path, program: str) -> None:
    """Put another program in the child's place."""
    path = workdir / "child.py"
    path.write_text(program)
    monkeypatch.setattr(examining, "CHILD", path)


def jpeg_in(workdir: Path) -> Path:
    """Return a good JPEG in the folder."""
    path = workdir / "upload"
    path.write_bytes(corpus.jpeg())
    return path

"""The Makefile, the installer and the CI script: they say what they do, do the same thing, and work in any folder."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = ("requirements.txt", "requirements-local.txt", "requirements-dev.txt")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of the build files in a folder with a space and Chinese characters, with a stand-in for an installed venv."""
    folder = tmp_path / "我的 checkout"
    (folder / "scripts").mkdir(parents=True)
    (folder / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copy(ROOT / "scripts" / "install.sh", folder / "scripts")
    for name in LOCKS:
        shutil.copy(ROOT / name, folder)
        shutil.copy(ROOT / name, folder / ".venv" / f"{name}.installed")
    stand_in(folder / ".venv" / "bin" / "python", 'echo "ran: $*"')
    stand_in(folder / ".venv" / "bin" / "lint-imports", 'echo "ran: lint-imports"')
    return folder


def test_make_alone_lists_every_target() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    match = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert match

    told = make(ROOT).stdout

    assert re.findall(r"^  make (\S+)", told, re.MULTILINE) == match[1].split()


def test_make_run_starts_the_supervisor_in_a_folder_with_a_strange_name(checkout: Path) -> None:
    done = make(checkout, "run", "PORT=9100")

    assert (done.returncode, done.stdout) == (0, "ran: -m ipp.embedded up\n")


def test_make_test_hands_its_arguments_on(checkout: Path) -> None:
    assert make(checkout, "test", "ARGS=tests/core -k sign").stdout == "ran: -m pytest -n auto tests/core -k sign\n"


def test_make_check_runs_every_check_and_the_tests_last(checkout: Path) -> None:
    assert make(checkout, "check").stdout.splitlines() == [
        "ran: -m ruff check .",
        "ran: -m ruff format --check .",
        "ran: -m mypy",
        "ran: lint-imports",
        "ran: manage.py makemigrations --check --dry-run",
        "ran: manage.py check",
        "ran: -m pytest -n auto",
    ]


def test_make_check_stops_at_the_first_failure(checkout: Path) -> None:
    stand_in(checkout / ".venv" / "bin" / "python", 'echo "ran: $*"; test "$2" != mypy')

    done = make(checkout, "check")

    assert done.returncode != 0
    assert done.stdout.splitlines()[-1] == "ran: -m mypy"


def test_ci_runs_what_make_check_runs_and_gives_its_last_word_to_it() -> None:
    lines = [line for line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]

    assert lines[0] == "set -euo pipefail"
    assert lines[-1] == "exec make check </dev/null"
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o100


def test_an_installation_that_is_current_is_left_alone(checkout: Path) -> None:
    assert make(checkout, "install").stdout == ""


def test_changed_requirements_are_installed_with_their_hashes_checked(checkout: Path) -> None:
    change(checkout / "requirements-local.txt")

    first, second = make(checkout, "install"), make(checkout, "install")

    assert "-m uv pip install" in first.stdout
    assert "--require-hashes -r requirements-local.txt" in first.stdout
    assert second.stdout == ""


def test_pip_installs_where_uv_cannot(checkout: Path) -> None:
    change(checkout / "requirements-local.txt")
    stand_in(checkout / ".venv" / "bin" / "python", 'echo "ran: $*"; test "$2" != uv')

    done = make(checkout, "install")

    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].endswith(
        "-m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements-local.txt"
    )


def test_uv_is_taken_from_the_lock_with_its_hashes(checkout: Path) -> None:
    change(checkout / "requirements-local.txt")

    make(checkout, "install")

    lines = (checkout / ".venv" / "uv.txt").read_text().splitlines()
    assert lines[0].startswith("uv==")
    assert len(lines) > 1
    assert all("--hash=sha256:" in line for line in lines[1:])


def test_an_old_python_is_told_what_is_needed(checkout: Path, tmp_path: Path) -> None:
    shutil.rmtree(checkout / ".venv")
    stand_in(tmp_path / "old python", 'case "$1" in --version) echo Python 3.9.2;; *) exit 1;; esac')

    done = make(checkout, "install", f"PYTHON={tmp_path / 'old python'}")

    assert done.returncode != 0
    assert "IPP needs Python 3.11 or newer" in done.stderr
    assert "Python 3.9.2" in done.stderr
    assert "PYTHON=/path/to/python3.12" in done.stderr


def stand_in(path: Path, script: str) -> None:
    """Write a shell script that stands for a program."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def change(path: Path) -> None:
    """Add a line."""
    path.write_text(f"{path.read_text()}# changed\n")


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run make as a person would, knowing nothing of the make that may run this suite."""
    environ = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder)}
    return subprocess.run(["make", *words], cwd=folder, env=environ, capture_output=True, text=True, check=False)

"""The house's own rules, where no linter knows them."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipp.core import events, ui
from ipp.core.timeline import SENTENCES
from rightsholders.lifecycle import VERIFICATION, Status

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = ("ipp", "marketplaces", "rightsholders", "takedowns", "penalties", "sandbox")
APPS = ("marketplaces", "rightsholders", "takedowns", "penalties")


def modules(*folders: str) -> Iterator[tuple[Path, str]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


def test_a_status_is_written_by_the_lifecycle_alone():
    pattern = re.compile(r"\.status\s*=[^=]|update\([^)]*\bstatus\s*=|update_fields=\[[^\]]*status")
    wrong = [
        f"{path}:{number}" for path, text in modules(*APPS) for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)
    ]

    assert wrong == []


def test_services_never_see_a_request_and_never_call_out():
    for path, text in modules("ipp/core/services", *(f"{app}/services" for app in APPS)):
        imported = {
            name
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
        }
        forbidden = {"django.http", "django.shortcuts", "requests", "httpx", "urllib.request", "socket"}
        assert imported & forbidden == set(), path


def test_no_module_has_a_name_that_says_nothing():
    names = {path.stem for path, _text in modules(*OURS) if "embedded" not in path.parts}  # its signals are the kernel's

    assert names & {"utils", "helpers", "managers", "signals", "selectors", "misc", "common_utils"} == set()


def test_no_module_of_ours_outgrows_its_room():
    long = {str(path): text.count("\n") for path, text in modules(*OURS) if text.count("\n") > 500}

    assert long == {}


def test_events_are_named_by_app_record_and_past_tense():
    for name, cls in events.EVENTS.items():
        if not name.startswith("tests."):
            assert re.fullmatch(r"(core|marketplaces|rightsholders|takedowns|penalties)\.[a-z_]+\.[a-z_]+", name), name
            assert cls.__doc__


def test_every_event_of_ours_can_be_read_as_a_sentence():
    ours = {name for name in events.EVENTS if not name.startswith("tests.")}

    assert ours - set(SENTENCES) == set()


def test_every_status_has_word_icon_and_tone():
    assert ui.missing_states("rightsholders.verification", Status.values) == set()


def test_every_move_of_the_lifecycle_leads_somewhere_known():
    for action, (sources, target) in VERIFICATION.moves.items():
        assert sources <= set(Status.values), action
        assert target in Status.values, action


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False)
    found = [ROOT / line for line in listed.stdout.splitlines()] if listed.returncode == 0 else list(ROOT.rglob("*"))
    return [path for path in found if path.is_file()]


@pytest.mark.parametrize(
    "pattern",
    [r"/work/(main|shared)", r"/root/\.", r"https?://(pypi\.org|files\.pythonhosted|registry\.npmjs|deb\.debian)", r"--index-url \S+//"],
)
def test_the_repository_names_no_place_of_one_machine_and_no_package_index(pattern):
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix in {".py", ".md", ".toml", ".txt", ".in", ".sh", ".yml", ".html", ".css", ".js", ""} and path != Path(__file__)
        if "vendor" not in path.parts and path.stat().st_size < 400_000
        if re.search(pattern, path.read_text(encoding="utf-8", errors="replace"))
    ]

    assert found == []

"""Commands that run on a bare checkout: an empty environment, another folder, no settings, no servers."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands
from django.core.management.base import CommandError

from ipp.core.management.commands.clock import Command as Clock
from marketplaces.management.commands.links import FIELDS
from marketplaces.management.commands.links import Command as Links
from tests.core.test_calendar import WORKED_EXAMPLES

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "payloads" / "links" / "url_cases.jsonl"
LISTING = "https://item.taobao.com/item.htm?id=564176654249"


def alone(folder: Path, *arguments: str, told: str | bytes = b"", **environ: str) -> subprocess.CompletedProcess[str]:
    finished = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environ},
        input=told.encode() if isinstance(told, str) else told,
        capture_output=True,
        check=False,
    )
    return subprocess.CompletedProcess(finished.args, finished.returncode, finished.stdout.decode(), finished.stderr.decode())


# links resolve


def test_links_of_a_file_are_resolved_in_an_empty_environment(tmp_path: Path) -> None:
    (tmp_path / "pasted.txt").write_bytes(f"\ufeff{LISTING}\r\n\r\n  \r\n淘宝 564176654249\r\nnothing here\r\n".encode())

    finished = alone(tmp_path, "links", "resolve", "pasted.txt")

    rows = [json.loads(line) for line in finished.stdout.splitlines()]
    assert (finished.returncode, finished.stderr) == (0, "")
    assert [tuple(row) for row in rows] == [FIELDS] * 3
    assert [(row["input"], row["status"], row["key"]) for row in rows] == [
        (LISTING, "listing", "taobao_family:564176654249"),
        ("淘宝 564176654249", "listing", "taobao_family:564176654249"),
        ("nothing here", "invalid", None),
    ]
    assert "淘宝" in finished.stdout
    assert list(tmp_path.iterdir()) == [tmp_path / "pasted.txt"]


def test_every_known_address_goes_through_the_command(tmp_path: Path) -> None:
    addresses = [json.loads(line)["url"] for line in CASES.read_text("utf-8").splitlines()]

    finished = alone(tmp_path, "links", "resolve", "-", told="\n".join(addresses))

    rows = [json.loads(line) for line in finished.stdout.splitlines()]
    assert [row["input"] for row in rows] == addresses
    assert {row["status"] for row in rows} == {"listing", "store", "needs_resolution", "unsupported"}


@pytest.mark.parametrize(("told", "count"), [(f"{LISTING}{LISTING}\n{LISTING}", 3), ("", 0), ("\n\n", 0)])
def test_one_json_array_can_be_asked_for(tmp_path: Path, told: str, count: int) -> None:
    finished = alone(tmp_path, "links", "resolve", "--json", "-", told=told)

    assert [row["status"] for row in json.loads(finished.stdout)] == ["listing"] * count


def test_bytes_that_are_no_text_are_refused_rows(tmp_path: Path) -> None:
    finished = alone(
        tmp_path, "links", "resolve", "-", told=LISTING.encode() + b"\n" + LISTING.encode()[:-4] + b"\xff\xfe4249\n\x00\x80\n", LC_ALL="C"
    )

    rows = [json.loads(line) for line in finished.stdout.splitlines()]
    assert finished.returncode == 0
    assert [row["status"] for row in rows] == ["listing", "invalid", "invalid"]


def test_a_sandbox_elsewhere_is_named_by_the_environment(tmp_path: Path) -> None:
    text = "http://localhost:8003/bazarro/item/7.html\nhttp://localhost:9003/bazarro/item/7.html"

    usual = alone(tmp_path, "links", "resolve", "-", told=text)
    moved = alone(tmp_path, "links", "resolve", "-", told=text, SANDBOX_ORIGIN="http://localhost:9003")

    assert [json.loads(line)["status"] for line in usual.stdout.splitlines()] == ["listing", "invalid"]
    assert [json.loads(line)["status"] for line in moved.stdout.splitlines()] == ["invalid", "listing"]


@pytest.mark.parametrize(
    ("arguments", "environ", "sentence"),
    [
        (["nowhere.txt"], {}, "nowhere.txt cannot be read: No such file or directory. Name a text file, or - for standard input."),
        (["."], {}, ". cannot be read: Is a directory."),
        (["-"], {"SANDBOX_ORIGIN": "elsewhere"}, "SANDBOX_ORIGIN must be an address such as http://localhost:8003."),
        ([], {}, "the following arguments are required: FILE"),
    ],
)
def test_what_links_cannot_read_ends_with_two_and_a_sentence(
    tmp_path: Path, arguments: list[str], environ: dict[str, str], sentence: str
) -> None:
    finished = alone(tmp_path, "links", "resolve", *arguments, **environ)

    assert (finished.returncode, finished.stdout) == (2, "")
    assert sentence in finished.stderr
    assert "Traceback" not in finished.stderr


def test_rows_come_while_lines_still_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    seen: list[int] = []

    def lines() -> Iterator[bytes]:
        for _count in range(3):
            yield LISTING.encode() + b"\n"
            seen.append(out.getvalue().count("\n"))

    monkeypatch.setattr(sys, "stdin", type("Input", (), {"buffer": Pipe(lines())})())
    Links(stdout=out).handle(action="resolve", file="-", json=False)  # type: ignore[arg-type]

    assert seen == [1, 2, 3]  # each row is out before the next line is asked for
    assert out.getvalue().count("\n") == 3


class Pipe(io.RawIOBase):
    """A pipe that hands over one line at a time."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        super().__init__()
        self.lines = lines

    def readable(self) -> bool:
        return True

    def read1(self, _size: int = -1) -> bytes:
        return next(self.lines, b"")


def test_a_reader_that_has_enough_ends_the_command_quietly(tmp_path: Path) -> None:
    (tmp_path / "many.txt").write_text(f"{LISTING}\n" * 20_000, "utf-8")
    command = [sys.executable, str(ROOT / "manage.py"), "links", "resolve", str(tmp_path / "many.txt")]

    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PATH": os.environ["PATH"]}) as process:
        assert process.stdout and process.stderr
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()

    assert said == b""
    assert process.returncode == 0


def test_settings_named_in_the_environment_are_not_read(tmp_path: Path) -> None:
    finished = alone(tmp_path, "links", "resolve", "-", told=LISTING, DJANGO_SETTINGS_MODULE="nowhere.settings", IPP_MODE="production")

    assert (finished.returncode, finished.stderr) == (0, "")


# clock due


def due(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    Clock().run_from_argv(["manage.py", "clock", "due", *arguments])
    return capsys.readouterr().out.strip()


def test_a_due_moment_is_told_in_an_empty_environment(tmp_path: Path) -> None:
    finished = alone(tmp_path, "clock", "due", "--calendar", "CN", "--from", "2026-02-13T18:00:00+08:00", "--business-hours", "24")

    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "2026-02-14T18:00:00+08:00\n", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("example", WORKED_EXAMPLES, ids=lambda example: example[0])
def test_the_worked_examples_are_due_as_the_specification_says(example: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    start, hours, three, seven = example
    beginning = ["--calendar", "CN", "--from", f"{start.replace(' ', 'T')}:00+08:00"]

    assert due(capsys, *beginning, "--business-hours", "24") == f"{hours.replace(' ', 'T')}:00+08:00"
    assert due(capsys, *beginning, "--business-days", "3") == f"{three}T23:59:59+08:00"
    assert due(capsys, *beginning, "--business-days", "7") == f"{seven}T23:59:59+08:00"


@pytest.mark.parametrize(
    ("arrived", "end", "rolled"),
    [
        ("2025-03-03", "2025-03-18", "2025-03-18"),
        ("2025-09-18", "2025-10-03", "2025-10-09"),
        ("2026-02-03", "2026-02-18", "2026-02-24"),
        ("2026-01-31", "2026-02-15", "2026-02-24"),
    ],
)
def test_fifteen_calendar_days_roll_to_a_business_day(arrived: str, end: str, rolled: str, capsys: pytest.CaptureFixture[str]) -> None:
    beginning = ["--calendar", "CN", "--from", f"{arrived}T09:00:00+08:00", "--calendar-days", "15"]

    assert due(capsys, *beginning) == f"{end}T23:59:59+08:00"
    assert due(capsys, *beginning, "--roll") == f"{rolled}T23:59:59+08:00"


@pytest.mark.parametrize(
    ("arrived", "tenth", "fourteenth"),
    [("2025-03-03", "2025-03-17", "2025-03-21"), ("2025-06-27", "2025-07-14", "2025-07-18"), ("2025-11-21", "2025-12-08", "2025-12-12")],
)
def test_federal_business_days_are_counted_on_the_federal_calendar(
    arrived: str, tenth: str, fourteenth: str, capsys: pytest.CaptureFixture[str]
) -> None:
    beginning = ["--calendar", "US_FEDERAL", "--from", f"{arrived}T12:00:00-05:00", "--business-days"]

    assert due(capsys, *beginning, "10").startswith(f"{tenth}T23:59:59-0")
    assert due(capsys, *beginning, "14").startswith(f"{fourteenth}T23:59:59-0")


def test_the_start_may_have_any_offset_and_the_answer_has_the_calendars(capsys: pytest.CaptureFixture[str]) -> None:
    assert due(capsys, "--calendar", "CN", "--from", "2025-03-14T10:00:00Z", "--business-hours", "24") == "2025-03-17T18:00:00+08:00"
    assert due(capsys, "--calendar", "CN", "--from", "2025-03-14T18:00:00+08:00", "--business-hours", "0.5") == "2025-03-14T18:30:00+08:00"


def test_the_steps_are_printed_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    first, *steps = due(
        capsys, "--calendar", "CN", "--from", "2025-03-14T18:00:00+08:00", "--business-hours", "24", "--explain"
    ).splitlines()

    assert first == "2025-03-17T18:00:00+08:00"
    assert [step.split()[2:] for step in steps] == [
        ["business", "6:00:00"],
        ["off", "0:00:00"],
        ["off", "0:00:00"],
        ["business", "18:00:00"],
    ]
    assert steps[0].startswith("2025-03-14T18:00:00+08:00  2025-03-15T00:00:00+08:00  ")


def test_a_count_over_several_years_knows_the_holidays_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    end = datetime.fromisoformat(due(capsys, "--calendar", "CN", "--from", "2023-12-29T09:00:00+08:00", "--business-days", str(251 + 248)))

    assert end.date().isoformat() == "2025-12-31"


def test_a_year_without_its_notice_is_told_apart_from_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    Clock().run_from_argv(["manage.py", "clock", "due", "--calendar", "CN", "--from", "2027-03-01T09:00:00+08:00", "--business-hours", "1"])

    told = capsys.readouterr()
    assert told.out == "2027-03-01T10:00:00+08:00\n"
    assert told.err == "Provisional: the days off of 2027 are not all published yet.\n"


START = ("--from", "2026-02-13T18:00:00+08:00")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--calendar", "CN", "--from", "2026-02-13T18:00:00", "--business-hours", "24"), "has no offset from UTC"),
        (("--calendar", "CN", "--from", "2026-02-13", "--business-hours", "24"), "has no offset from UTC"),
        (("--calendar", "CN", "--from", "Friday", "--business-hours", "24"), "'Friday' is no time"),
        (("--calendar", "ATLANTIS", *START, "--business-hours", "24"), "no calendar 'ATLANTIS'. Choose one of: CN, US_FEDERAL"),
        (("--calendar", "CN", *START, "--business-hours", "-1"), "A budget is a number from 0 to"),
        (("--calendar", "CN", *START, "--business-hours", "nan"), "A budget is a number from 0 to"),
        (("--calendar", "CN", *START, "--business-hours", "inf"), "A budget is a number from 0 to"),
        (("--calendar", "CN", *START, "--business-days", "-1"), "A budget is a number from 0 to"),
        (("--calendar", "CN", *START, "--calendar-days", "99999999"), "A budget is a number from 0 to 3660"),
        (("--calendar", "CN", *START, "--business-days", "3660"), "not enough business days"),
        (("--calendar", "CN", *START, "--business-days", "3", "--roll"), "--roll goes with --calendar-days"),
        (("--calendar", "CN", "--from", "2101-02-13T18:00:00+08:00", "--business-hours", "24"), "has no days off for 2101"),
        (("--calendar", "CN", "--from", "2100-12-31T18:00:00+08:00", "--business-days", "9"), "has no days off for 2101"),
        (("--calendar", "CN", "--from", "9999-12-31T18:00:00+08:00", "--business-days", "1"), "cannot be counted"),
    ],
)
def test_what_the_clock_cannot_count_is_refused_with_a_sentence(
    arguments: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        due(capsys, *arguments)

    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (2, "")
    assert sentence in told.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--calendar", "CN", *START), "--business-hours --business-days --calendar-days is required"),
        (("--calendar", "CN", *START, "--business-hours", "24", "--business-days", "1"), "not allowed with argument --business-hours"),
        (("--calendar", "CN", *START, "--business-days", "1.5"), "invalid int value: '1.5'"),
    ],
)
def test_one_budget_is_given_and_no_more(tmp_path: Path, arguments: tuple[str, ...], sentence: str) -> None:
    finished = alone(tmp_path, "clock", "due", *arguments)

    assert (finished.returncode, finished.stdout) == (2, "")
    assert sentence in finished.stderr


def test_the_commands_can_be_called_inside_the_house() -> None:
    out = io.StringIO()
    call_command("clock", "due", "--calendar", "CN", *START, "--business-days", "1", stdout=out)

    assert out.getvalue() == "2026-02-14T23:59:59+08:00\n"
    assert {"clock": "ipp.core", "links": "marketplaces"}.items() <= get_commands().items()
    with pytest.raises(CommandError, match="no offset"):
        call_command("clock", "due", "--calendar", "CN", "--from", "2026-02-13T18:00:00", "--business-days", "1")

"""The benchmarks' harness: turns, medians, goals and files; and one benchmark run small, from start to end. Nothing here is about speed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.harness import KEYS, Goal, Measured, Result, Scale, Side, Times, compare, interleave, table, write
from tests.ops.running import ROOT, clean_environment


def test_sides_take_turns_and_each_prepares_before_it_runs():
    told: list[str] = []
    sides = [Side(name, lambda number, name=name: told.append(f"{name}{number}"), lambda number: told.append("prepare")) for name in "ab"]

    interleave(sides, rounds=2, warm_up=1)

    assert told[::2] == ["prepare"] * 6
    assert told[1::2] == ["a0", "b0", "b1", "a1", "a2", "b2"]


def test_rounds_of_warm_up_are_numbered_and_not_counted():
    numbers: list[int] = []

    times = interleave([Side("only", numbers.append)], rounds=3, warm_up=2)

    assert numbers == [0, 1, 2, 3, 4]
    assert len(times["only"].seconds) == 3


def test_what_prepares_is_not_timed(monkeypatch):
    clock = iter([10.0, 10.5])
    monkeypatch.setattr("bench.harness.perf_counter", lambda: next(clock))
    asked: list[int] = []

    times = interleave([Side("only", lambda number: None, asked.append)], rounds=1, warm_up=0)

    assert asked == [0]
    assert times["only"].seconds == [0.5]


def test_times_are_told_by_median_and_best():
    times = Times([0.004, 0.001, 0.010])

    assert (times.median_ms, times.best_ms) == (4.0, 1.0)
    assert str(times) == "median 4.00 ms, best 1.00 ms of 3"


@pytest.mark.parametrize(
    ("goal", "number", "holds"),
    [
        (Goal("<=", 2.5), 2.5, True),
        (Goal("<=", 2.5), 2.51, False),
        (Goal(">=", 100), 100, True),
        (Goal(">=", 100), 99.9, False),
    ],
)
def test_a_goal_includes_its_bound(goal, number, holds):
    assert goal.holds(number) is holds


def test_a_goal_is_about_the_ratio_and_without_a_floor_about_the_value():
    compared = Measured(value=30.0, unit="ms", rows=300, floor=15.0, ratio=2.0)
    alone = Measured(value=30.0, unit="s", rows=6)

    assert Result("compared", Goal("<=", 2.5), compared).holds
    assert not Result("alone", Goal("<=", 2.5), alone).holds


def test_a_comparison_is_the_ratio_of_medians():
    times = {"ours": Times([0.02, 0.03, 0.9]), "floor": Times([0.01, 0.02, 0.02])}

    found = compare(times, "ours", "floor", rows=300, notes={"engine": "none"})

    assert (found.value, found.floor, found.ratio) == (30.0, 20.0, 1.5)
    assert found.notes["ratio of the best"] == 2.0
    assert found.notes["engine"] == "none"


def test_an_entry_has_the_agreed_names_and_numbers_of_four_digits():
    measured = Measured(value=30.123456, unit="ms", rows=300, floor=20.0, ratio=1.506172)

    entry = Result("name", Goal("<=", 2.5), measured).entry()

    assert tuple(entry) == KEYS
    assert list(entry.values()) == ["name", 30.12, "ms", 20.0, 1.506, "<= 2.5", True, 300]


def test_results_replace_their_own_entry_and_leave_the_others(tmp_path: Path):
    def result(name: str, value: float) -> Result:
        return Result(name, Goal("<=", 10), Measured(value, "s", 1, notes={"value": value}))

    write([result("a", 1), result("b", 2)], {"fsync": "on"}, tmp_path)
    write([result("a", 3)], {"fsync": "off"}, tmp_path)

    entries = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))
    told = json.loads((tmp_path / "bench-environment.json").read_text(encoding="utf-8"))
    assert [(entry["name"], entry["value"]) for entry in entries] == [("a", 3), ("b", 2)]
    assert told["a"] == {"fsync": "off", "notes": {"value": 3}}
    assert told["b"]["fsync"] == "on"


def test_the_table_says_which_goal_is_missed():
    results = [
        Result("good", Goal("<=", 2), Measured(3.0, "ms", 300, 2.0, 1.5)),
        Result("poor", Goal("<=", 1), Measured(3.0, "ms", 100_000, 2.0, 1.5)),
    ]

    lines = table(results).splitlines()

    assert lines[1].split() == ["good", "3", "ms", "2", "ms", "1.5", "<=", "2", "holds", "300"]
    assert lines[2].split() == ["poor", "3", "ms", "2", "ms", "1.5", "<=", "1", "MISSED", "100,000"]


def test_a_quick_run_is_small_and_a_whole_one_is_not():
    assert (Scale(quick=True).rounds(60), Scale(quick=True).rows(100_000)) == (3, 2_000)
    assert (Scale().rounds(60), Scale().rows(100_000)) == (60, 100_000)


def test_a_benchmark_runs_from_start_to_end(tmp_path: Path):
    words = ("--quick", "--only", "transition_300_over_update", "--out", str(tmp_path))

    done = subprocess.run(
        [sys.executable, "-m", "bench", *words], cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    (entry,) = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))
    told = json.loads((tmp_path / "bench-environment.json").read_text(encoding="utf-8"))[entry["name"]]
    assert (entry["name"], entry["unit"], entry["rows"]) == ("transition_300_over_update", "ms", 300)
    assert entry["value"] > 0 < entry["floor"]
    assert told["postgresql"]["fsync"] == told["postgresql"]["synchronous_commit"] == "on"
    assert told["quick"] is True
    assert entry["name"] in done.stdout

"""How things are measured and told: sides that take turns, medians, a goal that holds or does not, a table and two files."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Literal

RESULTS, SURROUNDINGS = "bench.json", "bench-environment.json"
KEYS = ("name", "value", "unit", "floor", "ratio", "goal", "holds", "rows")
HEADS = ("benchmark", "measured", "floor", "ratio", "goal", "", "rows")


@dataclass(frozen=True)
class Goal:
    """A bound on what is compared: the ratio where there is a floor, else the value itself."""

    relation: Literal["<=", ">="]
    bound: float

    def holds(self, number: float) -> bool:
        """Say whether a number reaches the goal."""
        return number <= self.bound if self.relation == "<=" else number >= self.bound

    def __str__(self) -> str:
        return f"{self.relation} {self.bound:g}"


@dataclass(frozen=True)
class Scale:
    """How much is measured: everything, or `quick`, just enough to see that a benchmark works (its figures mean nothing)."""

    quick: bool = False

    def rounds(self, wanted: int) -> int:
        """Return how many rounds to run."""
        return min(wanted, 3) if self.quick else wanted

    def rows(self, wanted: int) -> int:
        """Return how many rows to build."""
        return max(wanted // 50, 1) if self.quick else wanted


@dataclass(frozen=True)
class Side:
    """One of the things that are compared. `prepare` runs untimed before `run`; both are told the number of the round."""

    name: str
    run: Callable[[int], object]
    prepare: Callable[[int], object] = lambda number: None


@dataclass(frozen=True)
class Times:
    """The seconds one side took, round by round."""

    seconds: Sequence[float]

    @property
    def median_ms(self) -> float:
        """The middle one, in milliseconds."""
        return median(self.seconds) * 1000

    @property
    def best_ms(self) -> float:
        """The fastest one, in milliseconds."""
        return min(self.seconds) * 1000

    def __str__(self) -> str:
        return f"median {self.median_ms:.2f} ms, best {self.best_ms:.2f} ms of {len(self.seconds)}"


def interleave(sides: Sequence[Side], *, rounds: int, warm_up: int = 2) -> dict[str, Times]:
    """Run every side once a round, in turned order from round to round, and return their times without the rounds of warm-up.

    The rounds are numbered through, warm-up included, so that each can bring data of its own.
    """
    seconds: dict[str, list[float]] = {side.name: [] for side in sides}
    for number in range(warm_up + rounds):
        for side in sides if number % 2 == 0 else reversed(sides):
            side.prepare(number)
            took = _timed(side, number)
            if number >= warm_up:
                seconds[side.name].append(took)
    return {name: Times(times) for name, times in seconds.items()}


@dataclass(frozen=True)
class Measured:
    """What a benchmark found: its value, the floor's, and how many rows it was about. `notes` go into the second file."""

    value: float
    unit: str
    rows: int
    floor: float | None = None
    ratio: float | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)


def compare(times: Mapping[str, Times], ours: str, floor: str, *, rows: int, notes: Mapping[str, Any]) -> Measured:
    """Return the ratio of the medians of two sides, in milliseconds, with every side's times in the notes."""
    value, base = times[ours].median_ms, times[floor].median_ms
    told = {f"times of {name}": str(each) for name, each in times.items()}
    best = times[ours].best_ms / times[floor].best_ms
    return Measured(value, "ms", rows, base, value / base, {**notes, "ratio of the best": round(best, 2), **told})


@dataclass(frozen=True)
class Result:
    """A benchmark's name and goal with what was measured."""

    name: str
    goal: Goal
    measured: Measured

    @property
    def holds(self) -> bool:
        """Whether the goal is reached."""
        return self.goal.holds(self.measured.value if self.measured.ratio is None else self.measured.ratio)

    def entry(self) -> dict[str, Any]:
        """Return the line of bench.json."""
        found = self.measured
        values = (
            self.name,
            _rounded(found.value),
            found.unit,
            _rounded(found.floor),
            _rounded(found.ratio),
            str(self.goal),
            self.holds,
            found.rows,
        )
        return dict(zip(KEYS, values, strict=True))


def table(results: Sequence[Result]) -> str:
    """Return the results as a table for the terminal."""
    lines = [HEADS, *(_cells(result) for result in results)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def write(results: Sequence[Result], surroundings: Mapping[str, Any], folder: Path) -> None:
    """Write both files; what an earlier run measured under other names stays."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = {entry["name"]: entry for entry in _read(folder / RESULTS, [])}
    kept |= {result.name: result.entry() for result in results}
    _dump(folder / RESULTS, list(kept.values()))
    told = _read(folder / SURROUNDINGS, {})
    told |= {result.name: {**surroundings, "notes": dict(result.measured.notes)} for result in results}
    _dump(folder / SURROUNDINGS, told)


def _timed(side: Side, number: int) -> float:
    gc.collect()
    gc.disable()
    try:
        began = perf_counter()
        side.run(number)
        return perf_counter() - began
    finally:
        gc.enable()


def _rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.4g}")


def _cells(result: Result) -> tuple[str, ...]:
    found = result.measured
    floor = "" if found.floor is None else f"{found.floor:.4g} {found.unit}"
    ratio = "" if found.ratio is None else f"{found.ratio:.3g}"
    return (
        result.name,
        f"{found.value:.4g} {found.unit}",
        floor,
        ratio,
        str(result.goal),
        "holds" if result.holds else "MISSED",
        f"{found.rows:,}",
    )


def _read(path: Path, default: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else default


def _dump(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

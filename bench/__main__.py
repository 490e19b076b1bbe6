"""`python -m bench [--only NAME] [--quick] [--out FOLDER]`: starts servers of its own, measures, prints a table, writes var/bench.json."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import django

from bench import harness, house
from ipp.embedded.environment import ROOT

BENCHMARKS = {
    "filing_300_over_copy": "bench.filing",
    "transition_300_over_update": "bench.transition",
    "triage_per_complaint_over_per_listing": "bench.triage",
    "list_page_deep_over_noop": "bench.list_page",
    "list_api_deep_over_noop": "bench.list_api",
    "rls_on_over_off": "bench.rls",
    "idle_memory_mb": "bench.idle_memory",
    "cold_start_s": "bench.cold_start",
}
"""Benchmarks by name, in the order they run: each module says what it compares, its goal, and measures."""


def main(words: Sequence[str]) -> int:
    """Run the benchmarks named, or all; return 1 when a goal is missed."""
    options = _parse(words)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # so that what was started is stopped and removed
    scale = harness.Scale(options.quick)
    folder = Path(options.out) if options.out else ROOT / "var" / ("bench-quick" if options.quick else "")
    results = []
    with house.standing(os.environ) as running:
        house.become_owner(running)
        django.setup()
        for name in options.only or BENCHMARKS:
            results.append(_run(name, running, scale))
            harness.write(results[-1:], house.surroundings(running) | {"quick": scale.quick}, folder)
    _say(harness.table(results))
    _say(f"\nWritten to {folder / harness.RESULTS} and, with what the figures depend on, {folder / harness.SURROUNDINGS}.")
    missed = [result.name for result in results if not result.holds]
    if missed:
        _say(f"Goals missed: {', '.join(missed)}.")
    return 1 if missed and not scale.quick else 0


def _run(name: str, running: house.House, scale: harness.Scale) -> harness.Result:
    module: Any = import_module(BENCHMARKS[name])  # only now, for it reads the settings
    began = time.monotonic()
    _say(f"{name}: {module.COMPARES} …")
    result = harness.Result(name, module.GOAL, module.measure(running, scale))
    _say(f"  {time.monotonic() - began:.0f} s")
    return result


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures ratios side by side; see docs/benchmarks.md.")
    parser.add_argument("--only", action="append", choices=BENCHMARKS, metavar="NAME", help="this one alone (may be repeated)")
    parser.add_argument("--quick", action="store_true", help="small and few, only to see that it works; its figures mean nothing")
    parser.add_argument("--out", help="the folder of the results (var)")
    return parser.parse_args(words)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

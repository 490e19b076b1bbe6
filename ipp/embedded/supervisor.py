"""Keeps children running: notices a death, ends what is left of the family, starts it again, and stops all of them in order."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ipp.embedded.children import Child, Pause

DELAYS = (0.0, 0.3, 1.0, 2.0, 4.0)
"""Seconds before the first, second, ... start again in a row; the last one stays. A killed child is back within five seconds."""

STEADY_SECONDS = 30
"""A child that ran so long starts again at once, as if it had never failed."""

TICK_SECONDS = 1.0


@dataclass
class Watched:
    """A child and how it fared lately."""

    child: Child
    started_at: float = 0
    failures: int = 0
    start_at: float | None = None
    """When to start it again; None while it runs."""


class Supervisor:
    """Watches children in the order they were given; stops them in the opposite order, one stage after the other."""

    def __init__(self, *, say: Callable[[str], None], changed: Callable[[dict[str, list[int]]], None]) -> None:
        """`say` tells the person at the console; `changed` is told the process ids whenever they may have changed."""
        self.say, self.changed = say, changed
        self.stages: list[list[Watched]] = []
        self.passing: list[Child] = []

    def watch_over(self, *children: Child) -> None:
        """Take over children that run: one stage, stopped together and before those given earlier."""
        self.stages.append([Watched(child, started_at=time.monotonic()) for child in children])

    def let_run_once(self, *children: Child) -> None:
        """Take over children that end by themselves: never started again, and stopped before all others."""
        self.passing += children

    def run(self, pause: Pause) -> None:
        """Watch for ever; ends with what `pause` raises."""
        while True:
            self.look_after_all()
            due = [each.start_at for each in self._all() if each.start_at is not None]
            pause(max(min([TICK_SECONDS, *(moment - time.monotonic() for moment in due)]), 0.01))

    def look_after_all(self) -> None:
        """Note every death, start what is due, and tell the process ids."""
        for each in self._all():
            ending = each.child.died()
            if ending:
                self._plan_start(each, ending)
            if each.start_at is not None and time.monotonic() >= each.start_at:
                self._start(each)
        self.changed(self.pids())

    def pids(self) -> dict[str, list[int]]:
        """Return the process ids by name, a program's own before those of its workers."""
        return {each.child.name: each.child.pids() for each in self._all()}

    def stop(self) -> None:
        """Stop everything: what runs once, then each stage at once, the stages one after the other, last started first."""
        for child in self.passing:
            child.stop()
        self.passing.clear()
        for stage in reversed(self.stages):
            for each in stage:
                each.child.ask_to_stop()
            for each in reversed(stage):
                each.child.stop()
        self.stages.clear()

    def _all(self) -> list[Watched]:
        return [each for stage in self.stages for each in stage]

    def _plan_start(self, each: Watched, ending: str) -> None:
        ran_seconds = time.monotonic() - each.started_at
        each.failures = 0 if ran_seconds > STEADY_SECONDS else each.failures
        delay = DELAYS[min(each.failures, len(DELAYS) - 1)]
        each.failures += 1
        each.start_at = time.monotonic() + delay
        self.say(f"{each.child.name} {ending}; starting it again{f' in {delay:g} s' if delay else ''} (log: {each.child.log})")

    def _start(self, each: Watched) -> None:
        try:
            each.child.start()
        except OSError as error:  # no memory or no process left: try later rather than take everything down
            self._plan_start(each, f"could not start ({error.strerror})")
            return
        each.started_at, each.start_at = time.monotonic(), None

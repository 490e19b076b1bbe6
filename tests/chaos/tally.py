"""What came of a run, and whether it proves anything: clean is only what lost nothing, doubled nothing and lived through every kill."""

from __future__ import annotations

from dataclasses import dataclass, field

KILLED = ("engine", "broker", "portal")
"""The parts of the house that have to die at least once in a run; one that was spared proves nothing about its death."""


@dataclass
class Tally:
    """The counts of a run; `troubles` says in words what went wrong on the way and what is missing or doubled at its end."""

    accepted: int = 0
    decided: int = 0
    listings: int = 0
    violations: int = 0
    lost: int = 0
    doubled: int = 0
    kills: list[str] = field(default_factory=list)
    tries: int = 0
    troubles: list[str] = field(default_factory=list)

    @property
    def findings(self) -> list[str]:
        """What is wrong with the run, in words: its troubles, and each part that was never killed."""
        spared = [name for name in KILLED if name not in self.kills]
        return [*self.troubles, *(f"{name} was never killed: nothing is proven about it" for name in spared)]

    @property
    def is_clean(self) -> bool:
        """Whether nothing is lost, doubled or undone, and every part was killed."""
        return not self.lost and not self.doubled and not self.findings

    @property
    def exit_status(self) -> int:
        """What the program ends with."""
        return 0 if self.is_clean else 1

    def line(self) -> str:
        """Return the counts in one line."""
        return (
            f"accepted {self.accepted} / decided {self.decided} / lost {self.lost} / doubled {self.doubled}"
            f" ({self.listings} listings, {self.violations} violations, {self.tries} requests, killed: {', '.join(self.kills)})"
        )

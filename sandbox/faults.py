"""Trouble that can be switched on: slow, failing, lying and dropping answers, one kind at a time and kept in memory."""

from __future__ import annotations

import json
import sys
import threading
from dataclasses import asdict, dataclass, replace
from typing import Any

from sandbox.commands import RefusedError

MODES = ("none", "slow", "error", "lie", "drop")
SCOPES = ("commands", "all")
MOST_SECONDS = 60.0
MOST_TIMES = 1_000_000


@dataclass(frozen=True)
class Fault:
    """One kind of trouble. `seconds` counts for slow; `count` is how many more requests it meets (None: until switched off)."""

    mode: str = "none"
    seconds: float = 0.0
    count: int | None = None
    marketplace: str | None = None
    scope: str = "commands"


class Faults:
    """The fault that is on now. A restart forgets it and takes the one the environment names."""

    def __init__(self, fault: Fault | None = None) -> None:
        self._fault = fault or Fault()
        self._hits = 0
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def switch(self, fault: Fault) -> None:
        """Put another fault in the place of the one before."""
        with self._lock:
            self._fault, self._hits = fault, 0
        _log(f"faults are now {json.dumps(asdict(fault))}")

    def fields(self) -> dict[str, Any]:
        """Return what is on, how often it may still strike and how often it did."""
        with self._lock:
            return {**asdict(self._fault), "hits": self._hits}

    def meet(self, what: str, *, marketplace: str | None, is_command: bool) -> str:
        """Count one request against the fault and return the mode that strikes it; a slow one has waited on return.

        Raises:
            RefusedError: the mode is `error` (500); nothing was written.
        """
        fault = self._strike(marketplace, is_command=is_command)
        if fault.mode == "none":
            return "none"
        _log(f"fault {fault.mode} on {what}")
        if fault.mode == "slow":
            self._stopping.wait(fault.seconds)
        if fault.mode == "error":
            raise RefusedError(500, "fault", "This marketplace was told to fail; nothing was written, try again.")
        return fault.mode

    def stop(self) -> None:
        """Let requests that wait go on at once, so that the program can end."""
        self._stopping.set()

    def _strike(self, marketplace: str | None, *, is_command: bool) -> Fault:
        with self._lock:
            fault = self._fault
            is_met = (is_command or fault.scope == "all") and fault.marketplace in {None, marketplace}
            if fault.mode == "none" or not is_met:
                return Fault()
            self._hits += 1
            if fault.count is not None:
                self._fault = replace(fault, count=fault.count - 1) if fault.count > 1 else Fault()
            return fault


def read_fault(body: bytes | str, marketplaces: set[str] | None = None) -> Fault:
    """Return the fault a JSON object describes; `marketplaces` are the keys it may name (None: any word).

    Raises:
        RefusedError: no JSON object, an unknown field, or a value out of range (422).
    """
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedError(422, "not_json", "The body is not JSON.") from None
    if not isinstance(fields, dict):
        raise RefusedError(422, "not_an_object", "The body must be a JSON object.")
    unknown = fields.keys() - Fault.__dataclass_fields__.keys()
    if unknown:
        raise RefusedError(422, "unknown_field", f"A fault does not take: {', '.join(sorted(unknown))}.")
    mode, scope = _one_of(fields, "mode", MODES), _one_of({"scope": "commands"} | fields, "scope", SCOPES)
    if scope == "all" and mode not in {"none", "slow", "error"}:
        raise RefusedError(422, "bad_field", f"'{mode}' is about commands; leave 'scope' out.")
    return Fault(mode, _seconds(fields, mode), _count(fields), _marketplace(fields, marketplaces), scope)


def _one_of(fields: dict[str, Any], name: str, allowed: tuple[str, ...]) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise RefusedError(422, "bad_field", f"'{name}' must be one of: {', '.join(allowed)}.")
    return value


def _seconds(fields: dict[str, Any], mode: str) -> float:
    value = fields.get("seconds", 5.0 if mode == "slow" else 0.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_SECONDS:
        raise RefusedError(422, "bad_field", f"'seconds' must be a number from 0 to {MOST_SECONDS:.0f}.")
    return float(value)


def _count(fields: dict[str, Any]) -> int | None:
    value = fields.get("count")
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_TIMES):
        raise RefusedError(422, "bad_field", f"'count' must be null or a whole number from 1 to {MOST_TIMES}.")
    return value


def _marketplace(fields: dict[str, Any], marketplaces: set[str] | None) -> str | None:
    value = fields.get("marketplace")
    if value is not None and (not isinstance(value, str) or (marketplaces is not None and value not in marketplaces)):
        raise RefusedError(422, "bad_field", "'marketplace' must be null or the key of a marketplace.")
    return value


def _log(words: str) -> None:
    print(f"sandbox: {words}", file=sys.stderr, flush=True)  # noqa: T201 - the log of this program

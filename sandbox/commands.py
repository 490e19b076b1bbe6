"""Commands of a takedown platform: read, carried out once under their id, and answered the same ever after."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.store import Store, find_listing, find_shop

ACTIONS = {
    "remove": ("listing", "removed"),
    "restore": ("listing", "live"),
    "restrict": ("shop", "restricted"),
    "close": ("shop", "closed"),
    "reopen": ("shop", "open"),
}
"""What each action works on and the state it leaves behind."""

MAX_REASON = 500
MAX_REFERENCE = 64
MAX_TARGET = 64


class RefusedError(Exception):
    """A command that is not carried out: HTTP status, a stable code, and words."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Command:
    """What is to be done to which listing or shop, and what the public is told."""

    action: str
    marketplace: str
    target: str
    reason: str
    reference: str


@dataclass(frozen=True)
class Answer:
    """What the caller gets, and whether it was given before."""

    status: int
    body: dict[str, Any]
    replayed: bool


def answer_command(store: Store, command_id: str, body: bytes) -> Answer:
    """Carry out a signed command, or repeat the answer its id got before, in one transaction.

    A refusal is remembered like a success: whoever wants another verdict sends another id.

    Raises:
        RefusedError: the id was used for another body (409).
    """
    digest = hashlib.sha256(body).hexdigest()
    with store.writing() as connection:
        known = connection.execute("SELECT digest, status, answer FROM command WHERE id = ?", (command_id,)).fetchone()
        if known is not None:
            if known["digest"] != digest:
                raise RefusedError(409, "id_reused", "This command id was used for another body; use a new id for a new command.")
            return Answer(known["status"], json.loads(known["answer"]), replayed=True)
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        status, answer = _verdict(connection, command_id, body, now)
        connection.execute("INSERT INTO command VALUES (?, ?, ?, ?, ?)", (command_id, digest, status, json.dumps(answer), now))
    return Answer(status, answer, replayed=False)


def problem(refusal: RefusedError) -> dict[str, Any]:
    """Return a refusal as a problem (RFC 9457)."""
    return {"type": "about:blank", "status": refusal.status, "code": refusal.code, "detail": refusal.detail}


def _verdict(connection: sqlite3.Connection, command_id: str, body: bytes, now: str) -> tuple[int, dict[str, Any]]:
    try:
        return 200, {"id": command_id, **_carry_out(connection, _read(body), now)}
    except RefusedError as refusal:
        return refusal.status, problem(refusal)


def _read(body: bytes) -> Command:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedError(422, "not_json", "The body is not JSON.") from None
    if not isinstance(fields, dict):
        raise RefusedError(422, "not_an_object", "The body must be a JSON object.")
    action = fields.get("action")
    if not isinstance(action, str) or action not in ACTIONS:
        raise RefusedError(422, "unknown_action", f"'action' must be one of: {', '.join(ACTIONS)}.")
    kind = ACTIONS[action][0]
    unknown = fields.keys() - {"action", "marketplace", kind, "reason", "reference"}
    if unknown:
        raise RefusedError(422, "unknown_field", f"'{action}' does not take: {', '.join(sorted(unknown))}.")
    return Command(
        action=action,
        marketplace=_text(fields, "marketplace", MAX_TARGET),
        target=_text(fields, kind, MAX_TARGET),
        reason=_text(fields, "reason", MAX_REASON, is_required=False),
        reference=_text(fields, "reference", MAX_REFERENCE, is_required=False),
    )


def _text(fields: dict[str, Any], name: str, longest: int, *, is_required: bool = True) -> str:
    value = fields.get(name, "")
    printable = isinstance(value, str) and (value.isprintable() or not value)
    if not printable or len(value) > longest or (is_required and not value):
        raise RefusedError(422, "bad_field", f"'{name}' must be a single line of text of {int(is_required)} to {longest} characters.")
    return str(value)


def _carry_out(connection: sqlite3.Connection, command: Command, now: str) -> dict[str, Any]:
    kind, state = ACTIONS[command.action]
    find = find_listing if kind == "listing" else find_shop
    found = find(connection, command.marketplace, command.target)
    if found is None:
        raise RefusedError(404, f"no_such_{kind}", f"There is no {kind} {command.target} on {command.marketplace}.")
    if command.action == "restrict" and found.state == "closed":
        raise RefusedError(409, "shop_closed", "A closed shop cannot be restricted; reopen it first.")
    is_change = found.state != state
    if is_change:
        told = state in {"removed", "restricted", "closed"}
        connection.execute(
            f"UPDATE {kind} SET state = ?, reason = ?, reference = ?, version = version + 1, changed_at = ? WHERE number = ?",
            (state, command.reason if told else "", command.reference if told else "", now, found.number),
        )
    return {
        "action": command.action,
        "marketplace": command.marketplace,
        kind: command.target,
        "state": state,
        "changed": is_change,
        "version": found.version + is_change,
        "answered_at": now,
    }

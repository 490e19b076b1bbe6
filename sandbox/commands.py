"""Commands of a takedown platform: read, carried out once under their id, and answered the same ever after."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.store import Store, add_listing, find_listing, find_shop, note_change

ACTIONS = {
    "remove": ("listing", "removed"),
    "restore": ("listing", "live"),
    "restrict": ("shop", "restricted"),
    "close": ("shop", "closed"),
    "reopen": ("shop", "open"),
    "publish": ("shop", "live"),
}
"""What each action works on and the state it leaves behind."""

MAX_REASON = 500
MAX_REFERENCE = 64
MAX_TARGET = 64
MAX_TITLE = 200
MAX_DESCRIPTION = 2000
PRICE = re.compile(r"[0-9]{1,8}\.[0-9]{2}")
TOLD = ("reason", "reference")
GOODS = ("title", "price", "picture", "description")

Work = Callable[[sqlite3.Connection, str], dict[str, Any]]
"""Carries a command out inside a transaction at a time, and returns what to answer."""


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
    reason: str = ""
    reference: str = ""
    goods: dict[str, str] = field(default_factory=dict)
    """Title, price, picture and description of a listing to be published."""


@dataclass(frozen=True)
class Answer:
    """What the caller gets, and whether it was given before."""

    status: int
    body: dict[str, Any]
    replayed: bool


def answer_command(store: Store, command_id: str, body: bytes, *, is_lie: bool = False) -> Answer:
    """Carry out a signed command, or repeat the answer its id got before, in one transaction.

    A refusal is remembered like a success: whoever wants another verdict sends another id.
    A lie is answered, and remembered, like a command carried out, and does nothing.

    Raises:
        RefusedError: the id was used for another body (409).
    """

    def work(connection: sqlite3.Connection, now: str) -> dict[str, Any]:
        connection.execute("SAVEPOINT before")
        answer = _carry_out(connection, store, _read(body), now)
        if is_lie:
            connection.execute("ROLLBACK TO before")
        return answer

    return answer_once(store, command_id, body, work)


def answer_once(store: Store, command_id: str, body: bytes, work: Work) -> Answer:
    """Do a piece of work under an id, or repeat the answer that id got before.

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
        status, answer = _verdict(connection, command_id, work, now)
        connection.execute("INSERT INTO command VALUES (?, ?, ?, ?, ?)", (command_id, digest, status, json.dumps(answer), now))
    return Answer(status, answer, replayed=False)


def marketplace_of(body: bytes) -> str | None:
    """Return the marketplace a command names, as far as it can be read at all."""
    try:
        value = json.loads(body)["marketplace"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return value if isinstance(value, str) else None


def problem(refusal: RefusedError) -> dict[str, Any]:
    """Return a refusal as a problem (RFC 9457)."""
    return {"type": "about:blank", "status": refusal.status, "code": refusal.code, "detail": refusal.detail}


def _verdict(connection: sqlite3.Connection, command_id: str, work: Work, now: str) -> tuple[int, dict[str, Any]]:
    try:
        return 200, {"id": command_id, **work(connection, now)}
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
    further = GOODS if action == "publish" else TOLD
    unknown = fields.keys() - {"action", "marketplace", kind, *further}
    if unknown:
        raise RefusedError(422, "unknown_field", f"'{action}' does not take: {', '.join(sorted(unknown))}.")
    marketplace, target = _text(fields, "marketplace", MAX_TARGET), _text(fields, kind, MAX_TARGET)
    if action == "publish":
        return Command(action, marketplace, target, goods=_goods(fields))
    return Command(
        action=action,
        marketplace=marketplace,
        target=target,
        reason=_text(fields, "reason", MAX_REASON, is_required=False),
        reference=_text(fields, "reference", MAX_REFERENCE, is_required=False),
    )


def _goods(fields: dict[str, Any]) -> dict[str, str]:
    goods = {
        "title": _text(fields, "title", MAX_TITLE),
        "price": _text(fields, "price", 11),
        "picture": _text(fields, "picture", MAX_TARGET),
        "description": _text(fields, "description", MAX_DESCRIPTION, is_required=False),
    }
    if not PRICE.fullmatch(goods["price"]):
        raise RefusedError(422, "bad_field", "'price' must be text such as \"12.50\", in the marketplace's currency.")
    return goods


def _text(fields: dict[str, Any], name: str, longest: int, *, is_required: bool = True) -> str:
    value = fields.get(name, "")
    printable = isinstance(value, str) and (value.isprintable() or not value)
    if not printable or len(value) > longest or (is_required and not value):
        raise RefusedError(422, "bad_field", f"'{name}' must be a single line of text of {int(is_required)} to {longest} characters.")
    return str(value)


def _carry_out(connection: sqlite3.Connection, store: Store, command: Command, now: str) -> dict[str, Any]:
    if command.action == "publish":
        return _publish(connection, store, command, now)
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
        note_change(connection, command.marketplace, kind, found.number)
    return {
        "action": command.action,
        "marketplace": command.marketplace,
        kind: command.target,
        "state": state,
        "changed": is_change,
        "version": found.version + is_change,
        "answered_at": now,
    }


def _publish(connection: sqlite3.Connection, store: Store, command: Command, now: str) -> dict[str, Any]:
    """Put a new listing into an open shop; the answer names it."""
    shop = find_shop(connection, command.marketplace, command.target)
    if shop is None:
        raise RefusedError(404, "no_such_shop", f"There is no shop {command.target} on {command.marketplace}.")
    if shop.state != "open":
        raise RefusedError(409, f"shop_{shop.state}", f"This shop is {shop.state}; it cannot publish new listings.")
    if command.goods["picture"] not in store.pictures:
        raise RefusedError(422, "bad_field", "'picture' must be the name of one of this marketplace's pictures, such as bowl-slate.")
    listing_id = add_listing(connection, shop, listed_on=now[:10], **command.goods)
    return {
        "action": command.action,
        "marketplace": command.marketplace,
        "shop": shop.id,
        "listing": listing_id,
        "state": "live",
        "changed": True,
        "version": 1,
        "answered_at": now,
    }

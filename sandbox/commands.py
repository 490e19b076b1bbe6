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

from sandbox.store import Shop, Store, add_listing, add_message, find_listing, find_shop, note_change

ACTIONS = {
    "remove": ("listing", "removed"),
    "restore": ("listing", "live"),
    "restrict": ("shop", "restricted"),
    "close": ("shop", "closed"),
    "reopen": ("shop", "open"),
    "publish": ("shop", "live"),
    "message": ("shop", "delivered"),
}
"""What each action works on and the state it leaves behind; of a message, the message's own: the shop stays as it is."""

MAX_REASON = 500
MAX_REFERENCE = 64
MAX_TARGET = 64
MAX_TITLE = 200
MAX_DESCRIPTION = 2000
MAX_TEXT = 1000
MAX_LINK = 500
PRICE = re.compile(r"[0-9]{1,8}\.[0-9]{2}")
LINK = re.compile(r"https?://[A-Za-z0-9\[][!-~]*")
FORM_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
TOLD = ("reason", "reference")
GOODS = ("title", "price", "picture", "description")
LETTER = ("text", "link", "reference")

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
    text: str = ""
    link: str = ""


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


def answer_office(store: Store, form_id: str, shop: Shop, fields: dict[str, str]) -> Answer:
    """Put up a listing that a shop typed in at its back office, once per form however often it is sent.

    Raises:
        RefusedError: the form is none of ours (422), or it was sent with other words before (409).
    """
    if not FORM_ID.fullmatch(form_id):
        raise RefusedError(422, "bad_field", "This form was not made here; open the back office again.")

    def work(connection: sqlite3.Connection, now: str) -> dict[str, Any]:
        command = Command("publish", shop.marketplace, shop.id, goods=_goods(fields))
        return _publish(connection, store, command, now)

    body = json.dumps([shop.marketplace, shop.id, sorted(fields.items())]).encode()
    # A full stop is in no id that a platform may sign, so the two never meet.
    return answer_once(store, f"office.{form_id}", body, work)


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
    further = {"publish": GOODS, "message": LETTER}.get(action, TOLD)
    unknown = fields.keys() - {"action", "marketplace", kind, *further}
    if unknown:
        raise RefusedError(422, "unknown_field", f"'{action}' does not take: {', '.join(sorted(unknown))}.")
    marketplace, target = _text(fields, "marketplace", MAX_TARGET), _text(fields, kind, MAX_TARGET)
    if action == "publish":
        return Command(action, marketplace, target, goods=_goods(fields))
    if action == "message":
        return _letter(fields, marketplace, target)
    return Command(
        action=action,
        marketplace=marketplace,
        target=target,
        reason=_text(fields, "reason", MAX_REASON, is_required=False),
        reference=_text(fields, "reference", MAX_REFERENCE, is_required=False),
    )


def _letter(fields: dict[str, Any], marketplace: str, target: str) -> Command:
    link = _text(fields, "link", MAX_LINK, is_required=False)
    if link and not LINK.fullmatch(link):
        raise RefusedError(422, "bad_field", "'link' must be an address that begins with http:// or https://.")
    return Command(
        "message",
        marketplace,
        target,
        reference=_text(fields, "reference", MAX_REFERENCE, is_required=False),
        text=_lines(fields, "text", MAX_TEXT),
        link=link,
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


def _lines(fields: dict[str, Any], name: str, longest: int) -> str:
    value = fields.get(name)
    is_text = isinstance(value, str) and all(line.isprintable() for line in value.split("\n"))
    if not isinstance(value, str) or not is_text or len(value) > longest or not value.strip():
        raise RefusedError(422, "bad_field", f"'{name}' must be text of 1 to {longest} characters; it may have line breaks.")
    return value


def _carry_out(connection: sqlite3.Connection, store: Store, command: Command, now: str) -> dict[str, Any]:
    if command.action == "publish":
        return _publish(connection, store, command, now)
    if command.action == "message":
        return _deliver(connection, command, now)
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


def _deliver(connection: sqlite3.Connection, command: Command, now: str) -> dict[str, Any]:
    """Put a message into a shop's back office, whatever state the shop is in; the public never sees it."""
    shop = find_shop(connection, command.marketplace, command.target)
    if shop is None:
        raise RefusedError(404, "no_such_shop", f"There is no shop {command.target} on {command.marketplace}.")
    add_message(connection, shop, text=command.text, link=command.link, reference=command.reference, received_at=now)
    return {
        "action": command.action,
        "marketplace": command.marketplace,
        "shop": shop.id,
        "state": "delivered",
        "changed": True,
        "version": shop.version,
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

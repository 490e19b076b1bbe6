"""Reads a marketplace's JSON into values, trusting nothing: every type, length and address is checked, further fields are ignored."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

from marketplaces.gateways.connector import (
    Changes,
    Command,
    ConnectorRefused,
    ConnectorUnavailable,
    ListingSeen,
    Page,
    Receipt,
    ShopSeen,
)
from marketplaces.gateways.egress import Origin, path_within

Fields = dict[str, Any]
Value = TypeVar("Value")

TARGETS = {"remove": "listing", "restore": "listing", "restrict": "shop", "close": "shop", "reopen": "shop", "message": "shop"}
STATES = {"remove": "removed", "restore": "live", "restrict": "restricted", "close": "closed", "reopen": "open", "message": "delivered"}
"""What each command works on and the state it must leave behind; of a message, the message's own."""

EXTERNAL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
CURSOR = re.compile(r"[A-Za-z0-9_=-]{1,512}")
AMOUNT = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,4})?")
CURRENCY = re.compile(r"[A-Z]{3}")
CODE = re.compile(r"[a-z0-9_]{1,64}")
LAST_VERSION = 2**31 - 1
MOST_ITEMS = 100
MOST_PICTURES = 20
LONGEST_TITLE = 500
LONGEST_DESCRIPTION = 20_000
LONGEST_NAME = 200


def bad_answer(detail: str) -> NoReturn:
    """Say that the marketplace answered something that makes no sense.

    Raises:
        ConnectorUnavailable: always.
    """
    raise ConnectorUnavailable("bad answer", detail)


def json_object(body: bytes) -> Fields:
    """Return the JSON object in a body."""
    try:
        found = json.loads(body, parse_constant=lambda word: bad_answer(f"{word} is no JSON"))
    except (ValueError, RecursionError):
        bad_answer("the body is not JSON")
    return _object(found, "the body")


def refusal(body: bytes) -> ConnectorRefused:
    """Return what a problem (RFC 9457) says, as far as it can be read."""
    try:
        fields = json_object(body)
        code = fields.get("code")
        detail = _text(fields, "detail", 1000, is_required=False) if "detail" in fields else ""
    except ConnectorUnavailable:
        return ConnectorRefused("refused")
    return ConnectorRefused(code if isinstance(code, str) and CODE.fullmatch(code) else "refused", detail)


def receipt(fields: Fields, command: Command) -> Receipt:
    """Return the receipt of a command; it must be about this very command and claim the state it leads to."""
    wanted = {
        "id": command.id,
        "action": command.action,
        "marketplace": command.marketplace,
        TARGETS[command.action]: command.target,
        "state": STATES[command.action],
    }
    for name, value in wanted.items():
        if fields.get(name) != value:
            bad_answer(f"'{name}' is not that of the command sent")
    changed = fields.get("changed")
    if not isinstance(changed, bool):
        bad_answer("'changed' is neither true nor false")
    return Receipt(state=STATES[command.action], changed=changed, version=_version(fields))


def listings(fields: Fields, marketplace: str, origin: Origin) -> list[ListingSeen]:
    """Return the listings of a list."""
    return [listing(_object(item, "a listing"), marketplace, origin) for item in _items(fields)]


def page(fields: Fields, marketplace: str, origin: Origin) -> Page:
    """Return a page of listings."""
    raw = fields.get("next_cursor")
    return Page(tuple(listings(fields, marketplace, origin)), None if raw is None else _matching(fields, "next_cursor", CURSOR))


def changes(fields: Fields, marketplace: str, origin: Origin) -> Changes:
    """Return what changed."""
    items = [_object(item, "a change") for item in _items(fields)]
    has_more = fields.get("has_more")
    if not isinstance(has_more, bool) or (has_more and not items):
        bad_answer("'has_more' does not fit")
    return Changes(
        listings=_of_kind(items, "listing", lambda item: listing(item, marketplace, origin)),
        shops=_of_kind(items, "shop", lambda item: shop(item, marketplace, origin)),
        next_cursor=_matching(fields, "next_cursor", CURSOR),
        has_more=has_more,
    )


def listing(fields: Fields, marketplace: str, origin: Origin) -> ListingSeen:
    """Return a listing of this marketplace whose addresses lie at its origin."""
    _check_marketplace(fields, marketplace)
    amount, currency = _price(fields)
    return ListingSeen(
        external_id=_matching(fields, "id", EXTERNAL_ID),
        url=_url(fields.get("url"), origin),
        title=_text(fields, "title", LONGEST_TITLE),
        description=_text(fields, "description", LONGEST_DESCRIPTION, is_required=False),
        price_amount=amount,
        currency=currency,
        pictures=_pictures(fields, origin),
        shop=_shop(_object(fields.get("shop"), "'shop'"), origin),
        state=_one_of(fields, {"live", "removed"}),
        version=_version(fields),
    )


def shop(fields: Fields, marketplace: str, origin: Origin) -> ShopSeen:
    """Return a shop of this marketplace whose address lies at its origin."""
    _check_marketplace(fields, marketplace)
    return _shop(fields, origin)


def _shop(fields: Fields, origin: Origin) -> ShopSeen:
    return ShopSeen(
        external_id=_matching(fields, "id", EXTERNAL_ID),
        name=_text(fields, "name", LONGEST_NAME),
        url=_url(fields.get("url"), origin),
        place=_text(fields, "place", LONGEST_NAME, is_required=False),
        since=_date(fields.get("since")),
        state=_one_of(fields, {"open", "restricted", "closed"}),
    )


def _items(fields: Fields) -> list[Any]:
    items = fields.get("items")
    if not isinstance(items, list) or len(items) > MOST_ITEMS:
        bad_answer(f"'items' is no list of at most {MOST_ITEMS}")
    return items


def _of_kind(items: Sequence[Fields], kind: str, read: Callable[[Fields], Value]) -> tuple[Value, ...]:
    """Return the records of one kind; kinds that are not known yet are left out."""
    return tuple(read(_object(item.get(kind), f"'{kind}'")) for item in items if item.get("kind") == kind)


def _check_marketplace(fields: Fields, marketplace: str) -> None:
    if fields.get("marketplace") != marketplace:
        bad_answer("a record of another marketplace")


def _object(value: object, what: str) -> Fields:
    if not isinstance(value, dict):
        bad_answer(f"{what} is no JSON object")
    return value


def _matching(fields: Fields, name: str, rule: re.Pattern[str]) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not rule.fullmatch(value):
        bad_answer(f"'{name}' does not fit")
    return value


def _text(fields: Fields, name: str, longest: int, *, is_required: bool = True) -> str:
    """Return text without control characters (except line breaks and tabs) and without half characters."""
    value = fields.get(name, None if is_required else "")
    if not isinstance(value, str) or len(value) > longest or (is_required and not value.strip()):
        bad_answer(f"'{name}' is no text of at most {longest} characters")
    if any((ord(one) < 32 and one not in "\t\r\n") or 0x7F <= ord(one) < 0xA0 or 0xD800 <= ord(one) < 0xE000 for one in value):
        bad_answer(f"'{name}' has characters that are no text")
    return value


def _one_of(fields: Fields, states: set[str]) -> str:
    value = fields.get("state")
    if not isinstance(value, str) or value not in states:
        bad_answer("'state' is none that is known")
    return value


def _version(fields: Fields) -> int:
    value = fields.get("version")
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LAST_VERSION:
        bad_answer("'version' is no counting number")
    return value


def _price(fields: Fields) -> tuple[Decimal | None, str]:
    if fields.get("price") is None:
        return None, ""
    price = _object(fields["price"], "'price'")
    return Decimal(_matching(price, "amount", AMOUNT)), _matching(price, "currency", CURRENCY)


def _date(value: object) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else bad_answer("'since' is no date")
    except ValueError:
        bad_answer("'since' is no date")


def _pictures(fields: Fields, origin: Origin) -> tuple[str, ...]:
    value = fields.get("pictures")
    if not isinstance(value, list) or len(value) > MOST_PICTURES:
        bad_answer(f"'pictures' is no list of at most {MOST_PICTURES}")
    return tuple(_url(one, origin) for one in value)


def _url(value: object, origin: Origin) -> str:
    if not isinstance(value, str):
        bad_answer("an address is no text")
    try:
        path_within(value, origin)
    except ConnectorRefused:
        bad_answer("an address lies outside the marketplace")
    return value

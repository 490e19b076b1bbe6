"""Reading complaints' API bodies, by hand: a serializer for each of 300 links would cost more than filing them (performance.md A)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from ipp.core.errors import FieldError, InvalidInput
from ipp.core.errors import Text as Words
from takedowns.models.complaints import MAX_LINK
from takedowns.rules import MAX_ENTRIES
from takedowns.services.checking import ACCEPT_VALID, REJECT_ALL, Filing

MAX_TEXT = 5000
"""Characters of anything typed."""


def read_filing(body: Any, today: date) -> Filing:
    """Return the filing a JSON body holds. What it says is checked by the service; here only that it can be read.

    Raises:
        InvalidInput: with a pointer for each value of the wrong type.
    """
    if not isinstance(body, dict):
        raise _unreadable([FieldError("", "not_an_object", _("Send one JSON object."))])
    errors: list[FieldError] = []
    signature = _value(body, "signature", dict, {}, errors)
    evidence = _value(body, "evidence", list, [], errors)
    filing = Filing(
        right=_text(body, "right", 64, errors, required=True),
        reason=_text(body, "reason", 64, errors, required=True),
        links=_texts(body, "listings", errors),
        seen_on=_day(body, "seen_on", today, errors),
        explanation=_text(body, "explanation", MAX_TEXT, errors),
        statements=_statements(_value(body, "statements", dict, {}, errors), errors),
        evidence=_pairs(evidence, errors),
        declarations=_texts(body, "declarations", errors),
        signed_name=_text(signature, "name", 200, errors, at="signature/"),
        signed_role=_text(signature, "role", 120, errors, at="signature/"),
        on_row_error=_choice(body, "on_row_error", (REJECT_ALL, ACCEPT_VALID), errors),
        channel="api",
    )
    if errors:
        raise _unreadable(errors)
    return filing


def read_links(body: Any) -> list[str]:
    """Return the links a JSON body holds, as sent: an empty one and one with a hidden character are answered as rows, not refused.

    Raises:
        InvalidInput: it is no list of texts, or longer than anybody's list.
    """
    errors: list[FieldError] = []
    values = _value(body, "links", list, None, errors) if isinstance(body, dict) else None
    if values is None:
        raise _unreadable(errors or [FieldError("links", "required", _("Send an object with `links`, a list of texts."))])
    if len(values) > MAX_ENTRIES:
        raise _unreadable([FieldError("links", "too_long", _("At most %(most)s links at once.") % {"most": MAX_ENTRIES})])
    wrong = [number for number, value in enumerate(values) if not isinstance(value, str) or not _has_no_surrogate(value)]
    if wrong:
        raise _unreadable([FieldError(f"links/{number}", "invalid", _("Send text here.")) for number in wrong[:50]])
    return list(values)


def point_into_body(errors: Iterable[FieldError]) -> tuple[FieldError, ...]:
    """Return refusals of a filing with pointers into the body sent: services name fields, and a list has no named places."""
    return tuple(replace(item, pointer=f"/{_place_in_body(item.pointer)}") for item in errors)


def _place_in_body(name: str) -> str:
    head, _slash, rest = name.partition("/")
    if head in ("signed_name", "signed_role"):
        return f"signature/{head.removeprefix('signed_')}"
    return head if head in ("declarations", "evidence") and not rest.isdigit() else name


def _unreadable(errors: Sequence[FieldError]) -> InvalidInput:
    pointed = [replace(item, pointer=f"/{item.pointer}" if item.pointer else "") for item in errors]
    return InvalidInput("invalid_body", _("Some values are missing or wrong; each is named below."), errors=pointed)


def _is_readable(text: str) -> bool:
    """Whether a link can be looked at: not endless, and no half of a surrogate pair, which no answer could carry."""
    return len(text) <= MAX_LINK and (text.isascii() or _has_no_surrogate(text))


def _is_storable(text: str) -> bool:
    return len(text) <= MAX_TEXT and "\x00" not in text and (text.isascii() or _has_no_surrogate(text))


def _has_no_surrogate(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _value(body: Mapping[str, Any], name: str, kind: type, default: Any, errors: list[FieldError]) -> Any:
    value = body.get(name, default)
    if isinstance(value, kind):
        return value
    words: dict[type, Words] = {dict: _("Send an object here."), list: _("Send a list here.")}
    errors.append(FieldError(name, "invalid", words[kind]))
    return default


def _text(body: Mapping[str, Any], name: str, longest: int, errors: list[FieldError], *, required: bool = False, at: str = "") -> str:
    value = body.get(name, "")
    if not isinstance(value, str) or not _is_storable(value):
        errors.append(FieldError(f"{at}{name}", "invalid", _("Send text here.")))
    elif len(value) > longest:
        errors.append(FieldError(f"{at}{name}", "too_long", _("At most %(longest)s characters.") % {"longest": longest}))
    elif required and not value:
        errors.append(FieldError(f"{at}{name}", "required", _("This is needed.")))
    else:
        return value
    return ""


def _texts(body: Mapping[str, Any], name: str, errors: list[FieldError]) -> list[str]:
    values = _value(body, name, list, [], errors)
    wrong = [number for number, value in enumerate(values) if not isinstance(value, str) or not _is_readable(value)]
    errors += [FieldError(f"{name}/{number}", "invalid", _("Send text of at most 2,048 characters here.")) for number in wrong[:50]]
    return values if not wrong else []


def _day(body: Mapping[str, Any], name: str, default: date, errors: list[FieldError]) -> date:
    value = body.get(name)
    if value is None:
        return default
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        errors.append(FieldError(name, "invalid", _("Send a day as YYYY-MM-DD.")))
        return default


def _choice(body: Mapping[str, Any], name: str, choices: Sequence[str], errors: list[FieldError]) -> str:
    value = body.get(name, choices[0])
    if value in choices:
        return str(value)
    errors.append(FieldError(name, "invalid_choice", _("Choose one of: %(choices)s.") % {"choices": ", ".join(choices)}))
    return choices[0]


def _statements(values: Mapping[str, Any], errors: list[FieldError]) -> dict[str, Any]:
    kept = {}
    for name, value in values.items():
        if len(name) > 40 or not isinstance(value, str | bool) or (isinstance(value, str) and not _is_storable(value)):
            errors.append(FieldError(f"statements/{name[:40]}", "invalid", _("Send text, or true for a tick.")))
        else:
            kept[name] = value
    return kept


def _pairs(values: Sequence[Any], errors: list[FieldError]) -> list[tuple[str, str]]:
    pairs = []
    for number, value in enumerate(values):
        pair = (value.get("requirement"), value.get("file")) if isinstance(value, dict) else (None, None)
        if all(isinstance(part, str) and 0 < len(part) <= 64 for part in pair):
            pairs.append((str(pair[0]), str(pair[1])))
        else:
            errors.append(FieldError(f"evidence/{number}", "invalid", _("Send an object with `requirement` and `file`.")))
    return pairs

"""Regular expressions that operators enter: checked to take time linear in the text, then compiled."""

from __future__ import annotations

import re

LONGEST_EXPRESSION = 300
MOST_WAYS = 5000
"""How many ways the bounded repeats of one expression may share out a text between them."""
MANY = 64
"""A repeat that may go on for longer than this counts as unbounded."""

_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:P<[A-Za-z_]\w*>|:|[^:])|[*+?]|\{\d*,?\d*\}|.", re.DOTALL)
_BOUNDS = re.compile(r"\{(\d*)(,?)(\d*)\}")


class RulesError(ValueError):
    """A rules document cannot be used; the text says where and why."""


def compile_expression(text: object) -> re.Pattern[str]:
    """Compile one expression; `\\d`, `\\w` and the like mean ASCII.

    Raises:
        RulesError: no expression, or one that could take more than linear time: a repeated group, a look-around, a back-reference,
            more than one unbounded repeat, or one in an expression that does not begin with `^`.
    """
    if not isinstance(text, str) or not text:
        raise RulesError("an expression is a text that is not empty")
    if len(text) > LONGEST_EXPRESSION:
        raise RulesError(f"an expression has at most {LONGEST_EXPRESSION} characters")
    try:
        compiled = re.compile(text, re.ASCII)
    except (re.error, OverflowError) as error:
        raise RulesError(f"{text!r} is not a regular expression: {error}") from error
    _check_linear(text)
    return compiled


def _check_linear(text: str) -> None:
    ways, unbounded, previous = 1, 0, ""
    for piece in _PIECE.findall(text):
        _check_piece(text, piece)
        least, most = _repeat(piece, previous)
        if most > 1 and previous == ")":
            raise RulesError(f"{text!r} repeats a group; repeat a character or a class instead")
        unbounded += most > MANY
        ways *= most - least + 1 if most <= MANY else 1
        previous = piece
    if unbounded > 1 or (unbounded and not text.startswith("^")):
        raise RulesError(f"{text!r} may hold one unbounded repeat, and only when it begins with ^; write a bound such as {{1,20}}")
    if ways > MOST_WAYS:
        raise RulesError(f"{text!r} has repeats that overlap in too many ways; narrow their bounds")


def _check_piece(text: str, piece: str) -> None:
    if piece.startswith("(?") and piece != "(?:" and not piece.startswith("(?P<"):
        raise RulesError(f"{text!r} may use groups (...), (?:...) and (?P<name>...) only: no look-around, flags or conditions")
    if re.fullmatch(r"\\[1-9]", piece):
        raise RulesError(f"{text!r} may not refer back to a group")


def _repeat(piece: str, previous: str) -> tuple[int, int]:
    """Return how often at least and at most what stands before is taken; (1, 1) for a piece that repeats nothing."""
    if piece == "?" and previous in {"*", "+", "?"}:
        return 1, 1  # a lazy repeat is still one repeat
    if piece in {"*", "+"}:
        return 0, MANY + 1
    if piece == "?":
        return 0, 1
    bounds = _BOUNDS.fullmatch(piece)
    if bounds is None or piece in {"{}", "{,}"}:
        return 1, 1
    least = int(bounds[1] or 0)
    most = int(bounds[3]) if bounds[3] else (MANY + 1 if bounds[2] else least)
    return least, most

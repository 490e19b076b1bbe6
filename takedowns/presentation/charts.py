"""Drawings of numbers, laid out here so that templates only place them: no style attribute, no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from takedowns.presentation.portal import percent
from takedowns.queries.portal import ReasonSuccess

WIDTH = 1000
"""Units of the drawing of one bar; the browser stretches it to its place."""


@dataclass(frozen=True)
class Bar:
    """One bar: what it measures, how far it reaches (in units of the drawing), and its numbers in words."""

    label: str
    width: int
    share: str
    accepted: int
    decided: int


def reason_bars(rows: Sequence[ReasonSuccess], words: Mapping[str, str]) -> list[Bar]:
    """Return how listings came out by reason, as bars of the accepted share."""
    return [Bar(words.get(row.code, row.code), round(WIDTH * row.share), percent(row.share), row.accepted, row.decided) for row in rows]

"""The only writer of a status: a compare-and-swap over a table of allowed moves, for one row or a set of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from ipp.core.errors import IllegalTransition

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Lifecycle:
    """The moves of one status: `moves[action] = (states it may start from, state it ends in)`. The docs diagram is made from it."""

    name: str
    field: str
    moves: Mapping[str, tuple[frozenset[str], str]]

    def target(self, action: str, state: str) -> str | None:
        """Return where `action` leads from `state`, or None where it is not allowed."""
        sources, target = self.moves[action]
        return target if state in sources else None

    def allowed(self, state: str) -> tuple[str, ...]:
        """Return the actions open in `state`."""
        return tuple(action for action in self.moves if self.target(action, state) is not None)


def advance(rows: QuerySet[M], lifecycle: Lifecycle, action: str, *, ids: Iterable[int], **changes: Any) -> int:
    """Move the rows `ids` by `action` in one guarded UPDATE, with `changes` to other columns.

    Every row must be in a state the action may start from, at the moment of writing; else none moves.

    Returns: how many rows moved.

    Raises:
        IllegalTransition: a row is in another state (details name the action and the states found).
    """
    wanted = sorted(set(ids))
    sources, target = lifecycle.moves[action]
    guarded = rows.filter(pk__in=wanted, **{f"{lifecycle.field}__in": sorted(sources)})
    moved = guarded.update(**{lifecycle.field: target}, **changes)
    if moved != len(wanted):
        found = sorted(set(rows.filter(pk__in=wanted).values_list(lifecycle.field, flat=True)) - sources)
        raise IllegalTransition(
            "illegal_transition",
            _("This step is no longer open: the record is already further on. Reload the page to see where it stands."),
            action=action,
            found=found,
        )
    return moved

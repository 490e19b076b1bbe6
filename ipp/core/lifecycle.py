"""The only writer of a status: a compare-and-swap over a table of allowed moves, for one row or a set of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection, transaction
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
        raise _illegal(action, found=found)
    return moved


@dataclass(frozen=True)
class Arm:
    """A further INSERT in the statement that moves rows: `sql` selects from `moved`, which has `id`, `organization_id` and `columns`."""

    sql: str
    values: Mapping[str, Any]
    columns: tuple[str, ...] = ()


def advance_with_trail(
    rows: type[Model],
    trail: type[Model],
    lifecycle: Lifecycle,
    *actions: str,
    ids: Iterable[int],
    also: str = "",
    every: bool = True,
    arm: Arm | None = None,
) -> list[int]:
    """Move a set of rows and write one thin row of history for each move, in one statement (performance.md C).

    Args:
        rows: the model that moves; it has an `organization`.
        trail: its history: `organization`, a key named after the model, `action`, `from_status`, `to_status`.
        actions: one, or several that lead on from each other: the row is then written once. A row updated twice in a transaction has
            all its keys checked again, which costs more than the update.
        also: further assignments, as SQL written in the code that calls (never from input).
        every: refuse when one of the rows is in another state; else those move that can.
        arm: what else is written for each row that moves.

    Returns: the ids that moved.

    Raises:
        IllegalTransition: `every` row had to move and one could not; then none does.
    """
    wanted = sorted(set(ids))
    sources, target = lifecycle.moves[actions[0]][0], lifecycle.moves[actions[-1]][1]
    key = next(field.column for field in trail._meta.local_fields if field.related_model is rows)
    steps, values = _steps(lifecycle, actions)
    statement = f"""
        WITH moved AS (
            UPDATE {rows._meta.db_table} t SET {lifecycle.field} = %(target)s {f", {also}" if also else ""}
            WHERE t.id = ANY (%(ids)s) AND t.{lifecycle.field} = ANY (%(sources)s)
            RETURNING {", ".join(f"t.{column}" for column in ("id", "organization_id", *(arm.columns if arm else ())))},
                old.{lifecycle.field} AS from_status
        ), told AS (
            INSERT INTO {trail._meta.db_table} (organization_id, {key}, action, from_status, to_status)
            {steps}
        ) {f", armed AS ({arm.sql})" if arm else ""}
        SELECT id FROM moved ORDER BY id
    """  # noqa: S608 (names of our own tables and columns)
    values |= {"target": target, "ids": wanted, "sources": sorted(sources), **(arm.values if arm else {})}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        moved = [row[0] for row in cursor.fetchall()]
        if every and moved != wanted:
            raise _illegal(actions[0])
    return moved


def _steps(lifecycle: Lifecycle, actions: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """Return the SELECT of the rows of history of these moves, with its values."""
    parts: list[str] = []
    values: dict[str, Any] = {}
    came_from = None
    for number, action in enumerate(actions):
        sources, target = lifecycle.moves[action]
        if came_from is not None and came_from not in sources:
            raise ValueError(f"{lifecycle.name}: {action} does not lead on from {came_from}")
        origin = "from_status" if came_from is None else f"%(to_{number - 1})s"
        parts.append(f"SELECT organization_id, id, %(action_{number})s, {origin}, %(to_{number})s FROM moved")  # noqa: S608 (no input)
        values |= {f"action_{number}": action, f"to_{number}": target}
        came_from = target
    return " UNION ALL ".join(parts), values


def _illegal(action: str, **details: Any) -> IllegalTransition:
    return IllegalTransition(
        "illegal_transition",
        _("This step is no longer open: the record is already further on. Reload the page to see where it stands."),
        action=action,
        **details,
    )

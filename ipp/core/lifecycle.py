"""The only writer of a status: a compare-and-swap over a table of allowed moves, for one row or a set of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


def advance_with_trail(
    rows: type[Model], trail: type[Model], lifecycle: Lifecycle, action: str, *, ids: Iterable[int], also: str = "", every: bool = True
) -> list[int]:
    """Move a set of rows and write one thin row of history for each, in one statement (performance.md C).

    Args:
        rows: the model that moves; it has an `organization`.
        trail: its history: `organization`, a key named after the model, `action`, `from_status`, `to_status`.
        also: further assignments, as SQL written in the code that calls (never from input).
        every: refuse when one of the rows is in another state; else those move that can.

    Returns: the ids that moved.

    Raises:
        IllegalTransition: `every` row had to move and one could not; then none does.
    """
    wanted = sorted(set(ids))
    sources, target = lifecycle.moves[action]
    table, history = rows._meta.db_table, trail._meta.db_table
    key = next(field.column for field in trail._meta.local_fields if field.related_model is rows)
    statement = f"""
        WITH moved AS (
            UPDATE {table} t SET {lifecycle.field} = %(target)s {f", {also}" if also else ""}
            WHERE t.id = ANY (%(ids)s) AND t.{lifecycle.field} = ANY (%(sources)s)
            RETURNING t.id, t.organization_id, old.{lifecycle.field} AS from_status
        ), told AS (
            INSERT INTO {history} (organization_id, {key}, action, from_status, to_status)
            SELECT organization_id, id, %(action)s, from_status, %(target)s FROM moved
        )
        SELECT id FROM moved ORDER BY id
    """  # noqa: S608 (names of our own tables and columns)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, {"target": target, "ids": wanted, "sources": sorted(sources), "action": action})
        moved = [row[0] for row in cursor.fetchall()]
        if every and moved != wanted:
            raise _illegal(action)
    return moved


def _illegal(action: str, **details: Any) -> IllegalTransition:
    return IllegalTransition(
        "illegal_transition",
        _("This step is no longer open: the record is already further on. Reload the page to see where it stands."),
        action=action,
        **details,
    )

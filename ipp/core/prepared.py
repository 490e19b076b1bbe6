"""Queries the ORM writes once per process, sent with other values every time.

Writing one takes the ORM about a millisecond, several times what PostgreSQL takes to answer it. A prepared query is written from a QuerySet
in which each value that differs from request to request is a `Slot`. What changes the statement itself (an order, a filter) is its shape,
and every shape is written once. Rows come back as tuples of a named kind, without the models' weight.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Expression, Field, Model, QuerySet

R = TypeVar("R")
Change = Callable[[QuerySet[Any, Any]], QuerySet[Any, Any]]
MAX_SHAPES = 200
"""How many statements a prepared query keeps; past it, it starts anew. Pages ask for a handful."""


class Slot(Expression):
    """A place in a query for a value that is given when the query is sent."""

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """Return the place itself as the parameter: `Statement.send` puts the value there."""
        return "%s", (self,)

    def adapted(self, value: object) -> Any:
        """Return a value as the database takes it for this column."""
        return self.output_field.get_db_prep_value(value, connection=connection, prepared=False)


@dataclass(frozen=True)
class Statement:
    """One written query: its text, its parameters with places among them, what turns columns into values."""

    text: str
    parameters: Sequence[Any]
    converters: Mapping[int, tuple[Sequence[Callable[..., Any]], Any]]

    @classmethod
    def of(cls, rows: QuerySet[Any, Any]) -> Statement:
        """Write the query of a QuerySet that answers with tuples (`values_list`)."""
        compiler = rows.query.get_compiler(connection=connection)
        text, parameters = compiler.as_sql()
        return cls(text, parameters, compiler.get_converters(column[0] for column in compiler.select))

    def send(self, values: Mapping[str, object]) -> list[Sequence[Any]]:
        """Send it and return the rows.

        Raises:
            KeyError: a place was given no value.
        """
        given = [part.adapted(values[part.name]) if isinstance(part, Slot) else part for part in self.parameters]
        with connection.cursor() as cursor:
            cursor.execute(self.text, given)
            found: list[Sequence[Any]] = cursor.fetchall()
        return [self._converted(row) for row in found] if self.converters else found

    def _converted(self, row: Sequence[Any]) -> Sequence[Any]:
        values = list(row)
        for place, (converters, expression) in self.converters.items():
            for convert in converters:
                values[place] = convert(values[place], expression, connection)
        return values


class Prepared(Generic[R]):
    """A query with places in it, and what its rows are made into.

    Args:
        model: whose rows these are.
        build: returns the QuerySet, its values in the order of the row's parts. It is called once for each shape, so it may look at nothing
            but its arguments.
        row: makes a row of a tuple (`_make` of a NamedTuple).
    """

    def __init__(self, model: type[Model], build: Callable[..., QuerySet[Any, Any]], row: Callable[[Iterable[Any]], R]) -> None:
        self.model, self.build, self.row = model, build, row
        self._statements: dict[Hashable, Statement] = {}

    def given(self, *shape: Hashable, **values: object) -> Asked[R]:
        """Return the query with arguments for `build` and values for its places, not yet sent."""
        return Asked(self, shape, values)

    def statement(self, shape: Hashable, write: Callable[[], QuerySet[Any, Any]]) -> Statement:
        """Return the statement of a shape, written the first time."""
        found = self._statements.get(shape)
        if found is None:
            if len(self._statements) >= MAX_SHAPES:
                self._statements.clear()
            found = self._statements[shape] = Statement.of(write())
        return found


@dataclass(frozen=True)
class Asked(Generic[R]):
    """A prepared query with its values, which may still be narrowed and cut."""

    prepared: Prepared[R]
    shape: tuple[Hashable, ...]
    values: Mapping[str, object]
    changes: tuple[tuple[Hashable, Change], ...] = field(default=())

    @property
    def model(self) -> type[Model]:
        """Whose rows these are."""
        return self.prepared.model

    def changed(self, name: Hashable, change: Change, **values: object) -> Asked[R]:
        """Return the query with something more said. Changes of one name must be one and the same: only the first is ever made."""
        return replace(self, values={**self.values, **values}, changes=(*self.changes, (name, change)))

    def fetch(self) -> list[R]:
        """Send the query and return its rows."""
        names = tuple(name for name, _change in self.changes)
        found = self.prepared.statement((self.shape, names), self._written).send(self.values)
        return list(map(self.prepared.row, found))

    def _written(self) -> QuerySet[Any, Any]:
        rows = self.prepared.build(*self.shape)
        for _name, change in self.changes:
            rows = change(rows)
        return rows

"""Lists on pages: filter chips, column sort and pages by key, with no COUNT and no OFFSET, on any QuerySet.

A page is named by the row it starts after (or ends before): `WHERE (sort column, id) > (value, id)` is one index range however far in.
The row is named in the address by a sealed cursor, so that no key of a row is published and none can be invented.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar, cast
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import F, Field, ForeignObject, Model, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ipp.core.errors import InvalidInput, Text
from ipp.core.ui import Empty
from ipp.env import derived_key

M = TypeVar("M", bound=Model)
Kind = Literal["text", "ref", "number", "time", "date", "state", "clock", "template"]
PAGE_SIZE = 25
CONTROLS = ("sort", "after", "before")
"""Query parameters of the table itself; what else stands in the address belongs to filters."""


# -- what a table is ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Column(Generic[M]):
    """A column: how it is named, read and shown.

    `value` is an attribute path with dots, or a function of the row; the name, if left out. `second` gives a quieter second line.
    `sort_field` is the real column to sort by where it is not the name. `kind="template"` renders `template` with `row` and `value`.
    """

    name: str
    label: Text
    kind: Kind = "text"
    sortable: bool = False
    sort_field: str = ""
    value: str | Callable[[M], object] = ""
    second: Callable[[M], object] | None = None
    axis: str = ""
    template: str = ""
    width: Literal["", "xs", "s", "m", "l", "xl"] = ""
    hide_on_phone: bool = False

    def read(self, row: M) -> object:
        """Return the value of a row."""
        if callable(self.value):
            return self.value(row)
        found: Any = row
        for step in (self.value or self.name).split("."):
            found = getattr(found, step, None)
        return found


@dataclass(frozen=True)
class ChipFilter(Generic[M]):
    """Filter chips: one choice of few, kept in the address under `name`."""

    name: str
    label: Text
    choices: Sequence[tuple[str, Text]]
    apply: Callable[[QuerySet[M], str], QuerySet[M]]


# -- what a page of it shows -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Head:
    """A column's head: the address that sorts by it, and how it is sorted now (`ascending`, `descending` or nothing)."""

    column: Column[Any]
    url: str
    direction: str


@dataclass(frozen=True)
class Chip:
    """One filter chip: the address that sets it."""

    label: Text
    url: str
    is_current: bool


@dataclass(frozen=True)
class Cell:
    """One value of one row."""

    column: Column[Any]
    value: object
    second: object
    url: str


@dataclass(frozen=True)
class Line:
    """One row."""

    row: Any
    cells: Sequence[Cell]


@dataclass(frozen=True)
class TablePage:
    """A page of a table, ready to draw with `{% table page %}`."""

    key: str
    heads: Sequence[Head]
    lines: Sequence[Line]
    chips: Sequence[tuple[Text, Sequence[Chip]]]
    next_url: str
    previous_url: str
    reset_url: str
    empty: Empty
    is_filtered: bool

    @property
    def rows(self) -> list[Any]:
        """The records of this page, in order."""
        return [line.row for line in self.lines]

    @property
    def has_next(self) -> bool:
        """Whether there is a page after this one."""
        return bool(self.next_url)

    @property
    def has_previous(self) -> bool:
        """Whether there is a page before this one."""
        return bool(self.previous_url)


class KeysetTable(Generic[M]):
    """A table declared once: its columns, its default order, its filters.

    Args:
        key: names the table in the page's HTML and in its cursors; unique among the tables of one page.
        order: where the list starts: a sortable column or any other real one, with `-` in front for descending.
        prefix: put before the table's query parameters where a page has two tables.
    """

    def __init__(
        self,
        key: str,
        *,
        columns: Sequence[Column[M]],
        order: str,
        filters: Sequence[ChipFilter[M]] = (),
        row_url: Callable[[M], str] | None = None,
        empty: Empty | None = None,
        size: int = PAGE_SIZE,
        prefix: str = "",
    ) -> None:
        self.key = key
        self.columns = columns
        self.order = order
        self.filters = filters
        self.row_url = row_url
        self.empty = empty or Empty("inbox", _("Nothing here yet"), "")
        self.size = size
        self.prefix = prefix

    def page(self, rows: QuerySet[M], query: QueryDict, path: str, *, empty: Empty | None = None) -> TablePage:
        """Return the page the address asks for. Fetches one row more than it shows, and counts nothing.

        Raises:
            InvalidInput: the address names an unknown sort or filter, or a cursor this table did not make.
        """
        return _Request(self, rows, query, path).answer(empty or self.empty)

    @cached_property
    def sort_fields(self) -> Mapping[str, str]:
        """Every order the address may ask for: the real column to sort by, by the name it has here."""
        start = self.order.removeprefix("-")
        return {start: start} | {column.name: column.sort_field or column.name for column in self.columns if column.sortable}


# -- one request for a page --------------------------------------------------------------------------------------------
class _Request(Generic[M]):
    """A table, a QuerySet and an address, while the page is made."""

    def __init__(self, table: KeysetTable[M], rows: QuerySet[M], query: QueryDict, path: str) -> None:
        self.table, self.rows, self.query, self.path = table, rows, query, path
        self.sort = self._sort()
        self.descending = self.sort.startswith("-")
        self.key = SortKey.of(rows.model, table.sort_fields[self.sort.removeprefix("-")])
        self.chosen = {chip.name: self._choice(chip) for chip in table.filters}

    def answer(self, empty: Empty) -> TablePage:
        rows, has_previous, has_next = self._fetch()
        return TablePage(
            key=self.table.key,
            heads=[self._head(column) for column in self.table.columns],
            lines=[self._line(row) for row in rows],
            chips=[(chip.label, self._chips(chip)) for chip in self.table.filters],
            next_url=self._url(after=self._seal(rows[-1])) if rows and has_next else "",
            previous_url=self._url(before=self._seal(rows[0])) if rows and has_previous else "",
            reset_url=self._url(**dict.fromkeys(self.chosen, "")),
            empty=empty,
            is_filtered=any(self.chosen.values()),
        )

    def ordered(self, *, after: str = "", before: str = "") -> QuerySet[M]:
        """Return the rows from the cursor on, in the order they are fetched: turned around when going back."""
        rows = self.rows
        for chip in self.table.filters:
            if value := self.chosen[chip.name]:
                rows = chip.apply(rows, value)
        turned = bool(before)
        descending = self.descending is not turned
        if cursor := after or before:
            rows = rows.filter(self.key.beyond(self._unseal(cursor), descending=descending))
        sign = "-" if descending else ""
        return rows.order_by(*(sign + name for name in self.key.names))

    def _fetch(self) -> tuple[list[M], bool, bool]:
        """Return the rows of the page and whether there are some before and behind it."""
        after, before, size = self._param("after"), self._param("before"), self.table.size
        if before:
            found = list(self.ordered(before=before)[: size + 1])
            if len(found) > size:
                return found[size - 1 :: -1], True, True
            after = ""  # back at the start: show the first page whole, not what is left of it
        found = list(self.ordered(after=after)[: size + 1])
        return found[:size], bool(after), len(found) > size

    def _head(self, column: Column[M]) -> Head:
        if not column.sortable:
            return Head(column, "", "")
        is_current = column.name == self.sort.removeprefix("-")
        turned = column.name if is_current and self.descending else f"-{column.name}" if is_current else column.name
        return Head(column, self._url(sort=turned), ("descending" if self.descending else "ascending") if is_current else "")

    def _line(self, row: M) -> Line:
        url = self.table.row_url(row) if self.table.row_url else ""
        cells = [
            Cell(column, column.read(row), column.second(row) if column.second else "", "" if number else url)
            for number, column in enumerate(self.table.columns)
        ]
        return Line(row, cells)

    def _chips(self, chip: ChipFilter[M]) -> list[Chip]:
        current = self.chosen[chip.name]
        everything = Chip(_("All"), self._url(**{chip.name: ""}), not current)
        return [everything, *(Chip(label, self._url(**{chip.name: value}), value == current) for value, label in chip.choices)]

    def _sort(self) -> str:
        sort = self._param("sort") or self.table.order
        if sort.removeprefix("-") not in self.table.sort_fields:
            raise InvalidInput("sort_unknown", _("This list cannot be sorted that way. Choose one of its column heads."))
        return sort

    def _choice(self, chip: ChipFilter[M]) -> str:
        value = self._param(chip.name)
        if value and value not in {known for known, _label in chip.choices}:
            raise InvalidInput("filter_unknown", _("This list has no such filter. Choose one above the list."))
        return value

    def _param(self, name: str) -> str:
        return str(self.query.get(self.table.prefix + name, ""))

    def _url(self, **changes: str) -> str:
        """Return this page's address with some parameters changed; every change but a cursor goes back to the first page."""
        query = self.query.copy()
        for name in ("after", "before"):
            query.pop(self.table.prefix + name, None)
        for name, value in changes.items():
            query.pop(self.table.prefix + name, None)
            if value:
                query[self.table.prefix + name] = value
        return f"{self.path}?{query.urlencode()}" if query else self.path

    def _seal(self, row: M) -> str:
        return seal_cursor(self.table.key, self.sort, self.key.values_of(row))

    def _unseal(self, cursor: str) -> list[Any]:
        return self.key.values_from(open_cursor(cursor, self.table.key, self.sort))


# -- keys and cursors ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class SortKey:
    """What rows are ordered by: a column that is never empty, and the primary key, so that no two rows are equal."""

    names: tuple[str, ...]
    fields: tuple[Field[Any, Any], ...]

    @classmethod
    def of(cls, model: type[Model], name: str) -> SortKey:
        """Return the key of a sort column (a path over foreign keys may be given as `owner__name`).

        Raises:
            ValueError: no such column, or one that may be NULL: a comparison with NULL would lose rows.
        """
        pk = model._meta.pk
        if name in ("pk", pk.name):
            return cls((pk.name,), (pk,))
        return cls((name, pk.name), (_real_field(model, name), pk))

    def beyond(self, values: Sequence[Any], *, descending: bool) -> TupleGreaterThan | TupleLessThan:
        """Return the condition "behind these values", as one row comparison an index can answer."""
        lookup = TupleLessThan if descending else TupleGreaterThan
        return lookup(Tuple(*(F(name) for name in self.names)), tuple(values))

    def values_of(self, row: Model) -> list[Any]:
        """Return a row's values, as they can stand in a cursor."""
        return [_plain(_follow(row, name)) for name in self.names]

    def values_from(self, written: Sequence[Any]) -> list[Any]:
        """Return the values of a cursor as the columns hold them.

        Raises:
            InvalidInput: they are not of these columns.
        """
        if len(written) != len(self.fields):
            raise _invalid_cursor()
        try:
            return [field.to_python(value) for field, value in zip(self.fields, written, strict=True)]
        except ValidationError:
            raise _invalid_cursor() from None


def seal_cursor(key: str, sort: str, values: Sequence[Any]) -> str:
    """Return a cursor: encrypted and authenticated, good for one table in one order."""
    return _fernet().encrypt(json.dumps([key, sort, *values], ensure_ascii=False, separators=(",", ":")).encode()).decode().rstrip("=")


def open_cursor(cursor: str, key: str, sort: str) -> list[Any]:
    """Return the values of a cursor.

    Raises:
        InvalidInput: it was not made here, or for another table or order.
    """
    try:
        made_for, made_in, *values = json.loads(_fernet().decrypt(cursor.encode() + b"=" * (-len(cursor) % 4)))
    except (InvalidToken, ValueError):
        raise _invalid_cursor() from None
    if (made_for, made_in) != (key, sort):
        raise _invalid_cursor()
    return cast("list[Any]", values)


def _real_field(model: type[Model], path: str) -> Field[Any, Any]:
    *steps, last = path.split("__")
    for step in steps:
        link = _field(model, step)
        if not isinstance(link, ForeignObject):
            raise ValueError(f"{model.__name__}.{step} is no foreign key.")
        model = link.related_model
    return _field(model, last)


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        raise ValueError(f"{model.__name__} has no column {name!r} to sort by.") from None
    if not isinstance(field, Field) or not field.concrete or field.many_to_many:
        raise ValueError(f"{model.__name__}.{name} is no column of its own and cannot be sorted by.")
    if field.null:
        raise ValueError(f"{model.__name__}.{name} may be NULL; a list sorted by it would lose rows.")
    return field


def _follow(row: Any, path: str) -> Any:
    for step in path.split("__"):
        row = getattr(row, step)
    return row.pk if isinstance(row, Model) else row


def _plain(value: Any) -> Any:
    if isinstance(value, date):  # a moment too: written out to the microsecond
        return value.isoformat()
    return str(value) if isinstance(value, (Decimal, UUID)) else value


def _fernet() -> Fernet:
    return Fernet(derived_key(settings.SECRET_KEY, "table-cursors"))


def _invalid_cursor() -> InvalidInput:
    return InvalidInput("cursor_invalid", _("This link to a page of a list no longer works. Open the list from its start."))

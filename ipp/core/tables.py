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
from functools import cached_property, lru_cache, reduce
from typing import Any, Generic, Literal, NamedTuple, TypeVar, cast
from urllib.parse import urlencode
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import F, Field, ForeignObject, Model, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ipp.core.errors import InvalidInput, Text
from ipp.core.links import addresses
from ipp.core.prepared import Asked, Slot
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

    `value` is an attribute path with dots, or a function of the row; the name, if left out. `reader` makes such a function anew for each
    page, where much is the same for all its rows (the language, the zone). `second` gives a quieter second line.
    `sort_field` is the real column to sort by where it is not the name. `kind="template"` renders `template` with `row` and `value`.
    """

    name: str
    label: Text
    kind: Kind = "text"
    sortable: bool = False
    sort_field: str = ""
    value: str | Callable[[M], object] = ""
    reader: Callable[[], Callable[[M], object]] | None = None
    second: Callable[[M], object] | None = None
    axis: str = ""
    template: str = ""
    width: Literal["", "xs", "s", "m", "l", "xl"] = ""
    hide_on_phone: bool = False

    def read(self, row: M) -> object:
        """Return the value of one row."""
        return self.reading()(row)

    def reading(self) -> Callable[[M], object]:
        """Return what reads the value of each row of a page."""
        if self.reader is not None:
            return self.reader()
        if callable(self.value):
            return self.value
        steps = (self.value or self.name).split(".")
        return lambda row: reduce(_part, steps, row)


@dataclass(frozen=True)
class ChipFilter(Generic[M]):
    """Filter chips: one choice of few, kept in the address under `name`."""

    name: str
    label: Text
    choices: Sequence[tuple[str, Text]]
    apply: Callable[[QuerySet[M], str], QuerySet[M]]


class Labels(NamedTuple):
    """A table's words in one language: its columns, and each filter with all its choices, the one that filters nothing first."""

    columns: Sequence[str]
    filters: Sequence[tuple[str, Sequence[str]]]


# -- what a page of it shows -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Head:
    """A column's head: the address that sorts by it, and how it is sorted now (`ascending`, `descending` or nothing)."""

    column: Column[Any]
    url: str
    direction: str
    label: str = ""
    """The column's, in the reader's language; looked up where it is left out."""


@dataclass(frozen=True)
class Chip:
    """One filter chip: the address that sets it."""

    label: Text
    url: str
    is_current: bool


class Cell(NamedTuple):
    """One value of one row."""

    column: Column[Any]
    value: object
    second: object
    url: str


class Line(NamedTuple):
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
        row_url: returns the page about a row; `row_route` names it instead where it takes the row's code and nothing else.
        prefix: put before the table's query parameters where a page has two tables.
        filled: columns that may be NULL in the database and never are in the rows this list is given, so that it may be sorted by them.
    """

    def __init__(
        self,
        key: str,
        *,
        columns: Sequence[Column[M]],
        order: str,
        filters: Sequence[ChipFilter[M]] = (),
        row_url: Callable[[M], str] | None = None,
        row_route: str = "",
        empty: Empty | None = None,
        size: int = PAGE_SIZE,
        prefix: str = "",
        filled: frozenset[str] = frozenset(),
    ) -> None:
        self.key = key
        self.columns = columns
        self.order = order
        self.filters = filters
        self.row_url = row_url
        self.row_route = row_route
        self.empty = empty or Empty("inbox", _("Nothing here yet"), "")
        self.size = size
        self.prefix = prefix
        self.filled = filled
        self._keys: dict[tuple[type[Model], str], SortKey] = {}
        self._labels: dict[str, Labels] = {}

    def page(self, rows: QuerySet[M] | Asked[Any], query: QueryDict, path: str, *, empty: Empty | None = None) -> TablePage:
        """Return the page the address asks for. Fetches one row more than it shows, and counts nothing.

        With a prepared query, filters may look at nothing but their rows and value: they are applied once per process.

        Raises:
            InvalidInput: the address names an unknown sort or filter, or a cursor this table did not make.
        """
        return _Request(self, rows, query, path).answer(empty or self.empty)

    @cached_property
    def sort_fields(self) -> Mapping[str, str]:
        """Every order the address may ask for: the real column to sort by, by the name it has here."""
        start = self.order.removeprefix("-")
        return {start: start} | {column.name: column.sort_field or column.name for column in self.columns if column.sortable}

    def labels(self, language: str) -> Labels:
        """Return the table's words in the language, which is the active one."""
        known = self._labels.get(language)
        if known is None:
            everything = str(_("All"))
            filters = [(str(chip.label), (everything, *(str(label) for _value, label in chip.choices))) for chip in self.filters]
            known = self._labels[language] = Labels([str(column.label) for column in self.columns], filters)
        return known

    def sort_key(self, model: type[Model], name: str) -> SortKey:
        """Return what the rows are ordered by in an order the address may ask for."""
        known = self._keys.get((model, name))
        if known is None:
            known = self._keys[model, name] = SortKey.of(model, self.sort_fields[name], self.filled)
        return known


# -- one request for a page --------------------------------------------------------------------------------------------
class _Request(Generic[M]):
    """A table, its rows and an address, while the page is made."""

    def __init__(self, table: KeysetTable[M], rows: QuerySet[M] | Asked[Any], query: QueryDict, path: str) -> None:
        self.table, self.rows, self.query, self.path = table, rows, query, path
        self.sort = self._sort()
        self.descending = self.sort.startswith("-")
        self.key = table.sort_key(rows.model, self.sort.removeprefix("-"))
        self.chosen = {chip.name: self._choice(chip) for chip in table.filters}
        self.kept = {name: values for name, values in query.lists() if name not in (f"{table.prefix}after", f"{table.prefix}before")}

    def answer(self, empty: Empty) -> TablePage:
        rows, has_previous, has_next = self._fetch()
        labels = self.table.labels(get_language() or "en")
        return TablePage(
            key=self.table.key,
            heads=[self._head(column, label) for column, label in zip(self.table.columns, labels.columns, strict=True)],
            lines=self._lines(rows),
            chips=[(label, self._chips(chip, choices)) for chip, (label, choices) in zip(self.table.filters, labels.filters, strict=True)],
            next_url=self._url(after=self._seal(rows[-1])) if rows and has_next else "",
            previous_url=self._url(before=self._seal(rows[0])) if rows and has_previous else "",
            reset_url=self._url(**dict.fromkeys(self.chosen, "")),
            empty=empty,
            is_filtered=any(self.chosen.values()),
        )

    def _fetch(self) -> tuple[list[M], bool, bool]:
        """Return the rows of the page and whether there are some before and behind it."""
        after, before, size = self._param("after"), self._param("before"), self.table.size
        if before:
            found = self._read(before, back=True)
            if len(found) > size:
                return found[size - 1 :: -1], True, True
            after = ""  # back at the start: show the first page whole, not what is left of it
        found = self._read(after)
        return found[:size], bool(after), len(found) > size

    def _read(self, cursor: str, *, back: bool = False) -> list[M]:
        """Return the rows from the cursor on, in the order they are fetched: turned around when going back."""
        descending = self.descending is not back
        values = self._unseal(cursor) if cursor else []
        if not isinstance(self.rows, Asked):
            return list(self._cut(self.rows, values, descending))
        slots = [Slot(f"key_{number}", field) for number, field in enumerate(self.key.fields)] if cursor else []
        given = {slot.name: value for slot, value in zip(slots, values, strict=True)}
        shape = (self.table.key, self.sort, descending, bool(cursor), *self.chosen.values())
        return self.rows.changed(shape, lambda rows: self._cut(rows, slots, descending), **given).fetch()

    def _cut(self, rows: QuerySet[M, Any], values: Sequence[Any], descending: bool) -> QuerySet[M, Any]:
        for chip in self.table.filters:
            if value := self.chosen[chip.name]:
                rows = chip.apply(rows, value)
        if values:
            rows = rows.filter(self.key.beyond(values, descending=descending))
        sign = "-" if descending else ""
        return rows.order_by(*(sign + name for name in self.key.names))[: self.table.size + 1]

    def _head(self, column: Column[M], label: str) -> Head:
        if not column.sortable:
            return Head(column, "", "", label)
        is_current = column.name == self.sort.removeprefix("-")
        turned = column.name if is_current and self.descending else f"-{column.name}" if is_current else column.name
        return Head(column, self._url(sort=turned), ("descending" if self.descending else "ascending") if is_current else "", label)

    def _lines(self, rows: Sequence[M]) -> list[Line]:
        parts = [(number, column, column.reading(), column.second) for number, column in enumerate(self.table.columns)]
        return [
            Line(
                row,
                [Cell(column, read(row), second(row) if second else "", "" if number else url) for number, column, read, second in parts],
            )
            for row, url in zip(rows, self._row_urls(rows), strict=True)
        ]

    def _row_urls(self, rows: Sequence[Any]) -> list[str]:
        if self.table.row_route:
            address = addresses(self.table.row_route)
            return [address(row.code) for row in rows]
        return [self.table.row_url(row) if self.table.row_url else "" for row in rows]

    def _chips(self, chip: ChipFilter[M], labels: Sequence[str]) -> list[Chip]:
        current = self.chosen[chip.name]
        values = ("", *(value for value, _label in chip.choices))
        return [Chip(label, self._url(**{chip.name: value}), value == current) for value, label in zip(values, labels, strict=True)]

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
        changed = {self.table.prefix + name: value for name, value in changes.items()}
        pairs = [_pair(name, value) for name, values in self.kept.items() if name not in changed for value in values]
        pairs += [_pair(name, value) for name, value in changed.items() if value]
        return f"{self.path}?{'&'.join(pairs)}" if pairs else self.path

    def _seal(self, row: M) -> str:
        return seal_cursor(self.table.key, self.sort, self.key.values_of(row))

    def _unseal(self, cursor: str) -> list[Any]:
        return self.key.values_from(open_cursor(cursor, self.table.key, self.sort))


def _part(found: Any, step: str) -> Any:
    return getattr(found, step, None)


@lru_cache(maxsize=1000)
def _pair(name: str, value: str) -> str:
    return urlencode([(name, value)])


# -- keys and cursors ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class SortKey:
    """What rows are ordered by: a column that is never empty, and the primary key, so that no two rows are equal."""

    names: tuple[str, ...]
    fields: tuple[Field[Any, Any], ...]

    @classmethod
    def of(cls, model: type[Model], name: str, filled: frozenset[str] = frozenset()) -> SortKey:
        """Return the key of a sort column (a path over foreign keys may be given as `owner__name`).

        Args:
            filled: columns whoever asks answers for: none of its rows has NULL there.

        Raises:
            ValueError: no such column, or one that may be NULL: a comparison with NULL would lose rows.
        """
        pk = model._meta.pk
        if name in ("pk", pk.name):
            return cls((pk.name,), (pk,))
        return cls((name, pk.name), (_real_field(model, name, filled), pk))

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


def _real_field(model: type[Model], path: str, filled: frozenset[str]) -> Field[Any, Any]:
    *steps, last = path.split("__")
    for step in steps:
        link = _field(model, step)
        if not isinstance(link, ForeignObject):
            raise ValueError(f"{model.__name__}.{step} is no foreign key.")
        model = link.related_model
    return _field(model, last, may_be_null=path in filled)


def _field(model: type[Model], name: str, *, may_be_null: bool = False) -> Field[Any, Any]:
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        raise ValueError(f"{model.__name__} has no column {name!r} to sort by.") from None
    if not isinstance(field, Field) or not field.concrete or field.many_to_many:
        raise ValueError(f"{model.__name__}.{name} is no column of its own and cannot be sorted by.")
    if field.null and not may_be_null:
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
    return _fernet_of(settings.SECRET_KEY)


@lru_cache(maxsize=2)
def _fernet_of(secret: str) -> Fernet:
    return Fernet(derived_key(secret, "table-cursors"))


def _invalid_cursor() -> InvalidInput:
    return InvalidInput("cursor_invalid", _("This link to a page of a list no longer works. Open the list from its start."))

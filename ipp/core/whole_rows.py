"""Prepared queries (`ipp.core.prepared`) that answer with whole objects, for what a hot path looks up one by one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

from ipp.core.prepared import Statement

M = TypeVar("M", bound=Model)


class WholeRow(Generic[M]):
    """A look-up with places in it, such as `WholeRow(lambda: Right.objects.filter(code=Slot("code", CharField())))`.

    The object gets its own columns and what the query is annotated with, but no related objects.
    """

    def __init__(self, build: Callable[[], QuerySet[M]]) -> None:
        """Remember how the query is built; that is done at its first use."""
        self._build = build

    def first(self, **values: object) -> M | None:
        """Return the first row with these values in the places, or None."""
        found = self._statement.send(values)
        if not found:
            return None
        size = len(self._columns)
        made = self._model.from_db(connection.alias, self._columns, found[0][:size])
        for name, value in zip(self._annotations, found[0][size:], strict=True):
            setattr(made, name, value)
        return made

    @cached_property
    def _model(self) -> type[M]:
        return self._build().model

    @cached_property
    def _columns(self) -> list[str]:
        return [field.attname for field in self._model._meta.concrete_fields]

    @cached_property
    def _annotations(self) -> list[str]:
        return list(self._build().query.annotations)

    @cached_property
    def _statement(self) -> Statement:
        rows: QuerySet[Any, Any] = self._build().values_list(*self._columns, *self._annotations)[:1]
        return Statement.of(rows)

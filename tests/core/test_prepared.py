"""Prepared queries: written once for each shape, sent with other values, answered as the ORM would."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import JSONObject
from django.http import QueryDict

from ipp.core.prepared import MAX_SHAPES, Prepared, Slot
from ipp.core.tables import ChipFilter, Column, KeysetTable


class Row(NamedTuple):
    id: int
    app_label: str
    model: str


class Counted:
    """Builds a query of the content types of one app and counts how often it was asked to."""

    def __init__(self) -> None:
        self.built = 0

    def __call__(self, *shape: Any) -> QuerySet[Any, Any]:
        self.built += 1
        return ContentType.objects.filter(app_label=Slot("app", CharField())).order_by("id").values_list(*Row._fields)


def table(**more: Any) -> KeysetTable[Any]:
    columns = [Column("model", "Model", sortable=True), Column("app_label", "App")]
    return KeysetTable("types", columns=columns, **{"order": "-model", "size": 2, **more})


def pages(made: KeysetTable[Any], rows: Any, query: str = "") -> list[list[str]]:
    found = []
    while True:
        shown = made.page(rows, QueryDict(query), "/types/")
        found.append([row.model for row in shown.rows])
        if not shown.has_next:
            return found
        query = shown.next_url.partition("?")[2]


@pytest.mark.django_db
def test_one_statement_answers_for_every_value_and_is_written_once() -> None:
    build = Counted()
    prepared = Prepared(ContentType, build, Row._make)

    core, auth = prepared.given(app="core").fetch(), prepared.given(app="auth").fetch()

    assert core == list(ContentType.objects.filter(app_label="core").order_by("id").values_list(*Row._fields))
    assert {row.app_label for row in auth} == {"auth"}
    assert build.built == 1


@pytest.mark.django_db
def test_what_was_said_more_is_part_of_the_statement() -> None:
    asked = Prepared(ContentType, Counted(), Row._make).given(app="core")

    turned = asked.changed("turned", lambda rows: rows.order_by("-id")).fetch()
    cut = asked.changed("turned", lambda rows: rows.order_by("-id")).changed("cut", lambda rows: rows[:2]).fetch()

    assert turned == asked.fetch()[::-1]
    assert cut == turned[:2]


@pytest.mark.django_db
def test_a_place_without_a_value_is_an_error_and_asks_nothing(django_assert_num_queries: Any) -> None:
    prepared = Prepared(ContentType, Counted(), Row._make)

    with django_assert_num_queries(0), pytest.raises(KeyError):
        prepared.given().fetch()


@pytest.mark.django_db
def test_a_value_is_sent_as_a_value_and_never_read_as_sql() -> None:
    assert Prepared(ContentType, Counted(), Row._make).given(app="core' OR true --").fetch() == []


@pytest.mark.django_db
def test_columns_come_as_the_fields_make_them() -> None:
    def build() -> QuerySet[Any, Any]:
        told = JSONObject(app="app_label", none=Value(None, CharField()))
        return ContentType.objects.filter(app_label=Slot("app", CharField())).annotate(told=told).values_list("told")[:1]

    assert Prepared(ContentType, build, tuple).given(app="core").fetch() == [({"app": "core", "none": None},)]


@pytest.mark.django_db
def test_shapes_without_end_do_not_fill_the_memory() -> None:
    build = Counted()
    prepared = Prepared(ContentType, build, Row._make)

    for number in range(MAX_SHAPES + 3):
        prepared.given(number, app="core").fetch()

    assert build.built == MAX_SHAPES + 3
    assert len(prepared._statements) == 3


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["", "sort=model"])
def test_a_table_of_a_prepared_query_has_the_pages_of_the_same_queryset(query: str) -> None:
    prepared = Prepared(ContentType, Counted(), Row._make)

    ours = pages(table(), prepared.given(app="core"), query)

    assert len(ours) > 2
    assert ours == pages(table(), ContentType.objects.filter(app_label="core"), query)


@pytest.mark.django_db
def test_pages_beyond_the_second_write_no_statement_anew() -> None:
    build = Counted()
    asked = Prepared(ContentType, build, Row._make).given(app="core")

    pages(table(), asked)

    assert build.built == 2


@pytest.mark.django_db
def test_a_filter_of_a_prepared_table_filters_by_the_value_chosen() -> None:
    filters = [ChipFilter("first", "First", [("u", "u"), ("o", "o")], lambda rows, value: rows.filter(model__startswith=value))]
    made, asked = table(filters=filters), Prepared(ContentType, Counted(), Row._make).given(app="core")

    found = {letter: {model[0] for page in pages(made, asked, f"first={letter}") for model in page} for letter in ("u", "o", "u")}

    assert found == {"u": {"u"}, "o": {"o"}}

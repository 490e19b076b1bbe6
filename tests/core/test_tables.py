"""Tables by key: what is asked of the database, what a cursor may say, what is drawn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import QueryDict
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from ipp.core.errors import InvalidInput
from ipp.core.tables import ChipFilter, Column, KeysetTable, SortKey, TablePage, open_cursor, seal_cursor
from ipp.core.ui import Empty

VALUES = st.lists(st.one_of(st.text(), st.integers(), st.booleans()), max_size=3)


class Recorded:
    """A QuerySet stand-in: answers slices with rows, remembers the real query that asked for them."""

    def __init__(self, rows: list[Any], real: QuerySet[Any], queries: list[str]) -> None:
        self.rows, self.real, self.model, self.queries = rows, real, real.model, queries

    def filter(self, *conditions: Any, **more: Any) -> Recorded:
        return Recorded(self.rows, self.real.filter(*conditions, **more), self.queries)

    def order_by(self, *names: str) -> Recorded:
        return Recorded(self.rows, self.real.order_by(*names), self.queries)

    def __getitem__(self, part: slice) -> list[Any]:
        self.queries.append(str(self.real[part].query))
        return self.rows[part]


def row(number: int) -> Any:
    return SimpleNamespace(pk=number, id=number, name=f"Name {number}", codename=f"code_{number}")


def table(**more: Any) -> KeysetTable[Permission]:
    return KeysetTable(
        "permissions",
        columns=[
            Column("name", "Name", sortable=True, second=lambda item: item.codename),
            Column("codename", "Code", kind="ref", sortable=True),
            Column("id", "Number", kind="number"),
        ],
        **{"order": "-name", "size": 3, **more},
    )


def page(query: str = "", rows: list[Any] | None = None, made: KeysetTable[Permission] | None = None) -> tuple[TablePage, list[str]]:
    recorded = Recorded([row(n) for n in range(9, 0, -1)] if rows is None else rows, Permission.objects.all(), [])
    return (made or table()).page(cast("Any", recorded), QueryDict(query), "/list/"), recorded.queries


def sql(*, after: str = "", before: str = "", sort: str = "-name") -> str:
    where = f"sort={sort}&after={after}&before={before}"
    return page(where)[1][0]


def cursor(sort: str = "-name", values: tuple[Any, ...] = ("Name 7", 7), key: str = "permissions") -> str:
    return seal_cursor(key, sort, values)


def test_the_first_page_asks_for_one_row_more_than_it_shows_and_counts_nothing() -> None:
    shown, queries = page()

    assert [item.id for item in shown.rows] == [9, 8, 7]
    assert len(queries) == 1
    assert queries[0].endswith('ORDER BY "auth_permission"."name" DESC, "auth_permission"."id" DESC LIMIT 4')
    assert "COUNT" not in queries[0]
    assert "OFFSET" not in queries[0]


def test_the_next_page_is_one_row_comparison() -> None:
    query = sql(after=cursor())

    assert 'WHERE ("auth_permission"."name", "auth_permission"."id") < (Name 7, 7) ORDER BY' in query
    assert query.endswith('"auth_permission"."name" DESC, "auth_permission"."id" DESC LIMIT 4')


def test_an_ascending_list_goes_on_with_greater_rows() -> None:
    query = sql(after=cursor(sort="name"), sort="name")

    assert ") > (Name 7, 7)" in query
    assert query.endswith('"auth_permission"."name" ASC, "auth_permission"."id" ASC LIMIT 4')


def test_going_back_turns_comparison_and_order_around_and_shows_the_rows_in_their_order() -> None:
    before = cursor()
    shown, queries = page(f"before={before}", rows=[row(n) for n in (8, 9, 10, 11)])

    assert ") > (Name 7, 7)" in queries[0]
    assert queries[0].endswith('"auth_permission"."name" ASC, "auth_permission"."id" ASC LIMIT 4')
    assert [item.id for item in shown.rows] == [10, 9, 8]
    assert shown.has_previous
    assert shown.has_next


def test_going_back_past_the_start_shows_the_first_page_whole() -> None:
    shown, queries = page(f"before={cursor()}", rows=[row(n) for n in (9, 8)])

    assert len(queries) == 2
    assert "WHERE" not in queries[1]
    assert not shown.has_previous


def test_a_sort_over_a_foreign_key_names_the_joined_column() -> None:
    made = table(order="kind")
    made = KeysetTable(
        "permissions", columns=[*made.columns, Column("kind", "Kind", sortable=True, sort_field="content_type__model")], order="kind"
    )
    _shown, queries = page(f"after={cursor(sort='kind', values=('user', 7))}", rows=[], made=made)

    assert '("django_content_type"."model", "auth_permission"."id") > (user, 7)' in queries[0]


def test_a_list_sorted_by_its_key_compares_the_key_alone() -> None:
    made = table(order="-id")
    _shown, queries = page(f"after={cursor(sort='-id', values=(7,))}", made=made)

    assert "(7)" in queries[0]
    assert queries[0].endswith('ORDER BY "auth_permission"."id" DESC LIMIT 4')


def test_a_column_that_may_be_null_is_refused() -> None:
    with pytest.raises(ValueError, match="last_login may be NULL"):
        SortKey.of(get_user_model(), "last_login")


def test_a_column_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no column 'colour'"):
        SortKey.of(Group, "colour")


def test_a_many_to_many_relation_is_no_column_to_sort_by() -> None:
    with pytest.raises(ValueError, match="cannot be sorted by"):
        SortKey.of(Group, "permissions")


def test_a_path_over_something_that_is_no_foreign_key_is_refused() -> None:
    with pytest.raises(ValueError, match="no foreign key"):
        SortKey.of(Permission, "name__length")


@given(values=VALUES, key=st.text(min_size=1, max_size=9), sort=st.text(max_size=9))
def test_a_cursor_gives_back_what_was_put_in(values: list[Any], key: str, sort: str) -> None:
    assert open_cursor(seal_cursor(key, sort, values), key, sort) == values


def test_a_cursor_does_not_show_the_key_of_its_row() -> None:
    sealed = seal_cursor("permissions", "-name", ["Name 7", 987654321])

    assert "987654321" not in sealed
    assert sealed != seal_cursor("permissions", "-name", ["Name 7", 987654321])


@pytest.mark.parametrize(
    "change",
    [lambda text: text[:-2] + "xx", lambda text: text[:-9], lambda text: "A" + text, lambda _text: "not a cursor", lambda _text: "é"],
)
def test_a_cursor_somebody_changed_is_refused(change: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        open_cursor(change(cursor()), "permissions", "-name")

    assert refused.value.code == "cursor_invalid"


@pytest.mark.parametrize("other", ["key", "sort"])
def test_a_cursor_of_another_table_or_order_is_refused(other: str) -> None:
    foreign = cursor(key="users") if other == "key" else cursor(sort="name")

    with pytest.raises(InvalidInput):
        page(f"after={foreign}")


@pytest.mark.parametrize("values", [("Name 7",), ("Name 7", "seven"), ("Name 7", 7, 7)])
def test_a_cursor_with_values_of_other_columns_is_refused(values: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInput):
        page(f"after={cursor(values=values)}")


def test_a_moment_survives_the_cursor_to_the_microsecond_and_in_its_zone() -> None:
    moment = datetime(2026, 11, 24, 16, 42, 7, 123456, tzinfo=timezone(timedelta(hours=8)))
    key = SortKey.of(get_user_model(), "created_at")

    written = key.values_of(cast("Any", SimpleNamespace(created_at=moment, id=3)))
    read = key.values_from(open_cursor(seal_cursor("users", "created_at", written), "users", "created_at"))

    assert read == [moment.astimezone(UTC), 3]


@pytest.mark.parametrize("query", ["sort=password", "sort=-password", "sort=id"])
def test_only_the_columns_that_say_so_can_be_sorted_by(query: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        page(query)

    assert refused.value.code == "sort_unknown"


def test_a_filter_stays_in_the_address_through_sorting_and_paging() -> None:
    made = table(filters=[ChipFilter("kind", "Kind", [("a", "With a")], lambda rows, value: rows.filter(codename__contains=value))])
    shown, queries = page("kind=a&other=1", made=made)

    assert "LIKE %a%" in queries[0]
    assert "kind=a" in shown.next_url
    assert "other=1" in shown.next_url
    assert all("kind=a" in head.url for head in shown.heads if head.url)
    assert [(chip.label, chip.is_current) for chip in shown.chips[0][1]] == [("All", False), ("With a", True)]
    assert shown.chips[0][1][0].url == "/list/?other=1"


def test_a_filter_value_that_is_not_offered_is_refused() -> None:
    made = table(filters=[ChipFilter("kind", "Kind", [("a", "With a")], lambda rows, value: rows)])

    with pytest.raises(InvalidInput) as refused:
        page("kind=b", made=made)

    assert refused.value.code == "filter_unknown"


def test_choosing_another_order_goes_back_to_the_first_page() -> None:
    shown, _queries = page(f"after={cursor()}")

    assert [(head.direction, "after" in head.url) for head in shown.heads] == [("descending", False), ("", False), ("", False)]
    assert shown.heads[0].url == "/list/?sort=name"
    assert shown.heads[1].url == "/list/?sort=codename"
    assert shown.heads[2].url == ""


def test_two_tables_of_one_page_keep_their_own_parameters() -> None:
    shown, _queries = page("sort=nonsense&left-sort=codename", made=table(prefix="left-"))

    assert shown.next_url.startswith("/list/?sort=nonsense&left-sort=codename&left-after=")


def test_a_table_works_with_links_alone_and_better_with_htmx() -> None:
    html = drawn(page()[0])

    assert 'id="table-permissions"' in html
    assert 'hx-select="#table-permissions"' in html
    assert 'href="/list/?sort=name" hx-get="/list/?sort=name"' in html
    assert 'aria-sort="descending"' in html
    assert 'rel="next"' in html
    assert 'rel="prev"' not in html
    assert '<span class="ipp-second">code_9</span>' in html
    assert 'data-label="Code"' in html


def test_a_row_leads_to_its_record() -> None:
    html = drawn(page(made=table(row_url=lambda item: f"/permissions/{item.id}/"))[0])

    assert html.count("/permissions/9/") == 1
    assert '<a class="ipp-stretch" href="/permissions/9/">Name 9</a>' in html


def test_what_a_row_holds_is_escaped() -> None:
    nasty = row(1)
    nasty.name = nasty.codename = "<script>"

    html = drawn(page(rows=[nasty])[0])

    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 3


def test_an_empty_table_says_what_to_do_first() -> None:
    made = table(empty=Empty("certificate", "No rights yet", "Add one first.", "/add/", "Add a right"))

    html = drawn(page(rows=[], made=made)[0])

    assert "No rights yet" in html
    assert 'href="/add/"' in html
    assert "<table" not in html


def test_a_table_that_filters_emptied_offers_to_take_them_away() -> None:
    made = table(filters=[ChipFilter("kind", "Kind", [("a", "With a")], lambda rows, value: rows)])

    html = drawn(page("kind=a", rows=[], made=made)[0])

    assert "Nothing fits these filters" in html
    assert 'href="/list/"' in html


@pytest.mark.django_db
def test_pages_of_a_real_table_give_every_row_once_in_order_and_lead_back() -> None:
    everything = list(ContentType.objects.order_by("app_label", "id"))
    made: KeysetTable[ContentType] = KeysetTable("types", columns=[Column("app_label", "App", sortable=True)], order="app_label", size=4)
    pages, query = [], QueryDict("")

    while True:
        pages.append(made.page(ContentType.objects.all(), query, "/types/"))
        if not pages[-1].has_next:
            break
        query = QueryDict(pages[-1].next_url.partition("?")[2])
    back = made.page(ContentType.objects.all(), QueryDict(pages[2].previous_url.partition("?")[2]), "/types/")

    assert len(pages) > 3
    assert [item for shown in pages for item in shown.rows] == everything
    assert back.rows == pages[1].rows


def drawn(shown: TablePage) -> str:
    return Template("{% table page %}").render(Context({"page": shown}))

"""The database's own wall around shared cases, through the true portal login: what a seller sees, locks, changes and adds, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from ipp.core import tenancy
from takedowns.models import ReportedListing, SellerNotice
from tests import database
from tests.actors import actor_named
from tests.core.test_row_level_security import logged_in
from tests.factories.disputes import another_shop, claimed_shop, contested
from tests.factories.takedowns import decided, link_texts, seen_listings

OTHER = "911204999"


@pytest.fixture(scope="module")
def case(django_db_setup: None, django_db_blocker: Any, worker_id: str) -> Iterator[dict[str, Any]]:
    """A database with one complaint of Acme against two shops: Sunny's, told and answered, and one nobody has claimed, not told yet."""
    from tests.conftest import point_at

    name = database.named(f"shared_{worker_id}")
    with django_db_blocker.unblock(), database.copied(name):
        before = point_at(name)
        try:
            yield {"database": name, **_told()}
        finally:
            point_at(before)


def _told() -> dict[str, Any]:
    alice, sunny = actor_named("alice"), actor_named("sunny")
    counter = contested(alice, sunny, count=2)
    seen_listings([3_000_000_010], shop=another_shop(OTHER))
    decided(alice, links=link_texts(1, 3_000_000_010))
    with tenancy.engine_scope("tests"):
        rows = list(ReportedListing.objects.order_by("id"))
        untold = SellerNotice.objects.get(notified_at=None)
    return {
        "acme": alice.organization_id,
        "sunny": sunny.organization_id,
        "moon": actor_named("moon").organization_id,
        "shop": claimed_shop(sunny).pk,
        "mine": [row.pk for row in rows[:2]],
        "others": rows[2].pk,
        "untold": untold.pk,
        "notice": counter.notice_id,
        "counter": counter.pk,
    }


def rows(cursor: Any, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    cursor.execute(statement, values)
    return list(cursor.fetchall())


SHARED = {
    "takedowns_reportedlisting": 2,
    "takedowns_sellernotice": 1,
    "takedowns_counternotice": 1,
    "takedowns_counternoticelisting": 2,
    "takedowns_counternoticeanswer": 1,
    "takedowns_statementofreasons": 2,
    "takedowns_exhibit": 0,
}


@pytest.mark.parametrize("table", SHARED)
def test_a_seller_sees_its_own_shops_part_of_the_case(case, table):
    with logged_in("ipp_portal", case["database"], organization=case["sunny"]) as cursor:
        assert rows(cursor, f"SELECT count(*) FROM {table}") == [(SHARED[table],)]


@pytest.mark.parametrize("table", [*SHARED, "takedowns_transition"])
def test_another_seller_sees_nothing_of_it(case, table):
    with logged_in("ipp_portal", case["database"], organization=case["moon"]) as cursor:
        assert rows(cursor, f"SELECT count(*) FROM {table}") == [(0,)]


def test_the_complainant_sees_all_of_it(case):
    with logged_in("ipp_portal", case["database"], organization=case["acme"]) as cursor:
        assert rows(cursor, "SELECT count(*) FROM takedowns_reportedlisting") == [(3,)]
        assert rows(cursor, "SELECT count(*) FROM takedowns_sellernotice") == [(2,)]


@pytest.mark.parametrize(
    "table",
    [
        "takedowns_complaint",
        "takedowns_evidence",
        "takedowns_finding",
        "takedowns_decision",
        "rightsholders_right",
        "core_storedfile",
        "core_storedpage",
        "core_event",
        "core_clock",
    ],
)
def test_what_is_the_complainants_alone_stays_out_of_the_sellers_reach(case, table):
    with logged_in("ipp_portal", case["database"], organization=case["sunny"]) as cursor:
        foreign = rows(cursor, f"SELECT count(*) FROM {table} WHERE organization_id = %s", case["acme"])
    assert foreign == [(0,)]


def test_a_notice_that_has_not_arrived_is_nobodys_but_the_complainants(case):
    owner = psycopg2.connect(database.url_of(case["database"]))
    with owner, owner.cursor() as cursor:
        cursor.execute("UPDATE marketplaces_seller SET organization_id = %s WHERE external_id = %s", [case["moon"], OTHER])
    try:
        with logged_in("ipp_portal", case["database"], organization=case["moon"]) as cursor:
            assert rows(cursor, "SELECT count(*) FROM takedowns_sellernotice") == [(0,)]
            assert rows(cursor, "SELECT count(*) FROM takedowns_reportedlisting") == [(0,)]
    finally:
        with owner, owner.cursor() as cursor:
            cursor.execute("UPDATE marketplaces_seller SET organization_id = NULL WHERE external_id = %s", [OTHER])
        owner.close()


def test_a_seller_can_lock_its_listings_and_no_others(case):
    with logged_in("ipp_portal", case["database"], organization=case["sunny"]) as cursor:
        found = rows(cursor, "SELECT id FROM takedowns_reportedlisting ORDER BY id FOR NO KEY UPDATE")
    assert [pk for (pk,) in found] == case["mine"]


def test_a_seller_cannot_move_anothers_listing(case):
    with logged_in("ipp_portal", case["database"], organization=case["sunny"]) as cursor:
        cursor.execute("UPDATE takedowns_reportedlisting SET status = 'withdrawn' WHERE id = %s", [case["others"]])
        assert cursor.rowcount == 0


@pytest.mark.parametrize(
    "column", ["seller_due_at", "notified_at", "seller_id", "effective_at", "removed_at", "key", "organization_id", "notice_id"]
)
@pytest.mark.parametrize("party", ["sunny", "acme"])
def test_neither_party_changes_what_the_platform_writes(case, party, column):
    with logged_in("ipp_portal", case["database"], organization=case[party]) as cursor:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(f"UPDATE takedowns_reportedlisting SET {column} = NULL")


@pytest.mark.parametrize("column", ["statement", "grounds", "signed_name", "filed_at", "holder_due_at"])
def test_what_a_seller_said_is_never_edited(case, column):
    for party in ("sunny", "acme"):
        with logged_in("ipp_portal", case["database"], organization=case[party]) as cursor:
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(f"UPDATE takedowns_counternotice SET {column} = NULL")


COUNTER = (
    "INSERT INTO takedowns_counternotice (code, reference, organization_id, complaint_id, notice_id, seller_id, author_organization_id,"
    " author_label, status, version, grounds, statement, goods_location, declarations, signed_name, signed_role, listing_count, holder_due_at)"
    " VALUES (%s, %s, %s, 1, %s, %s, %s, '', 'waiting', 1, '{}', '', '', '{}', '', '', 1, now())"
)


def test_a_seller_answers_its_own_notice_and_no_other(case):
    with logged_in("ipp_portal", case["database"], organization=case["sunny"]) as cursor:
        cursor.execute(COUNTER, ["a", "a", case["acme"], case["notice"], case["shop"], case["sunny"]])
        assert cursor.rowcount == 1
    with logged_in("ipp_portal", case["database"], organization=case["sunny"]) as cursor:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="row-level security"):
            cursor.execute(COUNTER, ["b", "b", case["acme"], case["untold"], case["shop"], case["sunny"]])


def test_a_complainant_cannot_answer_itself_in_the_sellers_name(case):
    with logged_in("ipp_portal", case["database"], organization=case["acme"]) as cursor:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="row-level security"):
            cursor.execute(COUNTER, ["c", "c", case["acme"], case["notice"], case["shop"], case["acme"]])


def test_a_seller_cannot_answer_a_counter_notice_in_the_complainants_name(case):
    with logged_in("ipp_portal", case["database"], organization=case["sunny"]) as cursor:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="row-level security"):
            cursor.execute(
                "INSERT INTO takedowns_counternoticeanswer (code, organization_id, counter_notice_id, seller_id, kind, reasons, message,"
                " positions, author_label) VALUES ('x', %s, %s, %s, 'conceded', '{}', '', '{1}', '')",
                [case["acme"], case["counter"], case["shop"]],
            )


@pytest.mark.parametrize("table", ["takedowns_sellernotice", "takedowns_statementofreasons", "takedowns_decision"])
def test_neither_party_writes_what_the_platform_says(case, table):
    for party in ("sunny", "acme"):
        with logged_in("ipp_portal", case["database"], organization=case[party]) as cursor:
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(f"INSERT INTO {table} (organization_id) VALUES (%s)", [case[party]])

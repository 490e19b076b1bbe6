"""What a seller's login sees and may change in the database itself, whatever the code asks for."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from ipp.core import tenancy
from penalties.models import PRIVATE_COLUMNS, SEEN_BY_SELLERS, Sanction, Strike, Violation
from tests.actors import actor_named
from tests.factories.penalties import ago, proposed, sanctions, upheld

TABLES = ("penalties_violation", "penalties_strike", "penalties_sanction")


def rows(table, actor=None):
    with tenancy.acting(actor) if actor else tenancy.scope(tenancy.Context(audience="portal")), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(id) FROM {table}")
        return cursor.fetchone()[0]


def attempt(actor, statement, *parameters):
    with tenancy.acting(actor), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)


@pytest.mark.parametrize("table", TABLES)
def test_a_shop_that_is_claimed_is_its_organizations_and_nobody_elses(alice, sunny, table):
    upheld(alice, ago(30), owner=sunny)

    assert rows(table, sunny) == 1
    assert rows(table, actor_named("moon")) == 0
    assert rows(table, alice) == 0
    assert rows(table) == 0


@pytest.mark.parametrize("table", TABLES)
def test_a_shop_nobody_has_claimed_is_on_no_portal(alice, sunny, table):
    upheld(alice, ago(30))

    assert rows(table, sunny) == 0


@pytest.mark.parametrize("column", PRIVATE_COLUMNS)
def test_a_seller_cannot_read_who_agreed_to_a_closure_or_what_they_wrote(alice, sunny, column):
    proposed(alice, owner=sunny)

    attempt(sunny, f"SELECT {column} FROM penalties_sanction")


def test_every_column_of_a_sanction_is_either_private_or_the_sellers_to_see():
    assert {field.column for field in Sanction._meta.local_fields} == set(PRIVATE_COLUMNS) | set(SEEN_BY_SELLERS)


def test_a_seller_can_say_that_it_read_a_lesson_and_change_nothing_else(alice, sunny):
    upheld(alice, ago(30), owner=sunny)
    (row,) = sanctions()

    attempt(sunny, "UPDATE penalties_sanction SET status = 'lifted'")
    attempt(sunny, "UPDATE penalties_strike SET taken_back_at = now()")
    attempt(sunny, "UPDATE penalties_violation SET strike_id = NULL")
    attempt(sunny, "DELETE FROM penalties_sanction")
    with tenancy.acting(sunny):
        assert Sanction.objects.filter(pk=row.pk).update(read_at=row.in_force_at) == 1


def test_another_seller_cannot_say_it_read_a_lesson(alice, sunny):
    upheld(alice, ago(30), owner=sunny)
    (row,) = sanctions()

    with tenancy.acting(actor_named("moon")):
        assert Sanction.objects.filter(pk=row.pk).update(read_at=row.in_force_at) == 0


def test_a_violation_cannot_be_put_into_another_shops_strike(alice):
    upheld(alice, ago(30))
    upheld(alice, ago(30), shop="911204999")

    with tenancy.engine_scope("tests"), connection.cursor() as cursor:
        first, second = Violation.objects.order_by("id")
        Violation.objects.filter(pk=first.pk).update(strike=Strike.objects.get(seller=second.seller))
        with pytest.raises(DatabaseError, match="same_org"), transaction.atomic():
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        Violation.objects.filter(pk=first.pk).update(strike=Strike.objects.get(seller=first.seller))

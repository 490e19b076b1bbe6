"""Contexts: local to a transaction, restored on every way out, empty by default."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from ipp.core import tenancy
from ipp.core.models import ApiKey, Organization
from ipp.core.services import keys


def settings_now() -> tuple[str, str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.organization', true), current_setting('app.scope', true), current_user")
        organization, scope, login = cursor.fetchone()
    return organization or "", scope or "", login


def test_outside_any_scope_nothing_is_visible(alice):
    with tenancy.acting(alice):
        keys.create_key(actor=alice, name="x", scopes=["files:write"], days=1)

    with tenancy.scope(tenancy.Context(audience="portal")):
        assert not ApiKey.objects.exists()
        assert not Organization.objects.exists()


def test_a_scope_ends_with_its_block_and_the_one_before_comes_back(alice, bob):
    with tenancy.acting(bob):
        with tenancy.acting(alice):
            assert settings_now() == (str(alice.organization_id), "", "ipp_portal")
        assert settings_now() == (str(bob.organization_id), "staff", "ipp_staff")
        assert tenancy.current().scope == "staff"
    assert settings_now()[:2] == ("", "")


def test_a_scope_left_by_an_error_leaves_nothing_behind(alice, gus):
    with tenancy.acting(alice):
        with pytest.raises(ZeroDivisionError), tenancy.acting(gus):
            raise ZeroDivisionError
        assert settings_now()[0] == str(alice.organization_id)
        assert tenancy.current().organization_id == alice.organization_id


def test_a_broken_transaction_inside_a_scope_leaves_the_outer_one_intact(alice, gus):
    with tenancy.acting(alice):
        with pytest.raises(Exception, match="division by zero"), tenancy.acting(gus), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert settings_now()[0] == str(alice.organization_id)


def test_a_handlers_scope_is_narrow_even_inside_a_wide_one(alice):
    with tenancy.engine_scope("test"):
        with tenancy.inside(alice.organization_id):
            assert settings_now()[:2] == (str(alice.organization_id), "")
        assert settings_now()[1] == "engine"


def test_nothing_survives_the_transaction_on_a_pooled_connection(own_database):
    with tenancy.scope(tenancy.Context(audience="portal", organization_id=5)):
        assert settings_now()[0] == "5"

    assert settings_now() == ("", "", "ipp_test")
    with transaction.atomic():
        assert settings_now() == ("", "", "ipp_test")

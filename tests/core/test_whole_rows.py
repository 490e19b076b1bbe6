"""A look-up whose SQL is written once answers as the ORM would, for whoever asks next."""

from __future__ import annotations

from django.db import connection
from django.db.models import BigIntegerField, CharField
from django.test.utils import CaptureQueriesContext

from ipp.core import tenancy
from ipp.core.models import ApiKey
from ipp.core.prepared import Slot
from ipp.core.services.keys import create_key
from ipp.core.whole_rows import WholeRow
from tests.actors import actor_named

KEY = WholeRow(lambda: ApiKey.objects.filter(organization_id=Slot("organization", BigIntegerField()), code=Slot("code", CharField())))


def test_a_row_is_the_object_the_orm_makes():
    alice = actor_named("alice")
    with tenancy.acting(alice):
        made = create_key(actor=alice, name="one", scopes=["events:read"], days=2).key
        read = KEY.first(organization=alice.organization_id, code=made.code)
        known = ApiKey.objects.get(pk=made.pk)

        assert read is not None
        assert {field.attname: getattr(read, field.attname) for field in ApiKey._meta.concrete_fields} == {
            field.attname: getattr(known, field.attname) for field in ApiKey._meta.concrete_fields
        }
        read.name = "two"
        read.save(update_fields=["name"])
        assert ApiKey.objects.get(pk=made.pk).name == "two"


def test_each_call_has_values_of_its_own_and_none_means_there_is_none():
    alice = actor_named("alice")
    with tenancy.acting(alice):
        keys = [create_key(actor=alice, name=name, scopes=["events:read"], days=2).key for name in ("one", "two")]

        found = [KEY.first(organization=alice.organization_id, code=code) for code in (keys[1].code, keys[0].code, "nobody", "it's")]

    assert [item and item.name for item in found] == ["two", "one", None, None]


def test_one_look_up_is_one_statement_of_one_row():
    alice = actor_named("alice")
    with tenancy.acting(alice), CaptureQueriesContext(connection) as queries:
        KEY.first(organization=alice.organization_id, code="nobody")

    (statement,) = queries.captured_queries
    assert "LIMIT 1" in statement["sql"]

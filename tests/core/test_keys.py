"""API keys: shown once, found by digest, bound to scopes and time, dead the moment they are revoked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ipp.core import clock, tenancy
from ipp.core.errors import Conflict, InvalidInput, NotFound
from ipp.core.models import ApiKey, Event, Notification
from ipp.core.services import keys


def make(actor, **changes):
    values = {"name": "ERP", "scopes": ["files:write"], "days": 30} | changes
    with tenancy.acting(actor):
        return keys.create_key(actor=actor, **values)


def test_the_secret_is_not_stored_and_the_key_is_known_by_its_ends(alice):
    made = make(alice)

    with tenancy.acting(alice):
        stored = ApiKey.objects.get()
    assert made.secret not in str(vars(stored))
    assert made.secret.startswith(keys.PREFIX)
    assert str(stored) == f"{made.secret[:13]}…{made.secret[-4:]}"
    assert stored.digest == keys.digest_of(made.secret)


def test_the_bearer_is_the_organization_with_the_keys_scopes(alice):
    made = make(alice, scopes=["files:write", "events:read"])

    actor = keys.find_actor(made.secret, "r")

    assert actor is not None
    assert actor.organization_id == alice.organization_id
    assert (actor.kind, actor.role, actor.scopes) == ("api_key", "key", frozenset({"files:write", "events:read"}))


@pytest.mark.parametrize("days", [1, 30])
def test_a_key_works_until_its_last_second(alice, days):
    made = make(alice, days=days)

    with clock.moved(timedelta(days=days) - timedelta(seconds=1)):
        assert keys.find_actor(made.secret, "r") is not None
    with clock.moved(timedelta(days=days)):
        assert keys.find_actor(made.secret, "r") is None


def test_a_revoked_key_is_dead_at_once_and_cannot_be_revoked_again(alice):
    made = make(alice)

    with tenancy.acting(alice):
        keys.revoke_key(actor=alice, code=made.key.code)
        with pytest.raises(Conflict):
            keys.revoke_key(actor=alice, code=made.key.code)
    assert keys.find_actor(made.secret, "r") is None


def test_another_tenants_key_is_not_there(alice, gus):
    made = make(alice)

    with tenancy.acting(gus), pytest.raises(NotFound):
        keys.revoke_key(actor=gus, code=made.key.code)
    assert keys.find_actor(made.secret, "r") is not None


@pytest.mark.parametrize(
    "guess",
    ["", "ipp_live_", "x" * 58, "ipp_live_" + "a" * 49, "ipp_live_" + "é" * 49, "Bearer ipp_live_x"],
)
def test_a_guess_is_told_from_a_key_without_a_query(alice, guess, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert keys.find_actor(guess, "r") is None


def test_one_changed_letter_is_another_key(alice):
    secret = make(alice).secret
    other = "A" if secret[20] != "A" else "B"

    assert keys.find_actor(secret[:20] + other + secret[21:], "r") is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"days": 0}, "days"),
        ({"days": 367}, "days"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(alice, changes, field):
    with pytest.raises(InvalidInput) as refusal:
        make(alice, **changes)

    assert [error.pointer for error in refusal.value.errors] == [field]
    with tenancy.acting(alice):
        assert not ApiKey.objects.exists()


def test_making_and_revoking_leave_events_and_tell_the_members(alice, run_engine):
    made = make(alice)
    with tenancy.acting(alice):
        keys.revoke_key(actor=alice, code=made.key.code)

    run_engine()

    with tenancy.acting(alice):
        assert list(Event.objects.filter(subject_id=made.key.pk).order_by("id").values_list("name", flat=True)) == [
            "core.api_key.created",
            "core.api_key.revoked",
        ]
        assert Notification.objects.count() == 2
        assert made.secret not in str(list(Event.objects.values_list("payload", flat=True)))


def test_the_last_use_is_written_once_a_minute(alice):
    made = make(alice)
    actor = keys.find_actor(made.secret, "r")

    with tenancy.acting(actor):
        keys.note_use(actor)
        first = ApiKey.objects.get().last_used_at
        with clock.moved(timedelta(seconds=59)):
            keys.note_use(actor)
        assert ApiKey.objects.get().last_used_at == first
        with clock.moved(timedelta(seconds=61)):
            keys.note_use(actor)
        assert ApiKey.objects.get().last_used_at > first

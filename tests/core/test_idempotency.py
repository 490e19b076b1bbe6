"""The same key twice has one effect and one answer; the promise holds for machines and for a double-clicked form."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from ipp.core import clock, tenancy
from ipp.core.errors import BadRequest, Conflict, InvalidInput
from ipp.core.models import Event, IdempotencyRecord
from ipp.core.services.idempotency import Answer, once, request_hash
from ipp.core.services.sweeping import sweep
from tests.actors import actor_named
from tests.racing import at_once


def call(actor: Any, key: str = "k", body: Any = "body", effects: list[int] | None = None, **more: Any) -> Answer:
    counted = effects if effects is not None else []

    def effect() -> Answer:
        counted.append(1)
        return Answer(201, {"number": len(counted)}, "/there")

    with tenancy.acting(actor):
        return once(actor=actor, key=key, route="POST /x", fingerprint=request_hash(body), effect=effect, **more)


def test_the_same_key_and_body_get_the_first_answer_without_a_second_effect(alice):
    effects: list[int] = []

    first = call(alice, effects=effects)
    second = call(alice, effects=effects)

    assert effects == [1]
    assert (first.status, first.body, first.location, first.replayed) == (201, {"number": 1}, "/there", False)
    assert (second.status, second.body, second.location, second.replayed) == (201, {"number": 1}, "/there", True)


def test_the_same_key_with_another_body_is_refused(alice):
    call(alice)

    with pytest.raises(InvalidInput) as refusal:
        call(alice, body="other")
    assert refusal.value.code == "key_reused"


def test_json_that_differs_in_order_only_is_the_same_request():
    assert request_hash({"a": 1, "b": [2]}) == request_hash({"b": [2], "a": 1})
    assert request_hash({"a": 1}) != request_hash({"a": "1"})


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "line\nbreak"])
def test_a_key_that_is_no_key_is_refused(alice, key):
    with pytest.raises(BadRequest):
        call(alice, key=key)


def test_two_tenants_may_use_the_same_key(alice, gus):
    assert call(alice).replayed is False
    assert call(gus).replayed is False


def test_a_failed_effect_is_not_remembered(alice):
    def effect() -> Answer:
        raise Conflict("no", "no")

    with tenancy.acting(alice), pytest.raises(Conflict):
        once(actor=alice, key="k", route="POST /x", fingerprint="f", effect=effect)
    with tenancy.acting(alice):
        assert not IdempotencyRecord.objects.exists()


def test_answers_are_kept_for_seven_days_and_then_swept(alice):
    call(alice)

    with clock.moved(timedelta(days=6, hours=23)):
        assert sweep() == 0
    with clock.moved(timedelta(days=7, seconds=1)):
        assert sweep() == 1


def test_a_second_request_while_the_first_is_in_flight_is_told_to_wait(own_database):
    inside, refused = threading.Event(), threading.Event()
    alice = actor_named("alice")

    def effect() -> Answer:
        inside.set()
        assert refused.wait(timeout=30)
        return Answer(201, {})

    def one() -> Any:
        with tenancy.acting(alice):
            return once(actor=alice, key="k", route="r", fingerprint="f", effect=effect)

    def two() -> Any:
        assert inside.wait(timeout=30)
        try:
            return one()
        finally:
            refused.set()

    first, second = at_once(one, two)

    assert isinstance(first, Answer)
    assert isinstance(second, Conflict)
    assert second.code == "in_flight"


def test_a_double_click_waits_and_gets_the_first_answer(own_database):
    """Without the lock both would run their effect; with it the second finds the first one's answer."""
    barrier = threading.Barrier(2)
    effects: list[int] = []
    alice = actor_named("alice")

    def one() -> Any:
        barrier.wait(timeout=30)
        return call(alice, effects=effects, wait=True)

    got = at_once(one, one)

    assert effects == [1]
    assert sorted(answer.replayed for answer in got) == [False, True]


def test_the_answer_is_stored_in_the_transaction_of_the_effect(own_database):
    """A crash after the effect and before the answer is stored leaves neither: the retry does it anew."""
    from ipp.core.core_events import ApiKeyRevoked
    from ipp.core.events import record

    alice = actor_named("alice")

    def effect() -> Answer:
        record(ApiKeyRevoked(key="k", key_name="n"), actor=alice)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), tenancy.acting(alice):
        once(actor=alice, key="k", route="r", fingerprint="f", effect=effect)

    with tenancy.acting(alice):
        assert not Event.objects.filter(name="core.api_key.revoked").exists()
        assert not IdempotencyRecord.objects.exists()

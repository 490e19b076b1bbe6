"""The outbox: delivered exactly once in the database, retried, dead-lettered, fair, and never lost with the broker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from ipp.core import clock, doorbell, events, tenancy
from ipp.core.errors import Conflict, NotFound
from ipp.core.events import DomainEvent, event, on, record
from ipp.core.models import Delivery, Event, Notification
from ipp.core.services import deliveries
from tests import database
from tests.actors import actor_named
from tests.racing import at_once


@event("tests.thing.happened")
@dataclass(frozen=True)
class ThingHappened(DomainEvent):
    """An event of the suite's own."""

    number: int = 0


EFFECTS: list[int] = []
FAIL: set[int] = set()


@on(ThingHappened)
def remember(envelope: events.Envelope, fact: ThingHappened) -> None:
    """Write a notice, then fail where a test asks for it: after the effect, which is the interesting moment."""
    Notification.objects.create(
        organization_id=envelope.about_id,
        event_id=envelope.event_id,
        name="tests.thing.happened",
        facts={"number": fact.number},
        occurred_at=envelope.occurred_at,
    )
    EFFECTS.append(fact.number)
    if fact.number in FAIL:
        raise RuntimeError(f"poison {fact.number}")


@pytest.fixture(autouse=True)
def clean() -> None:
    EFFECTS.clear()
    FAIL.clear()


def happen(actor: Any, *numbers: int) -> list[Event]:
    with tenancy.acting(actor):
        return [record(ThingHappened(number), actor=actor) for number in numbers]


def notices() -> int:
    with tenancy.engine_scope("test"), connection.cursor() as cursor:
        if not settings.TEST_SET_ROLE:
            raise AssertionError
        cursor.execute("SELECT set_config('role', 'ipp_staff', true), set_config('app.scope', 'staff', true)")
        cursor.execute("SELECT count(*) FROM core_notification WHERE name = 'tests.thing.happened'")
        return int(cursor.fetchone()[0])


def delivery() -> Delivery:
    with tenancy.engine_scope("test"):
        return Delivery.objects.get()


def test_an_event_is_stored_with_one_delivery_per_handler(alice):
    stored = happen(alice, 7)[0]

    with tenancy.engine_scope("test"):
        found = Delivery.objects.get(event=stored)
    assert found.handler.endswith("test_deliveries.remember")
    assert found.organization_id == alice.organization_id
    assert (found.attempts, found.delivered_at) == (0, None)


def test_a_delivery_has_its_effect_once_however_often_the_bell_rings(alice, run_engine):
    happen(alice, 1, 2, 3)

    run_engine()
    run_engine()

    assert sorted(EFFECTS) == [1, 2, 3]
    assert notices() == 3


def test_a_handler_that_fails_after_its_effect_leaves_no_effect_and_is_tried_again(alice, run_engine):
    happen(alice, 1)
    FAIL.add(1)

    run_engine()
    assert notices() == 0
    assert "poison 1" in delivery().last_error

    FAIL.clear()
    run_engine(after=timedelta(minutes=1))
    assert notices() == 1
    assert delivery().delivered_at is not None


def test_a_failure_waits_longer_each_time_and_a_second_before_it_is_due_nothing_runs(alice, run_engine):
    happen(alice, 1)
    FAIL.add(1)
    run_engine()

    run_engine(after=timedelta(seconds=1))
    assert len(EFFECTS) == 1

    run_engine(after=timedelta(seconds=2))
    assert len(EFFECTS) == 2
    assert [deliveries.backoff(tries).total_seconds() for tries in (1, 2, 3, 20)] == [2, 4, 8, 600]


def test_after_the_last_attempt_it_is_a_dead_letter_and_others_go_on(alice, gus, run_engine):
    happen(alice, 1)
    happen(gus, 2)
    FAIL.add(1)

    for hour in range(settings.DELIVERY_MAX_ATTEMPTS):
        run_engine(after=timedelta(hours=hour))
    run_engine(after=timedelta(days=9))

    assert EFFECTS.count(1) == settings.DELIVERY_MAX_ATTEMPTS
    assert EFFECTS.count(2) == 1
    with tenancy.engine_scope("test"):
        assert Delivery.objects.filter(dead_at__isnull=False).count() == 1


def test_operations_can_retry_a_dead_letter_and_only_a_dead_one(alice, cast, run_engine):
    happen(alice, 1)
    FAIL.add(1)
    for hour in range(settings.DELIVERY_MAX_ATTEMPTS):
        run_engine(after=timedelta(hours=hour))
    FAIL.clear()
    olga = cast("olga")

    with tenancy.acting(olga):
        dead = Delivery.objects.get(dead_at__isnull=False)
        deliveries.retry_delivery(actor=olga, delivery_id=dead.pk)
        with pytest.raises(Conflict):
            deliveries.retry_delivery(actor=olga, delivery_id=dead.pk)
        with pytest.raises(NotFound):
            deliveries.retry_delivery(actor=olga, delivery_id="00000000-0000-0000-0000-000000000000")
    run_engine()

    assert notices() == 1


def test_one_organization_with_many_due_does_not_hold_up_another(alice, gus):
    happen(alice, *range(100, 150))
    happen(gus, 1)

    token, ids = deliveries.claim_deliveries(batch=4)

    with tenancy.engine_scope("test"):
        owners = list(Delivery.objects.filter(pk__in=ids).values_list("organization_id", flat=True))
    assert len(ids) == 4
    assert gus.organization_id in owners


def test_a_leased_delivery_is_nobody_elses_until_the_lease_is_over(alice):
    happen(alice, 1)
    deliveries.claim_deliveries()

    assert deliveries.claim_deliveries()[1] == []
    with clock.moved(deliveries.LEASE + timedelta(seconds=1)):
        assert len(deliveries.claim_deliveries()[1]) == 1


def test_whoever_lost_the_lease_cannot_settle(alice):
    happen(alice, 1)
    old_token, ids = deliveries.claim_deliveries()
    with clock.moved(deliveries.LEASE + timedelta(seconds=1)):
        new_token, _ids = deliveries.claim_deliveries()

        assert deliveries.deliver(ids[0], old_token) is False
        assert deliveries.deliver(ids[0], new_token) is True
    assert EFFECTS == [1]


def test_a_handler_runs_in_its_tenants_scope_alone(alice, gus, monkeypatch, run_engine):
    seen: list[tuple[int | None, str]] = []
    monkeypatch.setitem(
        events.HANDLERS,
        "tests.core.test_deliveries.remember",
        lambda envelope, fact: seen.append((tenancy.current().organization_id, tenancy.current().scope)),
    )
    happen(gus, 1)

    run_engine()

    assert seen == [(gus.organization_id, "")]


def test_an_effect_that_is_to_be_undone_waits(alice, run_engine):
    with tenancy.acting(alice):
        record(ThingHappened(1), actor=alice, undo_seconds=15)

    run_engine(after=timedelta(seconds=14))
    assert EFFECTS == []
    run_engine(after=timedelta(seconds=15))
    assert EFFECTS == [1]


def test_an_old_event_with_facts_no_class_knows_any_more_is_still_read(alice):
    stored = happen(alice, 4)[0]
    stored.payload = {"number": 4, "dropped_field": "x"}

    envelope, fact = events.open_envelope(stored)

    assert fact == ThingHappened(4)
    assert envelope.subject_id is None


def test_a_broker_that_is_away_costs_nothing(own_database, monkeypatch):
    """Nobody hears the bell, the fact is stored, the request goes on; the next bell delivers it."""
    from django.core.cache import cache

    monkeypatch.setattr(cache, "is_reachable", lambda: False)

    happen(actor_named("alice"), 1)

    deliveries.deliver_due()
    assert EFFECTS == [1]


def test_a_broker_that_dies_while_the_bell_rings_costs_nothing_either(own_database, monkeypatch):
    monkeypatch.setattr(doorbell, "bell", fail_to_connect)

    happen(actor_named("alice"), 1)

    deliveries.deliver_due()
    assert EFFECTS == [1]


def test_the_bell_rings_once_per_transaction_and_after_the_commit(own_database, monkeypatch):
    rings: list[str] = []
    monkeypatch.setattr(doorbell, "_ring", lambda: rings.append("ring"))
    alice = actor_named("alice")

    with tenancy.acting(alice):
        record(ThingHappened(1), actor=alice)
        record(ThingHappened(2), actor=alice)
        assert rings == []

    assert rings == ["ring"]


def fail_to_connect() -> None:
    raise ConnectionRefusedError("no broker")


def test_two_engines_at_once_deliver_each_event_once(own_database):
    """Both wait at the barrier with open connections, then claim at the same instant."""
    happen(actor_named("alice"), *range(40))
    barrier = threading.Barrier(2)

    def engine() -> list[Any]:
        connection.ensure_connection()
        barrier.wait(timeout=20)
        token, ids = deliveries.claim_deliveries(batch=40)
        for found in ids:
            deliveries.deliver(found, token)
        return ids

    claimed = at_once(engine, engine)

    assert set(claimed[0]) & set(claimed[1]) == set()
    assert sorted(EFFECTS) == list(range(40))
    assert notices() == 40


CRASH = """
import os, signal, django
django.setup()
from django.db import connections
connections.settings["default"]["NAME"] = connections["default"].settings_dict["NAME"] = os.environ["OWN_DATABASE"]
import tests.core.test_deliveries as suite
from ipp.core import events
from ipp.core.services import deliveries
def die(envelope, fact, keep=suite.remember):
    keep(envelope, fact)
    os.kill(os.getpid(), signal.SIGKILL)
events.HANDLERS["tests.core.test_deliveries.remember"] = die
deliveries.deliver_due()
"""


def test_a_worker_killed_right_after_the_effect_leaves_one_effect(own_database):
    """kill -9 between the effect and the settlement: both are one transaction, so the next worker does it, once."""
    happen(actor_named("alice"), 1)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "OWN_DATABASE": own_database}

    dead = subprocess.run([sys.executable, "-c", CRASH], env=environment, cwd=database.ROOT, capture_output=True, check=False)
    assert dead.returncode == -signal.SIGKILL, dead.stderr.decode()[-2000:]
    assert notices() == 0

    with clock.moved(deliveries.LEASE + timedelta(seconds=1)):
        deliveries.deliver_due()
        deliveries.deliver_due()
    assert notices() == 1


def test_a_batch_is_never_larger_than_asked_for_whatever_plan_the_database_makes(alice, gus):
    """A limit inside IN (…) is met once per row when PostgreSQL runs the subquery again for each: it did, in one run of many."""
    happen(alice, *range(100, 150))
    happen(gus, 1)
    plans = ("enable_hashjoin", "enable_mergejoin", "enable_hashagg", "enable_sort", "enable_material", "enable_memoize")

    with connection.cursor() as cursor:
        for plan in plans:
            cursor.execute("SELECT set_config(%s, 'off', true)", [plan])
    ids = deliveries.claim_deliveries(batch=4)[1]

    assert len(ids) == 4

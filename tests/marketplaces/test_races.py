"""Two workers at once, with real connections: nothing is sent twice at the same time, and who lost the lease changes nothing."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from ipp.core import clock, tenancy
from ipp.core.models import Event
from marketplaces import services
from marketplaces.gateways import ConnectorUnavailable
from marketplaces.models import Action, Invitation, Picture, Sighting, Snapshot
from marketplaces.services import carrying_out, reconciling
from marketplaces.services.carrying_out import Outcome
from tests.actors import actor_named
from tests.factories.marketplaces import (
    ScriptedConnector,
    cause,
    found,
    invitation_token,
    listing_seen,
    message,
    propose,
    reverse,
    shop,
    shop_as_it_is,
    use,
)
from tests.racing import at_once

LEASE_OVER = carrying_out.LEASE + timedelta(seconds=1)


@pytest.fixture
def connector(monkeypatch: Any) -> ScriptedConnector:
    return use(monkeypatch, ScriptedConnector(*(listing_seen(str(number)) for number in range(40))))


def actions() -> list[Action]:
    with tenancy.engine_scope("test"):
        return list(Action.objects.order_by("id"))


def test_two_workers_claim_disjoint_actions_and_send_each_once(own_database, connector):
    propose(actor_named("alice"), *(cause(str(number)) for number in range(40)))
    barrier = threading.Barrier(2)

    def work() -> int:
        clock.now()  # connected before the start
        barrier.wait()
        return services.carry_out_due()

    answered = at_once(work, work)

    assert sum(answered) == 40
    assert len({command.id for command in connector.sent}) == len(connector.sent) == 40


def test_what_one_worker_holds_another_cannot_claim(own_database, connector):
    propose(actor_named("alice"), cause("1"), cause("2"))

    _, first = carrying_out.claim_actions()
    _, second = carrying_out.claim_actions()

    assert (len(first), len(second)) == (2, 0)


def test_twenty_proposals_of_one_cause_at_once_are_one_action(own_database):
    alice, target = actor_named("alice"), cause()
    barrier = threading.Barrier(8)

    def ask() -> list[int]:
        clock.now()
        barrier.wait()
        return propose(alice, target)

    answers = at_once(*[ask] * 8)

    assert len(actions()) == 1
    assert {tuple(answer) for answer in answers} == {(actions()[0].pk,)}


def test_a_worker_that_lost_its_lease_sends_nothing_more(own_database, connector):
    (action_id,) = propose(actor_named("alice"), cause("1"))
    slow_token, slow = carrying_out.claim_actions()
    with clock.moved(LEASE_OVER):
        quick_token, quick = carrying_out.claim_actions()

        assert carrying_out.send_commands(slow_token, slow) == {}
        outcomes = carrying_out.send_commands(quick_token, quick)

        assert [command.id for command in connector.sent] == [found(action_id).command_id]
        assert outcomes == {action_id: Outcome("acknowledge")}


def test_a_worker_that_lost_its_lease_settles_nothing(own_database, connector):
    (action_id,) = propose(actor_named("alice"), cause("1"))
    slow_token, slow = carrying_out.claim_actions()
    carrying_out.send_commands(slow_token, slow)
    with clock.moved(LEASE_OVER):
        quick_token, _quick = carrying_out.claim_actions()

        assert carrying_out.settle(slow_token, slow, {action_id: Outcome("fail", "no_such_listing")}) == 0

        action = found(action_id)
        assert (action.status, action.lease_token) == ("sent", quick_token)


def test_an_action_cancelled_between_claim_and_call_is_not_sent(own_database, connector):
    alice, target = actor_named("alice"), cause("1")
    (action_id,) = propose(alice, target)
    token, claimed = carrying_out.claim_actions()

    reverse(alice, target.source_id)

    assert carrying_out.send_commands(token, claimed) == {}
    assert carrying_out.settle(token, claimed, {}) == 0
    assert (connector.sent, found(action_id).status) == ([], "reversed")


def test_a_removal_taken_back_while_it_is_on_its_way_is_followed_by_the_restore(own_database, connector):
    alice, target = actor_named("alice"), cause("1")
    propose(alice, target)
    token, claimed = carrying_out.claim_actions()
    outcomes = carrying_out.send_commands(token, claimed)

    (restore_id,) = reverse(alice, target.source_id)
    assert carrying_out.claim_actions()[1] == []  # the removal is not settled yet
    carrying_out.settle(token, claimed, outcomes)
    services.carry_out_due()

    assert [command.action for command in connector.sent] == ["remove", "restore"]
    assert found(restore_id).status == "acknowledged"


def test_no_command_is_sent_inside_a_transaction(own_database, connector):
    propose(actor_named("alice"), cause("1"))
    services.request_sightings(targets=[("bazarro", "2")])

    services.carry_out_due()
    services.work_sightings()
    with clock.moved(timedelta(seconds=6)):
        services.reconcile_due()

    assert len(connector.in_transaction) == 3
    assert not any(connector.in_transaction)


def test_a_judge_who_lost_the_lease_contradicts_nothing(own_database, connector):
    (action_id,) = propose(actor_named("alice"), cause("1"))
    services.carry_out_due()
    with clock.moved(timedelta(seconds=6)):
        token, _actions = reconciling.claim_acknowledged()
        with tenancy.engine_scope("test"):
            Action.objects.filter(pk=action_id).update(lease_token=uuid.uuid4())

        assert reconciling.judge(token, {}, clock.now()) == 0

    assert (found(action_id).status, found(action_id).settled_at) == ("acknowledged", None)


def test_a_removal_taken_back_while_it_is_looked_at_is_not_sent_again(own_database, connector):
    alice, target = actor_named("alice"), cause("1")
    (action_id,) = propose(alice, target)
    services.carry_out_due()
    with clock.moved(timedelta(seconds=6)):
        token, _actions = reconciling.claim_acknowledged()
        reverse(alice, target.source_id)

        reconciling.judge(token, {("listing", "1"): "live"}, clock.now())

    action = found(action_id)
    assert (action.status, action.command_no, action.settled_at is not None) == ("acknowledged", 1, True)


def test_two_organizations_with_the_same_link_at_once_one_has_the_shop(own_database):
    row = shop()
    token, barrier = invitation_token(row), threading.Barrier(4)

    def claim(name: str) -> Any:
        actor = actor_named(name)
        with tenancy.acting(actor):
            barrier.wait()
            return services.claim_shop(actor=actor, token=token).organization_id

    names = ["sunny", "moon", "sunny", "moon"]
    answers = at_once(*[partial(claim, name) for name in names])

    owner = shop_as_it_is(row).organization_id
    own = {actor_named(name).organization_id: name for name in ("sunny", "moon")}
    assert [answer for answer in answers if not isinstance(answer, Exception)] == [owner, owner]
    assert [answer.code for answer in answers if isinstance(answer, Exception)] == ["invitation_used", "invitation_used"]
    with tenancy.scope(tenancy.Context(audience="staff", scope="staff")):
        assert [event.organization_id for event in Event.objects.filter(name="marketplaces.shop.claimed")] == [owner]
    assert owner in own


def test_who_comes_second_waits_until_the_first_is_sure_and_takes_over_where_it_was_not(own_database):
    row, undone = shop(), threading.Event()
    token, inside = invitation_token(row), threading.Event()
    sunny, moon = actor_named("sunny"), actor_named("moon")

    def give_up() -> None:
        with tenancy.acting(sunny):
            services.claim_shop(actor=sunny, token=token)
            inside.set()
            undone.wait(0.3)  # the other one waits for this row meanwhile
            transaction.set_rollback(True)

    def come_second() -> None:
        clock.now()
        inside.wait()
        with tenancy.acting(moon):
            services.claim_shop(actor=moon, token=token)

    assert at_once(give_up, come_second) == [None, None]

    assert shop_as_it_is(row).organization_id == moon.organization_id


def test_two_shops_told_at_once_by_two_workers_share_no_invitation_and_one_shop_has_one(own_database, connector):
    barrier = threading.Barrier(2)
    rows = [shop(str(number)) for number in range(6)]
    message(actor_named("alice"), *rows)
    message(actor_named("gus"), *rows)

    def work() -> int:
        clock.now()
        barrier.wait()
        return services.carry_out_due()

    assert sum(at_once(work, work)) == 12
    assert len(connector.sent) == 12
    assert len({command.link for command in connector.sent}) == 6
    with tenancy.engine_scope("test"):
        assert Invitation.objects.count() == 6


def test_two_workers_look_at_each_listing_once(own_database, connector):
    services.request_sightings(targets=[("bazarro", str(number)) for number in range(40)])
    barrier = threading.Barrier(2)

    def work() -> int:
        clock.now()
        barrier.wait()
        return services.work_sightings()

    assert sum(at_once(work, work)) == 40
    assert sorted(one for read in connector.read for one in read) == sorted(str(number) for number in range(40))


def test_the_same_wish_at_once_from_many_is_one_sighting(own_database):
    barrier = threading.Barrier(8)
    targets = [("bazarro", str(number)) for number in range(20)]

    def ask() -> int:
        clock.now()
        barrier.wait()
        return services.request_sightings(targets=targets)

    assert sum(at_once(*[ask] * 8)) == 20
    with tenancy.engine_scope("test"):
        assert Sighting.objects.count() == 20


def test_a_look_whose_lease_is_lost_settles_nothing(own_database, connector, monkeypatch):
    services.request_sightings(targets=[("bazarro", "1")])
    read = connector.read_listings

    def lose(marketplace: str, ids: Any) -> Any:
        with tenancy.engine_scope("test"):
            Sighting.objects.update(lease_token=uuid.uuid4())
        return read(marketplace, ids)

    monkeypatch.setattr(connector, "read_listings", lose)

    assert services.work_sightings(seconds=0.01) == 0
    with tenancy.engine_scope("test"):
        assert Sighting.objects.get().done_at is None


def test_two_imports_at_once_store_each_picture_and_snapshot_once(own_database, monkeypatch, storage):
    from pathlib import Path

    content = (Path("sandbox/pictures") / "bottle-green-banner.webp").read_bytes()
    seen = [listing_seen(str(number), pictures=("http://market.test/one.webp",)) for number in range(6)]
    use(monkeypatch, ScriptedConnector(*seen, pictures={"http://market.test/one.webp": content}))
    barrier = threading.Barrier(2)

    def work() -> int:
        clock.now()
        barrier.wait()
        return services.import_catalogue("bazarro")

    assert at_once(work, work) == [6, 6]
    with tenancy.engine_scope("test"):
        assert (Picture.objects.count(), Snapshot.objects.count()) == (1, 6)
    assert len([path for path in (storage / "derivatives").rglob("*") if path.is_file()]) == 1


def test_a_worker_that_dies_leaves_work_that_is_done_once_later(own_database, connector):
    propose(actor_named("alice"), cause("1"))
    connector.trouble = [ConnectorUnavailable("timeout"), KeyboardInterrupt()]  # type: ignore[list-item]
    services.carry_out_due()
    with clock.moved(timedelta(seconds=5)):
        with pytest.raises(KeyboardInterrupt):
            services.carry_out_due()
        assert services.carry_out_due() == 0
    with clock.moved(LEASE_OVER * 2):
        assert services.carry_out_due() == 1

    assert len(connector.sent) == 1

"""Actions on a marketplace that really runs: sent once, retried, seen to be done, told again when it lied, and done by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ipp.core import clock, tenancy
from ipp.core.errors import IllegalTransition, InvalidInput, NotFound
from ipp.core.models import Event
from marketplaces import services
from marketplaces.models import Action
from tests.factories.marketplaces import BOTTLE, FLASK, SHOP, cause, found, propose, reverse, sandbox
from tests.sandbox.conftest import Market

SOON = timedelta(seconds=6)


@pytest.fixture
def market(settings: Any, tmp_path: Path) -> Iterator[Market]:
    with sandbox(settings, tmp_path) as running:
        yield running


def state_of(market: Market, external_id: str = BOTTLE, kind: str = "listings") -> tuple[str, int]:
    record = market.get(f"/api/{kind}/bazarro/{external_id}").json
    return record["state"], record["version"]


def carry_out(after: timedelta = timedelta(0)) -> int:
    with clock.moved(after):
        return services.carry_out_due()


def reconcile(after: timedelta = SOON) -> int:
    with clock.moved(after):
        return services.reconcile_due()


def events(name: str) -> list[dict[str, Any]]:
    with tenancy.scope(tenancy.Context(audience="staff", scope="staff")):
        return list(Event.objects.filter(name=f"marketplaces.{name}").order_by("id").values_list("payload", flat=True))


def test_a_listing_comes_down_and_is_seen_to_be_down(alice, market):
    (action_id,) = propose(alice)

    assert (carry_out(), reconcile()) == (1, 1)

    assert state_of(market) == ("removed", 2)
    action = found(action_id)
    assert (action.status, action.confirmed_at is not None, action.settled_at is not None) == ("acknowledged", True, True)
    page = market.get(f"/bazarro/item/{BOTTLE}.html")
    assert page.status == 410
    assert "Trade mark infringed" in page.text and "TK-7Q4M-2F9" in page.text
    for name in ("actions.acknowledged", "actions.confirmed"):
        (fact,) = events(name)
        assert fact == {"kind": "remove", "source": "tests.cause", "source_ids": [action.source_id], "action_ids": [action_id]}


def test_a_batch_is_told_in_one_event_per_organization(alice, gus, market):
    propose(alice, cause(BOTTLE), cause(FLASK))
    propose(gus, cause("3000434838"))

    carry_out()

    assert sorted(len(fact["action_ids"]) for fact in events("actions.acknowledged")) == [1, 2]


def test_proposing_the_same_cause_twice_is_one_action(alice, market):
    target = cause()

    first = propose(alice, target)
    second = propose(alice, target)

    assert first == second
    carry_out()
    assert state_of(market) == ("removed", 2)


def test_nothing_more_is_sent_once_it_is_done(alice, market):
    propose(alice)
    carry_out()

    assert carry_out(timedelta(hours=1)) == 0
    assert state_of(market)[1] == 2


def test_a_held_action_is_not_sent(alice, market):
    (action_id,) = propose(alice, held=True)

    assert carry_out() == 0
    assert found(action_id).status == "held"
    assert state_of(market) == ("live", 1)


def test_a_marketplace_that_is_down_for_a_minute_loses_nothing_and_acts_once(alice, settings, tmp_path):
    settings.SANDBOX_SECRET = "c2FuZGJveC10ZXN0cy1zZWNyZXQtMDEyMzQ1Njc4OWFi"
    settings.SANDBOX_ORIGIN = "http://localhost:9"  # nothing listens on the discard port
    (action_id,) = propose(alice)

    for seconds in (0, 5, 20, 60):
        assert carry_out(timedelta(seconds=seconds)) == 0
    down = found(action_id)

    assert (down.status, down.attempts, down.trouble_since is not None) == ("sent", 4, True)
    assert down.last_error.startswith("connection")
    with sandbox(settings, tmp_path) as market:
        assert carry_out(timedelta(seconds=61)) == 0  # the pause is not over
        assert carry_out(timedelta(seconds=90)) == 1
        assert state_of(market) == ("removed", 2)
    assert (found(action_id).status, found(action_id).trouble_since) == ("acknowledged", None)


def test_an_answer_that_got_lost_does_not_make_it_act_twice(alice, market):
    market.switch(mode="drop", count=1)
    (action_id,) = propose(alice)

    assert carry_out() == 0
    assert state_of(market) == ("removed", 2)
    assert carry_out(timedelta(seconds=5)) == 1

    assert state_of(market) == ("removed", 2)
    assert found(action_id).command_no == 1


def test_a_marketplace_that_lies_is_told_again_until_it_is_true(alice, market):
    market.switch(mode="lie", count=1)
    (action_id,) = propose(alice)
    carry_out()
    assert state_of(market) == ("live", 1)

    reconcile()
    again = found(action_id)
    assert (again.status, again.command_no, again.contradictions) == ("proposed", 2, 1)
    assert [fact["action_ids"] for fact in events("actions.contradicted")] == [[action_id]]
    carry_out(SOON)
    reconcile(SOON * 2)

    assert state_of(market) == ("removed", 2)
    assert found(action_id).confirmed_at is not None


def test_a_marketplace_that_never_tells_the_truth_becomes_a_matter_for_a_person(alice, market):
    market.switch(mode="lie")
    (action_id,) = propose(alice)

    for turn in range(4):
        carry_out(SOON * turn)
        reconcile(SOON * (turn + 1))

    action = found(action_id)
    assert (action.status, action.contradictions, action.command_no) == ("failed", 3, 3)
    (fact,) = events("actions.failed")
    assert fact["error"].startswith("contradicted")


def test_a_refused_command_fails_with_the_marketplaces_word(alice, market):
    (action_id,) = propose(alice, cause("999"))

    assert carry_out() == 1

    action = found(action_id)
    assert (action.status, action.sent_at) == ("failed", None)
    assert action.last_error.startswith("no_such_listing")
    assert events("actions.failed")[0]["error"].startswith("no_such_listing")


def test_trouble_of_a_day_is_given_up_but_not_forgotten(alice, settings):
    settings.SANDBOX_SECRET = "c2FuZGJveC10ZXN0cy1zZWNyZXQtMDEyMzQ1Njc4OWFi"
    settings.SANDBOX_ORIGIN = "http://localhost:9"
    (action_id,) = propose(alice)

    carry_out()
    carry_out(timedelta(hours=23, minutes=59))
    assert found(action_id).status == "sent"
    carry_out(timedelta(hours=24, minutes=30))

    action = found(action_id)
    assert (action.status, action.sent_at is not None) == ("failed", True)
    assert action.last_error.startswith("unreachable")


def test_one_marketplace_that_is_down_costs_one_wait_a_batch(alice, settings, monkeypatch):
    settings.SANDBOX_SECRET = "c2FuZGJveC10ZXN0cy1zZWNyZXQtMDEyMzQ1Njc4OWFi"
    settings.SANDBOX_ORIGIN = "http://localhost:9"
    calls = []
    real = services.carrying_out._send
    monkeypatch.setattr(services.carrying_out, "_send", lambda action: calls.append(action.pk) or real(action))
    ids = propose(alice, *(cause(str(number)) for number in range(10)))

    carry_out()

    assert len(calls) == 1
    assert {found(action_id).status for action_id in ids} == {"sent", "proposed"}


# Taking back


def test_what_was_never_sent_is_only_cancelled(alice, market):
    target = cause()
    (action_id,) = propose(alice, target)

    assert reverse(alice, target.source_id) == []

    assert found(action_id).status == "reversed"
    assert carry_out() == 0
    assert state_of(market) == ("live", 1)


def test_what_came_down_is_put_back(alice, market):
    target = cause()
    propose(alice, target)
    carry_out()

    (restore_id,) = reverse(alice, target.source_id)
    assert reverse(alice, target.source_id) == [restore_id]
    carry_out()
    assert reconcile() == 1

    assert state_of(market) == ("live", 3)
    assert found(restore_id).confirmed_at is not None


def test_a_command_never_overtakes_an_older_one_about_the_same_target(alice, market):
    market.switch(mode="error", count=1)
    target = cause()
    propose(alice, target)
    carry_out()
    (restore_id,) = reverse(alice, target.source_id)

    assert carry_out() == 0
    assert found(restore_id).status == "proposed"
    assert carry_out(timedelta(seconds=5)) == 2

    assert state_of(market) == ("live", 3)


def test_the_effect_of_a_removal_is_not_looked_for_once_it_is_taken_back(alice, market):
    target = cause()
    (removal_id,) = propose(alice, target)
    carry_out()
    reverse(alice, target.source_id)

    reconcile()
    carry_out(SOON)

    removal = found(removal_id)
    assert (removal.status, removal.command_no, removal.confirmed_at) == ("acknowledged", 1, None)
    assert removal.settled_at is not None
    assert state_of(market) == ("live", 3)


def test_a_listing_that_two_complaints_took_down_stays_down_until_both_fall(alice, gus, market):
    mine, theirs = cause(), cause()
    propose(alice, mine)
    propose(gus, theirs)
    carry_out()

    (first,) = reverse(alice, mine.source_id)
    carry_out()
    assert (found(first).status, found(first).last_error) == ("held", "kept_down")
    assert state_of(market)[0] == "removed"
    (second,) = reverse(gus, theirs.source_id)
    carry_out()

    assert state_of(market)[0] == "live"
    assert (found(first).status, found(second).status) == ("acknowledged", "acknowledged")


# By hand


def by_hand(alice: Any) -> Action:
    (action_id,) = propose(alice, cause("564176654249", marketplace="taobao"))
    carry_out()
    return found(action_id)


def test_a_marketplace_without_a_connector_waits_for_a_person(alice):
    action = by_hand(alice)

    assert (action.status, action.sent_at) == ("held", None)


def test_a_person_settles_by_hand_and_says_how(alice, bob, run_engine):
    action = by_hand(alice)

    with tenancy.acting(bob):
        services.settle_by_hand(actor=bob, code=action.code, note="Asked by mail, page is gone, ticket 4711.")

    settled = found(action.pk)
    assert (settled.status, settled.note) == ("acknowledged", "Asked by mail, page is gone, ticket 4711.")
    assert settled.settled_by_id == bob.user_id
    assert len(events("actions.acknowledged")) == len(events("actions.confirmed")) == 1
    run_engine()


def test_settling_by_hand_needs_a_note_and_happens_once(alice, bob):
    action = by_hand(alice)

    with tenancy.acting(bob):
        with pytest.raises(InvalidInput):
            services.settle_by_hand(actor=bob, code=action.code, note="  ")
        services.settle_by_hand(actor=bob, code=action.code, note="Done.")
        with pytest.raises(IllegalTransition):
            services.settle_by_hand(actor=bob, code=action.code, note="Done again.")
        with pytest.raises(NotFound):
            services.settle_by_hand(actor=bob, code="nothing", note="Done.")

    assert len(events("actions.acknowledged")) == 1


def test_a_refused_action_is_sent_again_under_a_new_id(alice, bob, market):
    (action_id,) = propose(alice, cause("999"))
    carry_out()

    with tenancy.acting(bob):
        services.retry_action(actor=bob, code=found(action_id).code)
    assert (found(action_id).status, found(action_id).command_no) == ("proposed", 2)
    carry_out()

    assert found(action_id).status == "failed"


def test_a_shop_is_closed_and_reopened(alice, market):
    target = cause(SHOP)
    (close_id,) = propose(alice, target, kind="close")
    carry_out()
    reconcile()
    assert state_of(market, SHOP, "shops")[0] == "closed"
    assert found(close_id).confirmed_at is not None

    (reopen_id,) = reverse(alice, target.source_id, kind="close")
    carry_out()
    reconcile()

    assert state_of(market, SHOP, "shops")[0] == "open"
    assert found(reopen_id).confirmed_at is not None


def test_another_tenants_actions_are_out_of_reach(alice, gus):
    (action_id,) = propose(alice)

    with tenancy.acting(gus):
        assert not Action.objects.filter(pk=action_id).exists()
    with tenancy.acting(alice):
        assert Action.objects.filter(pk=action_id).exists()

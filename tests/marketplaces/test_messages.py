"""Telling shops: once per cause, with a link made when it is sent, by the marketplace or by hand where it takes none from machines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.urls import NoReverseMatch

from ipp.core import clock, tenancy
from ipp.core.errors import InvalidInput, NotFound
from ipp.core.models import Event
from marketplaces import queries, services
from marketplaces.models import Action
from marketplaces.services import ShopMessage
from tests.factories.marketplaces import (
    SHOP,
    cause,
    claimed_shop,
    found,
    invitation_token,
    message,
    propose,
    reverse,
    sandbox,
    shop,
    shop_as_it_is,
)
from tests.sandbox.conftest import Market

SOON = timedelta(seconds=6)
OFFICE = f"/bazarro/store/{SHOP}/office"


@pytest.fixture
def market(settings: Any, tmp_path: Path) -> Iterator[Market]:
    with sandbox(settings, tmp_path) as running:
        yield running


@pytest.fixture
def sunny(cast: Any) -> Any:
    """Owner of a seller's organization."""
    return cast("sunny")


def carry_out(after: timedelta = timedelta(0)) -> int:
    with clock.moved(after):
        return services.carry_out_due()


def events(name: str) -> list[dict[str, Any]]:
    with tenancy.scope(tenancy.Context(audience="staff", scope="staff")):
        return list(Event.objects.filter(name=f"marketplaces.{name}").order_by("id").values_list("payload", flat=True))


def links(market: Market) -> list[str]:
    """Return the links of a shop's messages, newest first."""
    return [unescape(link) for link in re.findall(r'<a class="button" href="([^"]+)" rel=', market.get(OFFICE).text)]


def test_an_unclaimed_shop_is_told_with_an_invitation_that_works(alice, sunny, market):
    row = shop()

    (action_id,) = message(alice, row)
    assert carry_out() == 1

    assert "Three of your listings were taken down." in market.get(OFFICE).text
    (link,) = links(market)
    token = link.removeprefix("http://localhost:8000/shops/claim/").removesuffix("/")
    with tenancy.acting(sunny):
        services.claim_shop(actor=sunny, token=token)
    assert shop_as_it_is(row).organization_id == sunny.organization_id
    action = found(action_id)
    assert link not in " ".join(str(value) for value in vars(action).values())  # it is never stored


def test_a_claimed_shop_is_told_with_the_page_of_the_portal(alice, sunny, market):
    row = claimed_shop(sunny)

    (action_id,) = message(alice, row, route="marketplaces:shops")
    carry_out()

    assert links(market) == ["http://localhost:8000/shops/"]
    assert found(action_id).invitation is None


def test_a_message_is_done_once_it_is_acknowledged(alice, market):
    (action_id,) = message(alice, shop())

    carry_out()

    action = found(action_id)
    assert (action.status, action.confirmed_at is not None, action.settled_at is not None) == ("acknowledged", True, True)
    fact = {"kind": "message", "source": "tests.cause", "source_ids": [action.source_id], "action_ids": [action_id]}
    assert events("actions.acknowledged") == events("actions.confirmed") == [fact]
    with clock.moved(SOON):
        assert services.reconcile_due() == 0
    assert shop_as_it_is(shop()).state == "open"


def test_the_same_cause_is_one_message_and_another_round_is_another(alice, market):
    row = shop()
    first = ShopMessage(source_id=1, round=1, seller_id=row.pk)

    once = message(alice, targets=[first])
    twice = message(alice, targets=[first])
    again = message(alice, targets=[ShopMessage(source_id=1, round=2, seller_id=row.pk)])
    carry_out()

    assert (once == twice, once == again) == (True, False)
    assert market.get(OFFICE).text.count("Three of your listings") == 2


def test_shops_of_one_batch_are_told_together_each_with_its_own_link(alice, market):
    rows = [shop(SHOP), shop("911330218")]

    ids = message(alice, *rows)
    carry_out()

    (fact,) = events("actions.acknowledged")
    assert fact["action_ids"] == ids
    assert len({found(action_id).invitation_id for action_id in ids}) == 2


def test_an_open_invitation_goes_out_again(alice, gus, market):
    row = shop()
    message(alice, row)
    message(gus, row)

    carry_out()

    first, second = links(market)
    assert first == second


def test_an_invitation_that_ran_out_is_replaced(alice, market):
    row = shop()
    old = invitation_token(row)

    with clock.moved(timedelta(days=31)):
        message(alice, row)
    with clock.moved(timedelta(days=31, seconds=1)):
        services.carry_out_due()

    assert old not in links(market)[0]


def test_a_message_sent_again_is_the_same_though_the_shop_was_claimed_meanwhile(alice, sunny, market):
    """The marketplace compares the body under a command's id: with another link it would refuse what it has already."""
    row = shop()
    market.switch(mode="drop", count=1)
    (action_id,) = message(alice, row)
    assert carry_out() == 0
    (link,) = links(market)
    with tenancy.acting(sunny):
        services.claim_shop(actor=sunny, token=link.rstrip("/").rpartition("/")[2])

    assert carry_out(timedelta(seconds=5)) == 1

    assert found(action_id).status == "acknowledged"
    assert links(market) == [link]


def test_a_message_that_lies_in_wait_names_the_page_once_the_shop_is_claimed(alice, sunny, settings, tmp_path):
    row = shop()
    (action_id,) = message(alice, row)
    claimed_shop(sunny)

    with sandbox(settings, tmp_path) as market:
        carry_out()

        assert links(market) == ["http://localhost:8000/notices/"]
    assert found(action_id).invitation is None


def test_a_shop_the_marketplace_does_not_know_is_a_matter_for_a_person(alice, market):
    (action_id,) = message(alice, shop("1", name="Gone"))

    carry_out()

    assert (found(action_id).status, found(action_id).last_error.partition(":")[0]) == ("failed", "no_such_shop")


def test_a_message_does_not_hide_whether_a_shop_was_closed(alice, market):
    """A later command with another effect ends the search for an earlier one's; a message has no effect."""
    row = shop()
    (close_id,) = propose(alice, cause(SHOP, seller_id=row.pk), kind="close")
    message(alice, row)
    carry_out()

    with clock.moved(SOON):
        services.reconcile_due()

    assert found(close_id).confirmed_at is not None
    assert shop_as_it_is(row).state == "closed"


def test_taking_a_message_back_cancels_it_while_it_is_unsent(alice, market):
    (action_id,) = message(alice, shop())

    assert reverse(alice, found(action_id).source_id, kind="message") == []

    assert found(action_id).status == "reversed"
    assert carry_out() == 0
    assert links(market) == []


def test_what_a_shop_was_told_stays_told(alice, market):
    (action_id,) = message(alice, shop())
    carry_out()

    assert reverse(alice, found(action_id).source_id, kind="message") == []

    assert found(action_id).status == "acknowledged"
    with tenancy.engine_scope("test"):
        assert Action.objects.count() == 1


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 1001])
def test_a_text_that_no_shop_could_read_is_refused(alice, text):
    with pytest.raises(InvalidInput):
        message(alice, shop(), text=text)


def test_a_message_to_no_shop_or_about_no_page_is_refused(alice):
    with pytest.raises(NotFound):
        message(alice, targets=[ShopMessage(source_id=1, round=1, seller_id=0)])
    with pytest.raises(NoReverseMatch):
        message(alice, shop(), route="nowhere:at_all")

    with tenancy.engine_scope("test"):
        assert not Action.objects.exists()


def test_a_page_that_has_moved_keeps_no_message_back(alice, sunny, market):
    (action_id,) = message(alice, claimed_shop(sunny))
    with tenancy.engine_scope("test"):
        Action.objects.filter(pk=action_id).update(route="gone:for_good")

    carry_out()

    assert links(market) == ["http://localhost:8000/"]


def test_another_tenants_messages_are_out_of_reach(alice, gus, sunny):
    (action_id,) = message(alice, claimed_shop(sunny))

    for stranger in (gus, sunny):
        with tenancy.acting(stranger):
            assert not Action.objects.filter(pk=action_id).exists()


# By hand


def test_a_marketplace_that_takes_no_messages_waits_for_a_person(alice, bob, run_engine):
    row = shop("77", "taobao")
    (action_id,) = message(alice, row)
    carry_out()
    action = found(action_id)
    assert (action.status, action.sent_at) == ("held", None)
    assert "/shops/claim/" in queries.message_link(action)

    with tenancy.acting(bob):
        services.settle_by_hand(actor=bob, code=action.code, note="Sent through the seller service, ticket 4711.")
    run_engine()

    assert (found(action_id).status, shop_as_it_is(row).state) == ("acknowledged", "open")
    assert [fact["kind"] for fact in events("actions.acknowledged")] == ["message"]


def test_a_held_message_whose_link_ran_out_gets_a_fresh_one_when_it_is_sent_again(alice, bob):
    (action_id,) = message(alice, shop("77", "taobao"))
    carry_out()
    old = queries.message_link(found(action_id))

    with clock.moved(timedelta(days=31)):
        with tenancy.acting(bob):
            services.retry_action(actor=bob, code=found(action_id).code)
        services.carry_out_due()
        action = found(action_id)
        assert action.invitation is not None

        assert (action.status, action.invitation.expires_at > clock.now()) == ("held", True)
    assert queries.message_link(action) != old

"""The staff's pages: what is asked of marketplaces and what is stuck, shops, and listings as they were seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ipp.core import clock, tenancy
from ipp.core.clock import now
from ipp.core.ui import missing_states
from marketplaces import services
from marketplaces.gateways import connector_for
from marketplaces.lifecycle import ACTION, Status
from marketplaces.models import Action, Listing, Marketplace, Seller
from marketplaces.presentation import ACTION_AXIS, LISTING_AXIS, SELLER_AXIS
from marketplaces.queries import message_link
from tests.actors import AudienceClient
from tests.browsing import press, words_of
from tests.factories.marketplaces import (
    ScriptedConnector,
    cause,
    claimed_shop,
    found,
    known_listing,
    listing_seen,
    message,
    propose,
    shop,
    use,
)

ABSENT = "no-such-code"
PAGES = [
    ("GET", "/actions/"),
    ("POST", f"/actions/{ABSENT}/retry/"),
    ("POST", f"/actions/{ABSENT}/settle/"),
    ("GET", "/shops/"),
    ("GET", f"/shops/{ABSENT}/"),
    ("POST", f"/shops/{ABSENT}/invite/"),
    ("GET", f"/listings/{ABSENT}/"),
]
READERS = ["rex", "ann", "olga", "ada"]


@pytest.fixture(autouse=True)
def connector(monkeypatch: Any, storage: Path) -> ScriptedConnector:
    content = (Path("sandbox/pictures") / "bottle-green-banner.webp").read_bytes()
    return use(monkeypatch, ScriptedConnector(pictures={"http://market.test/one.webp": content}))


def held(alice: Any, **changes: Any) -> Action:
    return found(propose(alice, cause("564176654249", marketplace="taobao"), held=True, **changes)[0])


def failed(alice: Any) -> Action:
    action_id = propose(alice, cause("1"))[0]
    token, claimed = services.carrying_out.claim_actions()
    services.carrying_out.send_commands(token, claimed)
    services.carrying_out.settle(token, claimed, {action_id: services.carrying_out.Outcome("fail", "no_such_listing: gone")})
    return found(action_id)


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_a_visitor_is_asked_to_sign_in(db, method, path):
    answer = AudienceClient("staff").generic(method, path)

    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")


@pytest.mark.parametrize(("method", "path"), [page for page in PAGES if ABSENT in page[1]])
def test_what_does_not_exist_is_not_found(client_of, method, path):
    answer = client_of("olga").generic(method, path, data="note=x", content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 404
    assert "There is nothing here" in words_of(answer)


@pytest.mark.parametrize("step", ["retry", "settle"])
@pytest.mark.parametrize("name", ["bob", "rex", "ann", "ada"])
def test_only_operations_move_actions_on(alice, client_of, name, step):
    action = held(alice)

    answer = client_of(name).post(f"/actions/{action.code}/{step}/", {"note": "x"})

    assert answer.status_code == 403
    assert found(action.pk).status == "held"


@pytest.mark.parametrize("name", READERS)
def test_the_list_shows_what_is_stuck_and_why(alice, client_of, name):
    held(alice)
    failed(alice)

    page = words_of(client_of(name).get("/actions/"))

    assert "2 actions wait for a person" in page
    assert "No machine can do this on this marketplace" in page
    assert "The marketplace knows no such listing" in page
    assert "Acme Tools Ltd" in page and "TK-7Q4M-2F9" in page
    assert ("Send now" in page) == (name == "olga")


def test_the_list_is_narrowed_by_state_and_marketplace(alice, client_of):
    held(alice, reference="TK-HELD-AAA")
    propose(alice, cause("2"), reference="TK-WAIT-BBB")
    browser = client_of("olga")

    by_state = words_of(browser.get("/actions/", {"state": "held"}))
    by_place = words_of(browser.get("/actions/", {"marketplace": "bazarro"}))

    assert "TK-HELD-AAA" in by_state and "TK-WAIT-BBB" not in by_state
    assert "TK-WAIT-BBB" in by_place and "TK-HELD-AAA" not in by_place


@pytest.mark.parametrize("query", ["state=x", "marketplace=nowhere", "sort=note", "after=x"])
def test_an_address_that_was_not_made_here_is_refused(alice, client_of, query):
    held(alice)

    assert client_of("olga").get(f"/actions/?{query}").status_code == 422


def test_an_empty_list_says_what_comes(client_of):
    assert "Takedowns appear here" in words_of(client_of("olga").get("/actions/"))


def test_operations_send_a_failed_action_again(alice, client_of):
    action = failed(alice)

    answer = client_of("olga").post(f"/actions/{action.code}/retry/")

    assert (answer.status_code, answer["Location"]) == (302, "/actions/")
    assert (found(action.pk).status, found(action.pk).command_no) == ("proposed", 2)


def test_operations_settle_by_hand_with_a_note(alice, client_of):
    action = held(alice)

    answer = client_of("olga").post(f"/actions/{action.code}/settle/", {"note": "Ticket 4711, page gone."})

    assert answer.status_code == 302
    assert (found(action.pk).status, found(action.pk).note) == ("acknowledged", "Ticket 4711, page gone.")


def test_settling_without_a_note_is_refused_and_says_why(alice, client_of):
    action = held(alice)

    answer = client_of("olga").post(f"/actions/{action.code}/settle/", {"note": " "})

    assert answer.status_code == 422
    assert "the note is the proof" in words_of(answer)
    assert found(action.pk).status == "held"


# Messages and invitations


@pytest.fixture
def by_hand(monkeypatch: Any) -> None:
    """Let marketplaces be what they are: most take nothing from machines."""
    monkeypatch.setattr("marketplaces.services.carrying_out.connector_for", connector_for)


def test_a_message_to_be_handed_over_shows_its_words_and_a_link_to_copy(alice, client_of, by_hand):
    (action_id,) = message(alice, shop("77", "taobao", name="Tin Drawer"), text="First line.\nSecond <line>.")
    services.carry_out_due()

    page = client_of("olga").get("/actions/").content.decode()

    link = message_link(found(action_id))
    assert link.startswith("http://localhost:8000/shops/claim/")
    assert "First line.<br>Second &lt;line&gt;." in page
    assert f'data-copy="{link}"' in page
    assert "takes no messages from machines" in page and "Tin Drawer" in page and "Hand the shop a message" in page


@pytest.mark.parametrize("name", ["rex", "ann", "ada"])
def test_the_link_is_shown_only_to_whoever_hands_it_over(alice, client_of, by_hand, name):
    message(alice, shop("77", "taobao", name="Tin Drawer"))
    services.carry_out_due()

    page = client_of(name).get("/actions/").content.decode()

    assert "Tin Drawer" in page
    assert "/shops/claim/" not in page


def test_a_link_that_ran_out_is_not_offered(alice, client_of, by_hand):
    message(alice, shop("77", "taobao"))
    services.carry_out_due()

    with clock.moved(timedelta(days=31)):
        page = client_of("olga").get("/actions/").content.decode()

    assert "/shops/claim/" not in page
    assert "is no longer good" in page


def test_a_message_that_went_out_by_machine_shows_no_link(alice, client_of):
    message(alice, shop())
    services.carry_out_due()

    page = client_of("olga").get("/actions/").content.decode()

    assert "Hand the shop a message" in page and "Seen to be done" in page
    assert "/shops/claim/" not in page


def test_operations_invite_a_shop_and_see_how_it_stands(client_of, run_engine, connector):
    row = shop()
    browser = client_of("olga")
    path = f"/shops/{row.code}/"
    assert "no invitation is out" in words_of(browser.get(path))

    answer = press(browser, browser.get(path), "/invite/")
    run_engine()
    services.carry_out_due()

    assert (answer.status_code, answer["Location"]) == (302, path)
    assert [command.action for command in connector.sent] == ["message"]
    assert "An invitation is out" in words_of(browser.get(path))


def test_a_shop_that_is_claimed_is_not_invited(cast, client_of):
    row = claimed_shop(cast("sunny"))
    browser = client_of("olga")

    page = browser.get(f"/shops/{row.code}/")

    assert "Sunny Trading" in words_of(page)
    assert "/invite/" not in page.content.decode()
    assert browser.post(f"/shops/{row.code}/invite/").status_code == 409


@pytest.mark.parametrize("name", ["bob", "rex", "ann", "ada"])
def test_only_operations_invite(client_of, name):
    row = shop()
    browser = client_of(name)

    assert "/invite/" not in browser.get(f"/shops/{row.code}/").content.decode()
    assert browser.post(f"/shops/{row.code}/invite/").status_code == 403


@pytest.mark.parametrize("step", ["retry", "settle"])
def test_what_is_done_is_not_done_again(alice, client_of, step):
    action = held(alice)
    browser = client_of("olga")
    browser.post(f"/actions/{action.code}/settle/", {"note": "Gone."})

    answer = browser.post(f"/actions/{action.code}/{step}/", {"note": "Again."})

    assert answer.status_code == 409


def test_shops_lead_to_their_listings_and_listings_to_what_was_seen(alice, client_of):
    row = known_listing(title="Steel bottle, first words", pictures=("http://market.test/one.webp",))
    with tenancy.engine_scope("test"):
        marketplace = Marketplace.objects.get(pk="bazarro")
    services.take_in(marketplace, [replace(listing_seen(row.external_id), title="Steel bottle, second words")], read_at=now())
    propose(alice, cause(row.external_id, listing_id=row.pk))
    browser = client_of("bob")
    assert row.seller is not None

    shops = words_of(browser.get("/shops/"))
    shop = words_of(browser.get(f"/shops/{row.seller.code}/"))
    page = browser.get(f"/listings/{row.code}/")

    assert "Lumaway Trading" in shops
    assert "Steel bottle, second words" in shop
    words = words_of(page)
    assert "Steel bottle, first words" in words and "Steel bottle, second words" in words
    assert "Take the listing down" in words and "Acme Tools Ltd" in words
    assert page.content.decode().count('<img src="http://localhost:8002/') == 1


def test_what_a_marketplace_says_cannot_become_markup(client_of):
    row = known_listing(title="<script>alert(1)</script>", description="<img src=x onerror=alert(1)>")
    assert row.seller is not None

    for path in (f"/listings/{row.code}/", f"/shops/{row.seller.code}/"):
        page = client_of("bob").get(path).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_an_address_that_is_no_web_address_is_no_link(client_of):
    row = known_listing(url="javascript:alert(1)")

    assert "javascript:" not in client_of("bob").get(f"/listings/{row.code}/").content.decode()


def test_every_state_has_a_badge():
    assert missing_states(ACTION_AXIS, Status.values) == set()
    assert missing_states(LISTING_AXIS, Listing.State.values) == set()
    assert missing_states(SELLER_AXIS, Seller.State.values) == set()


def test_every_state_of_an_action_is_reached_by_a_move_or_is_the_first():
    assert {target for _sources, target in ACTION.moves.values()} == set(Status)


def test_the_pages_read_in_chinese(alice, client_of):
    held(alice)
    browser = client_of("olga")
    browser.cookies["ipp_language"] = "zh-hans"

    assert "淘宝" in words_of(browser.get("/actions/"))

"""Commands to the sandbox marketplace: signed, carried out once, answered the same ever after."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import Answer, Market, running, signed_headers


@pytest.fixture
def removal(market: Market) -> dict[str, Any]:
    """A command that takes a listing down."""
    return {"action": "remove", "marketplace": "bazarro", "listing": market.listing("bazarro")["id"], "reason": "Counterfeit"}


def state_of(market: Market, command: dict[str, Any]) -> tuple[str, int]:
    listing = market.get(f"/api/listings/{command['marketplace']}/{command['listing']}").json
    return listing["state"], listing["version"]


def test_a_signed_command_is_carried_out(market: Market, removal: dict[str, Any]) -> None:
    answer = market.command(removal, command_id="act_1")

    assert answer.status == 200
    assert answer.json | {"answered_at": ""} == {
        "id": "act_1",
        "action": "remove",
        "marketplace": "bazarro",
        "listing": removal["listing"],
        "state": "removed",
        "changed": True,
        "version": 2,
        "answered_at": "",
    }
    assert state_of(market, removal) == ("removed", 2)


def test_a_removed_listing_is_restored(market: Market, removal: dict[str, Any]) -> None:
    market.command(removal)

    restored = market.command({"action": "restore", "marketplace": "bazarro", "listing": removal["listing"]})

    assert restored.json["changed"] is True
    assert state_of(market, removal) == ("live", 3)


def test_a_command_that_changes_nothing_says_so(market: Market, removal: dict[str, Any]) -> None:
    market.command(removal, command_id="first")

    again = market.command(removal, command_id="second")

    assert (again.status, again.json["changed"], again.json["version"]) == (200, False, 2)


def test_a_closed_shop_is_not_opened_half_way_by_a_restriction(market: Market) -> None:
    shop = {"marketplace": "lanqiao", "shop": market.listing("lanqiao")["shop"]["id"]}
    market.command({"action": "close", **shop})

    refused = market.command({"action": "restrict", **shop})

    assert (refused.status, refused.json["code"]) == (409, "shop_closed")
    assert market.get(f"/api/shops/lanqiao/{shop['shop']}").json["state"] == "closed"


# Once under an id


def test_the_same_command_twice_gets_the_same_answer_and_acts_once(market: Market, removal: dict[str, Any]) -> None:
    first = market.command(removal, command_id="act_1")
    market.command({"action": "restore", "marketplace": "bazarro", "listing": removal["listing"]})

    late = market.command(removal, command_id="act_1")

    assert (late.status, late.body) == (first.status, first.body)
    assert late.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert state_of(market, removal) == ("live", 3)


def test_an_id_used_for_another_body_is_a_conflict_and_changes_nothing(market: Market, removal: dict[str, Any]) -> None:
    market.command(removal, command_id="act_1")

    other = market.command(removal | {"action": "restore"}, command_id="act_1")

    assert (other.status, other.json["code"]) == (409, "id_reused")
    assert state_of(market, removal) == ("removed", 2)


def test_a_refusal_is_repeated_too(market: Market) -> None:
    nothing = {"action": "remove", "marketplace": "bazarro", "listing": "1"}

    first, second = market.command(nothing, command_id="act_1"), market.command(nothing, command_id="act_1")

    assert (first.status, first.json["code"]) == (404, "no_such_listing")
    assert (second.status, second.body) == (first.status, first.body)


def test_the_same_id_sent_by_many_at_once_acts_once(market: Market, removal: dict[str, Any]) -> None:
    together, answers = threading.Barrier(8), list[Answer]()

    def send() -> None:
        together.wait()
        answers.append(market.command(removal, command_id="act_1"))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status for answer in answers] == [200] * 8
    assert len({answer.body for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert state_of(market, removal) == ("removed", 2)


def test_different_commands_at_once_are_all_carried_out(market: Market) -> None:
    listings = market.get("/api/listings?marketplace=nordmart&limit=8").json["items"]
    together, answers = threading.Barrier(8), list[Answer]()

    def send(listing_id: str) -> None:
        together.wait()
        answers.append(market.command({"action": "remove", "marketplace": "nordmart", "listing": listing_id}))

    threads = [threading.Thread(target=send, args=(listing["id"],)) for listing in listings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status for answer in answers] == [200] * 8
    assert len(market.get("/api/listings?state=removed").json["items"]) == 8


def test_a_restart_forgets_neither_the_state_nor_the_answers(tmp_path: Path) -> None:
    with running(tmp_path) as before:
        listing = before.listing("bazarro")
        command = {"action": "remove", "marketplace": "bazarro", "listing": listing["id"]}
        first = before.command(command, command_id="act_1")

    with running(tmp_path) as after:
        assert after.get(after.path_of(listing)).status == 410
        assert after.command(command, command_id="act_1").body == first.body
        assert len(after.get("/api/listings?limit=100").json["items"]) == 72


# Signatures


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_command_without_one_of_its_headers_is_refused(market: Market, removal: dict[str, Any], missing: str) -> None:
    body = json.dumps(removal).encode()
    headers = {name: value for name, value in signed_headers(body, "act_1").items() if name != missing}

    answer = market.send("POST", "/api/commands", body, headers)

    assert (answer.status, answer.json["code"]) == (401, "bad_signature")
    assert missing in answer.json["detail"]
    assert state_of(market, removal) == ("live", 1)


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "act_2"},
        {"webhook-timestamp": "1600000000"},
        {"webhook-timestamp": "hello"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,dawfeoifkpqwoekfpqoekf"},
        {"webhook-signature": "v1,\xff\xfe"},
        {"webhook-id": "x" * 65},
        {"webhook-id": "../../etc/passwd"},
    ],
)
def test_a_command_whose_headers_were_changed_is_refused(market: Market, removal: dict[str, Any], changed: dict[str, str]) -> None:
    body = json.dumps(removal).encode()

    answer = market.send("POST", "/api/commands", body, signed_headers(body, "act_1") | changed)

    assert answer.status == 401
    assert state_of(market, removal) == ("live", 1)


def test_a_changed_body_is_refused(market: Market, removal: dict[str, Any]) -> None:
    signed, sent = json.dumps(removal).encode(), json.dumps(removal | {"action": "restore"}).encode()

    assert market.send("POST", "/api/commands", sent, signed_headers(signed, "act_1")).status == 401


def test_another_secret_is_refused(market: Market, removal: dict[str, Any]) -> None:
    assert market.command(removal, secret=b"somebody else's secret").status == 401


def test_one_good_signature_among_several_is_enough(market: Market, removal: dict[str, Any]) -> None:
    body = json.dumps(removal).encode()
    old, new = signed_headers(body, "act_1", secret=b"the secret before"), signed_headers(body, "act_1")

    both = new | {"webhook-signature": f"{old['webhook-signature']} {new['webhook-signature']}"}

    assert market.send("POST", "/api/commands", body, both).status == 200


@pytest.mark.parametrize(("seconds", "status"), [(-301, 401), (-300, 200), (300, 200), (301, 401)])
def test_a_signature_holds_for_five_minutes_to_either_side(tmp_path: Path, seconds: int, status: int) -> None:
    with running(tmp_path, clock=lambda: 1_800_000_000) as market:
        command = {"action": "remove", "marketplace": "bazarro", "listing": market.listing("bazarro")["id"]}

        assert market.command(command, at=1_800_000_000 + seconds).status == status


def test_a_replayed_request_does_nothing_a_second_time(market: Market, removal: dict[str, Any]) -> None:
    body = json.dumps(removal).encode()
    captured = signed_headers(body, "act_1")
    market.send("POST", "/api/commands", body, captured)
    market.command({"action": "restore", "marketplace": "bazarro", "listing": removal["listing"]})

    market.send("POST", "/api/commands", body, captured)

    assert state_of(market, removal) == ("live", 3)


def test_without_a_secret_no_commands_are_taken(tmp_path: Path) -> None:
    with running(tmp_path, secret=None) as market:
        command = {"action": "remove", "marketplace": "bazarro", "listing": market.listing("bazarro")["id"]}

        assert market.command(command).json["code"] == "commands_off"
        assert market.get("/healthz").json["commands"] == "off"


# Bodies


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe\x00", "not_json"),
        (b"[" * 8000, "not_json"),
        (b"[]", "not_an_object"),
        (b'{"action": "explode"}', "unknown_action"),
        (b'{"action": ["remove"]}', "unknown_action"),
        (b'{"action": "remove", "marketplace": "bazarro"}', "bad_field"),
        (b'{"action": "remove", "marketplace": "bazarro", "listing": 3}', "bad_field"),
        (b'{"action": "remove", "marketplace": "bazarro", "listing": ""}', "bad_field"),
        (b'{"action": "remove", "marketplace": "bazarro", "listing": "\\ud800"}', "bad_field"),
        (b'{"action": "remove", "marketplace": "bazarro", "listing": "1\\u0000"}', "bad_field"),
        (b'{"action": "remove", "marketplace": "bazarro", "listing": "1", "shop": "2"}', "unknown_field"),
        (b'{"action": "close", "marketplace": "bazarro", "listing": "1"}', "unknown_field"),
        (json.dumps({"action": "remove", "marketplace": "bazarro", "listing": "1", "reason": "x" * 501}).encode(), "bad_field"),
        (json.dumps({"action": "remove", "marketplace": "bazarro", "listing": "1", "reason": "a\nb"}).encode(), "bad_field"),
    ],
)
def test_a_signed_body_that_makes_no_sense_is_refused_with_its_reason(untouched: Market, body: bytes, code: str) -> None:
    answer = untouched.command(body)

    assert (answer.status, answer.json["code"]) == (422, code)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"action": "remove", "marketplace": "elsewhere", "listing": "1"}, "no_such_listing"),
        ({"action": "remove", "marketplace": "bazarro", "listing": "1' OR '1'='1"}, "no_such_listing"),
        ({"action": "close", "marketplace": "bazarro", "shop": "../.."}, "no_such_shop"),
    ],
)
def test_a_target_that_is_not_there_is_a_404(untouched: Market, fields: dict[str, str], code: str) -> None:
    answer = untouched.command(fields)

    assert (answer.status, answer.json["code"]) == (404, code)


# New listings

GOODS = {"title": "Bowl, 12 cm", "price": "9.50", "picture": "bowl-slate"}


@pytest.mark.parametrize("key", ["bazarro", "lanqiao", "nordmart"])
def test_an_open_shop_publishes_a_listing(market: Market, key: str) -> None:
    shop = market.listing(key)["shop"]["id"]
    command = {"action": "publish", "marketplace": key, "shop": shop, **GOODS}

    first, second = market.command(command, command_id="a"), market.command(command, command_id="b")

    assert (first.status, second.status) == (200, 200)
    assert first.json["listing"] != second.json["listing"]
    listing = market.get(f"/api/listings/{key}/{first.json['listing']}").json
    assert (listing["title"], listing["price"]["amount"], listing["on_sale"]) == ("Bowl, 12 cm", "9.50", True)
    assert market.get(market.path_of(listing)).status == 200


def test_publishing_twice_under_one_id_makes_one_listing(market: Market) -> None:
    shop = market.listing("bazarro")["shop"]["id"]
    command = {"action": "publish", "marketplace": "bazarro", "shop": shop, **GOODS}

    assert market.command(command, command_id="a").body == market.command(command, command_id="a").body
    assert len(market.get(f"/api/listings?marketplace=bazarro&shop={shop}").json["items"]) == 7


@pytest.mark.parametrize(("action", "code"), [("restrict", "shop_restricted"), ("close", "shop_closed")])
def test_a_shop_under_sanction_publishes_nothing_until_it_is_open_again(market: Market, action: str, code: str) -> None:
    shop = {"marketplace": "bazarro", "shop": market.listing("bazarro")["shop"]["id"]}
    market.command({"action": action, **shop})

    refused = market.command({"action": "publish", **shop, **GOODS})

    assert (refused.status, refused.json["code"]) == (409, code)
    assert len(market.get(f"/api/listings?marketplace=bazarro&shop={shop['shop']}").json["items"]) == 6
    market.command({"action": "reopen", **shop})
    assert market.command({"action": "publish", **shop, **GOODS}).status == 200


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"price": "9.5"}, 422, "bad_field"),
        ({"price": "-1.00"}, 422, "bad_field"),
        ({"price": 9.5}, 422, "bad_field"),
        ({"title": "x" * 201}, 422, "bad_field"),
        ({"title": ""}, 422, "bad_field"),
        ({"picture": "../app"}, 422, "bad_field"),
        ({"reason": "none"}, 422, "unknown_field"),
        ({"shop": "0"}, 404, "no_such_shop"),
    ],
)
def test_a_listing_that_makes_no_sense_is_not_published(untouched: Market, changed: dict[str, Any], status: int, code: str) -> None:
    command = {"action": "publish", "marketplace": "bazarro", "shop": "911204507", **GOODS}

    answer = untouched.command(command | changed)

    assert (answer.status, answer.json["code"]) == (status, code)

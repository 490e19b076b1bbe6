"""Faults of the sandbox marketplace: each is switched on by a signed word, strikes as often as told, and is on record."""

from __future__ import annotations

from http.client import RemoteDisconnected
from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import Fault, Faults
from tests.sandbox.conftest import Market, running, signed_headers


@pytest.fixture
def removal(market: Market) -> dict[str, Any]:
    """A command that takes a listing down."""
    return {"action": "remove", "marketplace": "bazarro", "listing": market.listing("bazarro")["id"]}


def state_of(market: Market, command: dict[str, Any]) -> tuple[str, int]:
    listing = market.get(f"/api/listings/{command['marketplace']}/{command['listing']}").json
    return listing["state"], listing["version"]


def test_without_a_fault_a_command_simply_works(market: Market, removal: dict[str, Any]) -> None:
    assert market.get("/api/faults").json == {
        "mode": "none",
        "seconds": 0.0,
        "count": None,
        "marketplace": None,
        "scope": "commands",
        "hits": 0,
    }
    assert market.command(removal).status == 200
    assert state_of(market, removal) == ("removed", 2)


def test_an_error_writes_nothing_and_the_same_id_works_afterwards(market: Market, removal: dict[str, Any]) -> None:
    market.switch(mode="error", count=2)

    answers = [market.command(removal, command_id="act_1") for _ in range(2)]

    assert [(answer.status, answer.json["code"]) for answer in answers] == [(500, "fault")] * 2
    assert state_of(market, removal) == ("live", 1)
    after = market.command(removal, command_id="act_1")
    assert (after.status, "idempotent-replayed" in after.headers) == (200, False)
    assert state_of(market, removal) == ("removed", 2)


def test_a_lie_is_answered_like_the_truth_and_does_nothing(market: Market, removal: dict[str, Any]) -> None:
    market.switch(mode="lie", count=1)

    lie = market.command(removal, command_id="act_1")

    assert (lie.status, lie.json["state"], lie.json["changed"], lie.json["version"]) == (200, "removed", True, 2)
    assert state_of(market, removal) == ("live", 1)
    assert market.command(removal, command_id="act_1").body == lie.body, "a lie is stood by under its id"
    assert state_of(market, removal) == ("live", 1)
    assert market.command(removal, command_id="act_2").json["changed"] is True
    assert state_of(market, removal) == ("removed", 2)


def test_a_lie_about_a_new_listing_adds_none(market: Market) -> None:
    market.switch(mode="lie")
    command = {"action": "publish", "marketplace": "nordmart", "shop": "tarnholt", "title": "A", "price": "1.00", "picture": "bowl-slate"}

    lie = market.command(command)

    assert lie.status == 200
    assert market.get(f"/api/listings/nordmart/{lie.json['listing']}").status == 404


def test_a_dropped_answer_is_there_on_the_next_try_and_the_command_acted_once(market: Market, removal: dict[str, Any]) -> None:
    market.switch(mode="drop", count=1)

    with pytest.raises(RemoteDisconnected):
        market.command(removal, command_id="act_1")

    assert state_of(market, removal) == ("removed", 2)
    again = market.command(removal, command_id="act_1")
    assert (again.status, again.json["changed"], again.headers["idempotent-replayed"]) == (200, True, "true")
    assert market.command(removal, command_id="act_1").body == again.body
    assert state_of(market, removal) == ("removed", 2)


def test_a_slow_command_waits_as_long_as_told_and_is_carried_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults, waited = Faults(), list[float | None]()
    monkeypatch.setattr(faults._stopping, "wait", waited.append)
    with running(tmp_path, faults=faults) as market:
        command = {"action": "remove", "marketplace": "bazarro", "listing": market.listing("bazarro")["id"]}
        market.command(command)
        assert waited == []
        market.switch(mode="slow", seconds=7.5, count=1)

        assert market.command(command).status == 200

        assert waited == [7.5]
        assert market.get("/api/faults").json["mode"] == "none"


def test_a_fault_of_one_marketplace_leaves_the_others_alone(market: Market, removal: dict[str, Any]) -> None:
    market.switch(mode="error", marketplace="nordmart")

    assert market.command(removal).status == 200
    other = {"action": "remove", "marketplace": "nordmart", "listing": market.listing("nordmart")["id"]}
    assert market.command(other).status == 500


def test_a_fault_of_commands_leaves_reading_alone_and_one_of_all_does_not(market: Market) -> None:
    market.switch(mode="error")
    assert market.get("/api/shops").status == 200

    market.switch(mode="error", scope="all", marketplace="bazarro")

    assert market.get("/api/listings?marketplace=bazarro").status == 500
    assert market.get("/api/shops/bazarro/911204507").status == 500
    assert market.get("/api/listings?marketplace=nordmart").status == 200
    assert market.get("/bazarro/").status == 200
    assert market.get("/healthz").status == 200


def test_switching_off_ends_it(market: Market, removal: dict[str, Any]) -> None:
    market.switch(mode="error")
    assert market.command(removal).status == 500

    market.switch(mode="none")

    assert market.command(removal).status == 200


def test_the_count_goes_down_and_the_hits_are_counted(market: Market, removal: dict[str, Any]) -> None:
    market.switch(mode="error", count=3)

    market.command(removal)

    assert market.get("/api/faults").json["count"] == 2
    assert market.get("/api/faults").json["hits"] == 1


def test_a_stranger_neither_switches_a_fault_nor_uses_it_up(market: Market, removal: dict[str, Any]) -> None:
    body = b'{"mode": "error"}'
    assert market.send("POST", "/api/faults", body, signed_headers(body, "x", secret=b"somebody else's secret")).status == 401
    assert market.get("/api/faults").json["mode"] == "none"
    market.switch(mode="error", count=1)

    market.command(removal, secret=b"somebody else's secret")

    assert market.get("/api/faults").json["count"] == 1


def test_a_replayed_switch_does_not_switch_again(market: Market) -> None:
    first = market.switch(mode="error", command_id="f_1")
    market.switch(mode="none", command_id="f_2")

    late = market.switch(mode="error", command_id="f_1")

    assert (late.status, late.body) == (first.status, first.body)
    assert market.get("/api/faults").json["mode"] == "none"


def test_a_restart_forgets_the_fault(tmp_path: Path) -> None:
    with running(tmp_path) as before:
        before.switch(mode="error")

    with running(tmp_path) as after:
        assert after.get("/api/faults").json["mode"] == "none"


def test_faults_are_on_record(market: Market, removal: dict[str, Any], capfd: pytest.CaptureFixture[str]) -> None:
    market.switch(mode="lie", count=1)
    market.command(removal, command_id="act_1")

    log = capfd.readouterr().err
    assert 'sandbox: faults are now {"mode": "lie"' in log
    assert "sandbox: fault lie on command act_1" in log


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({}, "bad_field"),
        ({"mode": "explode"}, "bad_field"),
        ({"mode": ["error"]}, "bad_field"),
        ({"mode": "slow", "seconds": 61}, "bad_field"),
        ({"mode": "slow", "seconds": -1}, "bad_field"),
        ({"mode": "slow", "seconds": float("nan")}, "bad_field"),
        ({"mode": "slow", "seconds": True}, "bad_field"),
        ({"mode": "error", "count": 0}, "bad_field"),
        ({"mode": "error", "count": 1.5}, "bad_field"),
        ({"mode": "error", "marketplace": "ebony"}, "bad_field"),
        ({"mode": "lie", "scope": "all"}, "bad_field"),
        ({"mode": "drop", "scope": "all"}, "bad_field"),
        ({"mode": "error", "until": "noon"}, "unknown_field"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(untouched: Market, fault: dict[str, Any], code: str) -> None:
    answer = untouched.switch(**fault)

    assert (answer.status, answer.json["code"]) == (422, code)
    assert untouched.get("/api/faults").json["mode"] == "none"


def test_a_count_of_one_strikes_once() -> None:
    faults = Faults(Fault(mode="lie", count=1))

    assert [faults.meet("x", marketplace=None, is_command=True) for _ in range(2)] == ["lie", "none"]

"""The client of the sandbox marketplaces against the program itself, and against servers that mean no good."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from marketplaces.gateways import (
    Command,
    ConnectorRefused,
    ConnectorUnavailable,
    NeedsPerson,
    connector_for,
)
from marketplaces.gateways.manual import ManualConnector
from marketplaces.gateways.sandbox import SandboxConnector
from tests.factories.marketplaces import removal
from tests.sandbox.conftest import SECRET, Market, program

WRITTEN_SECRET = base64.b64encode(SECRET).decode()
BOTTLE = "3000425919"
OFFICE = "/bazarro/store/911204507/office"


def letter(command_id: str = "act_1", **changed: str) -> Command:
    """Return the command to tell a shop something."""
    values = {"id": command_id, "action": "message", "marketplace": "bazarro", "target": "911204507", "text": "Two listings came down."}
    return Command(**values | changed)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SandboxConnector, Market]]:
    """A running sandbox for tests that only read."""
    with connected(tmp_path_factory.mktemp("sandbox"), SANDBOX_BULK="280") as both:
        yield both


@pytest.fixture
def running_market(tmp_path: Path) -> Iterator[tuple[SandboxConnector, Market]]:
    """A running sandbox of one test's own."""
    with connected(tmp_path, SANDBOX_BULK="0") as both:
        yield both


@contextmanager
def connected(folder: Path, **environ: str) -> Iterator[tuple[SandboxConnector, Market]]:
    with program(folder, SANDBOX_SECRET=WRITTEN_SECRET, **environ) as (_process, market):
        connector = SandboxConnector(f"http://localhost:{market.port}", WRITTEN_SECRET, read_seconds=5)
        yield connector, market
        connector.close()


def state_of(market: Market, listing: str = BOTTLE) -> tuple[str, int]:
    found = market.get(f"/api/listings/bazarro/{listing}").json
    return found["state"], found["version"]


# Commands


def test_a_command_is_carried_out_and_its_reason_stands_on_the_page(running_market: tuple[SandboxConnector, Market]) -> None:
    connector, market = running_market

    receipt = connector.send(removal(reason="Trade mark\ninfringed 商标 ✓", reference="TK-7Q4M-2F9"))

    assert (receipt.state, receipt.changed, receipt.version) == ("removed", True, 2)
    page = market.get(f"/bazarro/item/{BOTTLE}.html")
    assert page.status == 410
    assert "Trade mark infringed 商标 ✓" in page.text
    assert "TK-7Q4M-2F9" in page.text


def test_every_kind_of_command_is_understood(running_market: tuple[SandboxConnector, Market]) -> None:
    connector, _market = running_market
    shop = {"target": "911204507"}

    states = [
        connector.send(removal("a1")).state,
        connector.send(removal("a2", action="restore")).state,
        connector.send(removal("a3", action="restrict", **shop)).state,
        connector.send(removal("a4", action="close", **shop)).state,
        connector.send(removal("a5", action="reopen", **shop)).state,
        connector.send(letter("a6")).state,
    ]

    assert states == ["removed", "live", "restricted", "closed", "open", "delivered"]


def test_a_message_reaches_the_back_office_with_its_lines_and_its_link(running_market: tuple[SandboxConnector, Market]) -> None:
    connector, market = running_market
    words = "Two listings came down.\r\n\r\nAnswer  by Friday\x07 周五 ✓\n"

    receipt = connector.send(letter(text=words, link="https://portal.test/a?b=1&c=2", reference="TK-7Q4M-2F9"))

    assert (receipt.state, receipt.changed, receipt.version) == ("delivered", True, 1)
    page = market.get(OFFICE).text
    assert "<p>Two listings came down.</p><p>Answer by Friday 周五 ✓</p>" in page
    assert 'href="https://portal.test/a?b=1&amp;c=2"' in page
    assert "TK-7Q4M-2F9" in page


def test_a_message_too_long_for_the_contract_is_cut_and_not_lost(running_market: tuple[SandboxConnector, Market]) -> None:
    connector, market = running_market

    connector.send(letter(text="长" * 1200))

    assert market.get(OFFICE).text.count("长") == 1000


def test_the_same_message_twice_is_delivered_once(running_market: tuple[SandboxConnector, Market]) -> None:
    connector, market = running_market

    assert connector.send(letter()) == connector.send(letter())
    assert market.get(OFFICE).text.count("Two listings came down.") == 1


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "ftp://portal.test/", "//portal.test/", "https://a b", "https://x/\n", "https://x/" + "a" * 491, "https://"],
)
def test_a_link_that_is_none_of_the_web_is_not_sent(quiet: tuple[SandboxConnector, Market], link: str) -> None:
    connector, market = quiet

    with pytest.raises(ConnectorRefused, match="bad_link"):
        connector.send(letter(link=link))

    assert "No messages so far." in market.get(OFFICE).text


def test_the_same_command_twice_acts_once(running_market: tuple[SandboxConnector, Market]) -> None:
    connector, market = running_market

    assert connector.send(removal()) == connector.send(removal())
    assert state_of(market) == ("removed", 2)


def test_an_answer_that_got_lost_is_there_on_the_next_try(running_market: tuple[SandboxConnector, Market]) -> None:
    connector, market = running_market
    market.switch(mode="drop", count=1)

    with pytest.raises(ConnectorUnavailable) as lost:
        connector.send(removal())

    assert lost.value.reason == "connection"
    assert connector.send(removal()).changed is True
    assert state_of(market) == ("removed", 2)


def test_trouble_at_their_end_can_be_tried_again(running_market: tuple[SandboxConnector, Market]) -> None:
    connector, market = running_market
    market.switch(mode="error", count=1)

    with pytest.raises(ConnectorUnavailable) as trouble:
        connector.send(removal())

    assert trouble.value.reason == "server_error"
    assert state_of(market) == ("live", 1)
    assert connector.send(removal()).changed is True


def test_a_slow_marketplace_is_not_waited_for_without_end(running_market: tuple[SandboxConnector, Market]) -> None:
    _connector, market = running_market
    market.switch(mode="slow", seconds=60)
    impatient = SandboxConnector(f"http://localhost:{market.port}", WRITTEN_SECRET, read_seconds=0.2)

    with pytest.raises(ConnectorUnavailable) as slow:
        impatient.send(removal())

    assert slow.value.reason == "timeout"


def test_a_lie_looks_like_the_truth_until_the_listing_is_read(running_market: tuple[SandboxConnector, Market]) -> None:
    connector, market = running_market
    market.switch(mode="lie", count=1)

    receipt = connector.send(removal("a1"))

    assert (receipt.state, connector.read_listings("bazarro", [BOTTLE])[0].state) == ("removed", "live")
    connector.send(removal("a2"))
    assert connector.read_listings("bazarro", [BOTTLE])[0].state == "removed"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"target": "1"}, "no_such_listing"),
        ({"marketplace": "elsewhere"}, "no_such_listing"),
        ({"target": "1" * 65}, "bad_field"),
        ({"action": "restrict", "target": "nobody"}, "no_such_shop"),
        ({"action": "publish"}, "unknown_action"),
        ({"id": "no id"}, "bad_id"),
        ({"id": "a\r\nx: y"}, "bad_id"),
    ],
)
def test_a_refusal_is_told_apart_from_trouble(quiet: tuple[SandboxConnector, Market], changed: dict[str, str], code: str) -> None:
    connector, _market = quiet

    with pytest.raises(ConnectorRefused) as refused:
        connector.send(removal(**{"command_id": changed.pop("id", f"refused_{code}_{len(str(changed))}")} | changed))

    assert refused.value.code == code


def test_a_conflict_is_a_refusal(running_market: tuple[SandboxConnector, Market]) -> None:
    connector, _market = running_market
    connector.send(removal("a1"))

    with pytest.raises(ConnectorRefused) as refused:
        connector.send(removal("a1", action="restore"))

    assert refused.value.code == "id_reused"


def test_another_secret_is_trouble_to_be_mended_and_not_a_refusal(quiet: tuple[SandboxConnector, Market]) -> None:
    _connector, market = quiet
    stranger = SandboxConnector(f"http://localhost:{market.port}", base64.b64encode(b"somebody else's secret").decode())

    with pytest.raises(ConnectorUnavailable) as refused:
        stranger.send(removal())

    assert refused.value.reason == "signature"


def test_a_secret_in_the_url_alphabet_signs_as_the_marketplace_reads_it(tmp_path: Path) -> None:
    secret = "-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_"
    with program(tmp_path, SANDBOX_SECRET=secret, SANDBOX_BULK="0") as (_process, market):
        assert SandboxConnector(f"http://localhost:{market.port}", secret).send(removal()).changed is True


def test_nobody_at_home_is_trouble(tmp_path: Path) -> None:
    with connected(tmp_path, SANDBOX_BULK="0") as (connector, _market):
        pass
    again = SandboxConnector(str(connector._base), WRITTEN_SECRET, connect_seconds=1)

    with pytest.raises(ConnectorUnavailable) as absent:
        again.send(removal())

    assert absent.value.reason == "connection"


# Reading


def test_listings_come_in_the_order_asked_without_the_missing(quiet: tuple[SandboxConnector, Market]) -> None:
    connector, _market = quiet

    seen = connector.read_listings("bazarro", ["3000434838", "1", BOTTLE, "no id", "3000434838"])

    assert [one.external_id for one in seen] == ["3000434838", BOTTLE]
    bottle = seen[1]
    assert (bottle.title, bottle.price_amount, bottle.currency) == (
        "Steel vacuum bottle 500 ml green, factory price",
        Decimal("8.90"),
        "USD",
    )
    assert (bottle.shop.external_id, bottle.shop.name, bottle.shop.place) == ("911204507", "Lumaway Trading", "Yiwu, China")
    assert (bottle.shop.since, bottle.shop.state, bottle.state, bottle.version) == (date(2021, 4, 12), "open", "live", 1)
    assert len(bottle.pictures) == 2


def test_three_hundred_listings_take_three_calls(quiet: tuple[SandboxConnector, Market], monkeypatch: pytest.MonkeyPatch) -> None:
    connector, _market = quiet
    ids, cursor = list[str](), None
    while True:
        page = connector.list_listings("lanqiao", cursor)
        ids, cursor = ids + [one.external_id for one in page.items], page.next_cursor
        if cursor is None:
            break
    calls, exchange = list[str](), connector._exchange
    monkeypatch.setattr(connector, "_exchange", lambda method, path, *rest: calls.append(path) or exchange(method, path, *rest))

    seen = connector.read_listings("lanqiao", ids[:300])

    assert [one.external_id for one in seen] == ids[:300]
    assert len(ids) == 304
    assert len(calls) == 3


def test_a_shop_is_read_and_a_missing_one_is_none(quiet: tuple[SandboxConnector, Market]) -> None:
    connector, _market = quiet

    shop = connector.read_shop("nordmart", "moon-and-tide")

    assert shop is not None
    assert (shop.name, shop.place, shop.since, shop.state) == ("Moon & Tide", "Gdańsk, Poland", date(2022, 7, 19), "open")
    assert connector.read_shop("nordmart", "nobody") is None
    assert connector.read_shop("nordmart", "../../healthz") is None


def test_changes_are_read_from_where_one_left_off(running_market: tuple[SandboxConnector, Market]) -> None:
    connector, _market = running_market
    before = connector.read_changes("bazarro")

    connector.send(removal("a1"))
    connector.send(removal("a2", action="restrict", target="911204507"))
    after = connector.read_changes("bazarro", before.next_cursor)

    assert (len(before.listings), len(before.shops), before.has_more) == (24, 5, False)
    assert [(one.external_id, one.state) for one in after.listings] == [(BOTTLE, "removed")]
    assert [(one.external_id, one.state) for one in after.shops] == [("911204507", "restricted")]


def test_a_picture_is_fetched_up_to_the_size_allowed(quiet: tuple[SandboxConnector, Market]) -> None:
    connector, market = quiet
    url = connector.read_listings("bazarro", [BOTTLE])[0].pictures[0]

    picture = connector.fetch_picture(url)

    assert picture == market.get("/pictures/bottle-green-ribbed.webp").body
    assert connector.fetch_picture(url, max_bytes=len(picture)) == picture
    with pytest.raises(ConnectorRefused, match="picture_too_large"):
        connector.fetch_picture(url, max_bytes=len(picture) - 1)


@pytest.mark.parametrize(
    ("path", "code"), [("/pictures/none.webp", "no_such_picture"), ("/healthz", "no_picture"), ("/bazarro/", "no_picture")]
)
def test_what_is_no_picture_is_refused(quiet: tuple[SandboxConnector, Market], path: str, code: str) -> None:
    connector, market = quiet

    with pytest.raises(ConnectorRefused) as refused:
        connector.fetch_picture(f"http://localhost:{market.port}{path}")

    assert refused.value.code == code


def test_a_marketplace_may_be_reached_under_another_address_than_its_public_one(tmp_path: Path) -> None:
    with program(tmp_path, SANDBOX_ORIGIN="https://market.test", SANDBOX_SECRET=WRITTEN_SECRET, SANDBOX_BULK="0") as (_process, market):
        connector = SandboxConnector("https://market.test", WRITTEN_SECRET, reached_at=f"http://127.0.0.1:{market.port}")

        listing = connector.read_listings("bazarro", [BOTTLE])[0]

        assert listing.url == f"https://market.test/bazarro/item/{BOTTLE}.html"
        assert connector.fetch_picture(listing.pictures[0]).startswith(b"RIFF")


# Which connector


def test_the_sandbox_needs_its_secret(settings: Any) -> None:
    settings.SANDBOX_SECRET = ""
    with pytest.raises(ConnectorUnavailable) as missing:
        connector_for("sandbox")
    assert missing.value.reason == "not configured"

    settings.SANDBOX_SECRET = WRITTEN_SECRET

    assert isinstance(connector_for("sandbox"), SandboxConnector)
    assert connector_for("sandbox") is connector_for("sandbox")


def test_an_unknown_kind_is_not_guessed() -> None:
    with pytest.raises(ConnectorUnavailable):
        connector_for("carrier-pigeon")


def test_where_no_machine_gets_in_a_person_is_asked_for() -> None:
    manual = connector_for("none")

    assert isinstance(manual, ManualConnector)
    for ask in (
        lambda: manual.send(removal()),
        lambda: manual.read_listings("bazarro", [BOTTLE]),
        lambda: manual.read_shop("bazarro", "1"),
        lambda: manual.list_listings("bazarro"),
        lambda: manual.read_changes("bazarro"),
        lambda: manual.fetch_picture("https://market.test/p"),
    ):
        with pytest.raises(NeedsPerson):
            ask()

"""The client of the sandbox marketplaces against the program itself, and against servers that mean no good."""

from __future__ import annotations

import base64
import contextlib
import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from marketplaces.gateways import (
    Command,
    ConnectorRefused,
    ConnectorUnavailable,
    NeedsPerson,
    connector_for,
)
from marketplaces.gateways.egress import GuardedTransport, origin_of, path_within
from marketplaces.gateways.manual import ManualConnector
from marketplaces.gateways.sandbox import SandboxConnector
from tests.sandbox.conftest import SECRET, Market, program

WRITTEN_SECRET = base64.b64encode(SECRET).decode()
BOTTLE = "3000425919"


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


def removal(command_id: str = "act_1", **changed: str) -> Command:
    return Command(**{"id": command_id, "action": "remove", "marketplace": "bazarro", "target": BOTTLE, "reason": "Counterfeit"} | changed)


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
    ]

    assert states == ["removed", "live", "restricted", "closed", "open"]


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


# The guard


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8003@169.254.169.254/latest",
        "http://169.254.169.254/latest",
        "http://localhost:8004/a.webp",
        "https://localhost:8003/a.webp",
        "http://127.0.0.1:8003/a.webp",
        "http://localhost.evil.test:8003/a.webp",
        "http://localhost:8003\\@evil.test/",
        "http://user:word@localhost:8003/a.webp",
        "//localhost:8003/a.webp",
        "/a.webp",
        "file:///etc/passwd",
        "gopher://localhost:8003/",
        "http://localhost:8003/a\r\nHost: evil.test",
        "http://localhost:8003/a b",
        "http://localhost:80o3/",
        "http://localhost:99999/",
        "http:///a",
        "http://[::1/",
        "",
        "http://localhost:8003/" + "a" * 2048,
    ],
)
def test_an_address_elsewhere_is_not_fetched(url: str) -> None:
    with pytest.raises(ConnectorRefused, match="foreign_address"):
        path_within(url, origin_of("http://localhost:8003"))


@pytest.mark.parametrize("url", ["http://localhost:8003/a.webp?x=1", "HTTP://LOCALHOST:8003/a.webp?x=1"])
def test_an_address_at_the_origin_is_its_path(url: str) -> None:
    assert path_within(url, origin_of("http://localhost:8003")) == "/a.webp?x=1"


def test_a_default_port_is_the_same_as_none() -> None:
    assert origin_of("https://market.test:443/a") == origin_of("https://market.test")
    assert str(origin_of("https://market.test:443/a")) == "https://market.test"


def test_a_request_built_by_anybody_goes_nowhere_else() -> None:
    client = httpx.Client(transport=GuardedTransport(origin_of("http://localhost:8003")))

    with pytest.raises(ConnectorRefused, match="foreign_address"):
        client.get("http://127.0.0.1:8003/")


# Servers that mean no good

Talk = Callable[[Any], None]


@contextmanager
def hostile(talk: Talk, **limits: float) -> Iterator[SandboxConnector]:
    """Run a server that reads one request and then says whatever `talk` writes."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            length = 0
            while line := self.rfile.readline().strip().lower():
                length = int(line.split(b":")[1]) if line.startswith(b"content-length:") else length
            self.rfile.read(length)  # a socket closed over unread bytes would reset the connection and take the answer with it
            with contextlib.suppress(OSError):
                talk(self.wfile)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        connector = SandboxConnector(f"http://127.0.0.1:{server.server_address[1]}", WRITTEN_SECRET, **{"read_seconds": 2, **limits})
        try:
            yield connector
        finally:
            connector.close()
            server.shutdown()
            thread.join()


def saying(status: str, body: bytes, *headers: str) -> Talk:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""])
    return lambda out: out.write(head.encode() + body)


def without_end(out: Any) -> None:
    out.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/webp\r\nConnection: close\r\n\r\n")
    while True:
        out.write(b" " * 65536)


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        (without_end, "bad answer"),
        (saying("200 OK", b"x" * 2_000_001), "bad answer"),
        (saying("302 Found", b"", "Location: http://169.254.169.254/"), "redirect"),
        (saying("304 Not Modified", b""), "redirect"),
        (saying("200 OK", b"\x1f\x8b\x08\x00", "Content-Encoding: gzip"), "bad answer"),
        (saying("200 OK", b"<html>"), "bad answer"),
        (saying("200 OK", b"[]"), "bad answer"),
        (saying("200 OK", b"[" * 100_000), "bad answer"),
        (saying("200 OK", b"\xff\xfe"), "bad answer"),
        (saying("200 OK", b'{"id": NaN}'), "bad answer"),
        (saying("200 OK", b'{"version": 1' + b"0" * 5000 + b"}"), "bad answer"),
        (saying("200 OK", b"{}"), "bad answer"),
        (saying("204 No Content", b""), "bad answer"),
        (saying("429 Too Many Requests", b"{}"), "busy"),
        (saying("503 Service Unavailable", b"{}"), "server_error"),
        (lambda out: out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}"), "connection"),
        (lambda out: out.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "connection"),
        (lambda out: out.write(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000 + b"\r\n\r\n"), "connection"),
        (lambda out: None, "connection"),
    ],
)
def test_an_answer_that_makes_no_sense_is_trouble_with_a_name(talk: Talk, reason: str) -> None:
    with hostile(talk) as connector, pytest.raises(ConnectorUnavailable) as trouble:
        connector.send(removal())

    assert trouble.value.reason == reason


def test_a_body_that_drips_on_is_left() -> None:
    closed = threading.Event()

    def dripping(out: Any) -> None:
        out.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(150):
            out.write(b" ")
            if closed.wait(0.02):
                return

    with hostile(dripping, whole_seconds=0.3) as connector, pytest.raises(ConnectorUnavailable) as trouble:
        connector.send(removal())

    assert trouble.value.reason == "timeout"
    closed.set()


def test_a_server_that_says_nothing_is_left() -> None:
    gone = threading.Event()

    with hostile(lambda out: gone.wait(10) and None, read_seconds=0.2) as connector, pytest.raises(ConnectorUnavailable) as trouble:
        connector.send(removal())

    assert trouble.value.reason == "timeout"
    gone.set()


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"code": ["x"]}', b'{"code": "\\u0000"}', b'{"code": "x", "detail": 7}'])
def test_a_refusal_that_cannot_be_read_is_a_refusal_still(body: bytes) -> None:
    with hostile(saying("409 Conflict", body)) as connector, pytest.raises(ConnectorRefused) as refused:
        connector.send(removal())

    assert refused.value.code == "refused"


ANSWER: dict[str, Any] = {
    "id": "act_1",
    "action": "remove",
    "marketplace": "bazarro",
    "listing": BOTTLE,
    "state": "removed",
    "changed": True,
    "version": 2,
}


def test_further_fields_in_a_receipt_are_ignored() -> None:
    with hostile(saying("200 OK", json.dumps(ANSWER | {"weather": {"sun": 1}}).encode())) as connector:
        assert connector.send(removal()).version == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "act_2"},
        {"action": "restore"},
        {"marketplace": "nordmart"},
        {"listing": "1"},
        {"state": "live"},
        {"changed": "yes"},
        {"version": "2"},
        {"version": True},
        {"version": 0},
        {"version": 2**31},
    ],
)
def test_a_receipt_of_something_else_is_not_taken(changed: dict[str, Any]) -> None:
    with hostile(saying("200 OK", json.dumps(ANSWER | changed).encode())) as connector, pytest.raises(ConnectorUnavailable) as trouble:
        connector.send(removal())

    assert trouble.value.reason == "bad answer"


def listing_at(origin: str, **changed: Any) -> dict[str, Any]:
    shop = {"id": "9", "name": "Shop", "url": f"{origin}/s", "place": "", "since": "2020-02-29", "state": "open"}
    listing = {
        "marketplace": "bazarro",
        "id": BOTTLE,
        "url": f"{origin}/l",
        "title": "Bottle",
        "description": "Line\nand line",
        "price": {"amount": "8.90", "currency": "USD"},
        "pictures": [f"{origin}/p.webp"],
        "shop": shop,
        "state": "live",
        "version": 1,
    }
    return listing | {name: value for name, value in changed.items() if name != "shop"} | {"shop": shop | changed.get("shop", {})}


def read_from_hostile(answer: Callable[[str], Any]) -> Any:
    """Read one listing from a server that answers what `answer` makes of its origin."""
    origin = ""

    def talk(out: Any) -> None:
        saying("200 OK", json.dumps(answer(origin)).encode())(out)

    with hostile(talk) as connector:
        origin = str(connector._base)
        return connector.read_listings("bazarro", [BOTTLE])


@pytest.mark.parametrize("changed", [{}, {"price": None}, {"pictures": []}, {"shop": {"since": None}}, {"more": [1, {"a": None}]}])
def test_a_listing_in_order_is_read(changed: dict[str, Any]) -> None:
    seen = read_from_hostile(lambda origin: {"items": [listing_at(origin, **changed)]})

    assert [one.external_id for one in seen] == [BOTTLE]


@pytest.mark.parametrize(
    "changed",
    [
        {"marketplace": "nordmart"},
        {"id": "1"},
        {"id": 3},
        {"id": "a/b"},
        {"title": ""},
        {"title": "x" * 501},
        {"title": None},
        {"title": "a\x00b"},
        {"title": "\ud800"},
        {"description": "x" * 20_001},
        {"price": "8.90"},
        {"price": {"amount": 8.9, "currency": "USD"}},
        {"price": {"amount": "NaN", "currency": "USD"}},
        {"price": {"amount": "-1", "currency": "USD"}},
        {"price": {"amount": "1e9", "currency": "USD"}},
        {"price": {"amount": "٣", "currency": "USD"}},
        {"price": {"amount": "1", "currency": "usd"}},
        {"pictures": "p.webp"},
        {"pictures": ["http://169.254.169.254/latest"]},
        {"pictures": ["javascript:alert(1)"]},
        {"pictures": [None]},
        {"url": "https://evil.test/"},
        {"url": None},
        {"state": "sold"},
        {"state": ["live"]},
        {"version": 1.0},
        {"shop": {"id": ""}},
        {"shop": {"name": 7}},
        {"shop": {"since": "yesterday"}},
        {"shop": {"since": "2021-02-29"}},
        {"shop": {"state": "ajar"}},
        {"shop": {"url": "http://evil.test/"}},
    ],
)
def test_a_listing_of_a_wrong_shape_is_not_read(changed: dict[str, Any]) -> None:
    with pytest.raises(ConnectorUnavailable) as trouble:
        read_from_hostile(lambda origin: {"items": [listing_at(origin, **changed)]})

    assert trouble.value.reason == "bad answer"


@pytest.mark.parametrize("items", [None, {}, "x", [[]], [None], [{}] * 101])
def test_a_list_of_a_wrong_shape_is_not_read(items: Any) -> None:
    with pytest.raises(ConnectorUnavailable) as trouble:
        read_from_hostile(lambda _origin: {"items": items})

    assert trouble.value.reason == "bad answer"


def test_changes_that_never_end_without_a_change_are_not_followed() -> None:
    answer = {"items": [], "next_cursor": "abc", "has_more": True}

    with hostile(saying("200 OK", json.dumps(answer).encode())) as connector, pytest.raises(ConnectorUnavailable, match="bad answer"):
        connector.read_changes("bazarro")


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

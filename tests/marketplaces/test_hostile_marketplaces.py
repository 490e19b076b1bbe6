"""Marketplaces that mean no good, or talk nonsense: nothing else is fetched, nothing is waited for without end, nothing is believed."""

from __future__ import annotations

import base64
import contextlib
import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from marketplaces.gateways import (
    Command,
    ConnectorRefused,
    ConnectorUnavailable,
)
from marketplaces.gateways.egress import GuardedTransport, origin_of, path_within
from marketplaces.gateways.sandbox import SandboxConnector
from tests.factories.marketplaces import removal
from tests.sandbox.conftest import SECRET

WRITTEN_SECRET = base64.b64encode(SECRET).decode()
BOTTLE = "3000425919"

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


RECEIVED: dict[str, Any] = {
    "id": "act_1",
    "action": "message",
    "marketplace": "bazarro",
    "shop": "911204507",
    "state": "delivered",
    "changed": True,
    "version": 1,
}
LETTER = Command("act_1", "message", "bazarro", "911204507", text="Two listings came down.")


def test_a_receipt_of_a_message_is_taken() -> None:
    with hostile(saying("200 OK", json.dumps(RECEIVED).encode())) as connector:
        assert connector.send(LETTER).state == "delivered"


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "act_2"},
        {"action": "close"},
        {"marketplace": "nordmart"},
        {"shop": "1"},
        {"shop": None},
        {"state": "closed"},
        {"state": "open"},
        {"state": None},
        {"changed": 1},
        {"version": None},
    ],
)
def test_a_receipt_of_another_message_is_not_taken(changed: dict[str, Any]) -> None:
    with hostile(saying("200 OK", json.dumps(RECEIVED | changed).encode())) as connector, pytest.raises(ConnectorUnavailable) as trouble:
        connector.send(LETTER)

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

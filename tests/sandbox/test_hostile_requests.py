"""Requests that no honest client sends to the sandbox marketplace."""

from __future__ import annotations

import socket

import pytest

from tests.sandbox.conftest import Market


def raw(market: Market, text: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", market.port), timeout=10) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    "path",
    [
        "/pictures/../catalogue.json",
        "/pictures/..%2fcatalogue.json",
        "/pictures/%2e%2e/app.py",
        "/pictures/..%5c..%5capp.py",
        "/static/../../pyproject.toml",
        "/static//etc/passwd",
        "/pictures/",
        "/pictures/bowl-slate.webp%00.css",
        "/bazarro/item/%00.html",
        "/bazarro/item/%ff%fe.html",
        "/bazarro/item/" + "9" * 5000 + ".html",
        "/lanqiao/goods?id=" + "9" * 1000,
        "/nordmart/p/" + "a-" * 2000 + "i1",
        "/%E2%80%AE/",
    ],
)
def test_a_hostile_path_is_simply_not_there(untouched: Market, path: str) -> None:
    answer = untouched.get(path)

    assert answer.status == 404
    assert b"root:" not in answer.body
    assert b"[project]" not in answer.body


def test_markup_in_an_address_is_not_repeated(untouched: Market) -> None:
    answer = untouched.get("/lanqiao/goods?id=%3Cscript%3Ealert(1)%3C/script%3E")

    assert answer.status == 404
    assert "<script" not in answer.text


def test_a_query_without_end_is_refused(untouched: Market) -> None:
    assert untouched.get("/api/listings?" + "a" * 5000).status == 414
    assert untouched.get("/api/listings?" + "&".join(f"a{number}=1" for number in range(60))).status == 400


def test_a_huge_body_is_refused_with_an_answer(untouched: Market) -> None:
    answer = untouched.command(b" " * (2 * 1024 * 1024))

    assert (answer.status, answer.json["code"]) == (413, "too_large")


def test_a_body_that_only_claims_to_be_huge_is_refused(untouched: Market) -> None:
    answer = raw(untouched, b"POST /api/commands HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n")

    assert answer.startswith(b"HTTP/1.0 413 ")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (b"", b"411"),
        (b"Transfer-Encoding: chunked\r\n", b"411"),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", b"411"),
        (b"Content-Length: -1\r\n", b"400"),
        (b"Content-Length: +4\r\n", b"400"),
        (b"Content-Length: 4\r\n", b"400"),
    ],
)
def test_a_body_of_unclear_length_is_refused(untouched: Market, headers: bytes, status: bytes) -> None:
    answer = raw(untouched, b"POST /api/commands HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n{}")

    assert answer.split(b" ")[1] == status


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/commands", "POST"),
        ("POST", "/", "GET, HEAD"),
        ("DELETE", "/api/listings", "GET, HEAD"),
        ("PUT", "/healthz", "GET, HEAD"),
        ("DELETE", "/api/faults", "GET, HEAD, POST"),
    ],
)
def test_a_wrong_method_is_told_the_right_one(untouched: Market, method: str, path: str, allowed: str) -> None:
    answer = untouched.send(method, path)

    assert (answer.status, answer.headers["allow"]) == (405, allowed)


def test_a_line_that_is_no_request_does_not_stop_the_server(untouched: Market) -> None:
    raw(untouched, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n")
    raw(untouched, b"GET / HTTP/1.1\r\nX: " + b"a" * 70000 + b"\r\n\r\n")

    assert untouched.get("/healthz").status == 200

"""The file origin: what a good link gets, what a bad one gets, and headers under which nothing can run."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.http.response import HttpResponseBase
from django.test import Client

from ipp.core.files import Examined, examine, link_to, links, seal, store_page
from tests.core.files import corpus

HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
}


@pytest.fixture
def browser(settings: Any, vault: Path) -> Client:
    """Return a browser at the file origin, with the middleware that sets headers of its own."""
    settings.ROOT_URLCONF = "ipp.urls.files"
    settings.MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "csp.middleware.CSPMiddleware"]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"default-src": ["'self'"]}}
    return Client()


@pytest.fixture
def paper(workdir: Path) -> Examined:
    """Return a PDF that passed."""
    path = workdir / "paper"
    path.write_bytes(corpus.pdf_with_javascript())
    return examine(path, workdir=workdir)


def page_link(paper: Examined, **changes: Any) -> str:
    """Return a link to the page of the paper."""
    wanted = {"media_type": "image/jpeg", "filename": "certificate.pdf", "disposition": "inline", "expires_in": 600} | changes
    return link_to(store_page(paper.pages[0]), **wanted)


def original_link(path: Path, **changes: Any) -> str:
    """Return a link to a sealed original."""
    wanted = {"media_type": "application/pdf", "filename": "证书.pdf", "disposition": "attachment", "expires_in": 60, "kind": "original"}
    return link_to(seal(path), **(wanted | changes))


def body(response: HttpResponseBase) -> bytes:
    """Return the whole body of an answer, streamed or not."""
    return b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined,no-any-return]


def assert_harmless(response: HttpResponseBase) -> None:
    """Assert that nothing in an answer can run, be guessed at, be kept or set a cookie."""
    assert {name: response.headers[name] for name in HARMLESS} == HARMLESS
    assert response.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert not response.cookies


def test_a_link_points_to_the_file_origin_and_shows_neither_key_nor_name(paper: Examined, vault: Path, settings: Any) -> None:
    settings.FILES_ORIGIN = "https://files.example.org"
    key = store_page(paper.pages[0])

    link = link_to(key, media_type="image/jpeg", filename="alice.jpg", disposition="inline", expires_in=60)

    assert link.startswith("https://files.example.org/")
    assert key not in link
    assert "alice" not in link


def test_a_page_is_shown_in_place(browser: Client, paper: Examined) -> None:
    response = browser.get(urlsplit(page_link(paper)).path)

    assert response.status_code == 200
    assert (response["Content-Type"], response["Content-Disposition"]) == ("image/jpeg", 'inline; filename="certificate.pdf.jpg"')
    assert body(response) == paper.pages[0].path.read_bytes()
    assert int(response["Content-Length"]) == paper.pages[0].path.stat().st_size
    assert_harmless(response)


def test_an_original_is_decrypted_and_downloads(browser: Client, paper: Examined, workdir: Path) -> None:
    response = browser.get(urlsplit(original_link(workdir / "paper", disposition="inline")).path)

    assert body(response) == (workdir / "paper").read_bytes()
    assert response["Content-Disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''%E8%AF%81%E4%B9%A6.pdf" in response["Content-Disposition"]
    assert int(response["Content-Length"]) == paper.size
    assert_harmless(response)


@pytest.mark.parametrize("media_type", ["application/pdf", "text/html", "image/svg+xml"])
def test_only_pictures_are_ever_shown_in_place(media_type: str, browser: Client, paper: Examined) -> None:
    response = browser.get(urlsplit(page_link(paper, media_type=media_type)).path)

    assert body(response)
    assert response["Content-Disposition"].startswith("attachment; ")
    assert_harmless(response)


def test_a_page_link_never_opens_an_original_nor_an_original_link_a_page(browser: Client, paper: Examined, workdir: Path) -> None:
    as_page = link_to(seal(workdir / "paper"), media_type="image/jpeg", filename="x", disposition="inline", expires_in=60)
    as_original = page_link(paper, kind="original")

    assert [browser.get(urlsplit(link).path).status_code for link in (as_page, as_original)] == [404, 404]


@pytest.mark.parametrize("kind", ["page", "original"])
def test_head_answers_as_get_does_without_the_body(kind: str, browser: Client, paper: Examined, workdir: Path) -> None:
    address = urlsplit(page_link(paper) if kind == "page" else original_link(workdir / "paper")).path
    got = browser.get(address)
    assert len(body(got)) == int(got["Content-Length"])

    head = browser.head(address)

    assert (head.status_code, body(head)) == (200, b"")
    assert head.headers == got.headers


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_nothing_can_be_written_at_the_file_origin(method: str, browser: Client, paper: Examined) -> None:
    assert getattr(browser, method)(urlsplit(page_link(paper)).path).status_code == 405


def test_a_link_stops_working_when_its_time_is_over(browser: Client, paper: Examined, monkeypatch: pytest.MonkeyPatch) -> None:
    address = urlsplit(page_link(paper, expires_in=60)).path
    now = time.time()

    monkeypatch.setattr(links.time, "time", lambda: now + 58)
    assert body(browser.get(address)).startswith(b"\xff\xd8\xff")
    monkeypatch.setattr(links.time, "time", lambda: now + 61)
    late = browser.get(address)

    assert_refused(late, "expired")


def assert_refused(response: HttpResponseBase, word: str, status: int = 404) -> None:
    """Assert a refusal in plain words."""
    assert (response.status_code, response["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert word in body(response).decode()
    assert_harmless(response)


def test_a_link_with_any_letter_changed_is_refused(browser: Client, paper: Examined) -> None:
    token = urlsplit(page_link(paper)).path[1:]

    for position in range(0, len(token), 7):
        other = "A" if token[position] != "A" else "B"
        assert_refused(browser.get(f"/{token[:position]}{other}{token[position + 1 :]}"), "not valid")


@pytest.mark.parametrize("token", ["x", "a:b", "a:b:c", "%00", "..%5c..", "é", "a" * 3000])
def test_a_made_up_link_is_refused(token: str, browser: Client) -> None:
    assert_refused(browser.get(f"/{token}"), "not valid")


def test_a_link_signed_with_another_secret_is_refused_and_one_from_before_a_rotation_is_not(
    browser: Client, paper: Examined, settings: Any
) -> None:
    address = urlsplit(page_link(paper)).path

    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another" * 8
    rotated = body(browser.get(address))
    settings.SECRET_KEY_FALLBACKS = []

    assert rotated == paper.pages[0].path.read_bytes()
    assert_refused(browser.get(address), "not valid")


def test_a_file_that_is_gone_is_told(browser: Client, paper: Examined, vault: Path) -> None:
    address = urlsplit(page_link(paper)).path
    for path in (vault / "derivatives").iterdir():
        path.unlink()

    assert_refused(browser.get(address), "no longer stored")


def test_an_altered_original_is_never_sent(browser: Client, paper: Examined, workdir: Path, vault: Path) -> None:
    address = urlsplit(original_link(workdir / "paper")).path
    (path,) = (vault / "sealed").iterdir()
    path.write_bytes(path.read_bytes()[:-1] + b"?")

    assert_refused(browser.get(address), "seal is broken", status=500)


def test_a_storage_that_is_away_is_told(browser: Client, paper: Examined, vault: Path) -> None:
    address = urlsplit(page_link(paper)).path
    folder = vault / "derivatives"
    folder.rename(vault / "elsewhere")
    folder.write_text("a file where the folder should be")

    assert_refused(browser.get(address), "does not answer", status=503)

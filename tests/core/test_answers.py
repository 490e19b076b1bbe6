"""What every answer carries, whatever kind it is: headers that fence it in, a number to quote, and nothing of our insides."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.actors import AudienceClient, signed_in
from tests.browsing import words_of

BOTH = pytest.mark.parametrize("audience", ["portal", "staff"])
KINDS = [
    ("portal", "", "GET", "/", 200),
    ("portal", "", "GET", "/start/", 302),
    ("portal", "", "GET", "/start", 301),
    ("portal", "", "GET", "/nothing/here/", 404),
    ("portal", "", "PUT", "/", 405),
    ("portal", "", "GET", "/accounts/login/", 200),
    ("portal", "", "GET", "/healthz", 200),
    ("portal", "", "GET", "/api/schema/", 200),
    ("portal", "", "GET", "/api/v1/nothing", 404),
    ("portal", "", "GET", "/api/v1/organization", 401),
    ("portal", "alice", "GET", "/start/", 200),
    ("portal", "alice", "POST", "/developer/keys/", 422),
    ("portal", "vera", "GET", "/developer/keys/", 403),
    ("staff", "", "GET", "/", 200),
    ("staff", "", "GET", "/nothing/here/", 404),
    ("staff", "", "GET", "/accounts/signup/", 404),
    ("staff", "bob", "GET", "/verifications/", 200),
    ("staff", "bob", "GET", "/operations/", 403),
]


def browser_of(audience: str, name: str) -> AudienceClient:
    return signed_in(name) if name else AudienceClient(audience)


@pytest.mark.parametrize(("audience", "name", "method", "path", "status"), KINDS)
def test_every_kind_of_answer_is_fenced_in(db, audience, name, method, path, status):
    answer = browser_of(audience, name).generic(method, path)

    assert answer.status_code == status
    assert_fenced(answer)
    assert answer["Cache-Control"] in ("no-store", "max-age=0, no-cache, no-store, must-revalidate, private")


def assert_fenced(answer: Any) -> None:
    """Assert that an answer lets nothing foreign run, frame it or learn where it came from."""
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";") if " " in part.strip())
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert policy["default-src"] == policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == policy["connect-src"] == "'self'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert re.fullmatch("[0-9a-f]{32}", answer["X-Request-Id"])


@BOTH
def test_a_form_without_its_token_is_fenced_in_too(db, audience):
    answer = AudienceClient(audience, enforce_csrf_checks=True).post("/accounts/login/", {"login": "x"})

    assert answer.status_code == 403
    assert_fenced(answer)


def test_pages_carry_no_script_of_their_own(db):
    for page in (AudienceClient("portal").get("/"), signed_in("alice").get("/start/"), signed_in("bob").get("/verifications/")):
        html = page.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)", html)
        assert not re.search(r"<[^>]+\son\w+=", html)
        assert not re.search(r"<[^>]+\sstyle=", html)
        assert "<style" not in html


def test_the_rendered_api_documentation_keeps_scripts_to_our_own(visitor):
    page = visitor("portal").get("/api/docs/")

    policy = page["Content-Security-Policy"]
    assert page.status_code == 200
    assert "script-src 'self';" in f"{policy};"
    assert "unsafe" not in policy.replace("style-src-attr 'unsafe-inline'", "")
    assert not re.search(r"<script(?![^>]*\bsrc=)", page.content.decode())


@BOTH
@pytest.mark.parametrize("path", ["/nothing/here/", "/verifications/%00/", "/identity/%F0%9F%A6%8A/", "/" + "x" * 3000])
def test_an_unknown_address_is_a_page_with_a_way_on_and_a_number(db, audience, path):
    answer = AudienceClient(audience).get(path)

    assert answer.status_code == 404
    assert "There is nothing here under this address." in words_of(answer)
    assert answer["X-Request-Id"] in answer.content.decode()


@BOTH
def test_a_failure_of_ours_is_a_page_with_a_number_and_nothing_inside(db, audience, monkeypatch):
    def broken(request: Any) -> Any:
        raise RuntimeError("a secret inside")

    monkeypatch.setattr("ipp.core.views.pages.frame_of", broken)
    browser = AudienceClient(audience, raise_request_exception=False)

    answer = browser.get("/")

    assert answer.status_code == 500
    assert "Something broke on our side" in words_of(answer)
    assert "我们这边出了问题" in words_of(answer)
    assert answer["X-Request-Id"] in answer.content.decode()
    assert "secret" not in answer.content.decode()
    assert_fenced(answer)


@pytest.mark.parametrize("host", ["evil.example", "localhost:80@evil.example", "x" * 300])
def test_a_request_for_another_host_is_refused(visitor, host):
    answer = visitor("portal").get("/start", headers={"Host": host})

    assert answer.status_code == 400
    assert "The request cannot be read" in words_of(answer)
    assert answer["X-Request-Id"] in answer.content.decode()


def test_a_form_larger_than_any_of_ours_is_refused(client_of):
    browser = client_of("alice")

    too_long = browser.post("/developer/keys/", {"name": "x" * 2_200_000})
    too_many = browser.post("/developer/keys/", {f"f{number}": "" for number in range(1001)})

    assert (too_long.status_code, too_many.status_code) == (413, 400)
    for answer in (too_long, too_many):
        assert answer["X-Request-Id"] in answer.content.decode()

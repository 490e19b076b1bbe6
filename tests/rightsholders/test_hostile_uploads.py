"""Hostile identity papers, through the page and through the API: a clear word beside the file, nothing stored, the process goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from ipp.core import tenancy
from ipp.core.models import Event, StoredFile, StoredPage
from rightsholders.models import IdentityPaper, Verification
from tests.browsing import fill_in, form_with
from tests.core.files import corpus

MEGABYTES = 1024 * 1024
TYPED = {"holder_name": "Acme Tools Ltd", "number": "L-2026-1", "country": "GB", "expires_on": "2031-05-06"}


def program() -> bytes:
    return b"MZ\x90\0" + bytes(300) + b"PE\0\0" + bytes(300)


def html() -> bytes:
    return b"<!doctype html><script>alert(document.cookie)</script>"


def script_picture() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


def huge() -> bytes:
    return b"\xff\xd8\xff\xe0" + bytes(50 * MEGABYTES)


def truncated_pdf() -> bytes:
    return corpus.cut(corpus.pdf(5))


HOSTILE = [
    pytest.param("licence.jpg", program, 415, "unsupported_type", "Only JPEG, PNG, WebP and PDF files are accepted", id="renamed-program"),
    pytest.param("licence.png", html, 415, "unsupported_type", "whatever its name says", id="html-as-png"),
    pytest.param("licence.png", script_picture, 415, "unsupported_type", "whatever its name says", id="svg-as-png"),
    pytest.param("licence.jpg", huge, 413, "too_large", "larger than 20 MB", id="50-megabytes"),
    pytest.param("licence.pdf", truncated_pdf, 422, "damaged", "cannot be read to its end", id="truncated-pdf"),
    pytest.param("licence.png", corpus.png_bomb, 422, "too_many_pixels", "more than 40 megapixels", id="bomb"),
    pytest.param("licence.png", corpus.png_text_bomb, 422, "damaged", "cannot be read to its end", id="bomb-in-a-comment"),
    pytest.param("licence.pdf", corpus.pdf_locked, 422, "encrypted", "asks for a password", id="locked-pdf"),
    pytest.param("licence.pdf", lambda: corpus.pdf() + corpus.archive("payload.js"), 422, "two_kinds", "hides inside", id="polyglot"),
]


def paper(name: str, content: bytes) -> SimpleUploadedFile:
    """Return an upload that claims to be a picture."""
    return SimpleUploadedFile(name, content, "image/png")


def assert_nothing_is_left(actor: Any, storage: Path) -> None:
    """Assert that no row, no stored file and no temporary file remains."""
    with tenancy.acting(actor):
        for table in (StoredFile, StoredPage, IdentityPaper, Verification):
            assert not table.objects.exists()  # type: ignore[attr-defined]
        assert not Event.objects.filter(name__startswith="rightsholders").exists()
    assert [path.name for path in storage.rglob("*") if path.is_file()] == []
    assert list((storage / "temporary").iterdir()) == []


@pytest.mark.parametrize(("name", "make", "status", "code", "words"), HOSTILE)
def test_by_page(alice, client_of, storage, name, make, status, code, words):
    browser = client_of("alice")

    refused = fill_in(browser, browser.get("/identity/send/"), "file", file=paper(name, make()), **TYPED)

    form = form_with(refused, "file")
    assert refused.status_code == status
    assert words in form.errors["file"]
    assert list(form.errors) == ["file"]
    assert {field: form.fields[field] for field in TYPED} == TYPED
    assert_nothing_is_left(alice, storage)
    assert fill_in(browser, refused, "file", file=paper("licence.png", corpus.png())).status_code == 302


@pytest.mark.parametrize(("name", "make", "status", "code", "words"), HOSTILE)
def test_by_api(alice, machine, storage, name, make, status, code, words):
    client = machine("alice")

    refused = client.post("/api/v1/files", {"file": paper(name, make())}, headers={"Idempotency-Key": "one"})

    problem = refused.json()
    assert (refused.status_code, refused["Content-Type"]) == (status, "application/problem+json")
    assert (problem["code"], [(item["pointer"], item["code"]) for item in problem["errors"]]) == (code, [("/file", code)])
    assert words in problem["detail"]
    assert_nothing_is_left(alice, storage)
    good = client.post("/api/v1/files", {"file": paper("licence.png", corpus.png())}, headers={"Idempotency-Key": "one"})
    assert good.status_code == 201


def test_an_empty_file_by_page_and_by_api(alice, client_of, machine, storage):
    browser = client_of("alice")

    page = fill_in(browser, browser.get("/identity/send/"), "file", file=paper("licence.png", b""), **TYPED)
    answer = machine("alice").post("/api/v1/files", {"file": paper("licence.png", b"")}, headers={"Idempotency-Key": "one"})

    assert page.status_code == 422
    assert "empty" in form_with(page, "file").errors["file"]
    assert form_with(page, "file").fields["number"] == TYPED["number"]
    assert answer.status_code == 422
    assert [(item["pointer"], item["code"]) for item in answer.json()["errors"]] == [("/file", "empty")]
    assert_nothing_is_left(alice, storage)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\r\nSet-Cookie: x=y.png", "<script>alert(1)</script>.png", "x" * 300 + ".png", "invoice\u202egpj.exe"]
)
def test_a_poisonous_name_comes_out_harmless(alice, machine, client_of, storage, name):
    answer = machine("alice").post("/api/v1/files", {"file": paper(name, corpus.png())}, headers={"Idempotency-Key": "one"})

    shown = answer.json()["name"]
    assert answer.status_code == 201
    assert shown.isprintable()
    assert len(shown) <= 120
    assert not set(shown) & set("/\\\r\n\u202e")
    assert sorted(path.parent.name for path in storage.rglob("*") if path.is_file()) == ["derivatives", "sealed"]


@pytest.mark.parametrize("what", ["storage", "rows"])
def test_a_good_file_whose_storing_fails_half_way_leaves_nothing(alice, machine, storage, monkeypatch, what):
    from ipp.core.errors import Unavailable

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise Unavailable("storage_unavailable", "away")

    monkeypatch.setattr("ipp.core.services.files.store_page" if what == "storage" else "rightsholders.api.identity.keep_file", broken)

    answer = machine("alice").post("/api/v1/files", {"file": paper("licence.png", corpus.png())}, headers={"Idempotency-Key": "one"})

    assert answer.status_code == 503
    assert_nothing_is_left(alice, storage)

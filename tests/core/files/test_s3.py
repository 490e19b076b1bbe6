"""The same storage calls against an S3 service: the real client, talking to a local server that keeps objects in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ipp.core.errors import NotFound, Unavailable
from ipp.core.files import delete_original, examine, seal, store_page, unseal
from ipp.core.files.storage import open_page
from tests.core.files import corpus


class S3(BaseHTTPRequestHandler):
    """Puts, gets and deletes objects; knows nothing else of S3."""

    objects: ClassVar[dict[str, bytes]] = {}
    broken: ClassVar[bool] = False

    def do_PUT(self) -> None:
        self.objects[self.key] = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200)

    def do_GET(self) -> None:
        found = self.objects.get(self.key)
        self.answer(404 if found is None else 200, found or b"")

    do_HEAD = do_GET

    def do_DELETE(self) -> None:
        self.objects.pop(self.key, None)
        self.answer(204)

    @property
    def key(self) -> str:
        return self.path.split("?")[0]

    def answer(self, status: int, data: bytes = b"") -> None:
        self.send_response(403 if self.broken else status)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def bucket(settings: Any) -> Iterator[type[S3]]:
    """Give the test an empty bucket behind both storages."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), S3)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    options = {
        "bucket_name": "ipp-files",
        "endpoint_url": f"http://127.0.0.1:{server.server_port}",
        "access_key": "key",
        "secret_key": "secret",
        "region_name": "eu-central-1",
        "addressing_style": "path",
        "default_acl": None,
        "file_overwrite": False,
        "signature_version": "s3v4",
    }
    backend = "storages.backends.s3.S3Storage"
    own = {alias: {"BACKEND": backend, "OPTIONS": options | {"location": alias}} for alias in ("sealed", "derivatives")}
    settings.STORAGES = settings.STORAGES | own
    S3.objects.clear()
    S3.broken = False
    yield S3
    server.shutdown()
    server.server_close()


def test_originals_and_pages_live_in_the_bucket_under_random_keys(bucket: type[S3], workdir: Path) -> None:
    path = workdir / "upload"
    path.write_bytes(corpus.jpeg())

    original, page = seal(path), store_page(examine(path, workdir=workdir).pages[0])

    assert set(bucket.objects) == {f"/ipp-files/sealed/{original}", f"/ipp-files/derivatives/{page}"}
    assert b"".join(unseal(original)) == corpus.jpeg()
    with open_page(page) as reading:
        assert b"".join(reading).startswith(b"\xff\xd8\xff")
        assert reading.size == len(bucket.objects[f"/ipp-files/derivatives/{page}"])


def test_an_object_that_was_deleted_is_not_found(bucket: type[S3], workdir: Path) -> None:
    path = workdir / "upload"
    path.write_bytes(b"deed")
    key = seal(path)

    delete_original(key)

    with pytest.raises(NotFound):
        list(unseal(key))


def test_a_bucket_that_refuses_us_is_told_apart_from_a_missing_object(bucket: type[S3], workdir: Path) -> None:
    path = workdir / "upload"
    path.write_bytes(b"deed")
    bucket.broken = True

    with pytest.raises(Unavailable) as refusal:
        seal(path)

    assert refusal.value.code == "storage_unavailable"

"""Taking an upload to disk."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.test import RequestFactory

from ipp.core.errors import TooLarge
from ipp.core.files import receive
from tests.core.files import corpus


def test_the_bytes_arrive_unchanged_under_a_name_of_our_own(workdir: Path) -> None:
    upload = SimpleUploadedFile("../../Lex's paper.pdf", corpus.noise(300_000))

    path = receive(upload, workdir=workdir)

    assert path.read_bytes() == corpus.noise(300_000)
    assert path.parent == workdir
    assert len(path.name) == 32
    assert path.name.isalnum()


def test_two_uploads_of_one_name_do_not_meet(workdir: Path) -> None:
    first, second = (receive(SimpleUploadedFile("a.pdf", data), workdir=workdir) for data in (b"first", b"second"))

    assert (first.read_bytes(), second.read_bytes()) == (b"first", b"second")


def test_fifty_megabytes_are_too_large(workdir: Path) -> None:
    with TemporaryUploadedFile("film.pdf", "application/pdf", 50 * 1024 * 1024, None) as upload:
        upload.truncate(50 * 1024 * 1024)

        with pytest.raises(TooLarge) as refusal:
            receive(upload, workdir=workdir)

    assert "20 MB" in str(refusal.value.message)
    assert list(workdir.iterdir()) == []


def test_the_cap_holds_while_reading_whatever_size_is_claimed(workdir: Path, settings: Any) -> None:
    settings.IPP_UPLOAD_LIMITS = {"bytes": 100_000}
    upload = SimpleUploadedFile("liar.pdf", bytes(300_000))
    upload.size = 10

    with pytest.raises(TooLarge):
        receive(upload, workdir=workdir)

    assert sum(path.stat().st_size for path in workdir.iterdir()) <= 100_000


def test_exactly_the_cap_is_accepted(workdir: Path, settings: Any) -> None:
    settings.IPP_UPLOAD_LIMITS = {"bytes": 100_000}

    assert receive(SimpleUploadedFile("a.pdf", bytes(100_000)), workdir=workdir).stat().st_size == 100_000


@pytest.fixture
def capped(settings: Any) -> None:
    """Take uploads with the capped handler, at most 100 kB each."""
    settings.IPP_UPLOAD_LIMITS = {"bytes": 100_000}
    settings.FILE_UPLOAD_HANDLERS = ["ipp.core.files.receiving.CappedUploadHandler"]


def test_a_body_over_the_cap_does_not_fill_the_disk_and_is_refused(capped: None, workdir: Path) -> None:
    with closing(RequestFactory().post("/", {"file": SimpleUploadedFile("big.pdf", bytes(2_000_000))})) as request:
        upload = request.FILES["file"]

        assert Path(upload.temporary_file_path()).stat().st_size < 200_000
        assert upload.size == 2_000_000
        with pytest.raises(TooLarge):
            receive(upload, workdir=workdir)


def test_each_file_of_a_request_is_counted_on_its_own(capped: None, workdir: Path) -> None:
    files = [SimpleUploadedFile(f"{number}.pdf", bytes([number]) * 90_000) for number in (1, 2, 3)]

    with closing(RequestFactory().post("/", {"file": files})) as request:
        paths = [receive(upload, workdir=workdir) for upload in request.FILES.getlist("file")]

    assert [path.read_bytes() for path in paths] == [bytes([number]) * 90_000 for number in (1, 2, 3)]

"""The virus scanner: a real client against a local daemon that answers as clamd does."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from ipp.core.errors import Unavailable
from ipp.core.files import UploadRefused, examine
from tests.core.files import corpus

Verdict = Callable[[bytes], bytes]


def honest(data: bytes) -> bytes:
    """Answer as clamd does: the EICAR test file is found, the rest is fine."""
    return b"stream: Eicar-Test-Signature FOUND\0" if corpus.EICAR in data else b"stream: OK\0"


@contextmanager
def clamd(verdict: Verdict, listener: socket.socket, received: list[bytes]) -> Iterator[None]:
    """Serve one INSTREAM command."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\0"
            data = b""
            while length := struct.unpack("!I", stream.read(4))[0]:
                data += stream.read(length)
            received.append(data)
            connection.sendall(verdict(data))

    thread = threading.Thread(target=serve)
    thread.start()
    yield
    thread.join(10)
    listener.close()


@contextmanager
def over_tcp(settings: Any, verdict: Verdict, received: list[bytes]) -> Iterator[None]:
    """Serve on a free port and point IPP_CLAMAV at it."""
    listener = socket.create_server(("127.0.0.1", 0))
    settings.IPP_CLAMAV = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    with clamd(verdict, listener, received):
        yield


def upload_in(workdir: Path, data: bytes) -> Path:
    """Write the bytes of an upload."""
    path = workdir / "upload"
    path.write_bytes(data)
    return path


def test_a_clean_file_says_so_and_every_byte_was_scanned(workdir: Path, settings: Any) -> None:
    data, received = corpus.jpeg(icc_profile=corpus.noise(200_000)), []  # type: ignore[var-annotated]

    with over_tcp(settings, honest, received):
        result = examine(upload_in(workdir, data), workdir=workdir)

    assert result.scan == "clean"
    assert received == [data]


def test_an_infected_file_is_refused_and_never_decoded(workdir: Path, settings: Any) -> None:
    path = upload_in(workdir, corpus.jpeg() + corpus.EICAR)

    with over_tcp(settings, honest, []), pytest.raises(UploadRefused) as refusal:
        examine(path, workdir=workdir)

    assert refusal.value.code == "infected"
    assert list(workdir.iterdir()) == [path]


def test_the_scanner_is_reached_over_a_unix_socket_too(workdir: Path, settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    address = tmp_path_factory.mktemp("s") / "clamd"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(address))
    listener.listen()
    settings.IPP_CLAMAV = f"unix://{address}"

    with clamd(honest, listener, []):
        result = examine(upload_in(workdir, corpus.jpeg()), workdir=workdir)

    assert result.scan == "clean"


@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: ERROR\0", b"\xff\0", b"stream: OKAY\0"])
def test_without_a_clear_verdict_the_file_is_not_taken(answer: bytes, workdir: Path, settings: Any) -> None:
    path = upload_in(workdir, corpus.jpeg())

    with over_tcp(settings, lambda _: answer, []), pytest.raises(Unavailable) as refusal:
        examine(path, workdir=workdir)

    assert refusal.value.code == "scanner_unavailable"
    assert list(workdir.iterdir()) == [path]


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "unix:///nowhere/clamd"])
def test_a_scanner_that_is_away_stops_uploads(address: str, workdir: Path, settings: Any) -> None:
    settings.IPP_CLAMAV = address

    with pytest.raises(Unavailable) as refusal:
        examine(upload_in(workdir, corpus.jpeg()), workdir=workdir)

    assert refusal.value.code == "scanner_unavailable"


@pytest.mark.parametrize("address", ["localhost", "http://localhost:3310", "tcp://localhost", "unix://"])
def test_an_address_that_cannot_be_right_is_named(address: str, workdir: Path, settings: Any) -> None:
    settings.IPP_CLAMAV = address

    with pytest.raises(ImproperlyConfigured, match="IPP_CLAMAV"):
        examine(upload_in(workdir, corpus.jpeg()), workdir=workdir)

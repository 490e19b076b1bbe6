"""Where files lie: Django storage `sealed` for encrypted originals, `derivatives` for the pages others see, under random keys."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final, Self

import structlog
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]
from django.core.files import File
from django.core.files.storage import storages
from django.utils.translation import gettext_lazy as _

from ipp.core.errors import NotFound, Unavailable
from ipp.core.files.examining import Page

log = structlog.get_logger(__name__)

SEALED: Final = "sealed"
DERIVATIVES: Final = "derivatives"
CHUNK: Final = 256 * 1024
_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


class Reading:
    """An opened file: its size in bytes, and its bytes part by part. Whoever opened it closes it; `with` does."""

    def __init__(self, stream: File[bytes], size: int, parts: Iterator[bytes]) -> None:
        self.stream, self.size, self.parts = stream, size, parts

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[bytes]:
        return self.parts

    def close(self) -> None:
        """Let go of the file."""
        self.stream.close()


def new_key() -> str:
    """Return a storage key nobody can guess (256 bits); it says nothing of the file or its owner."""
    return secrets.token_urlsafe(32)


def store_page(page: Page) -> str:
    """Store a page among the derivatives and return its storage key.

    Raises:
        Unavailable: the storage does not answer.
    """
    with page.path.open("rb") as stream:
        return put(DERIVATIVES, new_key(), stream)


def delete_page(storage_key: str) -> None:
    """Remove a page; one that is gone already is fine."""
    delete(DERIVATIVES, storage_key)


def open_page(storage_key: str) -> Reading:
    """Open a page for streaming.

    Raises:
        NotFound: there is none under this key.
        Unavailable: the storage does not answer.
    """
    stream = fetch(DERIVATIVES, storage_key)
    return Reading(stream, stream.size, iter(lambda: stream.read(CHUNK), b""))


def put(alias: str, storage_key: str, stream: IO[bytes]) -> str:
    """Write a new file and return its key.

    Raises:
        Unavailable: the storage does not answer.
    """
    with _reachable():
        stored = storages[alias].save(_valid(storage_key), File(stream))
    if stored != storage_key:
        raise RuntimeError("A storage key was taken already; random keys do not repeat, so something writes keys of its own.")
    return stored


def fetch(alias: str, storage_key: str) -> File[bytes]:
    """Open a stored file; the caller closes it.

    Raises:
        NotFound: there is none under this key.
        Unavailable: the storage does not answer.
    """
    with _reachable():
        file: Any = storages[alias].open(_valid(storage_key), "rb")
        file.size  # noqa: B018 - a remote storage asks the other side only now
    opened: File[bytes] = file
    return opened


def delete(alias: str, storage_key: str) -> None:
    """Remove a stored file; one that is gone already is fine.

    Raises:
        Unavailable: the storage does not answer.
    """
    with _reachable():
        storages[alias].delete(_valid(storage_key))


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound from error
    except (OSError, BotoCoreError, ClientError) as error:
        log.exception("storage_unavailable")
        words = _("The file storage does not answer. Nothing was stored; try again in a few minutes.")
        raise Unavailable("storage_unavailable", words) from error


def _valid(storage_key: str) -> str:
    if not _KEY.fullmatch(storage_key):
        raise NotFound
    return storage_key

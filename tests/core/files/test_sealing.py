"""Originals at rest: sealed, opened, moved to a new key, and never opened when somebody was at them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from ipp.core.errors import NotFound, Unavailable
from ipp.core.files import SealBroken, delete_original, original_sha256, reseal, seal, unseal
from ipp.core.files.sealing import CHUNK, HEADER, LENGTH
from tests.core.files import corpus

pytestmark = pytest.mark.usefixtures("vault")


def sealed(workdir: Path, data: bytes) -> str:
    """Seal these bytes; return the storage key."""
    path = workdir / "original"
    path.write_bytes(data)
    return seal(path)


def opened(storage_key: str) -> bytes:
    """Return the bytes of a sealed original."""
    return b"".join(unseal(storage_key))


@pytest.mark.parametrize("size", [1, 1000, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
def test_what_was_sealed_comes_back_byte_for_byte(size: int, workdir: Path) -> None:
    data = corpus.noise(size)

    key = sealed(workdir, data)

    assert opened(key) == data
    assert original_sha256(key) == hashlib.sha256(data).hexdigest()


def test_the_stored_object_shows_nothing_of_the_original_and_its_key_nothing_of_the_name(workdir: Path, vault: Path) -> None:
    key = sealed(workdir, b"Passport of Alice " * 10_000)

    stored = (vault / "sealed" / key).read_bytes()

    assert b"Passport" not in stored
    assert len(stored) < 190_000
    assert len(key) == 43


def test_the_same_original_sealed_twice_looks_different(workdir: Path, vault: Path) -> None:
    first, second = sealed(workdir, b"same"), sealed(workdir, b"same")

    assert first != second
    assert (vault / "sealed" / first).read_bytes() != (vault / "sealed" / second).read_bytes()


@pytest.mark.parametrize("position", [0, 9, HEADER.size - 1, HEADER.size, HEADER.size + 2, HEADER.size + LENGTH.size + 30, CHUNK, -1])
def test_one_altered_byte_breaks_the_seal(position: int, workdir: Path, vault: Path) -> None:
    key = sealed(workdir, corpus.noise(2 * CHUNK))
    path = vault / "sealed" / key
    stored = bytearray(path.read_bytes())
    stored[position] ^= 1
    path.write_bytes(stored)

    with pytest.raises(SealBroken):
        opened(key)


def test_a_cut_original_breaks_the_seal(workdir: Path, vault: Path) -> None:
    key = sealed(workdir, corpus.noise(2 * CHUNK))
    path = vault / "sealed" / key

    for length in (0, HEADER.size, HEADER.size + LENGTH.size + 10, path.stat().st_size - 1):
        path.write_bytes(path.read_bytes()[:length])
        with pytest.raises(SealBroken):
            opened(key)


def frames_of(path: Path) -> tuple[bytes, list[bytes]]:
    """Return the header and the frames of a sealed file."""
    stored, frames = path.read_bytes(), []
    header, rest = stored[: HEADER.size], stored[HEADER.size :]
    while rest:
        end = LENGTH.size + LENGTH.unpack(rest[: LENGTH.size])[0]
        frames.append(rest[:end])
        rest = rest[end:]
    return header, frames


def test_frames_in_another_order_break_the_seal(workdir: Path, vault: Path) -> None:
    key = sealed(workdir, corpus.noise(2 * CHUNK))
    header, (first, second) = frames_of(vault / "sealed" / key)

    (vault / "sealed" / key).write_bytes(header + second + first)

    with pytest.raises(SealBroken, match="frame 0 belongs elsewhere"):
        opened(key)


def test_an_original_laid_in_the_place_of_another_breaks_the_seal(workdir: Path, vault: Path) -> None:
    alices, mallorys = sealed(workdir, b"a" * 500), sealed(workdir, b"m" * 500)

    (vault / "sealed" / mallorys).replace(vault / "sealed" / alices)

    with pytest.raises(SealBroken, match="belongs elsewhere"):
        opened(alices)


def test_a_new_writing_key_leaves_old_originals_readable_and_resealing_moves_them(workdir: Path, settings: Any) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    settings.IPP_FILE_KEYS = [old]
    key = sealed(workdir, b"deed")
    settings.IPP_FILE_KEYS = [new, old]

    assert opened(key) == b"deed"
    moved = reseal(key)
    settings.IPP_FILE_KEYS = [new]

    assert moved != key
    assert opened(moved) == b"deed"
    with pytest.raises(SealBroken, match="not in IPP_FILE_KEYS"):
        opened(key)


def test_resealing_what_lies_under_the_writing_key_changes_nothing(workdir: Path) -> None:
    key = sealed(workdir, b"deed")

    assert reseal(key) == key


def test_resealing_never_passes_on_an_altered_original(workdir: Path, vault: Path, settings: Any) -> None:
    key = sealed(workdir, b"deed")
    settings.IPP_FILE_KEYS = [Fernet.generate_key().decode(), *settings.IPP_FILE_KEYS]
    path = vault / "sealed" / key
    path.write_bytes(path.read_bytes()[:-1] + b"x")

    with pytest.raises(SealBroken):
        reseal(key)

    assert list((vault / "sealed").iterdir()) == [path]


def test_a_deleted_original_is_gone_and_deleting_it_again_is_fine(workdir: Path) -> None:
    key = sealed(workdir, b"deed")

    delete_original(key)
    delete_original(key)

    with pytest.raises(NotFound):
        opened(key)


@pytest.mark.parametrize("key", ["", "../secrets", "/etc/passwd", "x" * 42, "x" * 44, "x" * 42 + "/", "x" * 42 + "\n"])
def test_a_key_we_never_make_opens_nothing(key: str, vault: Path) -> None:
    with pytest.raises(NotFound):
        opened(key)


def test_a_storage_that_is_away_is_told_apart_from_a_missing_file(workdir: Path, vault: Path) -> None:
    (vault / "sealed").write_text("a file where the folder should be")

    with pytest.raises(Unavailable) as refusal:
        sealed(workdir, b"deed")

    assert refusal.value.code == "storage_unavailable"


@pytest.mark.parametrize("keys", [[], ["too-short"], ["!" * 44]])
def test_keys_that_cannot_seal_are_named(keys: list[str], workdir: Path, settings: Any) -> None:
    settings.IPP_FILE_KEYS = keys

    with pytest.raises(ImproperlyConfigured, match="IPP_FILE_KEYS"):
        sealed(workdir, b"deed")

"""Originals encrypted at rest: how they are sealed, opened and moved to a new key.

A sealed file is a header (magic, id of the key, size of the original) and frames (length, Fernet token of up to 1 MB). Each token begins
with a digest of storage key, size and frame number, so frames cannot be swapped, dropped or moved to another file unnoticed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files import File

from ipp.core.files import storage

MAGIC: Final = b"IPPSEAL1"
HEADER: Final = struct.Struct("!8s8sQ")
LENGTH: Final = struct.Struct("!I")
CHUNK: Final = 1024 * 1024
BINDING: Final = 32
LONGEST_FRAME: Final = CHUNK + 1024


class SealBroken(Exception):
    """A sealed original cannot be opened: it was altered, or its key left IPP_FILE_KEYS. An operator has to look."""


def seal(path: Path) -> str:
    """Encrypt an original under the writing key (the first of IPP_FILE_KEYS), store it, and return its storage key.

    Raises:
        Unavailable: the storage does not answer.
    """
    with path.open("rb") as stream:
        return _store_sealed(iter(lambda: stream.read(CHUNK), b""), path.stat().st_size)


def unseal(storage_key: str) -> Iterator[bytes]:
    """Yield the bytes of an original.

    Raises:
        NotFound: there is none under this key.
        SealBroken: it was altered, or its key is gone; raised before any byte of the wrong part is yielded.
        Unavailable: the storage does not answer.
    """
    with open_original(storage_key) as original:
        yield from original


def open_original(storage_key: str) -> storage.Reading:
    """Open an original for streaming. Raises as `unseal`."""
    stream = storage.fetch(storage.SEALED, storage_key)
    try:
        _, size = _read_header(stream)
    except SealBroken:
        stream.close()
        raise
    return storage.Reading(stream, size, _open_frames(stream, storage_key, size))


def reseal(storage_key: str) -> str:
    """Return the key of the same original under the writing key; a new one where it lay under an older key.

    The old object stays until the caller has written the new key down and calls `delete_original`: a crash never loses an original.
    """
    with storage.fetch(storage.SEALED, storage_key) as stream:
        key_id, size = _read_header(stream)
        if key_id == _key_id(_keys()[0]):
            return storage_key
        return _store_sealed(_open_frames(stream, storage_key, size), size)


def delete_original(storage_key: str) -> None:
    """Remove a sealed original; one that is gone already is fine."""
    storage.delete(storage.SEALED, storage_key)


def original_sha256(storage_key: str) -> str:
    """Return the SHA-256 of the original's plain bytes, in hex: what a restore drill compares with the recorded one. Raises as `unseal`."""
    digest = hashlib.sha256()
    for chunk in unseal(storage_key):
        digest.update(chunk)
    return digest.hexdigest()


def check_keys() -> None:
    """Read the keys in force.

    Raises:
        ImproperlyConfigured: there is none, or one is no key.
    """
    _cipher()


def _store_sealed(chunks: Iterable[bytes], size: int) -> str:
    storage_key = storage.new_key()
    with tempfile.TemporaryFile() as target:
        target.write(HEADER.pack(MAGIC, _key_id(_keys()[0]), size))
        for number, chunk in enumerate(chunks):
            token = base64.urlsafe_b64decode(_cipher().encrypt(_binding(storage_key, size, number) + chunk))
            target.write(LENGTH.pack(len(token)) + token)
        target.seek(0)
        return storage.put(storage.SEALED, storage_key, target)


def _read_header(stream: File[bytes]) -> tuple[bytes, int]:
    """Return the id of the key and the size of the original."""
    magic, key_id, size = HEADER.unpack(_exactly(stream, HEADER.size))
    if magic != MAGIC:
        raise SealBroken("it does not begin as a sealed file")
    if key_id not in {_key_id(key) for key in _keys()}:
        raise SealBroken(f"its key {key_id.hex()} is not in IPP_FILE_KEYS")
    return key_id, size


def _open_frames(stream: File[bytes], storage_key: str, size: int) -> Iterator[bytes]:
    cipher, opened, number = _cipher(), 0, 0
    while opened < size:
        (length,) = LENGTH.unpack(_exactly(stream, LENGTH.size))
        if length > LONGEST_FRAME:
            raise SealBroken(f"frame {number} is longer than any we write")
        plain = _open_frame(cipher, _exactly(stream, length))
        if not hmac.compare_digest(plain[:BINDING], _binding(storage_key, size, number)):
            raise SealBroken(f"frame {number} belongs elsewhere")
        opened, number = opened + len(plain) - BINDING, number + 1
        yield plain[BINDING:]


def _open_frame(cipher: MultiFernet, frame: bytes) -> bytes:
    try:
        return cipher.decrypt(base64.urlsafe_b64encode(frame))
    except InvalidToken as error:
        raise SealBroken("a frame was altered") from error


def _exactly(stream: File[bytes], length: int) -> bytes:
    data: bytes = stream.read(length)
    if len(data) != length:
        raise SealBroken("it ends too early")
    return data


def _binding(storage_key: str, size: int, number: int) -> bytes:
    return hashlib.sha256(f"{storage_key} {size} {number}".encode()).digest()


def _keys() -> list[str]:
    if not settings.IPP_FILE_KEYS:
        raise ImproperlyConfigured("IPP_FILE_KEYS is empty; originals cannot be sealed without a key.")
    return list(settings.IPP_FILE_KEYS)


def _cipher() -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in _keys()])
    except ValueError as error:
        raise ImproperlyConfigured("Each of IPP_FILE_KEYS must be 32 bytes in urlsafe base64, as Fernet.generate_key() makes.") from error


def _key_id(key: str) -> bytes:
    """Return the public id of a key: it tells keys apart and says nothing about them."""
    return hashlib.sha256(b"ipp-file-key:" + key.encode()).digest()[:8]

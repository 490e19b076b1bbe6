"""Small secrets at rest and opaque tokens, encrypted with the keys in force (IPP_SECRET_KEYS: the first writes, all read)."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

__all__ = ["InvalidToken", "decrypt", "encrypt"]


def encrypt(text: str) -> str:
    """Return `text` as an opaque, authenticated token (urlsafe base64)."""
    return _fernet().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Return what was encrypted.

    Raises:
        InvalidToken: the token was not made here, or its key is gone.
    """
    return _fernet().decrypt(token.encode()).decode()


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.IPP_SECRET_KEYS])

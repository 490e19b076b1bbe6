"""Expiring signed links to the file origin: the only way to a stored file."""

from __future__ import annotations

import time
from dataclasses import astuple, dataclass
from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, Signer

from ipp.core.files.names import safe_filename

PAGE: Final = "page"
ORIGINAL: Final = "original"
INLINE: Final = "inline"
ATTACHMENT: Final = "attachment"
PICTURES: Final = frozenset({"image/jpeg", "image/png", "image/webp"})


class LinkInvalid(Exception):
    """The link was not made by us, or is not whole."""


class LinkExpired(Exception):
    """The link was good once."""


@dataclass(frozen=True)
class Link:
    """What a link says. `expires_at` is in seconds since 1970, on the clock of the web server: the file origin has no database."""

    kind: str
    storage_key: str
    media_type: str
    filename: str
    disposition: str
    expires_at: int


def link_to(storage_key: str, *, media_type: str, filename: str, disposition: str, expires_in: int, kind: str = PAGE) -> str:
    """Return the address of a stored file on FILES_ORIGIN, good for `expires_in` seconds.

    Args:
        kind: `page` for a derivative; `original` for a sealed original, which is decrypted on the way and always downloads.
        disposition: `inline` holds for pages that are pictures; everything else is sent as an attachment whatever is asked.
    """
    shown = disposition == INLINE and kind == PAGE and media_type in PICTURES
    name = safe_filename(filename, media_type)
    link = Link(kind, storage_key, media_type, name, INLINE if shown else ATTACHMENT, int(time.time()) + expires_in)
    return f"{settings.FILES_ORIGIN}/{_signer().sign_object(list(astuple(link)), compress=True)}"


def read_link(token: str) -> Link:
    """Return what a link's token says.

    Raises:
        LinkInvalid: the signature does not fit.
        LinkExpired: its time is over.
    """
    try:
        link = Link(*_signer().unsign_object(token))
    except BadSignature as error:
        raise LinkInvalid from error
    if time.time() >= link.expires_at:
        raise LinkExpired
    return link


def _signer() -> Signer:
    # The salt makes the key: it is derived from SECRET_KEY for this purpose alone, and SECRET_KEY_FALLBACKS are honoured.
    return Signer(salt="ipp.core.files.links")

"""File names that are safe to send: no path, no invisible or reordering characters, and an ending that tells the truth."""

from __future__ import annotations

import unicodedata
from typing import Final
from urllib.parse import quote

ENDINGS: Final = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "application/pdf": ".pdf"}
LONGEST: Final = 100
"""Characters of a name before its ending."""


def safe_filename(name: str, media_type: str) -> str:
    """Return the last part of `name` without control, format and quoting characters, with the ending of its true media type."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    # Categories C*: control, format (right-to-left override), surrogate, private, unassigned.
    visible = "".join(character for character in last if unicodedata.category(character)[0] != "C" and character not in '<>:"|?*;')
    ending = ENDINGS.get(media_type, ".bin")
    stem = visible.strip(" .")
    while stem.lower().endswith((ending, ".jpeg" if ending == ".jpg" else ending)):
        stem = stem[: stem.rindex(".")].rstrip(" .")
    return (stem[:LONGEST].strip(" .") or "file") + ending


def content_disposition(disposition: str, filename: str) -> str:
    """Return the header value with an ASCII name for old clients and the whole one for the others (RFC 6266, RFC 8187)."""
    ascii_name = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode().strip(" .-")
    stem_lost = not ascii_name or ascii_name == filename.rsplit(".", 1)[-1]
    fallback = f"file.{filename.rsplit('.', 1)[-1]}" if stem_lost else ascii_name
    if fallback == filename:
        return f'{disposition}; filename="{filename}"'
    return f"{disposition}; filename=\"{fallback}\"; filename*=UTF-8''{quote(filename, safe='')}"

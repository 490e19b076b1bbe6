"""Names that uploads claim, made harmless."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

import pytest

from ipp.core.files.names import content_disposition, safe_filename
from tests.core.files import corpus


@pytest.mark.parametrize("name", corpus.NAMES)
def test_no_claimed_name_escapes_hides_or_injects(name: str) -> None:
    safe = safe_filename(name, "application/pdf")

    header = content_disposition("attachment", safe)

    assert safe.endswith(".pdf")
    assert 5 <= len(safe) <= 104
    assert not safe.startswith(".")
    assert not set(safe) & set('/\\<>:"|?*;\r\n\0')
    assert not any(unicodedata.category(character).startswith("C") for character in safe)
    header.encode("ascii")
    assert "\n" not in header
    assert "\r" not in header
    assert parsed(header) == ("attachment", safe)


def parsed(header: str) -> tuple[str, str | None]:
    """Read the header as a client does: the extended name wins over the plain one."""
    extended = re.fullmatch(r"(\w+); filename=\"[^\"]+\"; filename\*=UTF-8''([\w.%~-]+)", header)
    if extended:
        return extended[1], unquote(extended[2])
    plain = re.fullmatch(r'(\w+); filename="([^"\\]+)"', header)
    return (plain[1], plain[2]) if plain else ("", None)


@pytest.mark.parametrize(
    ("claimed", "media_type", "safe"),
    [
        ("certificate.pdf", "application/pdf", "certificate.pdf"),
        ("certificate.PDF.pdf", "application/pdf", "certificate.pdf"),
        ("photo.jpeg", "image/jpeg", "photo.jpg"),
        ("photo.jpg", "image/png", "photo.jpg.png"),
        ("setup.exe", "image/jpeg", "setup.exe.jpg"),
        ("商标注册证.pdf", "application/pdf", "商标注册证.pdf"),
        ("../../etc/passwd", "image/webp", "passwd.webp"),
        ("a.pdf", "text/html", "a.pdf.bin"),
    ],
)
def test_the_ending_tells_what_the_file_is(claimed: str, media_type: str, safe: str) -> None:
    assert safe_filename(claimed, media_type) == safe


def test_an_ascii_name_is_sent_plainly_and_another_one_in_both_forms() -> None:
    assert content_disposition("inline", "page 1.jpg") == 'inline; filename="page 1.jpg"'
    assert content_disposition("attachment", "Müller.pdf") == "attachment; filename=\"Muller.pdf\"; filename*=UTF-8''M%C3%BCller.pdf"
    assert content_disposition("attachment", "商标.pdf") == "attachment; filename=\"file.pdf\"; filename*=UTF-8''%E5%95%86%E6%A0%87.pdf"

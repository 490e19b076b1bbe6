"""Why an upload is refused: the codes, and for each the words that say how to mend it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from ipp.core.errors import DomainError, Text, TooLarge, UnsupportedType
from ipp.core.files.limits import Limits


class Reason(StrEnum):
    """The whole set of codes an upload can be refused with; machines match on them."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    UNSUPPORTED_TYPE = "unsupported_type"
    DAMAGED = "damaged"
    TWO_KINDS = "two_kinds"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_PAGES = "too_many_pages"
    ENCRYPTED = "encrypted"
    TOO_COMPLEX = "too_complex"
    INFECTED = "infected"


class UploadRefused(DomainError):
    """The file was read and cannot be accepted; the message says how to mend it."""

    status = 422
    title = _("This file cannot be accepted")


_MESSAGES: Final = {
    Reason.EMPTY: _("This file is empty. Choose the file again; if it stays empty, export it once more from where it came from."),
    Reason.TOO_LARGE: _("This file is larger than {megabytes} MB. Export it with a lower resolution, or split it into several files."),
    Reason.UNSUPPORTED_TYPE: _(
        "Only JPEG, PNG, WebP and PDF files are accepted, and this is none of them, whatever its name says. Export it as one of these."
    ),
    Reason.DAMAGED: _("This file cannot be read to its end. Open it on your device, save it again, and upload the new copy."),
    Reason.TWO_KINDS: _("A second file hides inside this one. Save the picture, or print the PDF to a new PDF, and upload the new copy."),
    Reason.TOO_MANY_PIXELS: _("This picture has more than {megapixels} megapixels. Save it smaller and upload the smaller one."),
    Reason.TOO_MANY_PAGES: _("This PDF has more than {pages} pages. Split it, or upload only the pages that matter."),
    Reason.ENCRYPTED: _("This PDF asks for a password. Save a copy without a password and upload that."),
    Reason.TOO_COMPLEX: _("This file takes too much work to open. Split it, or print it to a new PDF with less detail, and upload that."),
    Reason.INFECTED: _("The virus scanner found something in this file. Check your device, then get the document afresh from its source."),
}

WARNINGS: Final[dict[str, Text]] = {
    "animated": _("The picture moves; only its first frame is shown."),
    "pdf_javascript": _("The original PDF carries JavaScript. The pages shown are pictures and carry none."),
    "pdf_launch": _("The original PDF tries to start a program. The pages shown are pictures and start nothing."),
    "pdf_attachments": _("The original PDF has files attached, which are not shown."),
    "pdf_xfa": _("The original PDF holds a dynamic form, which may be shown incompletely."),
}
"""What `Examined.warnings` may hold, with the words for a reviewer."""


def refused(reason: Reason, limits: Limits) -> DomainError:
    """Return the error to raise for `reason`, with the limits it speaks of."""
    kind = {Reason.TOO_LARGE: TooLarge, Reason.UNSUPPORTED_TYPE: UnsupportedType}.get(reason, UploadRefused)
    numbers = {"megabytes": limits.bytes // (1024 * 1024), "megapixels": limits.pixels // 1_000_000, "pages": limits.pages}
    return kind(reason.value, format_lazy(_MESSAGES[reason], **numbers))

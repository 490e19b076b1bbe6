"""Every cap of the file pipeline, in one place; an operator changes one through the setting IPP_UPLOAD_LIMITS."""

from __future__ import annotations

from dataclasses import dataclass, fields

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

CHILDREN_AT_ONCE = 2
"""Files one process decodes at the same time; the others wait their turn, so memory stays bounded (this x `address_space_mb`)."""


@dataclass(frozen=True)
class Limits:
    """What one upload may cost. The field names are the keys of IPP_UPLOAD_LIMITS."""

    bytes: int = 20 * 1024 * 1024
    """Size of the original."""
    pixels: int = 40_000_000
    """Width times height of a picture, as its header says, checked before anything is decoded."""
    pages: int = 200
    """Pages of a PDF."""
    pdf_objects: int = 100_000
    """Objects of a PDF, those in compressed object streams included."""
    cpu_seconds: int = 10
    """Processor time of the child."""
    wall_seconds: int = 15
    """Time on the clock from starting the child to its answer."""
    address_space_mb: int = 768
    """Memory the child may map, libraries included. Measured at 40 megapixels: WebP 675 MB (its decoder holds two more frames),
    PNG with transparency 440 MB, JPEG 325 MB; a PDF of 200 pages 110 MB. 512 MB would refuse honest WebP pictures above 30 megapixels."""
    file_mb: int = 32
    """One file the child writes."""
    derivatives_mb: int = 200
    """All pages of one upload together."""
    open_files: int = 64
    """File descriptors of the child."""
    picture_side: int = 3000
    """Longest side, in pixels, of the page made from a picture."""
    page_width: int = 1600
    """Width, in pixels, of a rendered PDF page."""
    page_height: int = 4800
    """Height, in pixels, of a rendered PDF page, where its shape would ask for more."""
    long_document_pages: int = 50
    """From here on pages are rendered at `long_document_width`: 200 pages have to fit into the same processor time."""
    long_document_width: int = 1100
    """Width, in pixels, of a rendered page of a long document."""


def current_limits() -> Limits:
    """Return the limits in force.

    Raises:
        ImproperlyConfigured: IPP_UPLOAD_LIMITS names an unknown limit or one that is not a positive whole number.
    """
    overrides = getattr(settings, "IPP_UPLOAD_LIMITS", None) or {}
    known = {field.name for field in fields(Limits)}
    for name, value in overrides.items():
        if name not in known:
            raise ImproperlyConfigured(f"IPP_UPLOAD_LIMITS[{name!r}] is unknown; the limits are {', '.join(sorted(known))}.")
        if not isinstance(value, int) or value < 1:
            raise ImproperlyConfigured(f"IPP_UPLOAD_LIMITS[{name!r}] must be a positive whole number, not {value!r}.")
    return Limits(**overrides)

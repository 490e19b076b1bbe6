"""Storing an upload: the pipeline runs outside any transaction, then one short transaction writes the rows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from ipp.core.actors import Actor
from ipp.core.errors import DomainError, FieldError, NotFound, Unavailable
from ipp.core.files import Examined, delete_original, delete_page, examine, link_to, receive, seal, store_page
from ipp.core.models import StoredFile, StoredPage

log = structlog.get_logger(__name__)

ACCEPTED = ".jpg,.jpeg,.png,.webp,.pdf,image/jpeg,image/png,image/webp,application/pdf"
"""What a file field offers; what is accepted is decided by content, in the pipeline."""


FIELD = "/file"
"""What a refused upload is called in forms and in API bodies."""


@dataclass
class Prepared:
    """An upload that passed every check and lies in storage, but belongs to nobody until `keep_file` writes its rows.

    Whoever commits those rows says so by `is_kept`; without it the stored files go again at the end of `prepared_upload`.
    """

    name: str
    examined: Examined
    sealed_key: str = ""
    page_keys: tuple[str, ...] = ()
    is_kept: bool = False


@contextmanager
def prepared_upload(upload: UploadedFile[bytes]) -> Iterator[Prepared]:
    """Check, re-encode and store an upload for the block, which keeps it or not. No transaction may be open: decoding takes seconds.

    Raises:
        UploadRefused, TooLarge, UnsupportedType: the file, with how to mend it.
        Unavailable: the virus scanner or the storage does not answer.
    """
    with tempfile.TemporaryDirectory(prefix="ipp-upload-") as folder:
        workdir = Path(folder)
        try:
            source = receive(upload, workdir=workdir)
            prepared = Prepared(clean_name(upload.name or ""), examine(source, workdir=workdir))
        except DomainError as error:
            error.errors = error.errors or (FieldError(FIELD, error.code, error.message),)
            raise
        try:
            prepared.sealed_key = seal(source)
            for page in prepared.examined.pages:
                prepared.page_keys += (store_page(page),)
            yield prepared
        finally:
            if not prepared.is_kept:
                _discard(prepared)


@transaction.atomic
def keep_file(*, actor: Actor, prepared: Prepared) -> StoredFile:
    """Write the rows of a prepared upload, in the transaction of whatever it belongs to."""
    examined = prepared.examined
    file = StoredFile.objects.create(
        organization_id=actor.organization_id,
        name=prepared.name,
        media_type=examined.media_type,
        size=examined.size,
        sha256=examined.sha256,
        sealed_key=prepared.sealed_key,
        page_count=len(examined.pages),
        scan=examined.scan,
        warnings=list(examined.warnings),
    )
    StoredPage.objects.bulk_create(
        StoredPage(
            organization_id=actor.organization_id,
            file_id=file.pk,
            number=page.number,
            storage_key=key,
            media_type=page.media_type,
            width=page.width,
            height=page.height,
            sha256=page.sha256,
        )
        for page, key in zip(examined.pages, prepared.page_keys, strict=True)
    )
    return file


def find_file(*, actor: Actor, code: str) -> StoredFile:
    """Return the organization's own file by its public code.

    Raises:
        NotFound: it is missing or another tenant's.
    """
    file = StoredFile.objects.filter(organization_id=actor.organization_id, code=code).first()
    if file is None:
        raise NotFound
    return file


def page_link(page: StoredPage, *, name: str) -> str:
    """Return a link to one page's pixels on the file origin; it expires in minutes."""
    return link_to(page.storage_key, media_type=page.media_type, filename=f"{name}-{page.number}", disposition="inline", expires_in=600)


def _discard(prepared: Prepared) -> None:
    """Remove what was stored for nobody; a storage that is away now keeps it, unreadable to all, and the refusal stands."""
    try:
        if prepared.sealed_key:
            delete_original(prepared.sealed_key)
        for key in prepared.page_keys:
            delete_page(key)
    except Unavailable as error:
        log.warning("upload_left_behind", error=str(error))


def clean_name(name: str) -> str:
    """Return a name safe to show: last path part, printable characters only, at most 120."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last if character.isprintable()).strip()[:120] or "file"

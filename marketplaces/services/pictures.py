"""Pictures of listings: fetched and decoded outside any transaction, kept once as re-encoded pixels, whoever shows them."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import structlog

from ipp.core.clock import IppNow
from ipp.core.errors import DomainError, Unavailable
from ipp.core.files import Page, current_limits, delete_page, examine, store_page
from ipp.core.tenancy import engine_scope
from marketplaces.gateways.connector import ConnectorRefused, ConnectorUnavailable
from marketplaces.models import Picture, PictureSource

log = structlog.get_logger(__name__)

MAX_BYTES = 8 * 1024 * 1024
LONGEST_SIDE = 1600
"""Of the kept pixels; a reviewer compares marks and shapes, no marketplace shows more."""
PER_LISTING = 12
UNREACHABLE = "unreachable"
BATCH_SECONDS = 60.0
"""What is not fetched and decoded by then counts as unreachable: the batch's lease and its task have an end."""
MOST_WAITS = 3
"""So many pictures of a batch may be waited for in vain; then the rest is not asked for."""

Fetch = Callable[[str, int], bytes]


@dataclass(frozen=True)
class SeenPicture:
    """What came of one address: a stored picture, or the word why not. `mark` stands for its content in a snapshot's digest."""

    mark: str
    picture_id: int | None = None

    @property
    def is_final(self) -> bool:
        """Whether asking again soon would give the same."""
        return self.mark != UNREACHABLE


def gather_pictures(fetch: Fetch, urls: Iterable[str], *, remembered: timedelta | None) -> dict[str, SeenPicture]:
    """Return what is behind each address, fetching each at most once. No transaction may be open: decoding takes seconds.

    Args:
        fetch: the connector's, by address and largest size in bytes.
        remembered: how long an earlier fetch of the same address is good enough; None asks again.
    """
    wanted = dict.fromkeys(urls)
    found = _remembered(wanted, remembered) if remembered else {}
    until = time.monotonic() + BATCH_SECONDS
    waits = 0
    for url in wanted:
        if url not in found:
            is_hopeless = waits >= MOST_WAITS or time.monotonic() > until
            found[url] = SeenPicture(UNREACHABLE) if is_hopeless else _look_at(fetch, url)
            waits += not found[url].is_final
    return found


def _remembered(urls: Mapping[str, None], remembered: timedelta) -> dict[str, SeenPicture]:
    with engine_scope("recall pictures"):
        rows = PictureSource.objects.filter(url__in=urls, fetched_at__gt=IppNow() - remembered)
        return {url: SeenPicture(sha256 or refusal, picture) for url, sha256, refusal, picture in rows.values_list(*_SOURCE)}


_SOURCE = ("url", "picture__sha256", "refusal", "picture_id")


def _look_at(fetch: Fetch, url: str) -> SeenPicture:
    try:
        content = fetch(url, MAX_BYTES)
        sha256 = hashlib.sha256(content).hexdigest()
        seen = SeenPicture(sha256, _known(sha256) or _keep(content, sha256))
    except (ConnectorUnavailable, Unavailable) as error:
        log.warning("picture_unreachable", url=url, error=str(error))
        return SeenPicture(UNREACHABLE)
    except (ConnectorRefused, DomainError) as error:
        log.info("picture_refused", url=url, code=error.code)
        seen = SeenPicture(f"refused:{error.code}"[:40])
    _remember(url, seen)
    return seen


def _known(sha256: str) -> int | None:
    with engine_scope("look a picture up"):
        return Picture.objects.filter(sha256=sha256).values_list("pk", flat=True).first()


def _keep(content: bytes, sha256: str) -> int:
    """Decode in the cage, store the pixels, write the row; when another worker was first, its picture stays and ours goes."""
    with tempfile.TemporaryDirectory(prefix="ipp-picture-") as folder:
        source = Path(folder) / "source"
        source.write_bytes(content)
        limits = replace(current_limits(), bytes=MAX_BYTES, pages=1, picture_side=LONGEST_SIDE)
        page = examine(source, workdir=Path(folder), limits=limits).pages[0]
        key = store_page(page)
    picture_id, is_ours = _write(page, key, sha256)
    if not is_ours:
        delete_page(key)
    return picture_id


def _write(page: Page, key: str, sha256: str) -> tuple[int, bool]:
    row = Picture(sha256=sha256, storage_key=key, media_type=page.media_type, width=page.width, height=page.height)
    with engine_scope("keep a picture"):
        Picture.objects.bulk_create([row], ignore_conflicts=True)
        picture_id, stored = Picture.objects.values_list("pk", "storage_key").get(sha256=sha256)
    return picture_id, stored == key


def _remember(url: str, seen: SeenPicture) -> None:
    refusal = "" if seen.picture_id else seen.mark
    with engine_scope("remember a picture"):
        PictureSource.objects.bulk_create(
            [PictureSource(url=url, picture_id=seen.picture_id, refusal=refusal, fetched_at=IppNow())],
            update_conflicts=True,
            unique_fields=["url"],
            update_fields=["picture", "refusal", "fetched_at"],
        )

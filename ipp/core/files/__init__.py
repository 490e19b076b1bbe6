"""The file pipeline, below the database: take an upload, check it in a cage, seal the original, store its pages, link to them.

path = receive(upload, workdir=folder)        at most 20 MB
examined = examine(path, workdir=folder)      kind by content, virus scan, decoded in a child process, pages as pictures
seal(path), store_page(page)                  storage keys for the rows
link_to(key, ...)                             what a page shows: an expiring address on the file origin
"""

from __future__ import annotations

from ipp.core.files.examining import Examined, Page, examine
from ipp.core.files.limits import Limits, current_limits
from ipp.core.files.links import link_to
from ipp.core.files.receiving import receive
from ipp.core.files.refusals import WARNINGS, Reason, UploadRefused
from ipp.core.files.sealing import SealBroken, delete_original, original_sha256, reseal, seal, unseal
from ipp.core.files.storage import delete_page, store_page

__all__ = [
    "WARNINGS",
    "Examined",
    "Limits",
    "Page",
    "Reason",
    "SealBroken",
    "UploadRefused",
    "current_limits",
    "delete_original",
    "delete_page",
    "examine",
    "link_to",
    "original_sha256",
    "receive",
    "reseal",
    "seal",
    "store_page",
    "unseal",
]

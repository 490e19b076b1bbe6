"""Taking the bytes of an upload to disk, no more of them than allowed."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from ipp.core.files.limits import current_limits
from ipp.core.files.refusals import Reason, refused


class CappedUploadHandler(TemporaryFileUploadHandler):
    """Writes an upload to a temporary file and drops what comes after the cap, so that a huge body cannot fill the disk.

    The file keeps its true size, by which `receive` refuses it: a shortened file is never taken for a whole one.
    """

    kept = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Start counting anew."""
        super().new_file(*args, **kwargs)
        self.kept = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep the chunk while the file is within the cap."""
        if self.kept <= current_limits().bytes:
            super().receive_data_chunk(raw_data, start)
            self.kept += len(raw_data)


def receive(upload: UploadedFile[bytes], *, workdir: Path) -> Path:
    """Stream an upload into `workdir`, under a random name, and return its path.

    Raises:
        TooLarge: it has more bytes than allowed, whatever size it claims.
    """
    limits = current_limits()
    if (upload.size or 0) > limits.bytes:
        raise refused(Reason.TOO_LARGE, limits)
    path = workdir / secrets.token_hex(16)
    written = 0
    with path.open("xb") as target:
        for chunk in upload.chunks():
            written += len(chunk)
            if written > limits.bytes:
                raise refused(Reason.TOO_LARGE, limits)
            target.write(chunk)
    return path

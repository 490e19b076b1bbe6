"""The parent's side of decoding: it looks at bytes only, starts the child, holds it to its time, and believes nothing it says unchecked."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import structlog
from django.utils.translation import gettext_lazy as _

from ipp.core.errors import Unavailable
from ipp.core.files.limits import CHILDREN_AT_ONCE, Limits, current_limits
from ipp.core.files.refusals import WARNINGS, Reason, refused
from ipp.core.files.scanner import scanner

log = structlog.get_logger(__name__)

CHILD: Final = Path(__file__).with_name("child.py")
PAGE_TYPE: Final = "image/jpeg"
LONGEST_ANSWER: Final = 64 * 1024
_SEATS = threading.BoundedSemaphore(CHILDREN_AT_ONCE)


@dataclass(frozen=True)
class Page:
    """One page as a picture that holds pixels and nothing else. `number` counts from 1; the sides are in pixels."""

    number: int
    path: Path
    width: int
    height: int
    media_type: str
    sha256: str


@dataclass(frozen=True)
class Examined:
    """A file that passed. `size` and `sha256` are of the original, `warnings` are keys of `WARNINGS`, `scan` is the scanner's word."""

    media_type: str
    sha256: str
    size: int
    pages: tuple[Page, ...]
    warnings: tuple[str, ...]
    scan: str


def examine(source: Path, *, workdir: Path, limits: Limits | None = None) -> Examined:
    """Check a file's size, kind and content, and make the pages others see; they lie below `workdir`.

    The kind is what the first bytes say and the decoder of that very format confirms; names and claimed types are never asked.

    Raises:
        UploadRefused, TooLarge, UnsupportedType: the file; the codes are `refusals.Reason`.
        Unavailable: the scanner or the child cannot work, or too many files wait; trying again is safe.
    """
    limits = limits or current_limits()
    media_type = kind_of(source, limits)
    scan = scanner().scan(source, limits)
    folder = Path(tempfile.mkdtemp(prefix="pages-", dir=workdir))
    answer = _ask_child(source, media_type, folder, limits)
    pages = _checked_pages(answer, folder, limits)
    told = answer.get("warnings")
    warnings = tuple(word for word in WARNINGS if isinstance(told, list) and word in told)
    return Examined(media_type, fingerprint(source), source.stat().st_size, pages, warnings, scan)


def kind_of(source: Path, limits: Limits) -> str:
    """Return the media type the first bytes announce.

    Raises:
        UploadRefused, TooLarge, UnsupportedType: the file is empty, too large or of no accepted kind.
    """
    size = source.stat().st_size
    if size == 0:
        raise refused(Reason.EMPTY, limits)
    if size > limits.bytes:
        raise refused(Reason.TOO_LARGE, limits)
    with source.open("rb") as stream:
        head = stream.read(16)
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    raise refused(Reason.UNSUPPORTED_TYPE, limits)


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _ask_child(source: Path, media_type: str, folder: Path, limits: Limits) -> dict[str, Any]:
    """Return the child's answer, or raise the refusal it stands for."""
    job = json.dumps({"source": str(source.resolve()), "media_type": media_type, "folder": str(folder.resolve()), "limits": asdict(limits)})
    began = time.monotonic()
    with _seat(limits), tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaints:
        status = _run(job, folder, output.fileno(), complaints.fileno(), limits)
        is_ready, answer = _read_answer(output.fileno())
        log.info("file_decoded", media_type=media_type, ms=round((time.monotonic() - began) * 1000), status=status, answer=_facts(answer))
        if not is_ready:
            complaints.seek(0)
            log.error("file_child_failed", status=status, stderr=complaints.read(LONGEST_ANSWER).decode(errors="replace")[-2000:])
            raise _unavailable()
        if status or answer is None:
            # The processor or wall clock ran out, or a library gave up on the memory it was denied, each in its own way.
            raise refused(Reason.TOO_COMPLEX, limits)
    if isinstance(code := answer.get("refused"), str) and code in set(Reason):
        raise refused(Reason(code), limits)
    return answer


def _run(job: str, folder: Path, output: int, complaints: int, limits: Limits) -> int:
    """Run the child to its end or to the end of its time; return its exit status, negative for a signal.

    Raises:
        Unavailable: the time was over although the child hardly got to work.
    """
    # -I: no environment, no current folder, no user packages; the child gets no secret and no open file of ours.
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and program; the job is one argument, no shell
        [sys.executable, "-I", "-B", str(CHILD), job],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=complaints,
        cwd=folder,
        env={"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},
        start_new_session=True,
    )
    try:
        return process.wait(limits.wall_seconds)
    except subprocess.TimeoutExpired:
        worked = _kill(process)
    finally:
        process.kill()
        process.wait()
    if worked < limits.wall_seconds / 2:
        # The machine is short of time, not the file of sense: an honest upload must not be told to change.
        raise _busy()
    return -signal.SIGKILL


def _kill(process: subprocess.Popen[bytes]) -> float:
    """End the child and return the processor seconds it used."""
    process.kill()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


@contextmanager
def _seat(limits: Limits) -> Iterator[None]:
    """Hold one of the few seats for children.

    Raises:
        Unavailable: none became free within the time one child may take.
    """
    if not _SEATS.acquire(timeout=limits.wall_seconds):
        raise _busy()
    try:
        yield
    finally:
        _SEATS.release()


def _read_answer(output: int) -> tuple[bool, dict[str, Any] | None]:
    """Return whether the child got as far as the file, and what it answered."""
    first, _, rest = os.pread(output, LONGEST_ANSWER, 0).partition(b"\n")
    try:
        answer = json.loads(rest)
    except ValueError:
        answer = None
    return first == b"ready", answer if isinstance(answer, dict) else None


def _facts(answer: dict[str, Any] | None) -> dict[str, Any]:
    """Return what is worth a line in the log."""
    return {key: answer[key] for key in ("refused", "warnings", "cpu_ms") if key in answer} if answer else {}


def _checked_pages(answer: dict[str, Any], folder: Path, limits: Limits) -> tuple[Page, ...]:
    """Return the pages, each one looked at again: a decoder taken over by a file may say and write anything.

    Raises:
        UploadRefused: the pages are not what an honest child writes.
    """
    try:
        sizes = [(int(width), int(height)) for width, height in answer["pages"]]
    except (KeyError, TypeError, ValueError):
        raise refused(Reason.DAMAGED, limits) from None
    if not 0 < len(sizes) <= limits.pages:
        raise refused(Reason.DAMAGED, limits)
    return tuple(_checked_page(number, *size, folder, limits) for number, size in enumerate(sizes, start=1))


def _checked_page(number: int, width: int, height: int, folder: Path, limits: Limits) -> Page:
    path = folder / f"{number:04}.jpg"
    if path.is_symlink() or not path.is_file() or not 0 < width <= limits.pixels or not 0 < height <= limits.pixels:
        raise refused(Reason.DAMAGED, limits)
    with path.open("rb") as stream:
        if stream.read(3) != b"\xff\xd8\xff":
            raise refused(Reason.DAMAGED, limits)
    return Page(number, path, width, height, PAGE_TYPE, fingerprint(path))


def _busy() -> Unavailable:
    return Unavailable("uploads_busy", _("Many files are being checked right now. Nothing was stored; try again in a minute."))


def _unavailable() -> Unavailable:
    return Unavailable("checks_unavailable", _("Files cannot be checked right now. Nothing was stored; try again in a few minutes."))

"""The virus scanner: a ClamAV daemon where IPP_CLAMAV names one, else nobody, and then every file says it was not scanned."""

from __future__ import annotations

import socket
import struct
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from ipp.core.errors import Unavailable
from ipp.core.files.limits import Limits
from ipp.core.files.refusals import Reason, refused

log = structlog.get_logger(__name__)

CLEAN: Final = "clean"
UNSCANNED: Final = "unscanned"
SECONDS_TO_ANSWER: Final = 30
CHUNK: Final = 64 * 1024
LONGEST_REPLY: Final = 4096


class Scanner(Protocol):
    """Something that looks for malware in a file."""

    def scan(self, source: Path, limits: Limits) -> str:
        """Return `clean` or `unscanned`.

        Raises:
            UploadRefused: something was found.
            Unavailable: the scanner is configured and gives no verdict.
        """
        ...


class NoScanner:
    """Scans nothing and says so."""

    def scan(self, source: Path, limits: Limits) -> str:
        """Return `unscanned`."""
        return UNSCANNED


class ClamAv:
    """Speaks the INSTREAM command of clamd(8). Fails closed: without a clear verdict the file is not accepted."""

    def __init__(self, address: str) -> None:
        self.family, self.target = parse_address(address)

    def scan(self, source: Path, limits: Limits) -> str:
        """Return `clean`."""
        try:
            reply = self._ask(source)
        except OSError as error:
            raise self._no_verdict(repr(error)) from error
        if reply.endswith(" FOUND"):
            log.warning("upload_infected", verdict=reply)
            raise refused(Reason.INFECTED, limits)
        if reply != "stream: OK":
            raise self._no_verdict(reply)
        return CLEAN

    def _ask(self, source: Path) -> str:
        with socket.socket(self.family, socket.SOCK_STREAM) as connection, source.open("rb") as stream:
            connection.settimeout(SECONDS_TO_ANSWER)
            connection.connect(self.target)
            connection.sendall(b"zINSTREAM\0")
            while chunk := stream.read(CHUNK):
                connection.sendall(struct.pack("!I", len(chunk)) + chunk)
            connection.sendall(struct.pack("!I", 0))
            return self._reply(connection)

    def _reply(self, connection: socket.socket) -> str:
        reply = b""
        while not reply.endswith(b"\0") and len(reply) < LONGEST_REPLY:
            part = connection.recv(LONGEST_REPLY)
            if not part:
                break
            reply += part
        return reply.rstrip(b"\0").decode("utf-8", "replace").strip()

    def _no_verdict(self, reason: str) -> Unavailable:
        log.error("virus_scanner_unavailable", reason=reason)
        return Unavailable("scanner_unavailable", _("The virus scanner does not answer. Nothing was stored; try again in a few minutes."))


def scanner() -> Scanner:
    """Return the scanner of this deployment."""
    return ClamAv(settings.IPP_CLAMAV) if settings.IPP_CLAMAV else NoScanner()


def parse_address(address: str) -> tuple[socket.AddressFamily, str | tuple[str, int]]:
    """Return the socket family and target of `tcp://host:3310` or `unix:///run/clamav/clamd.ctl`.

    Raises:
        ImproperlyConfigured: it is neither.
    """
    parts = urlsplit(address)
    if parts.scheme == "unix" and parts.path:
        return socket.AF_UNIX, parts.path
    if parts.scheme == "tcp" and parts.hostname and parts.port:
        return socket.AF_INET, (parts.hostname, parts.port)
    raise ImproperlyConfigured(f"IPP_CLAMAV={address!r} is neither tcp://host:port nor unix:///path/to/socket.")

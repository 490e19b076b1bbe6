"""What the environment sets: address, data folder, stock, public origins, the secret that signs commands, and a fault to begin with."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.commands import RefusedError
from sandbox.faults import Fault, read_fault

SHORTEST_SECRET = 16
USUAL_BULK = 648
MOST_BULK = 20_000
ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?|https?://\[[0-9a-fA-F:]+\](?::[0-9]{1,5})?")
HERE = Path(__file__).resolve().parent


class ConfigurationError(Exception):
    """A setting that cannot be right, in words an operator can act on."""


@dataclass(frozen=True)
class Configuration:
    """The settings of one run. `secret` is None when no commands are to be taken; `origin` is empty when only the free port will tell."""

    host: str
    port: int
    data: Path
    origin: str
    secret: bytes | None
    portal: str
    """Where reports of listings are sent."""
    bulk: int
    """Listings of each marketplace's further shops."""
    fault: Fault


def from_environment(environ: Mapping[str, str]) -> Configuration:
    """Read the settings.

    Raises:
        ConfigurationError: a setting that is no port, number, origin or fault, or a secret that cannot be read.
    """
    raw_port = environ.get("SANDBOX_PORT", "").strip() or "8003"
    if not (raw_port.isascii() and raw_port.isdigit() and int(raw_port) < 65536):
        raise ConfigurationError(f"SANDBOX_PORT={raw_port!r} is not a port; set it to a number such as 8003.")
    raw_secret = environ.get("SANDBOX_SECRET", "").strip()
    is_port_free = int(raw_port) == 0 and not environ.get("SANDBOX_ORIGIN", "").strip()
    return Configuration(
        host=environ.get("SANDBOX_HOST", "").strip() or "127.0.0.1",
        port=int(raw_port),
        data=Path(environ.get("SANDBOX_DATA_DIR", "").strip() or HERE.parent / "var" / "sandbox"),
        origin="" if is_port_free else _origin(environ, "SANDBOX_ORIGIN", f"http://localhost:{raw_port}"),
        secret=decoded_secret(raw_secret) if raw_secret else None,
        portal=_origin(environ, "SANDBOX_PORTAL_ORIGIN", environ.get("PORTAL_ORIGIN", "").strip() or "http://localhost:8000"),
        bulk=_bulk(environ),
        fault=_fault(environ),
    )


def decoded_secret(text: str) -> bytes:
    """Return the bytes of a secret in the form of Standard Webhooks: base64 (either alphabet), with or without `whsec_`.

    Raises:
        ConfigurationError: not base64, or too short to be one.
    """
    packed = text.removeprefix("whsec_").rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        secret = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) < SHORTEST_SECRET:
        raise ConfigurationError(
            f"SANDBOX_SECRET must be base64 of at least {SHORTEST_SECRET} random bytes, with or without whsec_ before it."
        )
    return secret


def _origin(environ: Mapping[str, str], name: str, usual: str) -> str:
    origin = (environ.get(name, "").strip() or usual).rstrip("/")
    if not ORIGIN.fullmatch(origin):
        raise ConfigurationError(f"{name}={origin!r} is not an origin; set it to an address such as {usual}, without a path.")
    return origin


def _bulk(environ: Mapping[str, str]) -> int:
    raw = environ.get("SANDBOX_BULK", "").strip() or str(USUAL_BULK)
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 6 and int(raw) <= MOST_BULK):
        raise ConfigurationError(f"SANDBOX_BULK={raw!r} must be a number from 0 to {MOST_BULK}.")
    return int(raw)


def _fault(environ: Mapping[str, str]) -> Fault:
    raw = environ.get("SANDBOX_FAULTS", "").strip()
    try:
        return read_fault(raw) if raw else Fault()
    except RefusedError as refusal:
        raise ConfigurationError(f"SANDBOX_FAULTS: {refusal.detail}") from None

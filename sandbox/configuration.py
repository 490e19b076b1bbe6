"""What the environment sets: address, data folder, public origin and the secret that signs commands."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SHORTEST_SECRET = 16
HERE = Path(__file__).resolve().parent


class ConfigurationError(Exception):
    """A setting that cannot be right, in words an operator can act on."""


@dataclass(frozen=True)
class Configuration:
    """The settings of one run. `secret` is None when no commands are to be taken."""

    host: str
    port: int
    data: Path
    origin: str
    secret: bytes | None


def from_environment(environ: Mapping[str, str]) -> Configuration:
    """Read the settings.

    Raises:
        ConfigurationError: a port that is not a number, or a secret that cannot be read.
    """
    raw_port = environ.get("SANDBOX_PORT", "").strip() or "8003"
    if not (raw_port.isascii() and raw_port.isdigit() and int(raw_port) < 65536):
        raise ConfigurationError(f"SANDBOX_PORT={raw_port!r} is not a port; set it to a number such as 8003.")
    raw_secret = environ.get("SANDBOX_SECRET", "").strip()
    return Configuration(
        host=environ.get("SANDBOX_HOST", "").strip() or "127.0.0.1",
        port=int(raw_port),
        data=Path(environ.get("SANDBOX_DATA_DIR", "").strip() or HERE.parent / "var" / "sandbox"),
        origin=(environ.get("SANDBOX_ORIGIN", "").strip() or f"http://localhost:{raw_port}").rstrip("/"),
        secret=decoded_secret(raw_secret) if raw_secret else None,
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

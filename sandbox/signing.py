"""Signatures of commands, as Standard Webhooks writes them: HMAC-SHA256 over `id.timestamp.body`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

TOLERANCE_SECONDS = 300
COMMAND_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
TIMESTAMP = re.compile(r"[0-9]{1,12}")


class SignatureError(Exception):
    """The command is not signed by us, or its timestamp is too far from now; `str` says which."""


def signature(secret: bytes, command_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a command, version included (`v1,...`)."""
    signed = f"{command_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def verify(secret: bytes, *, command_id: str, timestamp: str, signatures: str, body: bytes, now: float) -> None:
    """Check one of several space-separated signatures and that `timestamp` is within five minutes of `now` (seconds).

    Raises:
        SignatureError: a header is missing or malformed, none of the signatures is ours, or the timestamp is too old or too new.
    """
    if not COMMAND_ID.fullmatch(command_id):
        raise SignatureError("webhook-id must be 1 to 64 letters, digits, '_' or '-'.")
    if not TIMESTAMP.fullmatch(timestamp):
        raise SignatureError("webhook-timestamp must be whole seconds since 1970.")
    expected = signature(secret, command_id, int(timestamp), body).encode()
    offered = [word.encode("utf-8", "surrogateescape") for word in signatures.split(" ")]
    if not any(hmac.compare_digest(expected, one) for one in offered):
        raise SignatureError("webhook-signature does not match the id, the timestamp and the body sent.")
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise SignatureError(f"webhook-timestamp is more than {TOLERANCE_SECONDS} seconds away from this marketplace's clock; sign again.")

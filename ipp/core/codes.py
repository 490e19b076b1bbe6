"""Public names of records: opaque codes for machines and links, short references for people."""

from __future__ import annotations

import re
import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0/O, 1/I/L, U: a reference survives a phone call."""


CODE = "[0-9A-Za-z_-]{1,64}"


class CodeConverter:
    """A public id in an address. What can be none is no address, so it never reaches a query."""

    regex = CODE

    def to_python(self, value: str) -> str:
        """Return the code."""
        return value

    def to_url(self, value: str) -> str:
        """Return the code."""
        return value


def is_code(text: str) -> bool:
    """Tell what can be a public id from what no query should see."""
    return re.fullmatch(CODE, text) is not None


def new_code() -> str:
    """Return an opaque public id: 22 characters, 132 random bits, says nothing about when or whose."""
    return secrets.token_urlsafe(17)[:22]


def new_reference(prefix: str) -> str:
    """Return a human reference such as `VER-7Q4M-2F9`; uniqueness is the column's, two in 20 billion collide."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(7))
    return f"{prefix}-{body[:4]}-{body[4:]}"

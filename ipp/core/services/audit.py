"""The audit trail for outsiders: every event as a line, each carrying the hash of the line before it.

The rule, so that forty lines of any language can check a file: a line is one JSON object. Take it without its `hash`, write it with keys
sorted, no spaces, UTF-8 (no \\u escapes for letters); the line's `hash` is the SHA-256 (hex) of those bytes, and its `previous` is the
`hash` of the line before, 64 zeros on the first. A later export starts with the same lines, so an older file's last hash must appear in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from ipp.core.models import Event

FIRST = "0" * 64


def export_lines() -> Iterator[str]:
    """Yield every event as a line of the chained export, oldest first. Run as the owner: it spans all organizations."""
    previous = FIRST
    rows = Event.objects.select_related("organization", "about").order_by("id")
    for event in rows.iterator(chunk_size=2000):
        entry = _entry(event, previous)
        previous = hash_of(entry)
        yield json.dumps({**entry, "hash": previous}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def hash_of(entry: dict[str, Any]) -> str:
    """Return the hash of a line by the rule above; a `hash` in it does not count."""
    plain = {key: value for key, value in entry.items() if key != "hash"}
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _entry(event: Event, previous: str) -> dict[str, Any]:
    return {
        "id": str(event.code),
        "name": event.name,
        "organization": event.organization.code,
        "about": event.about.code,
        "subject": event.subject_type,
        "facts": event.payload,
        "actor": {"kind": event.actor_kind, "label": event.actor_label},
        "occurred_at": event.occurred_at.isoformat(),
        "request_id": event.request_id,
        "previous": previous,
    }

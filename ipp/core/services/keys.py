"""API keys: made once, shown once, found by digest, revoked at once."""

from __future__ import annotations

import hashlib
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import transaction
from django.db.models import BooleanField, CharField, ExpressionWrapper, Q
from django.utils.translation import gettext_lazy as _

from ipp.core import tenancy
from ipp.core.actors import Actor
from ipp.core.clock import IppNow, now
from ipp.core.core_events import ApiKeyCreated, ApiKeyRevoked
from ipp.core.errors import Conflict, FieldError, InvalidInput, NotFound
from ipp.core.events import record
from ipp.core.models import ApiKey
from ipp.core.prepared import Slot
from ipp.core.whole_rows import WholeRow

PREFIX = "ipp_live_"
SCOPES = {
    "organization:read": _("Read the organization and what it was told"),
    "files:write": _("Upload files"),
    "verifications:read": _("Read verifications"),
    "verifications:write": _("Send in papers to be verified"),
    "rights:read": _("Read the rights library"),
    "rights:write": _("Add rights and take them out"),
    "complaints:read": _("Read complaints, reason codes and marketplaces"),
    "complaints:write": _("File, answer and withdraw complaints"),
    "notices:read": _("Read what was reported of your shops, their record, and the grounds of an answer"),
    "notices:write": _("Answer what was reported of your shops"),
    "events:read": _("Read the event feed"),
}
MAX_DAYS = 366
LAST_USED_STEP = timedelta(minutes=1)
"""How stale `last_used_at` may be: one write a minute, not one a request."""

STALE = Q(last_used_at=None) | Q(last_used_at__lt=IppNow() - LAST_USED_STEP)
# Prepared, for every request of a machine begins with it.
VALID = WholeRow(
    lambda: ApiKey.objects.filter(digest=Slot("digest", CharField()), revoked_at=None, expires_at__gt=IppNow()).annotate(
        is_stale=ExpressionWrapper(STALE, BooleanField())
    )
)


@dataclass(frozen=True)
class NewKey:
    """A fresh key and its secret; the secret exists only here."""

    key: ApiKey
    secret: str


@transaction.atomic
def create_key(*, actor: Actor, name: str, scopes: Sequence[str], days: int) -> NewKey:
    """Make a key for the actor's organization, valid for `days`.

    Raises:
        InvalidInput: no name, an unknown scope, or a life out of range.
    """
    errors = []
    if not name.strip():
        errors.append(FieldError("name", "required", _("Name the system that will use the key, so that you can revoke the right one.")))
    if not scopes or set(scopes) - set(SCOPES):
        errors.append(FieldError("scopes", "unknown_scope", _("Choose at least one of the scopes offered.")))
    if not 1 <= days <= MAX_DAYS:
        errors.append(FieldError("days", "out_of_range", _("A key lives between 1 and 366 days.")))
    if errors:
        raise InvalidInput("invalid_key", _("The key was not created."), errors=errors)
    secret = _new_secret()
    key = ApiKey.objects.create(
        organization_id=actor.organization_id,
        name=name.strip()[:80],
        prefix=secret[: len(PREFIX) + 4],
        last_four=secret[-4:],
        digest=digest_of(secret),
        scopes=sorted(set(scopes)),
        created_by_id=actor.person_id,
        expires_at=now() + timedelta(days=days),
    )
    record(ApiKeyCreated(key=str(key), key_name=key.name, scopes=key.scopes), actor=actor, subject=key)
    return NewKey(key, secret)


@transaction.atomic
def revoke_key(*, actor: Actor, code: str) -> ApiKey:
    """End a key at once.

    Raises:
        NotFound: no such key in this organization.
        Conflict: it is already revoked.
    """
    key = ApiKey.objects.select_for_update().filter(organization_id=actor.organization_id, code=code).first()
    if key is None:
        raise NotFound
    if key.revoked_at is not None:
        raise Conflict("already_revoked", _("This key is revoked already; nothing accepts it any more."))
    key.revoked_at = now()
    key.save(update_fields=["revoked_at"])
    record(ApiKeyRevoked(key=str(key), key_name=key.name), actor=actor, subject=key)
    return key


def find_actor(secret: str, request_id: str) -> Actor | None:
    """Return the actor behind a bearer secret, or None when it is malformed, unknown, expired or revoked. One query."""
    if not is_well_formed(secret):
        return None
    digest = digest_of(secret)
    with tenancy.scope(replace(tenancy.NOBODY, audience="portal", key_digest=digest)):
        key = VALID.first(digest=digest)
    if key is None:
        return None
    actor = Actor(
        key.organization_id,
        "api_key",
        "portal",
        "key",
        f"{key.name} ({key})",
        api_key_id=key.pk,
        scopes=frozenset(key.scopes),
        request_id=request_id,
    )
    if key.is_stale:  # type: ignore[attr-defined]
        with tenancy.acting(actor):
            note_use(actor)
    return actor


def note_use(actor: Actor) -> None:
    """Write down that a key was used, once a minute at most."""
    ApiKey.objects.filter(STALE, pk=actor.api_key_id or 0).update(last_used_at=IppNow())


def digest_of(secret: str) -> str:
    """Return the SHA-256 by which a key is found; its 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_well_formed(secret: str) -> bool:
    """Tell a key from a guess without asking the database: prefix and checksum."""
    body = secret.removeprefix(PREFIX)
    return secret.startswith(PREFIX) and len(body) == 49 and body[-6:] == _checksum(body[:-6])


def _new_secret() -> str:
    body = secrets.token_urlsafe(32)
    return f"{PREFIX}{body}{_checksum(body)}"


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()) & 0xFFFFFF:06x}"

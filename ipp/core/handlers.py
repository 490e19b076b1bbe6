"""Reactions of the ground floor to its own events."""

from __future__ import annotations

from ipp.core.core_events import ApiKeyCreated, ApiKeyRevoked
from ipp.core.events import Envelope, on
from ipp.core.services.notices import tell


@on(ApiKeyCreated)
def tell_of_new_key(envelope: Envelope, fact: ApiKeyCreated) -> None:
    """Tell every member that a machine can now act for their organization; a stolen session cannot do it unseen."""
    tell(envelope=envelope, name=ApiKeyCreated.name, facts={"key": fact.key, "key_name": fact.key_name, "by": envelope.actor_label})


@on(ApiKeyRevoked)
def tell_of_revoked_key(envelope: Envelope, fact: ApiKeyRevoked) -> None:
    """Tell every member that a key ended."""
    tell(envelope=envelope, name=ApiKeyRevoked.name, facts={"key": fact.key, "key_name": fact.key_name, "by": envelope.actor_label})

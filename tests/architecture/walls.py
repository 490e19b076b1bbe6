"""The database's wall taken down for a module: its tests run as the owner, whom no policy binds, inside one transaction taken back at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.conf import settings
from django.db import connection, transaction

from ipp.core import tenancy
from ipp.core.models import Event, Notification, Organization
from ipp.core.services import keys
from takedowns import services as takedowns
from tests.actors import actor_named
from tests.factories.rightsholders import stored_file, submitted, validated_right
from tests.factories.takedowns import decided, draft

CANARY = "Globex-canary-7319"


@contextmanager
def database_wall_taken_down(django_db_blocker: Any) -> Iterator[None]:
    """Let every statement see and change every row, whatever the context says; what the block writes is taken back.

    For a fixture of a whole module: each test works inside a savepoint of its own, on what was made here once.
    """
    owner = urlsplit(os.environ["DATABASE_URL"])
    before = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        connection.close()
        connection.settings_dict.update(USER=unquote(owner.username or ""), PASSWORD=unquote(owner.password or ""))
        patch.setattr(settings, "TEST_SET_ROLE", False)
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
        connection.close()
        connection.settings_dict.update(before)


def mark_globex() -> Any:
    """Give Globex one of everything, each with a marker in every text it has; return its verification."""
    gus = actor_named("gus")
    row = submitted(gus, kind="passport", holder_name=CANARY, number=CANARY)
    stored_file(gus, name=f"{CANARY}.png")
    with tenancy.acting(gus):
        keys.create_key(actor=gus, name=CANARY, scopes=["files:write"], days=1)
        event = Event.objects.filter(organization_id=gus.organization_id).first()
        Organization.objects.filter(pk=gus.organization_id).update(name=CANARY)
    with tenancy.scope(tenancy.Context(audience="engine", organization_id=gus.organization_id)):
        Notification.objects.create(
            organization_id=gus.organization_id,
            event=event,
            name="core.api_key.created",
            facts={"key": CANARY, "key_name": CANARY},
            occurred_at=event.occurred_at,
        )
    _mark_complaints(gus)
    return row


def _mark_complaints(gus: Any) -> None:
    """Give Globex rights, drafts and complaints in several states about the very listings Acme complains about."""
    right = validated_right(gus, name=CANARY, owner_name=CANARY)
    begun = draft(gus, right)
    with tenancy.acting(gus):
        takedowns.save_draft(actor=gus, code=begun.code, links=CANARY, data={"explanation": CANARY})
    for reason, statements in (("TM-JARGON", "quoted_words"), ("TM-OBSCURE", "what_is_covered")):
        decided(gus, right, reason=reason, statements={statements: CANARY}, explanation=CANARY, reject=[1], message=CANARY)

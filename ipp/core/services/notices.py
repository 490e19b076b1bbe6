"""Telling an organization something: a notice in the portal and a mail to its members, both once per event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import translation

from ipp.core.actors import Actor
from ipp.core.clock import IppNow
from ipp.core.events import Envelope
from ipp.core.models import Notification
from ipp.core.services.accounts import member_emails
from ipp.core.services.mails import queue_mail

Letter = Callable[[], tuple[str, str]]
"""Writes (subject, body) in the language in force."""


@transaction.atomic
def tell(
    *,
    envelope: Envelope,
    name: str,
    facts: dict[str, Any],
    letter: Letter | None = None,
    organization_id: int | None = None,
    subject: Model | None = None,
) -> None:
    """Tell the organization an event is about; with a letter, also each active member by mail in their own language.

    Args:
        organization_id: another organization to tell, such as the other party of a case; call inside its scope.
        subject: the record that organization knows it by; the event's own when not given.
    """
    told = organization_id or envelope.about_id
    Notification.objects.bulk_create(
        [
            Notification(
                organization_id=told,
                event_id=envelope.event_id,
                name=name,
                subject_type=subject._meta.label_lower if subject is not None else envelope.subject_type,
                subject_id=subject.pk if subject is not None else envelope.subject_id,
                facts=facts,
                occurred_at=envelope.occurred_at,
            )
        ],
        ignore_conflicts=True,
    )
    if letter is None:
        return
    for user_id, address, language in member_emails(told):
        with translation.override(language):
            title, body = letter()
        queue_mail(
            to=address,
            subject=title,
            body=body,
            language=language,
            organization_id=told,
            dedupe_key=f"event:{envelope.event_id}:user:{user_id}" + (f":{subject.pk}" if subject is not None else ""),
        )


@transaction.atomic
def mark_read(*, actor: Actor) -> int:
    """Mark every notice of the actor's organization as read; return how many were new."""
    return Notification.objects.filter(organization_id=actor.organization_id, read_at=None).update(read_at=IppNow())

"""Mail: queued in the transaction of its cause, then claimed, sent outside any transaction, and settled."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction

from ipp.core.actors import Actor
from ipp.core.clock import IppNow
from ipp.core.codes import new_code
from ipp.core.core_events import MailRetried
from ipp.core.doorbell import ring_after_commit
from ipp.core.errors import NotFound
from ipp.core.events import record
from ipp.core.models import OutgoingMail
from ipp.core.services.deliveries import backoff
from ipp.core.tenancy import engine_scope

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
BATCH = 10

# By hand: the web logins may add mail but not read it, and the ORM would ask for columns back.
QUEUE = """
    INSERT INTO core_outgoingmail (code, organization_id, dedupe_key, "to", language, subject, body, attempts, last_error)
    VALUES (%s, %s, %s, %s, %s, %s, %s, 0, '') ON CONFLICT DO NOTHING
"""

CLAIM = """
    UPDATE core_outgoingmail SET lease_until = ipp_now() + make_interval(secs => %(lease)s), lease_token = %(token)s,
        attempts = attempts + 1
    WHERE id = ANY (ARRAY(SELECT id FROM core_outgoingmail
                 WHERE sent_at IS NULL AND dead_at IS NULL AND due_at <= ipp_now() AND (lease_until IS NULL OR lease_until < ipp_now())
                 ORDER BY due_at, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED))
    RETURNING id, code, "to", subject, body, attempts
"""


def queue_mail(*, to: str, subject: str, body: str, dedupe_key: str, language: str = "en", organization_id: int | None = None) -> None:
    """Queue one mail in the transaction in force; the same `dedupe_key` again changes nothing.

    Line breaks in a subject are folded to spaces: a header takes no second line.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(QUEUE, [new_code(), organization_id, dedupe_key, to, language, " ".join(subject.split())[:200], body])
        ring_after_commit()


def send_due(*, seconds: float = 20.0) -> int:
    """Send until nothing is due or `seconds` have passed; return how many went out."""
    deadline = time.monotonic() + seconds
    sent = 0
    while time.monotonic() < deadline:
        token, mails = _claim()
        if not mails:
            break
        for mail_id, code, to, subject, body, attempts in mails:
            sent += _send(mail_id, token, code, to, subject, body, attempts)
    return sent


@transaction.atomic
def retry_mail(*, actor: Actor, code: str) -> None:
    """Make a dead mail due again with fresh attempts.

    Raises:
        NotFound: no such mail among the dead.
    """
    dead = OutgoingMail.objects.filter(code=code, dead_at__isnull=False)
    if not dead.update(dead_at=None, attempts=0, due_at=IppNow(), lease_until=None):
        raise NotFound
    record(MailRetried(mail=code), actor=actor)


def _claim() -> tuple[uuid.UUID, list[tuple[int, str, str, str, str, int]]]:
    token = uuid.uuid4()
    with engine_scope("claim mail"), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"lease": LEASE.total_seconds(), "token": token, "batch": BATCH})
        return token, cursor.fetchall()


def _send(mail_id: int, token: uuid.UUID, code: str, to: str, subject: str, body: str, attempts: int) -> bool:
    """Send one claimed mail. Its Message-ID is ours and stays the same on a retry, so a mail server can drop the second copy."""
    message = EmailMessage(subject, body, to=[to], headers={"Message-ID": f"<{code}@ipp.invalid>", "Auto-Submitted": "auto-generated"})
    try:
        message.send()
    except Exception as error:  # noqa: BLE001 (any failure of the outside world is a retry)
        log.warning("mail_failed", mail=code, error=repr(error))
        _settle(mail_id, token, error, attempts)
        return False
    _settle(mail_id, token, None, attempts)
    return True


def _settle(mail_id: int, token: uuid.UUID, error: Exception | None, attempts: int) -> None:
    with engine_scope("settle mail"):
        rows = OutgoingMail.objects.filter(pk=mail_id, lease_token=token, sent_at=None)
        if error is None:
            rows.update(sent_at=IppNow(), lease_until=None, last_error="")
        elif attempts >= settings.DELIVERY_MAX_ATTEMPTS:
            rows.update(dead_at=IppNow(), lease_until=None, last_error=repr(error)[:2000])
        else:
            rows.update(due_at=IppNow() + backoff(attempts), lease_until=None, last_error=repr(error)[:2000])

"""Outgoing mail: queued with its cause, sent once, retried with the same Message-ID, given up into sight."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage

from ipp.core import clock, tenancy
from ipp.core.errors import NotFound
from ipp.core.models import OutgoingMail
from ipp.core.services import mails
from tests.racing import at_once


def queue(key: str = "k", **changes: Any) -> None:
    values = {"to": "alice@people.example", "subject": "Hello", "body": "Text", "dedupe_key": key} | changes
    with tenancy.scope(tenancy.Context(audience="portal")):
        mails.queue_mail(**values)


def stored() -> OutgoingMail:
    with tenancy.engine_scope("test"):
        return OutgoingMail.objects.get()


def test_a_mail_goes_out_once(db, run_engine):
    queue()

    run_engine()
    run_engine()

    assert [(message.to, message.subject, message.body) for message in mail.outbox] == [(["alice@people.example"], "Hello", "Text")]
    assert stored().sent_at is not None


def test_the_same_cause_twice_is_one_mail(db, run_engine):
    queue("same")
    queue("same")
    queue("other")

    run_engine()

    assert len(mail.outbox) == 2


@pytest.mark.parametrize("subject", ["Hello\nBcc: all@people.example", "Hello\r\n\r\nbody", "tab\there"])
def test_a_subject_cannot_smuggle_a_header(db, run_engine, subject):
    queue(subject=subject)

    run_engine()

    assert "\n" not in mail.outbox[0].subject
    assert mail.outbox[0].recipients() == ["alice@people.example"]


def test_a_mail_server_that_is_away_is_tried_again_under_the_same_message_id(db, run_engine, monkeypatch):
    seen: list[str] = []
    send = EmailMessage.send

    def flaky(message: EmailMessage, fail_silently: bool = False) -> int:
        seen.append(message.extra_headers["Message-ID"])
        if len(seen) == 1:
            raise ConnectionRefusedError("no mail server")
        return send(message)

    monkeypatch.setattr(EmailMessage, "send", flaky)
    queue()

    run_engine()
    assert mail.outbox == []
    assert "no mail server" in stored().last_error

    run_engine(after=timedelta(seconds=3))
    assert len(mail.outbox) == 1
    assert seen[0] == seen[1]


def test_a_mail_nobody_takes_is_given_up_and_operations_can_retry_it(db, cast, run_engine, monkeypatch):
    def refuse(message: EmailMessage, fail_silently: bool = False) -> int:
        raise OSError("550 no such user")

    with monkeypatch.context() as broken:
        broken.setattr(EmailMessage, "send", refuse)
        queue()
        for hour in range(settings.DELIVERY_MAX_ATTEMPTS + 2):
            run_engine(after=timedelta(hours=hour))
    assert stored().attempts == settings.DELIVERY_MAX_ATTEMPTS
    assert stored().dead_at is not None

    olga = cast("olga")
    with tenancy.acting(olga):
        mails.retry_mail(actor=olga, code=stored().code)
        with pytest.raises(NotFound):
            mails.retry_mail(actor=olga, code=stored().code)
    run_engine()
    assert len(mail.outbox) == 1


def test_a_mail_of_a_use_case_that_was_rolled_back_never_existed(db, run_engine):
    def use_case() -> None:
        with tenancy.scope(tenancy.Context(audience="portal")):
            mails.queue_mail(to="a@b.example", subject="s", body="b", dedupe_key="k")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        use_case()

    run_engine()

    assert mail.outbox == []


def test_two_engines_at_once_send_each_mail_once(own_database):
    for number in range(12):
        queue(f"mail {number}")
    barrier = threading.Barrier(2)

    def engine() -> int:
        barrier.wait(timeout=20)
        return mails.send_due()

    sent = at_once(engine, engine)

    assert sum(sent) == 12
    assert len(mail.outbox) == 12


def test_a_leased_mail_is_left_alone_until_its_lease_is_over(db, run_engine):
    queue()
    mails._claim()

    run_engine()
    assert mail.outbox == []

    with clock.moved(mails.LEASE + timedelta(seconds=1)):
        mails.send_due()
    assert len(mail.outbox) == 1

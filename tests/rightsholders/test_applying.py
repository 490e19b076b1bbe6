"""Sending papers in, answering, withdrawing: the applicant's services."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ipp.core import clock, tenancy
from ipp.core.errors import Conflict, IllegalTransition, InvalidInput, NotFound
from ipp.core.models import Clock, Event, Notification, Organization, OutgoingMail
from rightsholders import services
from rightsholders.models import IdentityPaper, Verification
from tests.factories.rightsholders import asked, details, stored_file, submitted


def test_a_paper_sent_in_waits_with_a_clock_and_an_event(alice):
    row = submitted(alice)

    with tenancy.acting(alice):
        event = Event.objects.get(subject_id=row.pk, name="rightsholders.verification.submitted")
    assert row.status == "submitted"
    assert (row.clock.budget, row.clock.unit, row.clock.calendar) == (3, "business_days", "CN")
    assert row.due_at == row.clock.due_at > row.submitted_at
    assert event.actor_label == "Alice"
    assert event.payload["reference"] == row.reference


@pytest.mark.parametrize(
    ("sent", "due"),
    [
        (datetime(2025, 3, 14, 18, 0), datetime(2025, 3, 19, 23, 59, 59)),
        (datetime(2025, 9, 30, 17, 0), datetime(2025, 10, 11, 23, 59, 59)),
        (datetime(2026, 2, 14, 15, 0), datetime(2026, 2, 26, 23, 59, 59)),
    ],
)
def test_the_promise_is_three_business_days_of_the_platforms_calendar(alice, sent, due):
    shanghai = ZoneInfo("Asia/Shanghai")
    away = sent.replace(tzinfo=shanghai) - clock.now()

    with clock.moved(away):
        row = submitted(alice)

    assert row.due_at == due.replace(tzinfo=shanghai).astimezone(UTC)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "passport"}, "kind"),
        ({"holder_name": "  "}, "holder_name"),
        ({"number": ""}, "number"),
        ({"country": "DEU"}, "country"),
        ({"expires_on": datetime(2020, 1, 1).date()}, "expires_on"),
    ],
)
def test_a_value_that_does_not_fit_is_named_and_nothing_is_written(alice, changes, field):
    file = stored_file(alice)

    with tenancy.acting(alice):
        with pytest.raises(InvalidInput) as refusal:
            services.submit_identity_paper(actor=alice, file=file, details=details(**changes))

        assert [error.pointer for error in refusal.value.errors] == [field]
        assert not Verification.objects.exists()
        assert not IdentityPaper.objects.exists()


def test_a_paper_that_expires_today_is_still_good(alice):
    with tenancy.acting(alice):
        today = clock.now().date()

    assert submitted(alice, expires_on=today).status == "submitted"


def test_a_person_may_show_a_passport_and_not_a_business_licence(gus):
    file = stored_file(gus)

    with tenancy.acting(gus):
        with pytest.raises(InvalidInput):
            services.submit_identity_paper(actor=gus, file=file, details=details())
        row = services.submit_identity_paper(actor=gus, file=file, details=details(kind="passport"))
    assert row.status == "submitted"


def test_a_second_paper_while_one_is_checked_is_refused(alice):
    submitted(alice)

    with pytest.raises(Conflict) as refusal:
        submitted(alice)
    assert refusal.value.code == "verification_open"


def test_a_verified_organization_need_not_prove_itself_again(alice):
    with tenancy.acting(alice):
        Organization.objects.filter(pk=alice.organization_id).update(verified_at=clock.now())

    with pytest.raises(Conflict) as refusal:
        submitted(alice)
    assert refusal.value.code == "already_verified"


def test_an_answer_goes_back_to_the_queue_and_the_clock_goes_on(alice, bob):
    row = asked(alice, bob)
    due_before = row.due_at

    with clock.moved(timedelta(days=7)):
        file = stored_file(alice)
        with tenancy.acting(alice):
            answered = services.answer_question(actor=alice, code=row.code, file=file, details=details(number="L-2"))

    assert answered.status == "submitted"
    assert answered.due_at > due_before
    with tenancy.acting(alice):
        assert answered.paper.number == "L-2"
        assert answered.due_at == answered.clock.due_at
        assert answered.clock.pauses.get().to_at is not None


def test_withdrawing_twice_is_refused(alice):
    row = submitted(alice)

    with tenancy.acting(alice):
        services.withdraw_verification(actor=alice, code=row.code)
        with pytest.raises(IllegalTransition):
            services.withdraw_verification(actor=alice, code=row.code)
        assert Clock.objects.get(pk=row.clock_id).stopped_at is not None


def test_a_withdrawn_paper_makes_room_for_another(alice):
    row = submitted(alice)
    with tenancy.acting(alice):
        services.withdraw_verification(actor=alice, code=row.code)

    assert submitted(alice).status == "submitted"


def test_another_tenants_verification_is_as_good_as_missing(alice, gus):
    row = submitted(alice)

    with tenancy.acting(gus):
        with pytest.raises(NotFound) as foreign:
            services.withdraw_verification(actor=gus, code=row.code)
        with pytest.raises(NotFound) as absent:
            services.withdraw_verification(actor=gus, code="nothing")
    assert str(foreign.value) == str(absent.value)


def test_the_receipt_is_a_notice_and_no_mail(alice, run_engine):
    row = submitted(alice)

    run_engine()

    with tenancy.acting(alice):
        assert Notification.objects.get(subject_id=row.pk).name == "rightsholders.verification.received"
    with tenancy.engine_scope("test"):
        assert not OutgoingMail.objects.exists()

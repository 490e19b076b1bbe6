"""The verification desk's services: claims, decisions, undo, effects."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.db import DatabaseError, transaction

from ipp.core import clock, tenancy
from ipp.core.errors import Conflict, Forbidden, InvalidInput, StaleVersion
from ipp.core.models import Clock, Notification, Organization
from rightsholders import queries, services
from rightsholders.models import Decision, Verification, VerifierNote
from rightsholders.rules import MAX_CLAIMS
from tests.actors import actor_named
from tests.factories.rightsholders import approved, asked, claimed, details, refused, stored_file, submitted

UNDO_OVER = timedelta(seconds=16)


@pytest.fixture
def bea(db):
    return actor_named("bea")


def organization(actor):
    with tenancy.acting(actor):
        return Organization.objects.get(pk=actor.organization_id)


def test_the_next_case_is_the_one_due_first(alice, gus, bob):
    first = submitted(alice)
    with clock.moved(timedelta(days=5)):
        submitted(gus, kind="passport", holder_name="Gus")

    with tenancy.acting(bob):
        assert services.next_verification(actor=bob).pk == first.pk


def test_two_verifiers_get_two_cases_and_then_none(alice, gus, bob, bea):
    submitted(alice)
    submitted(gus, kind="passport", holder_name="Gus")

    with tenancy.acting(bob):
        one = services.next_verification(actor=bob)
    with tenancy.acting(bea):
        two = services.next_verification(actor=bea)
        assert services.next_verification(actor=bea) is None
    assert one.pk != two.pk


def test_a_case_a_colleague_holds_cannot_be_taken_or_decided(alice, bob, bea):
    row = claimed(alice, bob)

    with tenancy.acting(bea):
        with pytest.raises(Conflict):
            services.claim_verification(actor=bea, code=row.code)
        with pytest.raises(Forbidden):
            services.approve_verification(actor=bea, code=row.code, version=row.version)
        assert not Decision.objects.exists()


def test_a_claim_left_alone_runs_out_and_its_holder_can_no_longer_decide(alice, bob, bea):
    row = claimed(alice, bob)

    with clock.moved(timedelta(minutes=15)):
        with tenancy.acting(bob), pytest.raises(Forbidden) as refusal:
            services.approve_verification(actor=bob, code=row.code, version=row.version)
        with tenancy.acting(bea):
            taken = services.claim_verification(actor=bea, code=row.code)
    assert refusal.value.code == "claim_lost"
    assert taken.claimed_by_id == bea.user_id


def test_a_claim_holds_until_its_last_second(alice, bob):
    row = claimed(alice, bob)

    with clock.moved(timedelta(minutes=14, seconds=59)), tenancy.acting(bob):
        assert services.approve_verification(actor=bob, code=row.code, version=row.version).status == "approved"


def test_a_verifier_holds_ten_cases_and_not_eleven(bob, db):
    from ipp.core.models import User
    from ipp.core.services.accounts import register_organization

    rows = []
    for number in range(MAX_CLAIMS + 1):
        with tenancy.scope(tenancy.Context(audience="portal")):
            user = User.objects.create_user(f"holder{number}@people.example", full_name="H")
            organization = register_organization(user=user, name="Acme Tools Ltd", kind="rights_holder", account_kind="entity")
        rows.append(submitted(holder(organization.pk, user.pk)))

    with tenancy.acting(bob):
        for row in rows[:MAX_CLAIMS]:
            services.claim_verification(actor=bob, code=row.code)
        with pytest.raises(Conflict) as refusal:
            services.claim_verification(actor=bob, code=rows[-1].code)
    assert refusal.value.code == "too_many_claims"


def holder(organization_id, user_id):
    from ipp.core.actors import Actor

    return Actor(organization_id, "user", "portal", "owner", "H", user_id=user_id)


def test_a_decision_on_an_older_version_is_refused(alice, bob):
    row = claimed(alice, bob)

    with tenancy.acting(bob):
        with pytest.raises(StaleVersion):
            services.approve_verification(actor=bob, code=row.code, version=row.version - 1)
        assert not Decision.objects.exists()


def test_an_approval_takes_effect_after_the_undo_time_and_not_before(alice, bob, run_engine):
    row = approved(alice, bob)

    run_engine()
    assert organization(alice).verified_at is None
    assert mail.outbox == []

    run_engine(after=UNDO_OVER)
    assert organization(alice).verified_at is not None
    with tenancy.acting(alice):
        assert Notification.objects.filter(subject_id=row.pk, name="rightsholders.verification.approved").count() == 1


def test_the_decision_is_mailed_once_to_each_member_in_their_language(alice, bob, run_engine):
    from ipp.core.models import User

    with tenancy.acting(alice):
        User.objects.filter(email="finn@people.example").update(language="zh-hans")
    row = approved(alice, bob)

    run_engine(after=UNDO_OVER)
    run_engine(after=timedelta(hours=1))

    letters = {message.to[0]: message for message in mail.outbox}
    assert sorted(letters) == ["alice@people.example", "finn@people.example", "vera@people.example"]
    assert len(mail.outbox) == 3
    assert f"/identity/{row.code}/" in letters["alice@people.example"].body
    assert "You are verified" in letters["alice@people.example"].subject
    assert "认证" in letters["finn@people.example"].subject


def test_a_refusal_tells_why_and_what_would_pass(alice, bob, run_engine):
    refused(alice, bob)

    run_engine(after=UNDO_OVER)

    body = mail.outbox[0].body
    assert "The picture is not readable" in body
    assert "all four corners" in body
    assert "Too dark." in body
    assert organization(alice).verified_at is None


def test_an_undone_decision_has_no_effect_and_the_case_is_decided_anew(alice, bob, run_engine):
    row = approved(alice, bob)

    with tenancy.acting(bob):
        again = services.undo_decision(actor=bob, code=row.code)
    run_engine(after=UNDO_OVER)
    assert organization(alice).verified_at is None
    assert mail.outbox == []

    with tenancy.acting(bob):
        services.refuse_verification(actor=bob, code=row.code, version=again.version, reason="expired")
    run_engine(after=UNDO_OVER)
    assert organization(alice).verified_at is None
    assert len(mail.outbox) == 3
    with tenancy.acting(bob):
        assert [item.outcome for item in Decision.objects.order_by("round")] == ["approved", "refused"]
        assert Clock.objects.get(pk=row.clock_id).stopped_at is not None


def test_a_decision_can_be_undone_in_the_fifteenth_second_and_not_in_the_sixteenth(alice, bob):
    row = approved(alice, bob)

    with clock.moved(timedelta(seconds=15)), tenancy.acting(bob), pytest.raises(Conflict) as refusal:
        services.undo_decision(actor=bob, code=row.code)
    assert refusal.value.code == "too_late"

    with clock.moved(timedelta(seconds=14)), tenancy.acting(bob):
        assert services.undo_decision(actor=bob, code=row.code).status == "in_review"


def test_only_the_one_who_decided_can_undo(alice, bob, bea):
    row = approved(alice, bob)

    with tenancy.acting(bea), pytest.raises(Forbidden):
        services.undo_decision(actor=bea, code=row.code)


def test_a_delivered_decision_cannot_be_undone_even_by_a_late_transaction(alice, bob, run_engine):
    """The undo's own clock may say "in time" when its lock comes late; the delivery that went through decides."""
    row = approved(alice, bob)
    run_engine(after=UNDO_OVER)

    with tenancy.acting(bob), pytest.raises(Conflict):
        services.undo_decision(actor=bob, code=row.code)


def test_a_decision_is_never_edited_and_a_round_has_one(alice, bob):
    row = approved(alice, bob)

    with tenancy.acting(bob):
        decision = Decision.objects.get()
        for change in (lambda: Decision.objects.update(message="x"), lambda: Decision.objects.all().delete()):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                change()
        with pytest.raises(DatabaseError, match="one_decision_per_round"), transaction.atomic():
            Decision.objects.create(
                organization_id=row.organization_id,
                verification=row,
                round=decision.round,
                outcome="approved",
                seen_version=1,
                decided_by_id=bob.user_id,
            )


def test_a_refusal_needs_a_reason_of_the_catalogue(alice, bob):
    row = claimed(alice, bob)

    with tenancy.acting(bob):
        for reason in ("", "because"):
            with pytest.raises(InvalidInput) as refusal:
                services.refuse_verification(actor=bob, code=row.code, version=row.version, reason=reason)
            assert refusal.value.errors[0].pointer == "reason"
        assert Verification.objects.get(pk=row.pk).status == "in_review"


def test_a_reason_added_as_data_can_be_used_at_once(alice, bob):
    from datetime import date

    from rightsholders.models import RefusalReason

    row = claimed(alice, bob)

    with tenancy.acting(bob):
        RefusalReason.objects.create(
            code="glare", position=9, label_en="Glare", label_zh="反光", remedy_en="-", remedy_zh="-", effective_from=date(2026, 1, 1)
        )
        services.refuse_verification(actor=bob, code=row.code, version=row.version, reason="glare")
        assert Decision.objects.get().reason_id == "glare"


def test_a_reason_not_in_force_any_more_is_refused(alice, bob):
    from datetime import date

    from rightsholders.models import RefusalReason

    row = claimed(alice, bob)

    with tenancy.acting(bob):
        RefusalReason.objects.filter(code="expired").update(effective_to=date(2026, 1, 2))
        with pytest.raises(InvalidInput):
            services.refuse_verification(actor=bob, code=row.code, version=row.version, reason="expired")


def test_a_question_stops_the_clock(alice, bob):
    row = asked(alice, bob)

    with tenancy.acting(bob):
        assert row.clock.pauses.get().cause == "information_asked"
    assert row.question == "Send the back side too."
    assert row.claimed_by_id is None


def test_the_applicant_sees_a_decision_only_once_it_can_not_be_undone(alice, bob):
    row = approved(alice, bob)

    with tenancy.acting(alice):
        shown = queries.own_verification(alice, row.code)
        assert queries.public_status(shown, clock.now()) == "in_review"
        assert queries.public_status(shown, clock.now() + UNDO_OVER) == "approved"


def test_notes_for_colleagues_are_out_of_the_applicants_reach(alice, bob):
    row = claimed(alice, bob)
    with tenancy.acting(bob):
        services.approve_verification(actor=bob, code=row.code, version=row.version, note="looks odd")
        assert VerifierNote.objects.get().text == "looks odd"

    with tenancy.acting(alice), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        list(VerifierNote.objects.all())


def test_the_desk_is_warned_of_the_same_file_under_another_account_and_not_of_ones_own(alice, gus, bob):
    from rightsholders.presentation import findings

    mine = stored_file(alice, sha256="a" * 64)
    with tenancy.acting(alice):
        row = services.submit_identity_paper(actor=alice, file=mine, details=details())
    with tenancy.acting(bob):
        case = queries.desk_case(row.code)
        assert "warn" not in [finding.tone for finding in findings(case, clock.now())]

    stored_file(gus, sha256="a" * 64)
    with tenancy.acting(bob):
        assert "warn" in [finding.tone for finding in findings(queries.desk_case(row.code), clock.now())]


def test_the_desk_is_warned_when_the_paper_names_somebody_else(alice, bob):
    from rightsholders.presentation import findings

    row = submitted(alice, holder_name="Acme Holdings")

    with tenancy.acting(bob):
        found = {finding.label: finding.tone for finding in findings(queries.desk_case(row.code), clock.now())}
    assert found["Name"] == "warn"


def test_the_desk_asks_the_database_as_often_for_two_cases_as_for_ten(client_of):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from ipp.core.models import User
    from ipp.core.services.accounts import register_organization

    def more_cases(numbers):
        for number in numbers:
            with tenancy.scope(tenancy.Context(audience="portal")):
                user = User.objects.create_user(f"many{number}@people.example", full_name="H")
                organization = register_organization(user=user, name="Acme Tools Ltd", kind="rights_holder", account_kind="entity")
            row = submitted(holder(organization.pk, user.pk))
        return row

    browser = client_of("bob")
    counts = {}
    for size, numbers in ((2, range(2)), (10, range(2, 10))):
        row = more_cases(numbers)
        for path in ("/verifications/", f"/verifications/{row.code}/"):
            browser.get(path)
            with CaptureQueriesContext(connection) as queries_made:
                assert browser.get(path).status_code == 200
            counts.setdefault(path.count("/"), []).append((size, len(queries_made)))
    for (_small, few), (_large, many) in counts.values():
        assert many <= few

"""Rights: added, asked about, answered, validated, refused, undone, withdrawn, used."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings as conf
from django.core import mail

from ipp.core import clock, tenancy
from ipp.core.errors import Conflict, DomainError, Forbidden, IllegalTransition, InvalidInput, NotFound
from ipp.core.models import Clock, Event, Notification
from rightsholders import queries, services
from rightsholders.lifecycle import RIGHT, RightStatus
from rightsholders.models import RefusalReason, Right, RightDocument, Verification
from tests.actors import actor_named
from tests.factories import rightsholders as made
from tests.racing import at_once

KINDS = ["trademark", "copyright", "design", "utility_model", "invention"]
UNDO = timedelta(seconds=conf.UNDO_SECONDS + 1)


def counted(actor: Any) -> tuple[int, ...]:
    """Return how many rows an organization has of what adding a right writes."""
    with tenancy.acting(actor):
        tables: tuple[Any, ...] = (Right, RightDocument, Verification, Clock, Event)
        return tuple(table.objects.filter(organization_id=actor.organization_id).count() for table in tables)


def fresh(right: Right, actor: Any) -> Right:
    with tenancy.acting(actor):
        return Right.objects.get(pk=right.pk)


def check_of(right: Right, actor: Any) -> Verification:
    with tenancy.acting(actor):
        return queries.verification_of(right)


# -- adding -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_of_each_kind_is_added_and_promised_within_five_business_days(alice, kind):
    right = made.waiting_right(alice, kind)

    check = check_of(right, alice)
    assert (right.status, right.kind, right.version) == ("waiting", kind, 1)
    assert right.reference.startswith("RT-")
    assert (check.status, check.paper_id, check.about) == ("submitted", None, "right")
    assert (check.clock.unit, check.clock.budget, check.due_at) == ("business_days", 5, check.clock.due_at)
    with tenancy.acting(alice):
        assert [document.kind for document in queries.documents_of(right)] == list(made.DOCUMENTS[kind])
        event = Event.objects.get(name="rightsholders.right.added")
        assert (event.subject_id, event.payload["code"]) == (right.pk, right.code)


@pytest.mark.parametrize(
    ("kind", "changes", "territories"),
    [
        ("trademark", {}, ["CN"]),
        ("trademark", {"office": "EUIPO", "number": "018123456"}, ["EU"]),
        ("trademark", {"office": "WIPO", "number": "1234567", "territories": ["my", "CN"]}, ["CN", "MY"]),
        ("copyright", {}, ["*"]),
    ],
)
def test_a_right_holds_where_its_office_says_or_where_it_was_designated(alice, kind, changes, territories):
    assert made.waiting_right(alice, kind, **changes).territories == territories


def test_nobody_adds_a_right_before_the_identity_is_verified(alice):
    documents = made.right_documents(alice, ["certificate"])
    before = counted(alice)

    with tenancy.acting(alice), pytest.raises(Forbidden) as refusal:
        services.add_right(actor=alice, details=made.right_details(), documents=documents)

    assert refusal.value.code == "not_verified"
    assert "send an identity paper" in str(refusal.value.message)
    assert counted(alice) == before


TOMORROW = date.today() + timedelta(days=1)
WRONG = [
    ("trademark", {"name": "  "}, "name"),
    ("trademark", {"name": "x" * 201}, "name"),
    ("trademark", {"owner_name": ""}, "owner_name"),
    ("trademark", {"office": ""}, "office"),
    ("trademark", {"office": "NCAC"}, "office"),
    ("trademark", {"number": "12"}, "number"),
    ("trademark", {"number": "1" * 61}, "number"),
    ("trademark", {"nice_classes": []}, "nice_classes"),
    ("trademark", {"nice_classes": [0]}, "nice_classes"),
    ("trademark", {"nice_classes": [46]}, "nice_classes"),
    ("trademark", {"goods": "x" * 4001}, "goods"),
    ("trademark", {"territories": ["MY"]}, "territories"),
    ("trademark", {"office": "WIPO", "number": "1234567"}, "territories"),
    ("trademark", {"office": "WIPO", "number": "1234567", "territories": ["ZZ"]}, "territories"),
    ("trademark", {"registered_on": None}, "registered_on"),
    ("trademark", {"registered_on": TOMORROW}, "registered_on"),
    ("trademark", {"filed_on": date(2023, 1, 1)}, "registered_on"),
    ("trademark", {"expires_on": None}, "expires_on"),
    ("trademark", {"expires_on": date(2022, 1, 1)}, "expires_on"),
    ("trademark", {"expires_on": date(2024, 1, 1)}, "expires_on"),
    ("copyright", {"claim_statement": False}, "claim_statement"),
    ("copyright", {"created_on": None}, "created_on"),
    ("copyright", {"created_on": TOMORROW}, "created_on"),
    ("copyright", {"published_on": date(2020, 1, 1)}, "published_on"),
    ("copyright", {"work_link": "javascript:alert(1)"}, "work_link"),
    ("copyright", {"work_link": "https://user@host.example/"}, "work_link"),
    ("copyright", {"number": "VA0001234567"}, "office"),
    ("copyright", {"office": "USCO", "number": "nothing"}, "number"),
    ("design", {"locarno_class": ""}, "locarno_class"),
    ("design", {"locarno_class": "33-01"}, "locarno_class"),
    ("utility_model", {"number": "201810862228.X"}, "number"),
    ("invention", {"number": "201810862228.1"}, "number"),
]


@pytest.mark.parametrize(("kind", "changes", "field"), WRONG)
def test_a_wrong_value_is_named_and_nothing_is_written(alice, kind, changes, field):
    made.verified(alice)
    documents = made.right_documents(alice, [*made.DOCUMENTS[kind], "other"])
    before = counted(alice)

    with tenancy.acting(alice), pytest.raises(InvalidInput) as refusal:
        services.add_right(actor=alice, details=made.right_details(kind, **changes), documents=documents)

    assert field in {error.pointer for error in refusal.value.errors}
    assert counted(alice) == before


def test_who_leaves_the_last_day_out_is_told_the_usual_one(alice):
    made.verified(alice)
    details = made.right_details(registered_on=date(2022, 9, 1), expires_on=None)

    with tenancy.acting(alice), pytest.raises(InvalidInput) as refusal:
        services.add_right(actor=alice, details=details, documents=made.right_documents(alice, ["certificate"]))

    assert ["2032-08-31" in str(error.message) for error in refusal.value.errors] == [True]


def test_a_kind_of_right_that_does_not_exist_is_named(alice):
    made.verified(alice)

    with tenancy.acting(alice), pytest.raises(InvalidInput) as refusal:
        services.add_right(actor=alice, details=replace(made.right_details(), kind="recipe"), documents=[])

    assert [error.pointer for error in refusal.value.errors] == ["kind"]


@pytest.mark.parametrize(
    ("kind", "sent", "code", "changes"),
    [
        ("trademark", ["classes"], "certificate_missing", {}),
        ("copyright", ["certificate"], "work_missing", {}),
        ("copyright", ["work"], "certificate_missing", {"office": "USCO", "number": "VA0001234567", "registered_on": date(2022, 1, 1)}),
        ("design", [], "certificate_missing", {}),
        ("utility_model", ["certificate"], "report_missing", {}),
        ("invention", ["other"], "certificate_missing", {}),
        ("trademark", ["certificate", "napkin"], "unknown_kind", {}),
        ("trademark", ["certificate"] * 21, "too_many", {}),
    ],
)
def test_documents_that_do_not_do_are_named(alice, kind, sent, code, changes):
    made.verified(alice)
    documents = made.right_documents(alice, sent)

    with tenancy.acting(alice), pytest.raises(InvalidInput) as refusal:
        services.add_right(actor=alice, details=made.right_details(kind, **changes), documents=documents)

    assert ("documents", code) in {(error.pointer, error.code) for error in refusal.value.errors}


def test_one_number_is_in_the_library_once_however_it_is_written(alice):
    made.waiting_right(alice, "invention", number="ZL 2018 1 0862228.X")

    with pytest.raises(Conflict) as refusal:
        made.waiting_right(alice, "invention", number="201810862228x")

    assert (refusal.value.code, refusal.value.errors[0].pointer) == ("right_exists", "number")


@pytest.mark.parametrize("ended", [made.withdrawn_right, made.refused_right])
def test_a_number_that_was_taken_back_or_refused_can_be_added_again(alice, ended):
    ended(alice, number="12345678")

    assert made.waiting_right(alice, number="12345678").status == "waiting"


def test_two_accounts_may_hold_the_same_number_and_only_staff_learn_of_it(alice, gus, bob):
    mine, theirs = made.waiting_right(alice, number="12345678"), made.waiting_right(gus, number="1234 5678")

    with tenancy.acting(bob):
        assert queries.same_number_elsewhere(mine)
    with tenancy.acting(alice):
        assert not queries.same_number_elsewhere(mine)
    assert theirs.status == "waiting"


def test_of_two_who_add_the_same_number_at_once_one_succeeds(own_database):
    alice = made.verified(actor_named("alice"))
    sent = [made.right_documents(alice, ["certificate"]) for _ in range(2)]
    details = made.right_details(number="12345678")

    def add(documents):
        with tenancy.acting(alice):
            return services.add_right(actor=alice, details=details, documents=documents)

    results = at_once(lambda: add(sent[0]), lambda: add(sent[1]))

    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Right"]
    assert counted(alice)[0] == 1


# -- deciding -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_validated_right_in_force_can_be_used(alice, kind):
    right = made.validated_right(alice, kind)

    assert (right.status, right.version) == ("validated", 2)
    with tenancy.acting(alice):
        assert list(queries.usable_rights(alice.organization_id, clock.now().date())) == [right]


@pytest.mark.parametrize("make", [made.waiting_right, made.refused_right, made.withdrawn_right, made.expired_right])
def test_no_other_right_can_be_used(alice, make):
    make(alice)

    with tenancy.acting(alice):
        assert list(queries.usable_rights(alice.organization_id, clock.now().date())) == []


def test_a_right_stays_being_checked_until_the_undo_time_is_over_and_its_holder_is_told_once(alice, bob, run_engine):
    row = made.claimed_right(alice, bob)
    with tenancy.acting(bob):
        services.approve_verification(actor=bob, code=row.code, version=row.version, message="All entries agree.")
    run_engine()

    before = fresh(row.right, alice)
    run_engine(UNDO)
    run_engine(2 * UNDO)
    after = fresh(row.right, alice)

    assert (before.status, before.validated_at) == ("waiting", None)
    assert after.status == "validated"
    assert after.validated_at == check_of(after, alice).decided_at
    with tenancy.acting(alice):
        told = Notification.objects.filter(name="rightsholders.right.validated")
        assert [note.facts["message"] for note in told] == ["All entries agree."]
    letters = [letter for letter in mail.outbox if right_words(letter, after)]
    assert letters
    assert "All entries agree." in letters[0].body


def right_words(letter: Any, right: Right) -> bool:
    return right.reference in letter.subject and f"/rights/{right.code}/" in letter.body


def test_an_undone_decision_leaves_the_right_being_checked(alice, bob, run_engine):
    row = made.claimed_right(alice, bob)
    with tenancy.acting(bob):
        services.approve_verification(actor=bob, code=row.code, version=row.version)
        services.undo_decision(actor=bob, code=row.code)
    run_engine(UNDO)

    assert fresh(row.right, alice).status == "waiting"
    with tenancy.acting(alice):
        assert not Notification.objects.filter(name="rightsholders.right.validated").exists()


def test_a_decision_that_took_effect_is_not_undone(alice, bob, run_engine):
    row = made.claimed_right(alice, bob)
    with tenancy.acting(bob):
        services.refuse_verification(actor=bob, code=row.code, version=row.version, reason="owner_differs")
    run_engine(UNDO)

    with tenancy.acting(bob), pytest.raises(Conflict) as refusal:
        services.undo_decision(actor=bob, code=row.code)

    assert refusal.value.code == "too_late"
    assert fresh(row.right, alice).status == "refused"


def test_a_refused_right_tells_why_and_what_would_pass(alice, bob, run_engine):
    row = made.claimed_right(alice, bob)
    with tenancy.acting(bob):
        services.refuse_verification(actor=bob, code=row.code, version=row.version, reason="territory_unproven", message="Only Madrid.")
    run_engine(UNDO)

    letter = next(letter for letter in mail.outbox if right_words(letter, row.right))
    assert "CNIPA" in letter.body
    assert "Only Madrid." in letter.body


@pytest.mark.parametrize(("about", "wrong"), [("right", "unreadable"), ("identity", "owner_differs")])
def test_a_reason_about_something_else_is_no_reason(alice, bob, about, wrong):
    row = made.claimed_right(alice, bob) if about == "right" else made.claimed(alice, bob)

    with tenancy.acting(bob), pytest.raises(InvalidInput) as refusal:
        services.refuse_verification(actor=bob, code=row.code, version=row.version, reason=wrong)

    assert [error.pointer for error in refusal.value.errors] == ["reason"]


def test_the_reasons_about_rights_are_in_both_languages(db):
    reasons = list(RefusalReason.objects.filter(about="right"))

    assert len(reasons) == 9
    for reason in reasons:
        assert all((reason.label_en, reason.label_zh, reason.remedy_en, reason.remedy_zh))


def test_the_next_case_may_be_a_right(alice, bob):
    right = made.waiting_right(alice)

    with tenancy.acting(bob):
        row = services.next_verification(actor=bob)

    assert row is not None
    assert row.right_id == right.pk


def test_an_open_check_of_a_right_does_not_hinder_another(alice):
    first, second = made.waiting_right(alice), made.waiting_right(alice)

    assert (first.status, second.status) == ("waiting", "waiting")


# -- asking and answering -----------------------------------------------------------------------------------------------------


def test_a_question_stops_the_clock_and_an_answer_adds_documents_and_lets_it_go_on(alice, bob):
    right = made.asked_right(alice, bob)
    assert (right.status, check_of(right, alice).question) == ("information_asked", "Send the page with the classes.")
    sent = made.right_documents(alice, ["classes"])

    with tenancy.acting(alice):
        answered = services.answer_right_question(actor=alice, code=right.code, documents=sent, message="Here it is.")

    check = check_of(answered, alice)
    assert (answered.status, check.status, check.question) == ("waiting", "submitted", "")
    with tenancy.acting(alice):
        assert len(queries.documents_of(answered)) == 3
        assert check.clock.pauses.filter(to_at=None).count() == 0


@pytest.mark.parametrize(
    ("kinds", "message", "field"), [([], " ", "documents"), (["napkin"], "", "documents"), ([], "x" * 2001, "message")]
)
def test_an_answer_without_substance_is_refused_and_changes_nothing(alice, bob, kinds, message, field):
    right = made.asked_right(alice, bob)
    sent = made.right_documents(alice, kinds)
    before = counted(alice)

    with tenancy.acting(alice), pytest.raises(InvalidInput) as refusal:
        services.answer_right_question(actor=alice, code=right.code, documents=sent, message=message)

    assert field in {error.pointer for error in refusal.value.errors}
    assert (counted(alice), fresh(right, alice).status) == (before, "information_asked")


# -- every cell of the lifecycle ----------------------------------------------------------------------------------------------

STATES = {
    "waiting": lambda alice, bob: made.waiting_right(alice),
    "information_asked": made.asked_right,
    "validated": lambda alice, bob: made.validated_right(alice),
    "refused": lambda alice, bob: made.refused_right(alice),
    "withdrawn": lambda alice, bob: made.withdrawn_right(alice),
}
BY_HOLDER = {
    "answer": lambda actor, right: services.answer_right_question(actor=actor, code=right.code, documents=[], message="yes"),
    "withdraw": lambda actor, right: services.withdraw_right(actor=actor, code=right.code),
}


def test_every_state_of_a_right_is_tried_here():
    assert set(STATES) == set(RightStatus.values)


@pytest.mark.parametrize("action", BY_HOLDER)
@pytest.mark.parametrize("state", STATES)
def test_what_a_holder_may_do_in_a_state(alice, bob, state, action):
    right = STATES[state](alice, bob)
    target = RIGHT.target(action, state)
    before = counted(alice)

    with tenancy.acting(alice):
        if target is None:
            with pytest.raises(IllegalTransition):
                BY_HOLDER[action](alice, right)
            assert (counted(alice), fresh(right, alice).status) == (before, state)
        else:
            assert BY_HOLDER[action](alice, right).status == target


@pytest.mark.parametrize("action", BY_HOLDER)
def test_another_tenants_right_is_a_missing_one(alice, gus, action):
    right = made.waiting_right(gus, owner_name="Gus Globex")

    with tenancy.acting(alice), pytest.raises(NotFound):
        BY_HOLDER[action](alice, right)

    assert fresh(right, gus).status == "waiting"


def test_a_right_is_not_taken_back_between_a_decision_and_its_effect(alice, bob):
    row = made.claimed_right(alice, bob)
    with tenancy.acting(bob):
        services.approve_verification(actor=bob, code=row.code, version=row.version)

    with tenancy.acting(alice), pytest.raises(DomainError) as refusal:
        services.withdraw_right(actor=alice, code=row.right.code)

    assert refusal.value.status == 409
    assert refusal.value.details == {}  # the state found would tell a decision that can still be undone


def test_the_identity_services_do_not_reach_the_check_of_a_right(alice):
    check = check_of(made.waiting_right(alice), alice)

    with tenancy.acting(alice), pytest.raises(NotFound):
        services.withdraw_verification(actor=alice, code=check.code)
    with tenancy.acting(alice):
        assert not queries.own_verifications(alice).exists()


def test_holding_rights_does_not_hinder_a_library_page_of_another(alice, gus):
    made.validated_right(alice)

    with tenancy.acting(gus):
        assert list(queries.rights_of(gus)) == []
        assert list(queries.usable_rights(alice.organization_id, clock.now().date())) == []

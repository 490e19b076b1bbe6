"""What follows a decision: actions once, after the undo time and never before; reasons stored once; counts; withdrawals undo it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from ipp.core import tenancy
from ipp.core.actors import Actor
from ipp.core.clock import IppNow
from ipp.core.models import Event
from marketplaces.models import Action
from takedowns import services
from takedowns.models import ReportedListing, StatementOfReasons
from takedowns.services.effects import SOURCE
from tests.factories.marketplaces import inside_engine
from tests.takedowns.cases import UNDO_OVER, carry_out, decide, decided, decisions_of, fresh, held, rows_of, states_of, withdraw

pytestmark = pytest.mark.usefixtures("marketplace")


def actions():
    with tenancy.engine_scope("tests"):
        return list(Action.objects.filter(source=SOURCE).order_by("id"))  # about listings; messages to shops have tests of their own


def statements():
    with tenancy.engine_scope("tests"):
        return list(StatementOfReasons.objects.order_by("id"))


def events(name):
    with tenancy.engine_scope("tests"):
        return list(Event.objects.filter(name=name).order_by("id"))


def note(complaint, kind, *rows):
    with inside_engine(Actor.system(complaint.organization_id, "tests")) as engine:
        services.note_actions(actor=engine, kind=kind, source_ids=[row.pk for row in rows])


def test_an_accepted_listing_comes_down_after_the_undo_time_and_not_before(alice, rex, run_engine):
    complaint = decided(alice, rex, 2)

    run_engine(after=timedelta(seconds=14))
    assert (actions(), statements()) == ([], [])
    assert [row.effective_at for row in rows_of(complaint)] == [None, None]

    run_engine(after=UNDO_OVER)
    rows = rows_of(complaint)
    assert [(item.kind, item.status, item.source, item.source_id, item.round) for item in actions()] == [
        ("remove", "proposed", SOURCE, row.pk, 1) for row in rows
    ]
    assert [item.listing_id for item in actions()] == [row.listing_id for row in rows]
    assert all(row.effective_at for row in rows)
    assert fresh(complaint).accepted_count == 2


def test_carrying_out_twice_changes_nothing(alice, rex):
    complaint = decided(alice, rex)
    batch = decisions_of(complaint)[0].batch

    assert carry_out(complaint, batch)
    before = (len(actions()), len(statements()), [row.effective_at for row in rows_of(complaint)])
    assert not carry_out(complaint, batch)

    assert (len(actions()), len(statements()), [row.effective_at for row in rows_of(complaint)]) == before
    assert len(events("takedowns.listings.decision_effective")) == 1


def test_the_public_reason_names_neither_the_right_nor_the_complainant(alice, rex):
    complaint = decided(alice, rex, 1)
    carry_out(complaint, decisions_of(complaint)[0].batch)

    (action,) = actions()
    assert "trademark" in action.reason
    assert fresh(complaint).right.name not in action.reason
    assert "Acme" not in action.reason


def test_each_accepted_listing_gets_one_statement_of_reasons(alice, rex):
    complaint = held(alice, rex, 3)
    batch = decide(rex, complaint, 1, 2, message="The mark is on the bottle.")
    refused = decide(rex, complaint, 3, outcome="rejected")

    carry_out(complaint, batch)
    carry_out(complaint, refused)

    made = statements()
    first = made[0].body
    assert [item.decision_id for item in made] == [item.pk for item in decisions_of(complaint)[:2]]
    assert first["decision"] == "removed"
    assert first["automated"] == {"detection": False, "decision": False}
    assert first["right"]["number"] == fresh(complaint).right.number
    assert first["message"] == "The mark is on the bottle."
    assert first["snapshot"] == rows_of(complaint)[0].snapshot_decided_id
    assert set(first["redress"]) == {"counter_notice", "court"}


def test_a_listing_whose_policy_waits_for_the_seller_is_not_taken_down_yet(alice, rex):
    complaint = held(alice, rex, 2)
    with tenancy.acting(rex):
        ReportedListing.objects.filter(complaint=complaint, position=2).update(removal="after_window")

    carry_out(complaint, decide(rex, complaint, 1, 2))

    assert [item.source_id for item in actions()] == [rows_of(complaint)[0].pk]
    assert [item.body["decision"] for item in statements()] == ["removed", "notice_first"]
    assert events("takedowns.listings.decision_effective")[0].payload["coming_down"] == 1


def test_a_rejection_takes_nothing_down_and_tells_why_and_what_would_pass(alice, rex, run_engine):
    complaint = held(alice, rex, 1)
    decide(rex, complaint, 1, outcome="rejected", rejection="R06", message="No picture of yours.")

    run_engine(after=UNDO_OVER)

    assert (actions(), statements(), fresh(complaint).rejected_count) == ([], [], 1)
    (letter,) = [item for item in mail.outbox if item.to == ["alice@people.example"] and "not accepted" in item.subject]
    for words in ("The evidence is not enough", "Bring what the reason asks for", "No picture of yours.", f"/complaints/{complaint.code}/"):
        assert words in letter.body


def test_the_last_effect_says_so(alice, rex):
    complaint = held(alice, rex, 2)
    first, second = decide(rex, complaint, 1), decide(rex, complaint, 2)

    carry_out(complaint, second)
    carry_out(complaint, first)

    assert [item.payload["is_last"] for item in events("takedowns.listings.decision_effective")] == [False, True]


def test_a_listing_withdrawn_before_the_effect_stays_up(alice, rex, run_engine):
    complaint = held(alice, rex, 2)
    decide(rex, complaint, 1, 2)
    withdraw(alice, complaint, 1)

    run_engine(after=UNDO_OVER)

    assert states_of(complaint) == ["withdrawn", "accepted"]
    assert [item.source_id for item in actions()] == [rows_of(complaint)[1].pk]
    assert len(statements()) == 1


def test_a_withdrawal_cancels_what_was_not_sent_yet(alice, rex, run_engine):
    complaint = decided(alice, rex, 1)
    run_engine(after=UNDO_OVER)

    withdraw(alice, complaint)
    run_engine(after=UNDO_OVER)

    assert [(item.kind, item.status) for item in actions()] == [("remove", "reversed")]


def test_a_withdrawal_asks_for_the_listing_back_where_it_may_be_down(alice, rex, run_engine):
    complaint = decided(alice, rex, 1)
    run_engine(after=UNDO_OVER)
    with tenancy.engine_scope("tests"):
        Action.objects.update(status="sent", sent_at=IppNow())

    withdraw(alice, complaint)
    run_engine(after=UNDO_OVER)

    assert [(item.kind, item.status) for item in actions()] == [("remove", "sent"), ("restore", "proposed")]


def test_what_the_marketplace_acknowledges_is_noted_counted_and_told_once(alice, rex):
    complaint = decided(alice, rex, 2)
    carry_out(complaint, decisions_of(complaint)[0].batch)
    one, two = rows_of(complaint)

    note(complaint, "remove", one)
    note(complaint, "remove", one, two)
    assert fresh(complaint).removed_count == 2
    assert [item.payload["positions"] for item in events("takedowns.listings.removed")] == [[1], [2]]

    note(complaint, "restore", two)
    note(complaint, "restore", two)
    assert fresh(complaint).removed_count == 1
    assert [item.payload["positions"] for item in events("takedowns.listings.restored")] == [[2]]

    note(complaint, "remove", two)
    assert fresh(complaint).removed_count == 2
    assert rows_of(complaint)[1].restored_at is None


def test_what_is_acknowledged_for_another_organization_is_not_noted(alice, gus, rex):
    complaint = decided(alice, rex, 1)
    carry_out(complaint, decisions_of(complaint)[0].batch)

    with inside_engine(gus) as engine:
        services.note_actions(actor=engine, kind="remove", source_ids=[row.pk for row in rows_of(complaint)])

    assert fresh(complaint).removed_count == 0


def test_actions_others_asked_for_are_none_of_this_apps_business(alice, rex, run_engine):
    from ipp.core.events import record
    from marketplaces.events import ActionsAcknowledged

    complaint = decided(alice, rex, 1)
    carry_out(complaint, decisions_of(complaint)[0].batch)
    ids = [row.pk for row in rows_of(complaint)]
    with inside_engine(Actor.system(complaint.organization_id, "tests")) as engine:
        for source in ("penalties.sanction", SOURCE):
            assert fresh(complaint).removed_count == 0
            record(ActionsAcknowledged(kind="remove", source=source, source_ids=ids, action_ids=[]), actor=engine)
            if source != SOURCE:
                continue
    run_engine()

    assert fresh(complaint).removed_count == 1
    assert len(events("takedowns.listings.removed")) == 1

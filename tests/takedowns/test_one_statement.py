"""Sets are written in one statement: what it writes beside the rows, in which order, and that all of it stands or falls together."""

from __future__ import annotations

import pytest

from ipp.core import tenancy
from ipp.core.errors import IllegalTransition, InvalidInput
from ipp.core.lifecycle import Arm, advance_with_trail
from takedowns import services
from takedowns.lifecycle import LISTING
from takedowns.models import Decision, ReportedListing, Transition
from takedowns.services.deciding import DECIDE, PINNED
from tests.factories.marketplaces import inside_engine, known_listing
from tests.factories.rightsholders import validated_right
from tests.factories.takedowns import filing, rows_of
from tests.takedowns.cases import NUMBERS, filed, screened

pytestmark = pytest.mark.usefixtures("marketplace")

DECISION = {"batch": "b", "outcome": "accepted", "rejection": None, "message": "", "rule": "tests", "person": None, "version": 1}


def history_of(complaint, position=1):
    with tenancy.engine_scope("tests"):
        moves = Transition.objects.filter(reported_listing__complaint=complaint, reported_listing__position=position).order_by("id")
        return list(moves.values_list("action", "from_status", "to_status"))


def test_what_is_down_at_screening_is_screened_and_rejected_at_one_go(alice):
    number = str(next(NUMBERS))
    known_listing(external_id=number, state="removed")

    complaint = screened(alice, ids=[number, str(next(NUMBERS))], known=False)

    assert history_of(complaint) == [("screen", "received", "under_review"), ("reject", "under_review", "rejected")]
    assert history_of(complaint, 2) == [("screen", "received", "under_review")]
    with tenancy.engine_scope("tests"):
        assert Decision.objects.filter(reported_listing__complaint=complaint).count() == 1


def test_two_moves_and_the_decisions_are_one_statement(alice, django_assert_num_queries):
    complaint = filed(alice)
    rows = rows_of(complaint)
    with inside_engine(alice):
        arm = Arm(DECIDE, DECISION, columns=("round",))
        with django_assert_num_queries(3):  # with the savepoint around it
            moved = advance_with_trail(
                ReportedListing, Transition, LISTING, "screen", "accept", ids=[row.pk for row in rows], also=PINNED, arm=arm
            )

        assert moved == sorted(row.pk for row in rows)
        assert Decision.objects.filter(reported_listing__in=rows, outcome="accepted", round=1).count() == 3
    assert {row.status for row in rows_of(complaint)} == {"accepted"}
    assert history_of(complaint, 2) == [("screen", "received", "under_review"), ("accept", "under_review", "accepted")]


def test_one_row_in_another_state_leaves_neither_a_move_nor_a_decision(alice):
    complaint = filed(alice)
    rows = rows_of(complaint)
    with inside_engine(alice):
        advance_with_trail(ReportedListing, Transition, LISTING, "screen", ids=[rows[0].pk])
        arm = Arm(DECIDE, DECISION, columns=("round",))

        with pytest.raises(IllegalTransition):
            advance_with_trail(ReportedListing, Transition, LISTING, "screen", "accept", ids=[row.pk for row in rows], arm=arm)

        assert not Decision.objects.filter(reported_listing__in=rows).exists()
    assert [row.status for row in rows_of(complaint)] == ["under_review", "received", "received"]
    assert history_of(complaint, 2) == []


def test_moves_that_do_not_lead_on_from_each_other_are_a_mistake_of_the_caller(alice):
    complaint = filed(alice)
    ids = [row.pk for row in rows_of(complaint)]

    with inside_engine(alice), pytest.raises(ValueError, match="screen does not lead on from accepted"):
        advance_with_trail(ReportedListing, Transition, LISTING, "accept", "screen", ids=ids)


def test_rows_are_filed_in_the_order_they_were_sent_whatever_the_catalogue_knows(alice):
    numbers = [str(next(NUMBERS)) for _ in range(40)]
    for number in numbers[::3]:
        known_listing(external_id=number)

    complaint = filed(alice, ids=numbers, known=False)

    with tenancy.acting(alice):
        rows = list(ReportedListing.objects.filter(complaint=complaint).order_by("id"))
    assert [row.external_id for row in rows] == numbers
    assert [row.position for row in rows] == list(range(1, 41))
    assert [row.listing_id is not None for row in rows] == [number in numbers[::3] for number in numbers]


@pytest.mark.parametrize("around", ['see "this" {} \\', "{},NULL,{{", "{} 看这里 ’"])
def test_what_was_typed_around_a_link_is_kept_as_it_was_typed(alice, around):
    typed = around.format("https://item.taobao.com/item.htm?id=" + str(next(NUMBERS)))
    right = validated_right(alice)

    with tenancy.acting(alice):
        complaint = services.file_complaint(actor=alice, filing=filing(right, links=[typed])).complaint

    assert [row.input for row in rows_of(complaint)] == [typed]


def test_a_hidden_character_beside_a_link_is_refused_at_its_row(alice):
    right = validated_right(alice)
    typed = f"see \x00 https://item.taobao.com/item.htm?id={next(NUMBERS)}"

    with tenancy.acting(alice), pytest.raises(InvalidInput) as caught:
        services.file_complaint(actor=alice, filing=filing(right, links=[typed]))

    assert "listings/0" in {item.pointer for item in caught.value.errors}

"""Withdrawing: what may be taken back, what follows on the marketplace, and that it betrays no decision that can still be undone."""

from __future__ import annotations

import pytest

from ipp.core import tenancy
from ipp.core.errors import IllegalTransition, NotFound
from ipp.core.models import Event
from marketplaces.models import Action
from takedowns import services
from tests.factories.takedowns import carried_out, decided, filed, fresh, removed, rows_of, screened


def withdraw(actor, complaint, **more):
    with tenancy.acting(actor):
        return services.withdraw_listings(actor=actor, code=complaint.code, **more)


def test_a_complaint_under_review_is_withdrawn_and_its_clock_stops(alice):
    complaint = screened(alice)

    withdraw(alice, complaint, why="Settled.")

    complaint = fresh(complaint)
    assert (complaint.status, complaint.withdrawn_count) == ("withdrawn", 3)
    assert complaint.clock.stopped_at is not None
    with tenancy.acting(alice):
        assert Event.objects.get(name="takedowns.listings.withdrawn").payload["why"] == "Settled."


def test_some_listings_are_withdrawn_and_the_others_go_on(alice):
    complaint = screened(alice)

    withdraw(alice, complaint, positions=[2])

    assert [row.status for row in rows_of(complaint)] == ["under_review", "withdrawn", "under_review"]
    assert (fresh(complaint).status, fresh(complaint).clock.stopped_at) == ("queued", None)


def test_the_last_undecided_listing_withdrawn_closes_the_complaint(alice):
    complaint = decided(alice, accept=[1, 2], reject=[])

    withdraw(alice, complaint, positions=[3])

    assert fresh(complaint).status == "decided"
    assert fresh(complaint).clock.stopped_at is not None


def test_what_is_withdrawn_already_cannot_be_withdrawn_again(alice):
    complaint = screened(alice)
    withdraw(alice, complaint)

    with pytest.raises(IllegalTransition, match="nothing_to_withdraw"):
        withdraw(alice, complaint)


def test_a_rejection_that_took_effect_cannot_be_withdrawn(alice):
    complaint = decided(alice, reject=[1, 2, 3])

    with pytest.raises(IllegalTransition, match="nothing_to_withdraw"):
        withdraw(alice, complaint)


@pytest.mark.parametrize("decision", [{"reject": [1, 2, 3]}, {"accept": [1, 2, 3]}])
def test_withdrawing_betrays_no_decision_that_can_still_be_undone(alice, decision):
    complaint = decided(alice, told=False, **decision)

    withdraw(alice, complaint, positions=[1])

    assert [row.status for row in rows_of(complaint)][0] == "withdrawn"
    carried_out(complaint)
    assert rows_of(complaint)[0].effective_at is None
    assert fresh(complaint).withdrawn_count == 1


def test_a_strangers_complaint_and_a_listing_that_is_not_in_it_are_not_there(alice, gus):
    complaint = filed(alice)

    for actor, positions in ((gus, None), (alice, [9]), (alice, [])):
        with pytest.raises(NotFound):
            withdraw(actor, complaint, positions=positions)
    assert {row.status for row in rows_of(complaint)} == {"received"}


def test_what_came_down_is_put_back_after_a_withdrawal(alice, run_engine):
    complaint = removed(alice)

    withdraw(alice, complaint, positions=[1])
    run_engine()

    with tenancy.engine_scope("test"):
        asked = sorted(Action.objects.filter(source_id=rows_of(complaint)[0].pk).values_list("kind", "status"))
    assert asked == [("remove", "reversed")]  # nothing was sent to a marketplace in this test, so cancelling was enough

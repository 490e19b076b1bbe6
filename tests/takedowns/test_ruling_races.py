"""Adjudicators and the rights holder at the same moment, over real connections: one of them wins, and nobody waits for ever."""

from __future__ import annotations

import pytest

from ipp.core import tenancy
from takedowns import services
from takedowns.models import CounterNoticeListing
from tests.actors import actor_named
from tests.factories.disputes import carry_out_ruling, contested, fresh_counter, ruled
from tests.takedowns.rulings import STAFF, decisions_of, overturn, rule, states_of, take
from tests.takedowns.test_review_races import code_of, gathered

pytestmark = pytest.mark.usefixtures("marketplace", "own_database")


def test_two_adjudicators_who_take_one_dispute_get_it_once():
    ruth, ann = actor_named("ruth"), actor_named("ann")
    counter = contested(actor_named("alice"), actor_named("sunny"))

    answers = [code_of(item) for item in gathered(lambda: take(ruth, counter), lambda: take(ann, counter))]

    assert sorted(answers) == ["claimed_by_another", "done"]
    winner = (ruth, ann)[answers.index("done")]
    assert fresh_counter(counter).claimed_by_id == winner.user_id


def test_one_ruling_sent_ten_times_at_once_is_made_once():
    ruth = actor_named("ruth")
    counter = contested(actor_named("alice"), actor_named("sunny"))
    version = take(ruth, counter).version

    answers = [code_of(item) for item in gathered(*[lambda: rule(ruth, counter, 1, version=version)] * 10)]

    assert answers.count("done") == 1
    assert set(answers) == {"done", "stale_version"}
    assert [item.outcome for item in decisions_of(counter)] == ["accepted", "accepted", "upheld"]


def test_two_windows_that_rule_differently_rule_once():
    ruth = actor_named("ruth")
    counter = contested(actor_named("alice"), actor_named("sunny"))
    version = take(ruth, counter).version

    answers = gathered(
        lambda: rule(ruth, counter, 1, 2, version=version),
        lambda: rule(ruth, counter, 1, 2, version=version, outcome="overturned"),
    )

    # Whoever is second finds the dispute closed and held by nobody.
    assert sorted(code_of(item) for item in answers) == ["claim_lost", "done"]
    assert len(decisions_of(counter)) == 4


def test_a_withdrawal_in_the_moment_of_the_ruling_leaves_one_end():
    alice, ruth = actor_named("alice"), actor_named("ruth")
    counter = contested(alice, actor_named("sunny"))
    version = take(ruth, counter).version

    def withdraw():
        with tenancy.acting(alice):
            return services.withdraw_listings(actor=alice, code=counter.complaint.code)

    answers = [code_of(item) for item in gathered(withdraw, lambda: rule(ruth, counter, 1, 2, version=version))]
    carry_out_ruling(counter.organization_id, counter.complaint_id)

    assert answers[0] == "done"
    assert answers[1] in ("done", "claim_lost")
    assert states_of(counter) == ["withdrawn"] * 2
    assert fresh_counter(counter).status == "closed"
    with tenancy.scope(STAFF):
        ends = CounterNoticeListing.objects.filter(counter_notice=counter).values_list("outcome", flat=True)
        assert set(ends) == {"withdrawn"}


def test_two_who_overturn_one_claim_at_once_overturn_it_once():
    ann, amir = actor_named("ann"), actor_named("amir")
    counter = ruled(actor_named("alice"), actor_named("sunny"))

    answers = gathered(lambda: overturn(ann, counter.complaint, 1), lambda: overturn(amir, counter.complaint, 1))

    assert sorted(code_of(item) for item in answers) == ["done", "illegal_transition"]
    assert [item.outcome for item in decisions_of(counter)].count("overturned") == 1
    assert states_of(counter) == ["overturned", "upheld"]

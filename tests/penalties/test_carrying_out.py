"""What the marketplace is asked for: the gravest measure in force, in an order it can follow, and nothing twice."""

from __future__ import annotations

from datetime import timedelta

from ipp.core import clock, tenancy
from marketplaces.models import Action
from marketplaces.services import carry_out_due
from penalties import services
from penalties.services import sweep
from tests.factories.marketplaces import ScriptedConnector
from tests.factories.penalties import (
    ENGINE,
    ago,
    asked,
    closed,
    fall,
    proposed,
    sanctions,
    shop_of,
    three_strikes,
    told,
    upheld,
)
from tests.factories.rightsholders import validated_right

STATES = {"remove": "removed", "restore": "live", "restrict": "restricted", "close": "closed", "reopen": "open", "message": "delivered"}


def two_strikes(alice, right=None, days=(30, 20)):
    right = right or validated_right(alice)
    return [upheld(alice, ago(day), right=right) for day in days]


def send(marketplace: ScriptedConnector) -> list[str]:
    """Let the engine send what is due; return what arrived about shops."""
    marketplace.states = STATES
    carry_out_due()
    return [command.action for command in marketplace.sent if command.action in ("restrict", "close", "reopen")]


def test_a_warning_asks_for_nothing(alice):
    upheld(alice, ago(30))

    assert asked() == []


def test_a_restriction_restricts_the_shop_once(alice, marketplace):
    two_strikes(alice)
    services.carry_out(actor=ENGINE, seller_id=shop_of().pk)
    services.carry_out(actor=ENGINE, seller_id=shop_of().pk)

    assert send(marketplace) == ["restrict"]
    assert asked() == [("restrict", "acknowledged")]
    with tenancy.engine_scope("tests"):
        action = Action.objects.get(source="penalties.sanction")
    assert (action.source_id, action.reference) == (sanctions()[-1].pk, sanctions()[-1].reference)


def test_the_command_is_the_platforms(alice):
    two_strikes(alice)

    with tenancy.engine_scope("tests"):
        assert Action.objects.get(source="penalties.sanction").organization.kind == "platform"


def test_a_closure_that_waits_for_a_person_asks_for_nothing(alice, marketplace):
    proposed(alice)

    assert "close" not in send(marketplace)


def test_a_released_closure_closes_the_shop(alice, marketplace):
    closed(alice)

    assert send(marketplace) == ["close"]


def test_a_closure_taken_back_while_a_restriction_runs_ends_restricted(alice, marketplace):
    """No marketplace restricts a closed shop: it is reopened first, and commands about one shop keep their order.

    The restriction that came before the closure had not been sent yet, so the closure took its place.
    """
    right = validated_right(alice)
    complaints = [upheld(alice, ago(days), right=right) for days in (34, 28, 22)]
    close(alice)
    assert send(marketplace)[-1] == "close"

    fall(alice, complaints[-1])

    assert send(marketplace) == ["close", "reopen", "restrict"]
    assert told() == [("warning", "in_force"), ("restriction", "in_force"), ("closure", "lifted")]


def test_a_closure_taken_back_with_all_its_strikes_opens_the_shop(alice, marketplace):
    complaints = three_strikes(alice)
    close(alice)
    send(marketplace)

    for complaint in complaints[1:]:
        fall(alice, complaint)

    assert send(marketplace) == ["close", "reopen"]


def test_a_closure_that_was_never_sent_is_cancelled(alice, marketplace):
    right = validated_right(alice)
    complaints = [upheld(alice, ago(days), right=right) for days in (34, 28, 22)]
    assert send(marketplace) == ["restrict"]
    close(alice)

    fall(alice, complaints[-1])

    assert asked() == [("restrict", "acknowledged"), ("close", "reversed")]
    assert send(marketplace) == ["restrict"]


def test_a_restriction_ends_by_itself_and_the_shop_is_reopened(alice, marketplace):
    two_strikes(alice)
    send(marketplace)
    assert sweep() == 0

    with clock.moved(timedelta(days=31)):
        assert sweep() == 1
        assert sweep() == 0
        assert send(marketplace) == ["restrict", "reopen"]

    assert told() == [("warning", "in_force"), ("restriction", "ended")]


def test_a_restriction_that_ends_leaves_a_closed_shop_closed(alice, marketplace):
    closed(alice)
    send(marketplace)

    with clock.moved(timedelta(days=60)):
        sweep()

    assert send(marketplace) == ["close"]


def test_an_overturned_strike_takes_back_a_restriction_that_is_over(alice):
    complaints = two_strikes(alice)
    with clock.moved(timedelta(days=31)):
        sweep()

    fall(alice, complaints[1])

    assert told() == [("warning", "in_force"), ("restriction", "lifted")]
    assert asked() == [("restrict", "reversed")]


def close(alice):
    """Let two persons close the shop."""
    from tests.actors import actor_named

    row = sanctions()[-1]
    olga, ann = actor_named("olga"), actor_named("ann")
    with tenancy.acting(olga):
        services.propose_closure(actor=olga, code=row.code, note="Three strikes.")
    with tenancy.acting(ann):
        services.release_closure(actor=ann, code=row.code)
    services.carry_out(actor=ENGINE, seller_id=row.seller_id)

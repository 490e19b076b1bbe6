"""A marketplace nobody wrote code for: a member of staff enters it as data, and a complaint goes all the way on it."""

from __future__ import annotations

from datetime import date

from ipp.core import tenancy
from marketplaces.models import Action, Policy
from marketplaces.queries import forget_rulebook
from marketplaces.services import settle_by_hand
from takedowns import services
from takedowns.models import ReportedListing, StatementOfReasons
from tests.factories.rightsholders import validated_right
from tests.factories.takedowns import decided, filing, fresh, rows_of
from tests.marketplaces.test_policies import invent

LINKS = ["https://www.plazza.example/thing/12345?utm_source=x", "plazza 67890"]


def test_a_case_is_filed_decided_and_carried_out_on_a_marketplace_made_of_rows(alice, bob, run_engine):
    right = validated_right(alice, territories=("PT",))
    invent(bob, territory={"any_of": ["PT"]})
    with tenancy.acting(bob):
        Policy.objects.filter(marketplace_id="plazza").update(data={"removal": {"default": "on_accept"}, "sla_hours": {"standard": 6}})
    forget_rulebook()

    complaint = decided(alice, right, links=LINKS)
    run_engine()

    # Its own promise, its own version of the rules on each listing, and commands that wait for a person: it has no connector.
    assert (complaint.clock.budget, complaint.status) == (6, "decided")
    assert [row.key for row in rows_of(complaint)] == ["plazza:12345", "plazza:67890"]
    assert {row.policy.marketplace_id for row in _with_policy(complaint)} == {"plazza"}
    with tenancy.acting(bob):
        assert StatementOfReasons.objects.filter(reported_listing__complaint=complaint).count() == 2
    with tenancy.engine_scope("test"):
        asked = list(Action.objects.filter(marketplace_id="plazza").order_by("id"))
    assert [(action.kind, action.target_external_id) for action in asked] == [("remove", "12345"), ("remove", "67890")]
    with tenancy.acting(bob):
        for action in asked:
            _held(action.pk)
            settle_by_hand(actor=bob, code=action.code, note="Seen gone.")
    run_engine()

    assert fresh(complaint).removed_count == 2


def test_a_right_of_another_country_does_not_reach_it(alice, bob):
    right = validated_right(alice)
    invent(bob, territory={"any_of": ["PT"]})
    forget_rulebook()

    with tenancy.acting(alice):
        checked = services.preflight(actor=alice, filing=filing(right, links=LINKS, seen_on=date(2026, 11, 1)))

    assert {row.found.check for row in checked.rows if row.found} == {"territory"}
    forget_rulebook()


def _with_policy(complaint) -> list[ReportedListing]:
    with tenancy.engine_scope("test"):
        return list(ReportedListing.objects.filter(complaint_id=complaint.pk).select_related("policy"))


def _held(action_id: int) -> None:
    """Let the engine find out that there is no way to do it by machine."""
    from marketplaces.services import carry_out_due

    with tenancy.engine_scope("test"):
        waiting = Action.objects.filter(pk=action_id, status="proposed").exists()
    if waiting:
        carry_out_due()

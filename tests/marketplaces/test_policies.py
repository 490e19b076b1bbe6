"""Marketplaces and policies as data: the ones that come along, what holds on which day, and one that is invented by data alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from ipp.core import tenancy
from ipp.core.errors import NotFound
from marketplaces import queries, services
from marketplaces.models import Action, Marketplace, Policy
from marketplaces.rules.links import packaged_documents
from tests.factories.marketplaces import ScriptedConnector, cause, found, known_listing, listing_seen, propose, use

TODAY = date(2026, 11, 24)
INVENTED = {
    "key": "plazza",
    "domains": ["plazza.example"],
    "digits": [4, 8],
    "canonical": "https://www.plazza.example/thing/{id}",
    "listings": [{"path": "^/thing/(?P<id>[0-9]{4,8})$"}],
}


@pytest.fixture(autouse=True)
def fresh_rules() -> Iterator[None]:
    queries.forget_rulebook()
    yield
    queries.forget_rulebook()


def invent(actor: Any, **changes: Any) -> None:
    """Enter a marketplace as a member of the staff would: rows, no code."""
    row = {
        "key": "plazza",
        "family": "plazza",
        "name_en": "Plazza",
        "name_zh": "广场",
        "position": 99,
        "url_rules": INVENTED,
        "territory": {"any_of": ["FR"]},
        "currency": "EUR",
        "effective_from": date(2026, 1, 1),
    } | changes
    with tenancy.acting(actor):
        Marketplace.objects.create(**row)
        Policy.objects.create(marketplace_id="plazza", version=1, effective_from=date(2026, 1, 1), data={"rounds": 2})


def test_every_marketplace_that_comes_along_has_link_rules_and_one_policy(db):
    documents = {document["key"]: document for document in packaged_documents()}
    rows = queries.marketplaces_in_force(TODAY)
    policies = queries.policies_in_force(TODAY)

    assert set(rows) == set(policies) == set(documents)
    assert {key: row.family for key, row in rows.items()} == {key: of.get("family", key) for key, of in documents.items()}
    assert {key for key, row in rows.items() if row.connector == "sandbox"} == {"bazarro", "lanqiao", "nordmart"}


def test_every_site_a_link_can_name_has_a_country_a_right_must_be_in_force_in(db):
    for key, row in queries.marketplaces_in_force(TODAY).items():
        sites = set(row.url_rules.get("sites", {}).values())
        if "by_site" in row.territory:
            assert sites <= set(row.territory["by_site"]), key
        else:
            assert not sites, key
            assert row.territory.get("any") or row.territory["any_of"], key


def test_the_defaults_are_those_of_the_domain_rules(db):
    plain = queries.policy_in_force("bazarro", TODAY).data
    alibaba = queries.policy_in_force("alibaba", TODAY).data

    assert (plain["seller_window_business_days"], plain["holder_window_business_days"], plain["rounds"]) == (3, 3, 1)
    assert plain["removal"]["default"] == "on_accept"
    assert plain["removal"]["utility_model"] == plain["removal"]["invention"] == "after_window"
    assert (plain["sla_hours"]["standard"], plain["sla_hours"]["good_faith"], plain["sla_hours"]["patent"]) == (24, 12, 72)
    assert (alibaba["rounds"], alibaba["round_business_days"]) == (3, [3, 7, 7])


def test_the_policy_in_force_is_the_newest_that_holds_on_the_day(bob):
    with tenancy.acting(bob):
        Policy.objects.create(marketplace_id="bazarro", version=2, effective_from=date(2026, 7, 1), data={})
        Policy.objects.filter(marketplace="bazarro", version=1).update(effective_to=date(2026, 7, 1))
        Policy.objects.create(marketplace_id="bazarro", version=3, effective_from=date(2026, 9, 1), effective_to=date(2026, 9, 8), data={})

    days = [date(2026, 6, 30), date(2026, 7, 1), date(2026, 9, 1), date(2026, 9, 7), date(2026, 9, 8)]
    assert [queries.policy_in_force("bazarro", day).version for day in days] == [1, 2, 3, 3, 2]
    assert queries.policies_in_force(date(2026, 9, 1))["bazarro"].version == 3
    with pytest.raises(NotFound):
        queries.policy_in_force("bazarro", date(2014, 1, 1))


def test_an_invented_marketplace_resolves_and_is_served_by_data_alone(alice, bob):
    link = "plazza.example/thing/12345?utm_source=x"
    assert queries.rulebook().resolve(link).status == "unsupported"
    invent(bob)
    queries.forget_rulebook()

    found_link = queries.rulebook().resolve(link)
    assert (found_link.status, found_link.marketplace, found_link.key) == ("listing", "plazza", "plazza:12345")
    assert found_link.canonical_url == "https://www.plazza.example/thing/12345"
    assert services.request_sightings(targets=[("plazza", "12345")]) == 1
    assert services.work_sightings() == 1
    (action_id,) = propose(alice, cause("12345", marketplace="plazza"))
    services.carry_out_due()
    with tenancy.acting(bob):
        services.settle_by_hand(actor=bob, code=found(action_id).code, note="Seen gone.")
    assert found(action_id).status == "acknowledged"


def test_a_marketplace_out_of_force_resolves_no_more(bob):
    invent(bob, effective_to=date(2026, 2, 1))

    assert queries.rulebook().resolve("https://www.plazza.example/thing/12345").status == "unsupported"
    assert "plazza" in queries.marketplaces_in_force(date(2026, 1, 31))
    assert "plazza" not in queries.marketplaces_in_force(date(2026, 2, 1))


def test_the_sandbox_answers_at_its_configured_origin_only(db):
    path = "/bazarro/item/3000425919.html"

    assert queries.rulebook().resolve(settings.SANDBOX_ORIGIN + path).key == "bazarro:3000425919"
    assert queries.rulebook().resolve("http://localhost:9999" + path).status != "listing"


def test_the_rules_are_read_again_only_after_half_a_minute(bob, monkeypatch):
    first = queries.rulebook()
    invent(bob)

    assert queries.rulebook() is first
    later = queries.time.monotonic() + queries.RULEBOOK_SECONDS + 1
    monkeypatch.setattr(queries.time, "monotonic", lambda: later)

    assert "plazza" in queries.rulebook().marketplaces


def test_the_portal_cannot_change_a_policy(alice):
    with tenancy.acting(alice), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Policy.objects.update(data={})


def test_the_portal_cannot_ask_a_marketplace_for_anything(alice):
    with tenancy.acting(alice), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        services.propose_actions(actor=alice, kind="remove", targets=[cause()], reason="", reference="", source="tests.cause")

    with tenancy.engine_scope("test"):
        assert not Action.objects.exists()


def test_what_a_person_saw_by_hand_is_written_into_the_catalogue(alice, bob, monkeypatch, run_engine):
    use(monkeypatch, ScriptedConnector())
    row = known_listing()
    (action_id,) = propose(alice, cause(row.external_id, listing_id=row.pk), held=True)

    with tenancy.acting(bob):
        services.settle_by_hand(actor=bob, code=found(action_id).code, note="Gone.")
    run_engine()

    row.refresh_from_db()
    assert row.state == "removed"


# The command line


def test_the_command_reads_one_catalogue_and_shows_what_waits(alice, monkeypatch, capsys):
    use(monkeypatch, ScriptedConnector(listing_seen("1"), listing_seen("2"), listing_seen("3")))
    propose(alice, cause("1"))

    call_command("marketplaces", "import", "bazarro")
    call_command("marketplaces", "status")

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "bazarro: 3 listings"
    assert any(line.split()[:4] == ["bazarro", "sandbox", "3", "listings"] and " 1 actions waiting" in line for line in lines)


@pytest.mark.parametrize("key", ["nowhere", "taobao"])
def test_the_command_says_which_marketplace_cannot_be_read(db, key):
    with pytest.raises(CommandError, match=key):
        call_command("marketplaces", "import", key)

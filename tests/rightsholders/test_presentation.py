"""What pages make of a verification: the start page in each state, typed values beside findings, clocks, and nothing told too early."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ipp.core import clock, tenancy
from ipp.core.faces import clock_face
from ipp.core.models import Clock, ClockPause, Organization
from rightsholders import queries
from rightsholders.presentation import beside_the_paper, findings, first_steps
from tests.browsing import words_of
from tests.factories.rightsholders import STATES, approved, asked, claimed, refused, submitted


@pytest.fixture
def verified(alice, bob, run_engine):
    """Return Acme's approved verification, its decision in force."""
    row = approved(alice, bob)
    run_engine(timedelta(seconds=16))
    with tenancy.acting(bob):
        type(row).objects.filter(pk=row.pk).update(decided_at=clock.now() - timedelta(minutes=1))
    return row


# -- the start page ------------------------------------------------------------------------------------------------------------


def test_the_way_to_a_proven_identity_shows_where_one_stands():
    organization = Organization(verified_at=None)

    assert [step.state for step in first_steps(organization, is_sent=False)] == ["done", "current", "next", "next"]
    assert [step.state for step in first_steps(organization, is_sent=True)] == ["done", "done", "current", "next"]


def test_a_verified_organization_reads_its_identity_and_is_asked_for_no_paper(verified, client_of):
    page = words_of(client_of("alice").get("/identity/"))

    assert "Your identity" in page
    assert "Verified since" in page
    assert "What you can do next" in page
    assert "Send a paper" not in page


def test_who_looks_on_is_offered_nothing_they_may_not_do(verified, client_of):
    page = client_of("vera").get("/identity/").content.decode()

    assert "What you can do next" in page
    assert 'href="/developer/keys/"' not in page


def test_after_a_refusal_the_next_step_is_another_paper(alice, bob, client_of):
    row = refused(alice, bob)
    with tenancy.acting(bob):
        type(row).objects.filter(pk=row.pk).update(decided_at=clock.now() - timedelta(minutes=1))

    page = client_of("alice").get("/identity/")

    assert "Your paper was not accepted" in words_of(page)
    assert [step.state for step in page.context["steps"]] == ["done", "current", "next", "next"]


@pytest.mark.parametrize("outcome", ["approved", "refused"])
def test_nothing_on_the_start_page_tells_a_decision_that_can_be_undone(alice, bob, client_of, outcome):
    STATES[outcome](alice, bob)

    page = words_of(client_of("alice").get("/identity/"))

    assert "Your paper is being checked" in page
    assert "business days left" in page
    assert "Decided in time" not in page


def test_a_second_paper_is_warned_of_before_it_is_typed_in(alice, client_of):
    row = submitted(alice)

    page = words_of(client_of("alice").get("/identity/send/"))

    assert f"A paper of yours is being checked already: {row.reference}" in page


def test_a_notice_leads_to_the_record_it_is_about(verified, client_of):
    browser = client_of("alice")

    page = browser.get("/notices/").content.decode()

    assert f'href="/identity/{verified.code}/"' in page


# -- the desk -------------------------------------------------------------------------------------------------------------------


def test_a_finding_about_a_typed_value_stands_beside_it_and_the_others_apart(alice, bob):
    row = submitted(alice, holder_name="Acme Holdings")
    with tenancy.acting(bob):
        case = queries.desk_case(row.code)
        typed, others = beside_the_paper(case.paper, findings(case, clock.now()))

    lines = {line.label: line for line in typed}
    assert lines["Name"].tone == "warn"
    assert "Acme Tools Ltd" in lines["Name"].text
    assert (lines["Number"].tone, lines["Number"].text) == ("", "")
    assert "Valid until" not in lines
    assert [finding.label for finding in others] == ["File"]


def test_the_reasons_of_a_refusal_are_buttons_that_refuse(alice, bob, client_of):
    row = claimed(alice, bob)

    page = client_of("bob").get(f"/verifications/{row.code}/").content.decode()

    assert page.count(f'formaction="/verifications/{row.code}/refuse/"') == page.count('name="reason"') >= 7


def test_the_desk_reads_what_was_asked(alice, bob, client_of):
    row = asked(alice, bob)

    assert words_of(client_of("bob").get(f"/verifications/{row.code}/")).count("Send the back side too.") == 2


def test_a_paused_clock_shows_what_was_left_when_it_was_paused(alice, bob):
    row = asked(alice, bob)
    with tenancy.acting(bob):
        ClockPause.objects.filter(clock=row.clock).update(from_at=row.clock.started_at)
        stored = Clock.objects.get(pk=row.clock_id)
        at_once = clock_face(stored, clock.now(), paused="waiting for you")
        much_later = clock_face(stored, clock.now() + timedelta(days=90), paused="waiting for you")

    assert at_once == much_later
    assert (at_once.level, at_once.exact_text) == ("paused", "waiting for you")
    assert at_once.left_text == "3 business days left, paused"
    assert at_once.share_left == 1.0


def test_a_claim_that_has_run_out_can_be_taken_anew_by_anybody(alice, bob, client_of):
    row = claimed(alice, bob)
    with tenancy.acting(bob):
        type(row).objects.filter(pk=row.pk).update(claim_expires_at=clock.now() - timedelta(seconds=1))

    for name in ("bob", "bea"):
        page = client_of(name).get(f"/verifications/{row.code}/").content.decode()
        assert f'action="/verifications/{row.code}/claim/"' in page
        assert f'action="/verifications/{row.code}/approve/"' not in page

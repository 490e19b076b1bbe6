"""Where a member of the portal arrives: identity first, then the dashboard with what waits and the two standard metrics."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ipp.core import clock, tenancy
from takedowns import services
from tests.actors import AudienceClient, actor_named, signed_in
from tests.browsing import words_of
from tests.factories.rightsholders import asked_right, validated_right, verified
from tests.factories.takedowns import asked, carried_out, decided, draft, fresh, link_texts, removed, screened

START = "/start/"


@pytest.fixture
def right(alice):
    return validated_right(alice, name="ACME twin peaks")


@pytest.fixture
def browser(alice):
    return signed_in("alice")


def test_a_visitor_is_asked_to_sign_in(db):
    assert AudienceClient("portal").get(START)["Location"] == f"/accounts/login/?next={START}"


@pytest.mark.parametrize("path", [START, "/identity/"])
def test_an_organization_without_a_proven_identity_is_shown_the_way_to_that_first(browser, path):
    page = browser.get(path)

    assert page.status_code == 200
    assert "Prove who you are" in words_of(page)
    assert "Success rate" not in words_of(page)


def test_a_verified_account_without_a_right_is_told_to_add_one(alice, browser):
    verified(alice)

    assert "Add your first right" in words_of(browser.get(START))


def test_an_account_with_a_right_is_told_to_file(alice, browser, right):
    page = browser.get(START)

    assert "File your first complaint" in words_of(page)
    assert "/complaints/new/" in page.content.decode()


def test_the_two_metrics_are_shown_with_what_they_are_made_of(alice, browser, right):
    removed(alice, right, reject=[2], links=link_texts(4))
    screened(alice, right, links=link_texts(2, start=3_000_000_700))

    words = words_of(browser.get(START))

    assert "Success rate 75% 3 of 4 decided listings accepted" in words
    assert "Successful counter-notices 0% 0 of 3 accepted listings" in words
    assert "Decided in time 100% 1 of 1 complaints" in words
    assert "Open now 1 3 listings are down" in words
    assert "How this is counted" in words
    assert "Coded words for fakes in the title or text 75%" in words or "75%" in words.partition("Success by reason")[2]


def test_nothing_decided_is_no_rate_rather_than_zero(alice, browser, right):
    screened(alice, right)

    assert "Success rate – 0 of 0" in words_of(browser.get(START))


def test_a_late_decision_counts_as_late(alice, browser, right):
    complaint = screened(alice, right)
    rex = actor_named("rex")
    with clock.moved(timedelta(days=20)):
        with tenancy.acting(rex):
            held = services.claim_complaint(actor=rex, code=complaint.code)
            services.decide_listings(actor=rex, code=held.code, version=held.version, positions=[1, 2, 3], outcome="accepted")
        carried_out(complaint)

    assert fresh(complaint).status == "decided"
    assert "Decided in time 0% 0 of 1 complaints" in words_of(browser.get(START))


def test_what_waits_for_the_reader_is_named(alice, browser, right, bob):
    complaint = asked(alice, right)
    asked_right(alice, bob, name="Second mark")
    validated_right(alice, name="Ending mark", expires_on=(clock.now() + timedelta(days=40)).date())
    draft(alice, right)

    words = words_of(browser.get(START))

    assert "A reviewer asks you something" in words
    assert complaint.reference in words
    assert "A verifier asks about Second mark" in words
    assert "Ending mark ends in" in words
    assert "A complaint about ACME twin peaks is begun" in words


def test_a_viewer_gets_no_buttons_that_refuse_them(alice, right):
    decided(alice, right)
    draft(alice, right, links="\n".join(link_texts(1, start=3_000_000_700)))

    page = signed_in("vera").get(START).content.decode()

    assert "/complaints/new/" not in page
    assert "/complaints/drafts/" not in page


def test_another_tenants_numbers_are_not_counted(alice, gus, right):
    removed(alice, right)
    verified(gus)

    assert "ACME" not in words_of(signed_in("gus").get(START))
    assert "Success rate" not in words_of(signed_in("gus").get(START))

"""Pages of penalties: the seller's record and lessons, the public rules, and the desk where closures wait for two persons."""

from __future__ import annotations

from typing import Any

import pytest

from ipp.core import tenancy
from penalties.models import PenaltyPolicy, Violation
from penalties.presentation.words import LESSONS
from tests.actors import AudienceClient
from tests.browsing import words_of
from tests.factories.penalties import (
    ago,
    claim,
    closed,
    closure_due,
    fall,
    proposed,
    sanctions,
    shop_of,
    three_strikes,
    told,
    upheld,
)
from tests.factories.rightsholders import validated_right
from tests.factories.takedowns import seen_listings

ABSENT = "Q" * 22


def two_strikes(alice, **changes):
    right = validated_right(alice)
    return [upheld(alice, ago(day), right=right, **changes) for day in (30, 20)]


# -- the seller -----------------------------------------------------------------------------------------------------------
def test_a_seller_without_a_shop_is_told_how_to_get_one(client_of):
    answer = client_of("sunny").get("/record/")

    assert answer.status_code == 200
    assert "Claim your shop with the link its marketplace sent you" in words_of(answer)


def test_a_clean_record_says_so(sunny, client_of):
    seen_listings([3_900_000_001])
    shop = claim(sunny)

    words = words_of(client_of("sunny").get(f"/record/{shop.code}/"))

    assert "Nothing is on this record" in words
    assert "No strike counts at the moment." in words
    assert "The next strike would bring: A warning, and a page to read." in words


def test_a_record_shows_its_strikes_what_they_rest_on_and_what_comes_next(alice, sunny, client_of):
    complaints = two_strikes(alice, owner=sunny)

    answer = client_of("sunny").get(f"/record/{shop_of().code}/")

    words = words_of(answer)
    assert "2 strikes of 3 count at the moment." in words
    assert "The next strike would bring: The shop is closed, once two people have looked at the record and both agreed." in words
    for complaint in complaints:
        assert complaint.reference in words
    for row in sanctions():
        assert row.reference in words
    assert "Judged by version 2 of the rules" in words
    assert "There is a page for you to read" in words


def test_a_seller_does_not_see_a_closure_two_persons_have_not_agreed_to(alice, sunny, client_of):
    row = proposed(alice, owner=sunny)

    record = client_of("sunny").get(f"/record/{shop_of().code}/")
    page = client_of("sunny").get(f"/record/sanctions/{row.code}/")

    assert row.reference not in words_of(record)
    assert "3 strikes of 3 count at the moment. This shop has reached the last step of the rules." in words_of(record)
    assert "The next strike would bring" not in words_of(record)
    assert page.status_code == 404


def test_a_sanction_page_has_the_lesson_and_notes_that_it_was_read(alice, sunny, client_of):
    upheld(alice, ago(30), owner=sunny)
    (row,) = sanctions()
    client = client_of("sunny")

    page = client.get(f"/record/sanctions/{row.code}/")
    done = client.post(f"/record/sanctions/{row.code}/read/")

    assert str(LESSONS["first_strike"]) in words_of(page)
    assert "I have read this" in words_of(page)
    assert "Rules of Bazarro, version 2" in words_of(page)
    assert (done.status_code, done["Location"]) == (302, f"/record/{shop_of().code}/")
    (read,) = sanctions()
    assert read.read_at is not None
    client.post(f"/record/sanctions/{row.code}/read/")
    assert sanctions()[0].read_at == read.read_at
    assert "I have read this" not in words_of(client.get(f"/record/sanctions/{row.code}/"))


def test_a_closure_has_no_lesson_to_confirm(alice, sunny, client_of):
    row = closed(alice, owner=sunny)

    assert client_of("sunny").post(f"/record/sanctions/{row.code}/read/").status_code == 404


def test_what_was_taken_back_stays_on_the_record_as_taken_back(alice, sunny, client_of):
    complaint = upheld(alice, ago(30), owner=sunny)
    fall(alice, complaint)

    words = words_of(client_of("sunny").get(f"/record/{shop_of().code}/"))

    assert "No strike counts at the moment." in words
    assert "Taken back" in words
    assert complaint.reference in words


@pytest.mark.parametrize("path", ["/record/{shop}/", "/record/sanctions/{sanction}/"])
def test_another_sellers_record_is_not_there(alice, sunny, client_of, path):
    upheld(alice, ago(30), owner=sunny)
    real = {"shop": shop_of().code, "sanction": sanctions()[0].code}

    foreign, absent = client_of("moon").get(path.format(**real)), client_of("moon").get(path.format(shop=ABSENT, sanction=ABSENT))

    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert client_of("sunny").get(path.format(**real)).status_code == 200


def test_another_sellers_lesson_cannot_be_confirmed(alice, sunny, client_of):
    upheld(alice, ago(30), owner=sunny)
    (row,) = sanctions()

    assert client_of("moon").post(f"/record/sanctions/{row.code}/read/").status_code == 404
    assert sanctions()[0].read_at is None


# -- the public -----------------------------------------------------------------------------------------------------------
def test_anybody_reads_the_rules_of_every_marketplace(visitor):
    words = words_of(visitor("portal").get("/rules/"))

    assert "Bazarro" in words
    assert "version 2, since 1 Jul 2026" in words


def test_the_rules_of_a_marketplace_are_written_from_its_data(visitor):
    words = words_of(visitor("portal").get("/rules/bazarro/"))

    for said in (
        "Version 2 about strikes",
        "The shop is restricted for 30 days",
        "All listings whose complaints were received within 3 calendar days (Shanghai time), the day of the first one included.",
        "365 days of 24 hours",
        "within 3 business days",
        "within 24 hours on business days",
        "If it stays silent, the claim is withdrawn and the listing restored.",
        "Version 1",
    ):
        assert said in words


def test_an_older_version_is_shown_as_it_was_and_says_that_it_is_not_in_force(visitor):
    words = words_of(visitor("portal").get("/rules/bazarro/?version=1"))

    assert "The shop is restricted for 14 days" in words
    assert "This version is not in force today." in words


@pytest.mark.parametrize("path", ["/rules/nowhere/", "/rules/bazarro/?version=9", "/rules/bazarro/?version=x", "/rules/bazarro/?windows=²"])
def test_rules_nobody_published_are_not_found(db, visitor, path):
    assert visitor("portal").get(path).status_code == 404


@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_can_be_read_by_anybody(db, visitor, name):
    answer = visitor("portal").get(f"/rules/lessons/{name}/")

    assert str(LESSONS[name]) in words_of(answer)
    assert len(words_of(answer).split()) > 200


def test_every_lesson_a_policy_names_exists(db):
    named = {step.lesson for row in PenaltyPolicy.objects.all() for step in row.pack.steps} - {""}

    assert named == set(LESSONS)


# -- the desk -------------------------------------------------------------------------------------------------------------
def test_the_desk_lists_what_waits_and_shows_what_a_closure_rests_on(alice, client_of):
    row = closure_due(alice)
    client = client_of("olga")

    listed = words_of(client.get("/sanctions/?state=waiting"))
    page = words_of(client.get(f"/sanctions/{row.code}/"))

    assert row.reference in listed
    assert "1 closure waits for a person." in listed
    with tenancy.engine_scope("tests"):
        references = set(Violation.objects.values_list("reference", flat=True))
    assert len(references) == 3
    assert all(reference in page for reference in references)
    assert "Rules of Bazarro, version 2" in page
    assert "Propose the closure" in page


def test_two_persons_close_a_shop_through_the_pages(alice, client_of):
    row = closure_due(alice)

    first = client_of("olga").post(f"/sanctions/{row.code}/propose/", {"note": "Three strikes."})
    second = client_of("ann").post(f"/sanctions/{row.code}/release/", {"note": ""})

    assert (first.status_code, second.status_code) == (302, 302)
    assert told()[-1] == ("closure", "in_force")
    words = words_of(client_of("ann").get(f"/sanctions/{row.code}/"))
    assert "Olga proposed it on" in words
    assert "Ann released it on" in words


def test_the_one_who_proposed_is_told_why_the_release_is_refused(alice, client_of):
    row = proposed(alice, by="ann")
    client = client_of("ann")

    page = client.get(f"/sanctions/{row.code}/")
    answer = client.post(f"/sanctions/{row.code}/release/", {"note": ""})

    assert "You proposed it yourself" in words_of(page)
    assert answer.status_code == 403
    assert "another account of yours does not make two" in words_of(answer)
    assert told()[-1] == ("closure", "proposed")


def test_a_proposal_without_a_note_comes_back_with_the_form(alice, client_of):
    row = closure_due(alice)

    answer = client_of("olga").post(f"/sanctions/{row.code}/propose/", {"note": " "})

    assert answer.status_code == 422
    assert "The note is empty" in words_of(answer)
    assert told()[-1] == ("closure", "due")


def test_sending_back_needs_a_note_and_keeps_the_shop_as_it_is(alice, client_of):
    row = proposed(alice)
    client = client_of("ann")

    assert client.post(f"/sanctions/{row.code}/send-back/", {"note": ""}).status_code == 422
    assert client.post(f"/sanctions/{row.code}/send-back/", {"note": "Look again."}).status_code == 302
    assert told()[-1] == ("closure", "sent_back")
    assert "Look again." in words_of(client.get(f"/sanctions/{row.code}/"))


@pytest.mark.parametrize(
    ("name", "step"), [("rex", "propose"), ("ada", "propose"), ("olga", "release"), ("rex", "release"), ("olga", "send-back")]
)
def test_other_roles_may_look_and_not_act(alice, client_of, name, step):
    row = proposed(alice) if step != "propose" else closure_due(alice)
    before = told()
    client = client_of(name)

    assert client.post(f"/sanctions/{row.code}/{step}/", {"note": "x"}).status_code == 403
    assert client.get(f"/sanctions/{row.code}/").status_code == 200
    assert told() == before


def test_the_records_list_is_filtered_by_strikes_and_state(alice, client_of):
    three_strikes(alice)
    right = validated_right(alice)
    upheld(alice, ago(30), right=right, shop="911204999")
    client = client_of("ada")

    assert "Shop 507" in words_of(client.get("/records/?strikes=many"))
    assert "Shop 999" not in words_of(client.get("/records/?strikes=many"))
    assert "Shop 999" in words_of(client.get("/records/?strikes=1"))
    assert "Shop 507" not in words_of(client.get("/records/?state=closed"))


def test_a_record_on_the_desk_shows_what_the_marketplace_was_asked_for(alice, client_of):
    two_strikes(alice)

    words = words_of(client_of("rex").get(f"/records/{shop_of().code}/"))

    assert "Restrict the shop" in words
    assert "restricted the shop until" in words
    assert "nobody has claimed it" in words


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/sanctions/{ABSENT}/"),
        ("POST", f"/sanctions/{ABSENT}/propose/"),
        ("POST", f"/sanctions/{ABSENT}/release/"),
        ("POST", f"/sanctions/{ABSENT}/send-back/"),
        ("GET", f"/records/{ABSENT}/"),
    ],
)
def test_what_does_not_exist_is_not_found_on_the_desk(client_of, method, path):
    answer = client_of("ann").generic(method, path, data="note=x", content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/sanctions/", "/records/"])
def test_a_visitor_is_asked_to_sign_in(db, path):
    answer: Any = AudienceClient("staff").get(path)

    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")

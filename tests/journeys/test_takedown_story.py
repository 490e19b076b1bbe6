"""A right, a complaint, a decision, a takedown: through HTTP, each audience under its own login, on a marketplace that runs by itself."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.actors import actor_named, new_secret
from tests.browsing import fill_in, letters_to, press, words_of
from tests.cast import PASSWORD, address
from tests.core.files import corpus
from tests.factories.rightsholders import verified as make_verified
from tests.journeys.test_identity_story import at_the_desk, follow

UNDO_OVER = timedelta(seconds=16)
BOTTLE, MUG, TOTE = "3000425919", "3000479433", "3000488352"
DECLARED = ["good_faith", "accuracy", "authority", "liability"]


@pytest.fixture
def verified(house: Any) -> None:
    """Acme's identity is proven already; how that happens is another story."""
    make_verified(actor_named("alice"))


def machine_of(house: Any) -> Any:
    return house("portal", headers={"Authorization": f"Bearer {new_secret('alice')}"})


def post(machine: Any, path: str, body: Any, key: str) -> Any:
    answer = machine.post(path, body, content_type="application/json", headers={"Idempotency-Key": key})
    assert answer.status_code in (200, 201), answer.content
    return answer.json()


def added_right(machine: Any) -> dict[str, Any]:
    """Upload a certificate and add a trademark by API."""
    files = []
    for number, kind in enumerate(("certificate", "classes")):
        upload = SimpleUploadedFile(f"{kind}.png", corpus.png(), "image/png")
        sent = machine.post("/api/v1/files", {"file": upload}, headers={"Idempotency-Key": f"file-{number}"})
        assert sent.status_code == 201, sent.content
        files.append({"kind": kind, "file": sent.json()["code"]})
    body = {
        "kind": "trademark",
        "name": "ACME",
        "owner_name": "Acme Tools Ltd",
        "office": "CNIPA",
        "number": "48126377",
        "nice_classes": [21],
        "goods": "drinking bottles",
        "registered_on": "2021-03-07",
        "expires_on": "2031-03-06",
        "documents": files,
    }
    return dict(post(machine, "/api/v1/rights", body, "right-1"))


def validated_right(house: Any, machine: Any, engine: Any) -> str:
    """Add a right and let a verifier find it good; return its code."""
    right = added_right(machine)
    bob = house("staff")
    case = follow(bob, press(bob, at_the_desk(bob), "/verifications/next/"))
    press(bob, case, "/approve/")
    engine(after=UNDO_OVER)
    assert machine.get(f"/api/v1/rights/{right['code']}").json()["status"] == "validated"
    return str(right["code"])


def page_is(market: Any, item: str) -> int:
    return int(market.get(f"/bazarro/item/{item}.html").status)


def counted(complaint: dict[str, Any]) -> dict[str, int]:
    """Return a complaint's counts without those that are naught."""
    return {name: number for name, number in complaint["counts"].items() if number}


def decided(rex: Any, page: Any, ending: str, **typed: Any) -> Any:
    """Press a button of the console with what was typed, and go where it leads."""
    return follow(rex, press(rex, page, ending, **typed))


def test_the_story_by_api(house, engine, bazaar, verified):
    machine, rex = machine_of(house), house("staff")
    right = validated_right(house, machine, engine)
    listings = [f"http://localhost:{bazaar.port}/bazarro/item/{item}.html?spm=1" for item in (BOTTLE, MUG, TOTE)]
    listings += [f"bazarro {BOTTLE}", "bazarro 1999999999"]
    body = {
        "right": right,
        "reason": "TM-JARGON",
        "listings": listings,
        "statements": {"quoted_words": "factory price"},
        "declarations": DECLARED,
        "signature": {"name": "Alice", "role": "Owner"},
    }

    filed = post(machine, "/api/v1/complaints", body, "complaint-1")
    place = f"/api/v1/complaints/{filed['code']}"
    assert (filed["listing_count"], [row["result"] for row in filed["left_out"]]) == (4, ["merged"])
    engine()

    # Triage: the marketplace was asked, its listings pinned; what it does not know was rejected by that rule.
    rows = machine.get(f"{place}/listings").json()["data"]
    assert [(row["status"], row["title"]) for row in rows[:2]] == [
        ("under_review", "Steel vacuum bottle 500 ml green, factory price"),
        ("under_review", "Heron mug 350 ml ceramic"),
    ]
    assert (rows[3]["status"], rows[3]["rejection"]) == ("rejected", "R07")

    # Review: one accepted, one rejected, one accepted; nobody learns of it before the undo time is over.
    console = at_the_desk(rex, "rex")
    console = follow(rex, press(rex, console, "/reviews/next/"))
    console = decided(rex, console, "/accept/", positions="1")
    console = decided(rex, console, "/reject/", positions="2", rejection="R05", message="The heron is not your mark.")
    decided(rex, console, "/accept/", positions="3")
    engine()
    assert {row["status"] for row in machine.get(f"{place}/listings").json()["data"][:3]} == {"under_review"}
    assert machine.get(place).json()["status"] == "in_review"
    assert page_is(bazaar, BOTTLE) == 200

    # Takedown: the page goes dark, with a public reason that names nobody.
    engine(after=UNDO_OVER)
    read = machine.get(place).json()
    assert (read["status"], counted(read)) == ("decided", {"accepted": 2, "rejected": 2, "removed": 2})
    assert (page_is(bazaar, BOTTLE), page_is(bazaar, MUG), page_is(bazaar, TOTE)) == (410, 200, 410)
    gone = bazaar.get(f"/bazarro/item/{BOTTLE}.html").text
    assert filed["reference"] in gone
    assert "Acme" not in gone
    rows = machine.get(f"{place}/listings").json()["data"]
    assert [row["rejection"] for row in rows] == [None, "R05", None, "R07"]
    assert rows[1]["message"] == "The heron is not your mark."
    assert rows[0]["removed_at"] is not None
    names = [event["name"] for event in machine.get("/api/v1/events").json()["data"]]
    assert names.count("takedowns.listings.decision_effective") == 4
    assert names.count("takedowns.listings.removed") >= 1

    # Withdrawal: what was taken down comes back.
    post(machine, f"{place}/withdraw", {"positions": [1], "why": "Settled."}, "withdraw-1")
    engine()
    assert page_is(bazaar, BOTTLE) == 200
    assert page_is(bazaar, TOTE) == 410
    assert counted(machine.get(place).json()) == {"accepted": 1, "rejected": 2, "withdrawn": 1, "removed": 1}


def test_the_story_by_pages(house, engine, bazaar, verified):
    machine, alice, rex = machine_of(house), house("portal"), house("staff")
    right = validated_right(house, machine, engine)
    follow(alice, fill_in(alice, alice.get("/accounts/login/"), "login", login=address("alice"), password=PASSWORD))

    # Right, reason, links, evidence, signature: each step is kept before the next.
    page = follow(alice, fill_in(alice, alice.get("/complaints/new/"), "right", right=right))
    page = follow(alice, fill_in(alice, page, "reason", reason="TM-JARGON", genuine="no"))
    pasted = f"http://localhost:{bazaar.port}/bazarro/item/{BOTTLE}.html\nbazarro {MUG}\nhttps://evil.example/1\n"
    page = follow(alice, fill_in(alice, page, "links", links=pasted))
    assert "not one of the marketplaces" in words_of(page)
    assert "Go on with 2 listings" in words_of(page)
    draft = page.request["PATH_INFO"].removesuffix("links/")
    page = follow(alice, fill_in(alice, alice.get(f"{draft}evidence/"), "explanation", **{"say-quoted_words": "factory price"}))
    assert "File complaint for 2 listings" in words_of(page)
    case = follow(alice, fill_in(alice, page, "signed_name", signed_name="Alice", signed_role="Owner", declarations=DECLARED))
    reference = re.search(r"TK-\w{4}-\w{3}", words_of(case))[0]
    place = case.request["PATH_INFO"]
    engine()

    # Review: nobody learns of a decision before its undo time is over.
    console = follow(rex, press(rex, at_the_desk(rex, "rex"), "/reviews/next/"))
    assert reference in words_of(console)
    console = decided(rex, console, "/accept/", positions="1")
    decided(rex, console, "/reject/", positions="2", rejection="R05", message="The heron is not your mark.")
    engine()
    assert "The heron is not your mark." not in words_of(alice.get(place))
    assert page_is(bazaar, BOTTLE) == 200
    engine(after=UNDO_OVER)

    # Told on the page, by mail, in the list and in the figures; the marketplace's page is dark.
    assert "The heron is not your mark." in words_of(alice.get(place))
    assert (page_is(bazaar, BOTTLE), page_is(bazaar, MUG)) == (410, 200)
    subjects = {letter.subject for letter in letters_to(address("alice"))}
    assert {f"1 listing accepted ({reference})", f"1 listing not accepted ({reference})"} <= subjects
    assert reference in words_of(alice.get("/complaints/"))
    assert "50" in words_of(alice.get("/start/"))  # per cent: one of the two was accepted

    follow(alice, press(alice, alice.get(place), f"{place}withdraw/", why="Settled."))
    engine()
    assert page_is(bazaar, BOTTLE) == 200


def test_a_visitor_reports_a_listing_from_its_own_page_and_a_reviewer_sees_it(house, bazaar):
    visitor, rex = house("portal"), house("staff")
    own_page = bazaar.get(f"/bazarro/item/{BOTTLE}.html").text
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', own_page))

    answer = visitor.post("/report/", {**sent, "reason": "counterfeit", "note": "The logo is crooked."})

    assert answer.status_code == 201
    reference = re.search(r"LD-\w{4}-\w{3}", words_of(answer))[0]
    at_the_desk(rex, "rex")
    assert reference in words_of(rex.get("/leads/"))
    assert "The logo is crooked." in words_of(rex.get("/leads/"))


def test_a_marketplace_that_is_away_for_a_while_loses_nothing_and_acts_once(house, engine, bazaar, verified):
    machine, rex = machine_of(house), house("staff")
    right = validated_right(house, machine, engine)
    body = {
        "right": right,
        "reason": "TM-JARGON",
        "listings": [f"bazarro {BOTTLE}"],
        "statements": {"quoted_words": "factory price"},
        "declarations": DECLARED,
        "signature": {"name": "Alice", "role": "Owner"},
    }
    place = f"/api/v1/complaints/{post(machine, '/api/v1/complaints', body, 'complaint-1')['code']}"
    engine()
    console = follow(rex, press(rex, at_the_desk(rex, "rex"), "/reviews/next/"))
    decided(rex, console, "/accept/", positions="1")

    bazaar.switch(mode="error")
    engine(after=UNDO_OVER)
    assert counted(machine.get(place).json()) == {"accepted": 1}
    assert page_is(bazaar, BOTTLE) == 200

    bazaar.switch(mode="none")
    engine(after=timedelta(minutes=11))
    assert machine.get(place).json()["counts"]["removed"] == 1
    assert page_is(bazaar, BOTTLE) == 410
    assert bazaar.get(f"/api/listings/bazarro/{BOTTLE}").json["version"] == 2


def test_a_marketplace_that_says_yes_and_does_nothing_is_asked_again(house, engine, bazaar, verified):
    machine, rex = machine_of(house), house("staff")
    right = validated_right(house, machine, engine)
    body = {
        "right": right,
        "reason": "TM-JARGON",
        "listings": [f"bazarro {BOTTLE}"],
        "statements": {"quoted_words": "factory price"},
        "declarations": DECLARED,
        "signature": {"name": "Alice", "role": "Owner"},
    }
    post(machine, "/api/v1/complaints", body, "complaint-1")
    engine()
    console = follow(rex, press(rex, at_the_desk(rex, "rex"), "/reviews/next/"))
    decided(rex, console, "/accept/", positions="1")

    bazaar.switch(mode="lie", count=1)
    engine(after=UNDO_OVER)
    assert page_is(bazaar, BOTTLE) == 200
    engine(after=timedelta(minutes=5))
    engine(after=timedelta(minutes=10))

    assert page_is(bazaar, BOTTLE) == 410

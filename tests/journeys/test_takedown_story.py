"""A right, a complaint, a decision, a takedown: through HTTP, each audience under its own login, on a marketplace that runs by itself."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.actors import actor_named, new_secret
from tests.browsing import fill_in, form_with, forms_of, letters_to, press, typed_over, words_of
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
    assert (read["status"], read["counts"]) == ("decided", {"accepted": 2, "rejected": 2, "withdrawn": 0, "removed": 2})
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
    assert machine.get(place).json()["counts"] == {"accepted": 1, "rejected": 2, "withdrawn": 1, "removed": 1}


def test_the_story_by_pages(house, engine, bazaar, verified):
    machine, alice, rex = machine_of(house), house("portal"), house("staff")
    validated_right(house, machine, engine)
    follow(alice, fill_in(alice, alice.get("/accounts/login/"), "login", login=address("alice"), password=PASSWORD))

    # Right, reason, links, evidence, signature: each step is kept before the next.
    page = alice.get("/complaints/new/")
    page = follow(alice, fill_in(alice, page, "right", right=form_choice(page, "right")))
    page = follow(alice, fill_in(alice, page, "reason", reason="TM-JARGON", **genuine_no(page)))
    pasted = f"http://localhost:{bazaar.port}/bazarro/item/{BOTTLE}.html\nbazarro {MUG}\nhttps://evil.example/1\n"
    page = follow_any(alice, fill_in(alice, page, "links", links=pasted))
    assert "evil.example" in page.content.decode()
    page = follow(alice, go_on(alice, page, "/evidence/"))
    page = follow(alice, fill_in(alice, page, "explanation", statement_quoted_words="factory price", explanation="Not ours."))
    case = follow(alice, signed(alice, page))
    reference = re.search(r"TK-\w{4}-\w{3}", words_of(case))[0]
    place = case.request["PATH_INFO"]
    engine()

    console = follow(rex, press(rex, at_the_desk(rex, "rex"), "/reviews/next/"))
    assert reference in words_of(console)
    console = decided(rex, console, "/accept/", positions="1")
    decided(rex, console, "/reject/", positions="2", rejection="R05", message="The heron is not your mark.")
    assert "under review" in words_of(alice.get(place)).lower()
    engine(after=UNDO_OVER)

    case = alice.get(place)
    assert "the heron is not your mark." in words_of(case).lower()
    assert (page_is(bazaar, BOTTLE), page_is(bazaar, MUG)) == (410, 200)
    subjects = [letter.subject for letter in letters_to(address("alice"))]
    assert any("1 listing accepted" in subject and reference in subject for subject in subjects), subjects
    assert any("1 listing not accepted" in subject for subject in subjects), subjects
    assert reference in words_of(alice.get("/complaints/"))
    start = words_of(alice.get("/start/"))
    assert "50" in start  # one of two decided listings was accepted

    follow(alice, press(alice, alice.get(place), "/withdraw/", why="Settled."))
    engine()
    assert page_is(bazaar, BOTTLE) == 200


def form_choice(page: Any, name: str) -> str:
    """Return the first choice a page offers for a field."""
    return re.search(rf'name="{name}"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="{name}"', page.content.decode())[1]


def genuine_no(page: Any) -> dict[str, str]:
    """Answer the question about genuine goods with no, by whatever name the field has."""
    return {"genuine": "no"} if "genuine" in form_with(page, "reason").fields else {}


def follow_any(client: Any, response: Any) -> Any:
    """Go where an answer leads; a page that asks for a correction is one."""
    while response.status_code == 302:
        response = client.get(response["Location"])
    return response


def go_on(client: Any, page: Any, ending: str) -> Any:
    """Leave out what cannot be filed and go on."""
    raise NotImplementedError


def signed(client: Any, page: Any) -> Any:
    """Make every declaration, sign, and file."""
    form = form_with(page, "signed_name")
    return client.post(
        form.action or page.request["PATH_INFO"], typed_over(form, signed_name="Alice", signed_role="Owner", declarations=DECLARED)
    )


__all__ = ["forms_of"]

"""The REST endpoints of shops' records: what a seller's machine reads, and what it does not."""

from __future__ import annotations

import pytest

from tests.factories.penalties import ago, claim, fall, proposed, sanctions, shop_of, strikes, upheld, violations
from tests.factories.rightsholders import validated_right

PATHS = ("/api/v1/violations", "/api/v1/strikes", "/api/v1/sanctions")


def read(machine, path, name="sunny"):
    answer = machine(name, "notices:read").get(path)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_seller_reads_what_is_on_the_record_of_its_shops(alice, sunny, machine):
    complaint = upheld(alice, ago(30), size=2, owner=sunny)

    found = [read(machine, path)["data"] for path in PATHS]

    (strike,), (sanction,) = strikes(), sanctions()
    assert [len(rows) for rows in found] == [2, 1, 1]
    assert {row["code"] for row in found[0]} == {row.code for row in violations()} == set(found[1][0]["violations"])
    assert {row["reference"] for row in found[0]} == {complaint.reference}
    assert {row["strike"] for row in found[0]} == {strike.code} == {found[2][0]["strike"]}
    assert (found[2][0]["measure"], found[2][0]["status"], found[2][0]["reference"]) == ("warning", "in_force", sanction.reference)
    assert {row["shop"] for rows in found for row in rows} == {shop_of().code}
    assert {tuple(row["policy"].values()) for rows in found for row in rows} == {("bazarro", 2)}


def test_what_was_taken_back_says_since_when(alice, sunny, machine):
    complaint = upheld(alice, ago(30), owner=sunny)
    fall(alice, complaint)

    violation, strike, sanction = (read(machine, path)["data"][0] for path in PATHS)

    assert violation["taken_back_at"] is not None
    assert violation["strike"] is None
    assert (strike["taken_back_at"] is not None, strike["violations"]) == (True, [])
    assert (sanction["status"], sanction["over_at"] is not None) == ("lifted", True)


def test_a_closure_that_waits_for_a_person_is_not_in_the_list(alice, sunny, machine):
    row = proposed(alice, owner=sunny)

    assert row.code not in {item["code"] for item in read(machine, "/api/v1/sanctions")["data"]}


@pytest.mark.parametrize("path", PATHS)
def test_another_sellers_and_a_rights_holders_machine_read_nothing(alice, sunny, machine, path):
    upheld(alice, ago(30), owner=sunny)

    assert read(machine, path, "moon")["data"] == []
    assert read(machine, path, "alice")["data"] == []


@pytest.mark.parametrize("path", PATHS)
def test_a_key_without_the_scope_is_refused(sunny, machine, path):
    answer = machine("sunny", "files:write").get(path)

    assert answer.status_code == 403


def test_pages_follow_each_other(alice, sunny, machine):
    right = validated_right(alice)
    for days in (60, 50, 40):
        upheld(alice, ago(days), right=right)
    claim(sunny)

    first = read(machine, "/api/v1/strikes?limit=2")
    second = read(machine, f"/api/v1/strikes?limit=2&after={first['next']}")

    assert [row["level"] for row in first["data"] + second["data"]] == [3, 2, 1]
    assert second["next"] is None


def test_a_cursor_nobody_gave_out_is_named(sunny, machine):
    answer = machine("sunny", "notices:read").get("/api/v1/strikes?after=nonsense")

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")

"""The REST API of the rights library: who is let in, what is done, what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ipp.core import tenancy
from rightsholders.models import Right, RightDocument
from tests.actors import AudienceClient
from tests.factories import rightsholders as made
from tests.machines import ABSENT, assert_problem, rows, send

ENDPOINTS = [
    ("GET", "/api/v1/rights", "rights:read"),
    ("POST", "/api/v1/rights", "rights:write"),
    ("GET", f"/api/v1/rights/{ABSENT}", "rights:read"),
    ("POST", f"/api/v1/rights/{ABSENT}/withdraw", "rights:write"),
]


def body(actor: Any, **changes: Any) -> dict[str, Any]:
    """Return the body of a trademark with its certificate."""
    (certificate,) = made.right_documents(actor, ["certificate"])
    typed = {
        "kind": "trademark",
        "name": "ACME",
        "owner_name": "Acme Tools Ltd",
        "office": "CNIPA",
        "number": "12345678",
        "nice_classes": [21, 8],
        "registered_on": "2022-09-01",
        "expires_on": "2032-08-31",
        "documents": [{"kind": "certificate", "file": certificate.file.code}],
    }
    return typed | changes


def counted(actor: Any) -> tuple[int, ...]:
    with tenancy.acting(actor):
        return (*rows(actor), Right.objects.count(), RightDocument.objects.count())


def test_a_right_is_added_read_listed_and_taken_out(alice, machine):
    made.verified(alice)
    client, sent = machine("alice"), body(alice)

    added = send(client, sent, path="/api/v1/rights")
    shown = added.json()
    read = client.get(added["Location"])
    listed = client.get("/api/v1/rights")
    taken = client.post(f"{added['Location']}/withdraw")

    assert (added.status_code, added["Location"]) == (201, f"/api/v1/rights/{shown['code']}")
    assert {name: shown[name] for name in ("status", "in_force", "territories", "nice_classes", "number", "documents")} == {
        "status": "waiting",
        "in_force": True,
        "territories": ["CN"],
        "nice_classes": [8, 21],
        "number": "12345678",
        "documents": sent["documents"],
    }
    assert read.json() == shown
    assert listed.json() == {"data": [shown], "next": None}
    assert (taken.status_code, taken.json()) == (200, shown | {"status": "withdrawn"})


def test_a_copyright_needs_no_office(alice, machine):
    made.verified(alice)
    (work,) = made.right_documents(alice, ["work"])
    sent = {
        "kind": "copyright",
        "name": "Lantern",
        "owner_name": "Acme Tools Ltd",
        "created_on": "2021-05-04",
        "work_link": "https://a.example/x",
        "claim_statement": True,
        "documents": [{"kind": "work", "file": work.file.code}],
    }

    shown = send(machine("alice"), sent, path="/api/v1/rights").json()

    assert (shown["territories"], shown["created_on"], shown["expires_on"]) == (["*"], "2021-05-04", None)


STATES = {
    "waiting": lambda alice, bob: made.waiting_right(alice),
    "information_asked": made.asked_right,
    "validated": lambda alice, bob: made.validated_right(alice),
    "refused": lambda alice, bob: made.refused_right(alice),
    "withdrawn": lambda alice, bob: made.withdrawn_right(alice),
}


@pytest.mark.parametrize("state", STATES)
def test_a_right_reads_in_every_state(alice, bob, machine, state):
    right = STATES[state](alice, bob)

    shown = machine("alice").get(f"/api/v1/rights/{right.code}").json()

    assert shown["status"] == state
    assert shown["question"] == ("Send the page with the classes." if state == "information_asked" else "")
    assert shown["reason"] == ("right_unreadable" if state == "refused" else None)
    assert (shown["validated_at"] is not None) == (state == "validated")


def test_a_decision_that_can_be_undone_is_not_told(alice, bob, machine):
    row = made.claimed_right(alice, bob)
    with tenancy.acting(bob):
        made.services.refuse_verification(actor=bob, code=row.code, version=row.version, reason="right_altered", message="Look.")

    shown = machine("alice").get(f"/api/v1/rights/{row.right.code}").json()

    assert (shown["status"], shown["reason"], shown["message"]) == ("waiting", None, "")


@pytest.mark.parametrize(("method", "path", "scope"), ENDPOINTS)
def test_nobody_gets_in_without_a_key_or_the_scope(machine, method, path, scope):
    nobody = AudienceClient("portal").generic(method, path)
    others = machine("alice", "events:read").generic(method, path)

    assert_problem(nobody, 401, "not_signed_in")
    assert others.status_code == 403


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _scope in ENDPOINTS if ABSENT in path])
def test_another_tenants_right_answers_like_a_missing_one(gus, machine, method, path):
    theirs = made.waiting_right(gus, owner_name="Gus Globex")
    client = machine("alice")

    foreign, missing = client.generic(method, path.replace(ABSENT, theirs.code)), client.generic(method, path)

    assert_problem(foreign, 404, "not_found")
    assert_problem(missing, 404, "not_found")


def test_an_unverified_organization_is_told_how_to_mend_it(alice, machine):
    client, sent = machine("alice"), body(alice)
    before = counted(alice)

    problem = assert_problem(send(client, sent, path="/api/v1/rights"), 403, "not_verified")

    assert "identity paper" in problem["detail"]
    assert counted(alice) == before


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"kind": "recipe"}, "/kind"),
        ({"name": ""}, "/name"),
        ({"name": "a\u0000b"}, "/name"),
        ({"number": "12"}, "/number"),
        ({"office": "MOON"}, "/office"),
        ({"nice_classes": []}, "/nice_classes"),
        ({"nice_classes": [46]}, "/nice_classes"),
        ({"nice_classes": [10**30]}, "/nice_classes"),
        ({"nice_classes": "8"}, "/nice_classes"),
        ({"expires_on": "yesterday"}, "/expires_on"),
        ({"expires_on": "2023-01-01"}, "/expires_on"),
        ({"registered_on": None}, "/registered_on"),
        ({"territories": ["CN", "MY"]}, "/territories"),
        ({"documents": []}, "/documents"),
        ({"documents": [{"kind": "napkin", "file": "x"}]}, "/documents"),
        ({"documents": [{"kind": "certificate", "file": "A" * 22}]}, "/documents/0/file"),
    ],
)
def test_a_wrong_value_is_pointed_at_and_nothing_is_written(alice, machine, changes, pointer):
    made.verified(alice)
    client, sent = machine("alice"), body(alice, **changes)
    before = counted(alice)

    answer = send(client, sent, path="/api/v1/rights")

    problem = assert_problem(answer, 422, answer.json()["code"])
    assert any(error["pointer"].startswith(pointer) for error in problem["errors"]), problem["errors"]
    assert counted(alice) == before


def test_a_file_of_another_tenant_is_no_file(alice, gus, machine):
    made.verified(alice)
    (theirs,) = made.right_documents(gus, ["certificate"])
    sent = body(alice, documents=[{"kind": "certificate", "file": theirs.file.code}])

    problem = assert_problem(send(machine("alice"), sent, path="/api/v1/rights"), 422, "unknown_file")

    assert [error["pointer"] for error in problem["errors"]] == ["/documents/0/file"]


def test_a_number_held_already_conflicts(alice, machine):
    made.waiting_right(alice, number="12345678")

    problem = assert_problem(send(machine("alice"), body(alice), path="/api/v1/rights"), 409, "right_exists")

    assert [error["pointer"] for error in problem["errors"]] == ["/number"]


def test_a_retry_with_the_same_key_adds_one_right(alice, machine):
    made.verified(alice)
    client, sent = machine("alice"), body(alice)

    first, second = (send(client, sent, key="once", path="/api/v1/rights") for _ in range(2))
    other = send(client, sent | {"name": "OTHER"}, key="once", path="/api/v1/rights")

    assert first.json() == second.json()
    assert second["Idempotent-Replayed"] == "true"
    assert other.status_code in (409, 422)
    with tenancy.acting(alice):
        assert Right.objects.count() == 1


def test_taking_out_twice_is_refused_and_changes_nothing(alice, machine):
    right, client = made.withdrawn_right(alice), machine("alice")
    before = counted(alice)

    assert_problem(client.post(f"/api/v1/rights/{right.code}/withdraw"), 409, "illegal_transition")

    assert counted(alice) == before


def test_the_list_pages_from_the_newest(alice, machine):
    codes = [made.waiting_right(alice, "copyright").code for _ in range(3)]
    client = machine("alice")

    first = client.get("/api/v1/rights", {"limit": 2}).json()
    second = client.get("/api/v1/rights", {"limit": 2, "after": first["next"]}).json()

    assert [row["code"] for row in first["data"] + second["data"]] == codes[::-1]
    assert second["next"] is None


def test_the_list_asks_the_database_as_often_for_many_as_for_one(alice, machine, django_assert_max_num_queries):
    for _ in range(5):
        made.waiting_right(alice)
    client = machine("alice")

    with django_assert_max_num_queries(30):
        assert len(client.get("/api/v1/rights").json()["data"]) == 5


@pytest.mark.parametrize("sent", ["[]", "null", "12", '{"kind": {"a": 1}}', "{"])
def test_a_body_that_is_no_right_is_refused(alice, machine, sent):
    made.verified(alice)

    answer = machine("alice").post("/api/v1/rights", sent, content_type="application/json", headers={"Idempotency-Key": "k"})

    assert answer.status_code in (400, 422)
    assert json.loads(answer.content)["code"]

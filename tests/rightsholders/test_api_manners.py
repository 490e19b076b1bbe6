"""What all endpoints of the REST API share: answers given once, lists by cursor, allowances, and problems for everything else."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from ipp.core import ratelimit, rest, tenancy
from rightsholders import services
from rightsholders.models import Verification
from tests.actors import AudienceClient
from tests.core.files import corpus
from tests.factories.rightsholders import stored_file, submitted
from tests.machines import ABSENT, ENDPOINTS, assert_problem, body, rows, send, upload

LISTS = ["/api/v1/verifications", "/api/v1/events"]


# -- repeats --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "x" * 256])
@pytest.mark.parametrize("path", ["/api/v1/files", "/api/v1/verifications"])
def test_a_creating_request_needs_a_key_of_its_own(alice, machine, storage, path, key):
    client, file = machine("alice"), stored_file(alice).code
    before = rows(alice)

    answer = upload(client, key=key) if path.endswith("files") else send(client, body(file), key=key)

    assert_problem(answer, 400, "idempotency_key_missing")
    assert rows(alice) == before
    assert not list(storage.glob("*/*"))


def test_a_repeated_verification_gets_the_first_answer(alice, machine):
    client, file = machine("alice"), stored_file(alice).code

    first = send(client, body(file))
    again = send(client, json.dumps(dict(reversed(body(file).items())), indent=2))

    assert (again.status_code, again.json(), again["Location"]) == (201, first.json(), first["Location"])
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    with tenancy.acting(alice):
        assert Verification.objects.count() == 1


def test_a_repeated_upload_gets_the_first_answer_and_leaves_nothing_behind(alice, machine, storage):
    client = machine("alice")

    first = upload(client)
    kept = sorted(storage.glob("*/*"))
    again = upload(client)

    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Idempotent-Replayed"] == "true"
    assert rows(alice)[0] == 1
    assert sorted(storage.glob("*/*")) == kept
    assert len(kept) == 2


def test_a_key_used_for_another_request_is_refused(alice, machine, storage):
    client, file = machine("alice"), stored_file(alice).code
    send(client, body(file), key="one")
    upload(client, key="two")
    before, kept = rows(alice), sorted(storage.glob("*/*"))

    assert_problem(send(client, body(file, number="L-2"), key="one"), 422, "key_reused")
    assert_problem(upload(client, key="two", content=corpus.jpeg()), 422, "key_reused")
    assert_problem(upload(client, key="one"), 422, "key_reused")
    assert rows(alice) == before
    assert sorted(storage.glob("*/*")) == kept


def test_two_tenants_may_use_the_same_key(alice, gus, machine):
    one = send(machine("alice"), body(stored_file(alice).code))
    other = send(machine("gus"), body(stored_file(gus).code, kind="passport", holder_name="Gus Globex"))

    assert (one.status_code, other.status_code) == (201, 201)
    assert one.json()["code"] != other.json()["code"]


def test_a_refused_request_may_be_mended_under_the_same_key(alice, machine):
    client, file = machine("alice"), stored_file(alice).code

    assert send(client, body(file, country="Germany")).status_code == 422
    assert send(client, body(file)).status_code == 201


# -- lists ----------------------------------------------------------------------------------------------------------------------


def many_events(client: Any) -> list[str]:
    """Make a few events and return their ids, newest first."""
    return [event["id"] for event in client.get("/api/v1/events?limit=200").json()["data"]]


def test_pages_follow_each_other_newest_first_without_gap_or_overlap(alice, machine):
    for _ in range(3):
        row = submitted(alice)
        with tenancy.acting(alice):
            services.withdraw_verification(actor=alice, code=row.code)
    client = machine("alice")
    everything = many_events(client)

    seen, after, turns = [], "", 0
    while after is not None:
        page = client.get("/api/v1/events", {"limit": 3} | ({"after": after} if after else {})).json()
        seen += [event["id"] for event in page["data"]]
        after, turns = page["next"], turns + 1
        if turns == 1:
            row = submitted(alice)  # what comes in while somebody reads on must not move the pages
            with tenancy.acting(alice):
                services.withdraw_verification(actor=alice, code=row.code)

    assert len(everything) == 8
    assert seen == everything
    assert turns == 3


def test_the_newest_verification_comes_first(alice, machine):
    codes = []
    for _ in range(3):
        row = submitted(alice)
        codes.append(row.code)
        with tenancy.acting(alice):
            services.withdraw_verification(actor=alice, code=row.code)

    page = machine("alice").get("/api/v1/verifications").json()

    assert [item["code"] for item in page["data"]] == codes[::-1]
    assert page["next"] is None


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("after", ["x", "0", "1", "é", "gAAAAABm", "%00", "x" * 5000])
def test_a_cursor_that_was_not_made_here_is_refused(machine, path, after):
    problem = assert_problem(machine("alice").get(path, {"after": after}), 422, "bad_cursor")

    assert [item["pointer"] for item in problem["errors"]] == ["after"]


def test_a_tampered_cursor_is_refused(alice, machine):
    client = machine("alice")
    submitted(alice)
    cursor = client.get("/api/v1/events", {"limit": 1}).json()["next"]
    other = "A" if cursor[20] != "A" else "B"

    assert_problem(client.get("/api/v1/events", {"after": cursor[:20] + other + cursor[21:]}), 422, "bad_cursor")


def test_another_tenants_cursor_opens_nothing_of_theirs(alice, gus, machine):
    submitted(gus, kind="passport", holder_name="Gus Globex")
    theirs = machine("gus").get("/api/v1/events", {"limit": 1}).json()["next"]

    found = machine("alice").get("/api/v1/events", {"after": theirs}).json()["data"]

    assert {event["name"] for event in found} <= {"core.organization.registered"}


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", ["0", "-1", "201", "1e2", "", " 5", "٣", "9" * 5000, "null"])
def test_a_limit_out_of_bounds_is_refused(machine, path, limit):
    assert_problem(machine("alice").get(path, {"limit": limit}), 422, "bad_limit")


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", ["1", "200"])
def test_the_bounds_themselves_are_fine(machine, path, limit):
    assert machine("alice").get(path, {"limit": limit}).status_code == 200


# -- every answer ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path", "scope"), ENDPOINTS)
@pytest.mark.parametrize("wrong", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_a_method_an_address_does_not_take_is_told(machine, method, path, scope, wrong):
    answer = machine("alice").generic(wrong, path, "{}", "application/json")

    assert_problem(answer, 405, "method_not_allowed")
    allowed = answer["Allow"].split(", ")
    assert method in allowed
    assert wrong not in allowed


@pytest.mark.parametrize(
    "path",
    ["/api/v1/nothing", "/api/v1/", "/api/v1/verifications/", "/api/v1/verifications/a/b/c", "/api/v1/%00", "/api/v1/verifications/%00"],
)
def test_an_address_nobody_routes_is_a_problem_too(machine, path):
    for client in (machine("alice"), AudienceClient("portal")):
        assert_problem(client.get(path), 404, "not_found")


def test_a_form_of_answer_nobody_writes_is_told(machine):
    answer = machine("alice").get("/api/v1/organization", headers={"Accept": "application/xml"})

    assert_problem(answer, 406, "not_acceptable")


def test_a_failure_of_ours_is_a_problem_that_names_the_request(machine, monkeypatch):
    def broken(actor: Any) -> Any:
        raise RuntimeError("a secret inside")

    monkeypatch.setattr("rightsholders.queries.organization_of", broken)
    client = machine("alice")
    client.raise_request_exception = False

    answer = client.get("/api/v1/organization")

    assert_problem(answer, 500, "internal_error")
    assert "secret" not in answer.content.decode()


def test_every_answer_says_what_the_key_has_left(machine, monkeypatch, settings):
    monkeypatch.setattr(ratelimit, "time", SimpleNamespace(time=lambda: 1_800_000_000.0))
    settings.RATE_SCALE = 1
    client = machine("alice")

    answers = [client.get("/api/v1/organization"), client.get(f"/api/v1/verifications/{ABSENT}"), send(client, "{")]

    assert [answer["RateLimit-Remaining"] for answer in answers] == ["599", "598", "597"]
    assert {(answer["RateLimit-Limit"], answer["RateLimit-Reset"]) for answer in answers} == {("600", "60")}


def test_a_key_that_asks_too_much_is_told_when_to_come_back(alice, machine, monkeypatch, settings):
    clock = SimpleNamespace(time=lambda: 1_800_000_018.0)
    monkeypatch.setattr(ratelimit, "time", clock)
    monkeypatch.setattr(rest, "RATE_LIMIT", 2)
    settings.RATE_SCALE = 1
    client, other = machine("alice"), machine("alice")
    file = stored_file(alice).code

    assert [client.get("/api/v1/organization").status_code for _ in range(2)] == [200, 200]
    refused_one = send(client, body(file))

    assert_problem(refused_one, 429, "too_many_requests")
    assert refused_one["Retry-After"] == "42"
    assert other.get("/api/v1/organization").status_code == 200
    with tenancy.acting(alice):
        assert not Verification.objects.exists()
    clock.time = lambda: 1_800_000_060.0
    assert client.get("/api/v1/organization").status_code == 200


def test_answers_are_kept_nowhere_and_carry_no_cookie(machine):
    client = machine("alice")

    for answer in (client.get("/api/v1/organization"), client.get("/api/v1/nothing"), client.put("/api/v1/files")):
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert not answer.cookies

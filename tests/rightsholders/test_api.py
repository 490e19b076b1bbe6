"""The REST API of identity verification, endpoint by endpoint: who is let in, what is done, what is refused."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ipp.core import tenancy
from ipp.core.models import StoredFile
from rightsholders.models import Verification
from tests.actors import AudienceClient
from tests.core.files import corpus
from tests.factories.rightsholders import STATES, refused, stored_file, submitted
from tests.machines import ABSENT, ENDPOINTS, assert_problem, body, rows, send, upload
from tests.rightsholders.test_pages import after_undo

# -- the endpoints ------------------------------------------------------------------------------------------------------------


def test_the_organization_behind_the_key_is_read(machine):
    answer = machine("alice").get("/api/v1/organization")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    shown = answer.json()
    assert re.fullmatch(r"[\w-]{22}", shown.pop("code"))
    assert shown == {"name": "Acme Tools Ltd", "kind": "rights_holder", "account_kind": "entity", "verified_at": None}


def test_a_file_is_uploaded_and_named_by_its_code(alice, machine, storage):
    content = corpus.pdf(2)

    answer = upload(machine("alice"), content=content, name="../../licence.pdf")

    shown = answer.json()
    assert answer.status_code == 201
    assert (shown["name"], shown["media_type"], shown["size"], shown["pages"]) == ("licence.pdf", "application/pdf", len(content), 2)
    with tenancy.acting(alice):
        assert StoredFile.objects.get(code=shown["code"]).sha256 == shown["sha256"]


def test_a_paper_is_sent_in_read_listed_and_taken_back(alice, machine):
    client = machine("alice")

    sent = send(client, body(stored_file(alice).code, expires_on="2031-05-06"))
    read = client.get(sent["Location"])
    listed = client.get("/api/v1/verifications")
    taken = client.post(f"{sent['Location']}/withdraw")

    shown = sent.json()
    assert (sent.status_code, sent["Location"]) == (201, f"/api/v1/verifications/{shown['code']}")
    assert (shown["status"], shown["number"], shown["expires_on"]) == ("submitted", "L-1", "2031-05-06")
    assert read.json() == shown
    assert listed.json() == {"data": [shown], "next": None}
    assert (taken.status_code, taken.json()) == (200, shown | {"status": "withdrawn"})


@pytest.mark.parametrize("state", STATES)
def test_a_verification_reads_in_every_state(alice, bob, machine, state):
    row = STATES[state](alice, bob)

    shown = machine("alice").get(f"/api/v1/verifications/{row.code}").json()

    decided = state in ("approved", "refused")
    assert shown["status"] == ("in_review" if decided else state)
    assert shown["decided_at"] is None
    assert (shown["reason"], shown["message"]) == (None, "")
    assert shown["question"] == ("Send the back side too." if state == "information_asked" else "")


def test_a_refusal_tells_its_reason_once_it_stands(alice, bob, machine):
    row = after_undo(refused(alice, bob), bob)

    shown = machine("alice").get(f"/api/v1/verifications/{row.code}").json()

    assert (shown["status"], shown["reason"], shown["message"]) == ("refused", "unreadable", "Too dark.")
    assert shown["decided_at"] is not None


def test_the_feed_holds_what_the_organizations_own_people_and_machines_did(alice, bob, machine):
    row = STATES["approved"](alice, bob)

    feed = machine("alice").get("/api/v1/events").json()["data"]

    assert [event["name"] for event in feed] == [
        "core.api_key.created",
        "rightsholders.verification.submitted",
        "core.organization.registered",
    ]
    assert (feed[1]["subject"], feed[1]["data"]["code"]) == (row.reference, row.code)


def test_an_agency_uses_the_same_endpoints(machine):
    assert machine("lena").get("/api/v1/organization").json()["kind"] == "agency"


# -- who is let in ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path", "scope"), ENDPOINTS)
def test_without_a_key_the_answer_says_how_to_send_one(db, method, path, scope):
    answer = AudienceClient("portal").generic(method, path)

    assert_problem(answer, 401, "not_signed_in")
    assert answer["WWW-Authenticate"] == 'Bearer realm="IPP"'


@pytest.mark.parametrize("header", ["Bearer x", "Bearer ", "Bearer ipp_live_" + "a" * 49, "Basic YTpi", "Token x", "bearer\tx", "Bearer é"])
def test_a_wrong_key_is_refused_everywhere_alike(db, header):
    for path in ("/api/v1/organization", "/api/v1/nothing"):
        answer = AudienceClient("portal").get(path, headers={"Authorization": header})
        assert_problem(answer, 401, "key_not_valid")
        assert answer["WWW-Authenticate"] == 'Bearer realm="IPP"'


def test_a_session_is_no_key(client_of):
    assert_problem(client_of("alice").get("/api/v1/organization"), 401, "not_signed_in")


@pytest.mark.parametrize(("method", "path", "scope"), ENDPOINTS)
def test_a_key_without_the_scope_is_refused(alice, machine, method, path, scope):
    others = {"organization:read", "files:write", "verifications:read", "verifications:write", "events:read"} - {scope}
    client = machine("alice", *others)
    before = rows(alice)

    answer = client.generic(method, path, "{}", "application/json")

    assert_problem(answer, 403, "role_not_allowed")
    assert rows(alice) == before


@pytest.mark.parametrize(("method", "ending"), [("GET", ""), ("POST", "/withdraw")])
def test_another_tenants_verification_is_a_missing_one_byte_for_byte(gus, machine, method, ending):
    theirs = submitted(gus, kind="passport", holder_name="Gus Globex")
    client = machine("alice")

    foreign = client.generic(method, f"/api/v1/verifications/{theirs.code}{ending}")
    missing = client.generic(method, f"/api/v1/verifications/{ABSENT}{ending}")

    assert_problem(foreign, 404, "not_found")
    assert foreign.content.replace(foreign["X-Request-Id"].encode(), b"") == missing.content.replace(missing["X-Request-Id"].encode(), b"")
    assert without_moving_headers(foreign) == without_moving_headers(missing)
    with tenancy.acting(gus):
        assert Verification.objects.get(pk=theirs.pk).status == "submitted"


def test_another_tenants_file_is_a_missing_one(alice, gus, machine):
    client = machine("alice")

    foreign = send(client, body(stored_file(gus).code))
    missing = send(client, body(ABSENT))

    problem = assert_problem(foreign, 422, "unknown_file")
    assert [item["pointer"] for item in problem["errors"]] == ["/file"]
    assert foreign.content.replace(foreign["X-Request-Id"].encode(), b"") == missing.content.replace(missing["X-Request-Id"].encode(), b"")
    with tenancy.acting(alice):
        assert not Verification.objects.exists()


def without_moving_headers(answer: Any) -> dict[str, str]:
    moving = ("X-Request-Id", "RateLimit-Remaining", "RateLimit-Reset")
    return {name: value for name, value in answer.items() if name not in moving}


# -- what is refused ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"file": None}, ["/file"]),
        ({"file": 7.5, "kind": ["business_licence"]}, ["/kind"]),
        ({"kind": "library_card"}, ["/kind"]),
        ({"holder_name": ""}, ["/holder_name"]),
        ({"holder_name": " "}, ["/holder_name"]),
        ({"holder_name": "x" * 201}, ["/holder_name"]),
        ({"holder_name": "a\0b"}, ["/holder_name"]),
        ({"holder_name": "\ud800"}, ["/holder_name"]),
        ({"number": {"no": 1}}, ["/number"]),
        ({"country": "GBR"}, ["/country"]),
        ({"country": "G1", "number": ""}, ["/number", "/country"]),
        ({"expires_on": "31.12.2030"}, ["/expires_on"]),
        ({"expires_on": "2020-01-01"}, ["/expires_on"]),
        ({"kind": "passport"}, ["/kind"]),
    ],
)
def test_a_value_that_does_not_fit_is_named_by_its_pointer(alice, machine, changes, pointers):
    file = stored_file(alice).code
    client = machine("alice")
    before = rows(alice)

    answer = send(client, json.dumps(body(file) | changes))

    assert answer.status_code == 422
    problem = assert_problem(answer, 422, answer.json()["code"])
    assert [item["pointer"] for item in problem["errors"]] == pointers
    assert all(item["code"] and item["detail"] for item in problem["errors"])
    assert rows(alice) == before


def test_every_missing_value_is_named_at_once(machine):
    problem = assert_problem(send(machine("alice"), {}), 422, "invalid_body")

    assert [item["pointer"] for item in problem["errors"]] == ["/file", "/kind", "/holder_name", "/number", "/country"]


@pytest.mark.parametrize("sent", ["[]", '"text"', "7", "null", "true", "[[[]]]"])
def test_a_body_that_is_no_object_is_refused(machine, sent):
    assert_problem(send(machine("alice"), sent), 422, "invalid_body")


@pytest.mark.parametrize(
    "sent", [b"{", b"", b"{'a': 1}", b"\xff\xfe", b'{"file": NaN}', b"[" * 100_000], ids=["cut", "none", "quotes", "bytes", "nan", "deep"]
)
def test_a_body_that_is_no_json_is_refused(machine, sent):
    answer = machine("alice").generic("POST", "/api/v1/verifications", sent, "application/json", headers={"Idempotency-Key": "k"})

    if sent:
        assert_problem(answer, 400, "unreadable_body")
    else:
        assert_problem(answer, 422, "invalid_body")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/v1/verifications", "text/xml"),
        ("/api/v1/verifications", "application/x-www-form-urlencoded"),
        ("/api/v1/verifications", "multipart/form-data; boundary=x"),
        ("/api/v1/files", "application/json"),
        ("/api/v1/files", "application/octet-stream"),
    ],
)
def test_a_body_of_another_kind_is_refused(machine, path, kind):
    answer = machine("alice").generic("POST", path, b"x", kind, headers={"Idempotency-Key": "k"})

    assert_problem(answer, 415, "unsupported_media_type")


def test_a_torn_upload_is_refused(machine):
    answer = machine("alice").generic("POST", "/api/v1/files", b"x", "multipart/form-data", headers={"Idempotency-Key": "k"})

    assert_problem(answer, 400, "unreadable_body")


def test_a_body_larger_than_any_we_take_is_refused_unread(machine):
    answer = send(machine("alice"), json.dumps(body(ABSENT, holder_name="x" * 2_100_000)))

    assert_problem(answer, 413, "body_too_large")


def test_a_form_value_larger_than_any_we_take_is_refused(machine):
    answer = machine("alice").post("/api/v1/files", {"file": "x" * 2_100_000}, headers={"Idempotency-Key": "k"})

    assert_problem(answer, 413, "body_too_large")


def test_an_upload_of_a_thousand_fields_is_refused(machine):
    answer = machine("alice").post("/api/v1/files", {f"f{number}": "x" for number in range(1001)}, headers={"Idempotency-Key": "k"})

    assert_problem(answer, 400, "bad_request")


@pytest.mark.parametrize("file", [None, "text", ""])
def test_an_upload_without_a_file_names_the_field(alice, machine, file):
    answer = machine("alice").post("/api/v1/files", {} if file is None else {"file": file}, headers={"Idempotency-Key": "k"})

    problem = assert_problem(answer, 422, "invalid_body")
    assert [item["pointer"] for item in problem["errors"]] == ["/file"]


@pytest.mark.parametrize("state", ["approved", "refused", "withdrawn"])
def test_what_is_not_open_any_more_cannot_be_taken_back(alice, bob, machine, state):
    row = STATES[state](alice, bob)

    answer = machine("alice").post(f"/api/v1/verifications/{row.code}/withdraw")

    assert "details" not in assert_problem(answer, 409, "illegal_transition")


def test_a_second_paper_while_one_is_checked_is_a_conflict(alice, machine):
    submitted(alice)
    client, file = machine("alice"), stored_file(alice).code
    before = rows(alice)

    assert_problem(send(client, body(file)), 409, "verification_open")
    assert rows(alice) == before


def test_what_the_platform_alone_decides_cannot_be_sent(alice, machine):
    """Mass assignment: every key an answer has is sent back with a value of the caller's; only the documented ones count."""
    client, file = machine("alice"), stored_file(alice).code
    shown = send(client, body(file)).json()
    client.post(f"/api/v1/verifications/{shown['code']}/withdraw")
    wanted = {
        "status": "approved",
        "reference": "VER-MINE-MINE",
        "code": "mine",
        "due_at": "2020-01-01T00:00:00Z",
        "decided_at": "2020-01-01",
    }
    inner = {
        "organization": 1,
        "organization_id": 1,
        "id": 1,
        "round": 9,
        "version": 9,
        "claimed_by": 6,
        "clock": 1,
        "verified_at": "2020-01-01",
    }

    second = send(client, shown | wanted | inner | body(file), key="k-2").json()

    with tenancy.acting(alice):
        row = Verification.objects.get(code=second["code"])
    assert not [name for name, value in wanted.items() if second[name] == value]
    assert (row.organization_id, row.status, row.round, row.version, row.claimed_by_id) == (alice.organization_id, "submitted", 1, 1, None)
    assert machine("alice").get("/api/v1/organization").json()["verified_at"] is None

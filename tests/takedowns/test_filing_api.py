"""`POST /api/v1/complaints` and what stands around it, called as a stranger with the documentation would."""

from __future__ import annotations

from typing import Any

import pytest

from ipp.core import tenancy
from takedowns.models import Complaint
from tests.factories.rightsholders import stored_file, validated_right
from tests.takedowns.test_filing import links

DECLARED = ["good_faith", "accuracy", "authority", "liability"]


@pytest.fixture
def right(alice):
    return validated_right(alice)


def body(right: Any, /, **changes: Any) -> dict[str, Any]:
    return {
        "right": right.code,
        "reason": "TM-JARGON",
        "listings": links(3),
        "statements": {"quoted_words": "1:1"},
        "declarations": DECLARED,
        "signature": {"name": "Alice", "role": "Owner"},
    } | changes


def post(client: Any, path: str, data: Any, key: str = "k1") -> Any:
    return client.post(path, data, content_type="application/json", headers={"Idempotency-Key": key})


def pointers(response: Any) -> dict[str, str]:
    return {item["pointer"]: item["code"] for item in response.json()["errors"]}


def test_a_complaint_is_filed_read_and_listed(alice, right, machine):
    client = machine("alice")

    response = post(client, "/api/v1/complaints", body(right))

    assert response.status_code == 201, response.content
    filed = response.json()
    assert (filed["status"], filed["listing_count"], filed["left_out"]) == ("filed", 3, [])
    assert response["Location"] == f"/api/v1/complaints/{filed['code']}"
    read = client.get(response["Location"]).json()
    assert read == {key: value for key, value in filed.items() if key != "left_out"}
    assert [row["code"] for row in client.get("/api/v1/complaints").json()["data"]] == [filed["code"]]
    rows = client.get(f"{response['Location']}/listings?limit=2").json()
    assert [row["position"] for row in rows["data"]] == [1, 2]
    more = client.get(f"{response['Location']}/listings?limit=2&after={rows['next']}").json()
    assert [(row["position"], row["key"], row["status"]) for row in more["data"]] == [(3, "bazarro:3000000002", "received")]
    assert more["next"] is None


def test_the_same_key_and_body_get_the_same_answer_and_one_complaint(alice, right, machine):
    client = machine("alice")

    first, second = (post(client, "/api/v1/complaints", body(right)) for _ in range(2))

    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert second["Idempotent-Replayed"] == "true"
    with tenancy.acting(alice):
        assert Complaint.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(alice, right, machine):
    client = machine("alice")
    post(client, "/api/v1/complaints", body(right))

    response = post(client, "/api/v1/complaints", body(right, listings=links(1, 5000000000)))

    assert (response.status_code, response.json()["code"]) == (422, "key_reused")


def test_a_missing_key_is_refused_before_anything(alice, right, machine):
    response = machine("alice").post("/api/v1/complaints", body(right), content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_missing")


def test_row_errors_point_at_their_rows(alice, right, machine):
    client = machine("alice")
    listings = [*links(1), "https://evil.example/1", "https://e.tb.cn/h.abc", *links(1)]

    refused = post(client, "/api/v1/complaints", body(right, listings=listings))
    taken = post(client, "/api/v1/complaints", body(right, listings=listings, on_row_error="accept_valid"), "k2")

    assert refused.status_code == 422
    assert pointers(refused) == {"/listings/1": "link", "/listings/2": "needs_resolution"}
    assert [(row["row"], row["result"], row["code"]) for row in taken.json()["left_out"]] == [
        (1, "block", "unknown_site"),
        (2, "remedy", "needs_resolution"),
        (3, "merged", "merged"),
    ]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"right": 7}, "/right"),
        ({"right": None}, "/right"),
        ({"listings": "https://x"}, "/listings"),
        ({"listings": [1]}, "/listings/0"),
        ({"listings": ["x" * 3000]}, "/listings/0"),
        ({"listings": ["\ud800"]}, "/listings/0"),
        ({"seen_on": "yesterday"}, "/seen_on"),
        ({"statements": {"quoted_words": ["a"]}}, "/statements/quoted_words"),
        ({"statements": []}, "/statements"),
        ({"evidence": [{"file": "x"}]}, "/evidence/0"),
        ({"signature": "me"}, "/signature"),
        ({"explanation": "a\x00b"}, "/explanation"),
        ({"explanation": "a" * 6000}, "/explanation"),
        ({"on_row_error": "ignore"}, "/on_row_error"),
    ],
)
def test_a_value_of_the_wrong_shape_is_named(alice, right, machine, changes, pointer):
    response = post(machine("alice"), "/api/v1/complaints", body(right, **changes))

    assert response.status_code == 422, response.content
    assert pointer in pointers(response)
    with tenancy.acting(alice):
        assert not Complaint.objects.exists()


@pytest.mark.parametrize("sent", ["[]", '"x"', "1", "null"])
def test_a_body_that_is_no_object_is_refused(alice, right, machine, sent):
    response = post(machine("alice"), "/api/v1/complaints", sent)

    assert response.status_code == 422
    assert response.json()["errors"][0]["code"] == "not_an_object"


def test_a_link_with_a_nul_is_answered_and_remembered(alice, right, machine):
    client = machine("alice")
    sent = body(right, listings=[*links(1), "bazarro\x00 1"], on_row_error="accept_valid")

    first, second = (post(client, "/api/v1/complaints", sent) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["left_out"][0]["result"] == "block"


def test_a_stranger_sees_no_complaint_at_all(alice, gus, right, machine):
    code = post(machine("alice"), "/api/v1/complaints", body(right)).json()["code"]
    stranger = machine("gus")

    for path in (f"/api/v1/complaints/{code}", f"/api/v1/complaints/{code}/listings"):
        assert stranger.get(path).status_code == 404
    for path in (f"/api/v1/complaints/{code}/withdraw", f"/api/v1/complaints/{code}/answer"):
        assert stranger.post(path, {"answer": "x"}, content_type="application/json").status_code == 404
    assert stranger.get("/api/v1/complaints").json()["data"] == []


def test_a_preflight_files_nothing(alice, right, machine):
    response = post(machine("alice"), "/api/v1/complaints/preflight", body(right, listings=[*links(2), "nonsense"]))

    assert response.status_code == 200
    assert response.json()["would_file"] == 2
    assert [row["result"] for row in response.json()["rows"]] == ["pass", "pass", "block"]
    with tenancy.acting(alice):
        assert not Complaint.objects.exists()


def test_withdrawing_some_then_all_then_again(alice, right, machine):
    client = machine("alice")
    path = f"/api/v1/complaints/{post(client, '/api/v1/complaints', body(right)).json()['code']}/withdraw"

    some = client.post(path, {"positions": [2]}, content_type="application/json")
    rest = client.post(path, {"why": "settled"}, content_type="application/json")
    again = client.post(path, {}, content_type="application/json")
    unknown = client.post(path, {"positions": [9]}, content_type="application/json")

    assert (some.status_code, some.json()["status"], some.json()["counts"]["withdrawn"]) == (200, "filed", 1)
    assert (rest.json()["status"], rest.json()["counts"]["withdrawn"]) == ("withdrawn", 3)
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_withdraw")
    assert unknown.status_code == 404


def test_answering_what_nobody_asked_is_refused(alice, right, machine):
    client = machine("alice")
    path = f"/api/v1/complaints/{post(client, '/api/v1/complaints', body(right)).json()['code']}/answer"

    response = client.post(path, {"answer": "here"}, content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (409, "illegal_transition")


def test_links_are_understood_in_order(machine):
    sent = [
        "https://item.taobao.com/item.htm?id=564176654249&spm=1",
        "https://e.tb.cn/h.abc",
        "https://shop1.taobao.com/",
        "x",
        "https://evil.example/",
    ]

    rows = machine("alice").post("/api/v1/listing-links/resolve", {"links": sent}, content_type="application/json").json()["rows"]

    assert [row["input"] for row in rows] == sent
    assert [row["status"] for row in rows] == ["listing", "needs_resolution", "store", "invalid", "unsupported"]
    assert rows[0]["key"] == "taobao_family:564176654249"
    assert set(rows[0]) == {"input", "status", "marketplace", "listing_id", "canonical_url", "key", "message"}
    assert all(row["message"] for row in rows[1:])


def test_rules_are_readable_by_machine_in_both_languages(machine):
    client = machine("alice")

    reasons = {row["code"]: row for row in client.get("/api/v1/reason-codes").json()["data"]}
    chinese = client.get("/api/v1/reason-codes", headers={"Accept-Language": "zh-hans"}).json()["data"]
    rejections = client.get("/api/v1/rejection-codes").json()["data"]
    marketplaces = {row["key"]: row for row in client.get("/api/v1/marketplaces").json()["data"]}

    assert reasons["TM-TESTBUY"]["max_listings"] == 1
    assert {item["key"] for item in reasons["TM-FEATURES"]["evidence"]} == {"genuine_image", "differences"}
    assert next(row for row in chinese if row["code"] == "TM-JARGON")["label"] == "使用售假暗语"
    assert [row["code"] for row in rejections] == [f"R{number:02d}" for number in range(1, 15)]
    assert marketplaces["bazarro"]["takes_commands"] is True
    assert marketplaces["taobao"]["takes_commands"] is False


def test_evidence_is_kept_with_the_complaint(alice, right, machine):
    file = stored_file(alice)
    sent = body(
        right, reason="TM-FEATURES", statements={"differences": "cap"}, evidence=[{"requirement": "genuine_image", "file": file.code}]
    )

    code = post(machine("alice"), "/api/v1/complaints", sent).json()["code"]

    with tenancy.acting(alice):
        kept = Complaint.objects.get(code=code).evidence.get()
    assert (kept.requirement, kept.file_id) == ("genuine_image", file.pk)


def test_what_is_refused_points_at_its_place_in_the_body(alice, right, machine):
    """Services name fields, forms too; a machine looks its pointers up in what it sent."""
    client = machine("alice")
    sent = body(right, reason="TM-FEATURES", statements={}, declarations=["good_faith", "accuracy", "authority"], signature={})

    refused = post(client, "/api/v1/complaints", sent)
    foreseen = post(client, "/api/v1/complaints/preflight", sent)

    expected = {"/evidence", "/statements/differences", "/declarations", "/signature/name", "/signature/role"}
    assert set(pointers(refused)) == set(pointers(foreseen)) == expected
    assert "liability" in next(item["detail"] for item in refused.json()["errors"] if item["pointer"] == "/declarations")


def test_a_file_that_is_not_there_is_pointed_at_by_its_place(alice, right, machine):
    sent = body(right, evidence=[{"requirement": "x", "file": "none"}])

    assert pointers(post(machine("alice"), "/api/v1/complaints", sent)) == {"/evidence/0": "unknown_file"}


def test_a_status_nobody_has_is_named_with_those_there_are(machine):
    refused = machine("alice").get("/api/v1/complaints?status=bogus")

    assert (refused.status_code, refused.json()["code"]) == (422, "bad_status")
    assert "in_review" in refused.json()["detail"]
    assert machine("alice").get("/api/v1/complaints?status=filed").status_code == 200


def test_links_of_any_kind_are_answered_as_rows_and_as_they_were_sent(machine):
    sent = ["", "  bazarro 3000425919  ", "bazarro\x00 1", "x" * 5000, "\u200ehttps://item.taobao.com/"]

    answer = machine("alice").post("/api/v1/listing-links/resolve", {"links": sent}, content_type="application/json")

    assert answer.status_code == 200
    told = [row["input"] for row in answer.json()["rows"]]
    assert (told[:3], told[4]) == (sent[:3], sent[4])
    assert sent[3].startswith(told[3][:2048])  # nobody is sent a page of x back
    assert [row["status"] for row in answer.json()["rows"]] == ["invalid", "listing", "invalid", "invalid", "invalid"]


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({}, "/links"),
        ([], "/links"),
        ({"links": "x"}, "/links"),
        ({"links": [1]}, "/links/0"),
        ({"links": ["a", "\ud800"]}, "/links/1"),
        ({"links": ["x"] * 2001}, "/links"),
    ],
)
def test_what_is_no_list_of_links_is_refused_with_its_place(machine, sent, pointer):
    answer = machine("alice").post("/api/v1/listing-links/resolve", sent, content_type="application/json")

    assert answer.status_code == 422
    assert pointer in pointers(answer)

"""`/api/v1/counter-notices`: read what sellers answered, accept or reject it; what the complaint's shapes tell of disputes."""

from __future__ import annotations

from typing import Any

import pytest

from ipp.core import clock, tenancy
from takedowns.models import CounterNotice, CounterNoticeAnswer
from tests.factories.disputes import carry_out_ruling, contested, countered, fresh_counter, ruled
from tests.factories.rightsholders import stored_file
from tests.takedowns.test_counter_notice_pages import ABSENT, OVER

PATH = "/api/v1/counter-notices"
REJECTION = {"reasons": ["STILL_INFRINGES"], "message": "It is our mark."}


def post(client: Any, path: str, data: Any, key: str = "k1") -> Any:
    return client.post(path, data, content_type="application/json", headers={"Idempotency-Key": key})


def kinds_of(counter: CounterNotice) -> list[str]:
    with tenancy.engine_scope("tests"):
        return list(CounterNoticeAnswer.objects.filter(counter_notice=counter.pk).values_list("kind", flat=True))


@pytest.fixture
def waiting(alice, cast):
    return fresh_counter(countered(alice, cast("sunny")))


@pytest.fixture
def client(alice, machine):
    return machine("alice")


def test_a_counter_notice_is_listed_by_whose_turn_it_is_and_read_whole(waiting, client):
    listed = client.get(f"{PATH}?status=to_answer").json()["data"]
    read = client.get(f"{PATH}/{waiting.code}").json()

    assert [row["code"] for row in listed] == [waiting.code]
    assert listed[0].items() <= read.items()
    assert (read["status"], read["grounds"], read["platform_decides_until"]) == ("to_answer", ["NOT_INFRINGING"], None)
    assert [(row["position"], row["status"], row["listing_status"]) for row in read["listings"]] == [
        (1, "waiting", "countered"),
        (2, "waiting", "countered"),
    ]
    assert client.get(f"{PATH}?status=closed").json()["data"] == []
    assert client.get(f"{PATH}?status=nonsense").status_code == 422


def test_anybody_elses_is_not_there_and_a_reading_key_cannot_answer(waiting, machine):
    for name in ("gus", "sunny"):
        other = machine(name)
        assert other.get(PATH).json()["data"] == []
        assert other.get(f"{PATH}/{waiting.code}").json()["code"] == other.get(f"{PATH}/{ABSENT}").json()["code"] == "not_found"
        assert post(other, f"{PATH}/{waiting.code}/accept", {}).status_code == 404
    assert post(machine("alice", "complaints:read"), f"{PATH}/{waiting.code}/accept", {}).status_code == 403
    assert kinds_of(waiting) == []


def test_accepting_is_done_once_for_a_key_and_refused_afterwards(waiting, client):
    path = f"{PATH}/{waiting.code}/accept"

    first, again, other = post(client, path, {}), post(client, path, {}), post(client, path, {}, "k2")

    assert (first.status_code, first.json()["status"]) == (201, "closed")
    assert (again.json(), again["Idempotent-Replayed"]) == (first.json(), "true")
    assert (other.status_code, other.json()["code"]) == (409, "illegal_transition")
    assert kinds_of(waiting) == ["conceded"]
    assert client.post(path, {}, content_type="application/json").json()["code"] == "idempotency_key_missing"


def test_rejecting_takes_reasons_words_and_files(alice, waiting, client):
    file = stored_file(alice, name="contract.png")
    reasons = [row["code"] for row in client.get("/api/v1/answer-reasons").json()["data"]]

    answer = post(client, f"{PATH}/{waiting.code}/reject", REJECTION | {"positions": [2], "files": [file.code]})

    assert "STILL_INFRINGES" in reasons
    assert (answer.status_code, answer.json()["status"]) == (201, "to_answer"), "the other listing still waits"
    (said,) = client.get(f"{PATH}/{waiting.code}").json()["answers"]
    assert (said["kind"], said["positions"], said["exhibits"][0]["name"]) == ("rejected", [2], "contract.png")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"reasons": []}, "/reasons"),
        ({"reasons": ["NONSENSE"]}, "/reasons"),
        ({"message": " "}, "/message"),
        ({"positions": []}, "/positions"),
        ({"files": ["A" * 22]}, "/files/0"),
    ],
)
def test_a_rejection_that_lacks_something_points_at_it_and_writes_nothing(waiting, client, changes, pointer):
    answer = post(client, f"{PATH}/{waiting.code}/reject", REJECTION | changes)

    assert answer.status_code == 422
    assert pointer in {item["pointer"] for item in answer.json()["errors"]}
    assert kinds_of(waiting) == []


def test_an_answer_after_the_time_is_refused(waiting, client):
    with clock.moved(OVER):
        answer = post(client, f"{PATH}/{waiting.code}/accept", {})

    assert (answer.status_code, answer.json()["code"]) == (409, "window_closed")
    assert kinds_of(waiting) == []


def test_the_complaint_tells_of_the_dispute(waiting, client):
    path = f"/api/v1/complaints/{waiting.complaint.code}"
    complaint, (row, _other) = client.get(path).json(), client.get(f"{path}/listings").json()["data"]

    assert (complaint["status"], complaint["counts"]["disputed"]) == ("decided", 2)
    assert complaint["answer_until"] == row["answer_until"] is not None
    assert client.get("/api/v1/complaints").json()["data"] == [complaint]
    assert (row["status"], row["counter_notice"], row["ending"]) == ("countered", waiting.code, "")


@pytest.mark.parametrize("outcome", ["upheld", "overturned"])
def test_a_ruling_shows_once_it_took_effect_and_not_before(alice, cast, client, outcome):
    secret = ruled(alice, cast("sunny"), outcome=outcome, told=False, start=3_000_000_100)
    other = fresh_counter(contested(alice, cast("sunny"), start=3_000_000_200))
    path = f"/api/v1/complaints/{secret.complaint.code}"

    before = client.get(f"{path}/listings").json()["data"]
    case = client.get(f"{PATH}/{secret.code}").json()
    like = client.get(f"/api/v1/complaints/{other.complaint.code}").json()
    shown = client.get(path).json()
    carry_out_ruling(secret.organization_id, secret.complaint_id)
    after = client.get(f"{path}/listings").json()["data"]

    assert {(row["status"], row["ending"], row["ruling"], row["message"], row["ruling_message"]) for row in before} == {
        ("contested", "", None, "", "")
    }
    assert case["status"] == "with_platform"
    assert {(row["status"], row["outcome"], row["ruling"]) for row in case["listings"]} == {("contested", "", None)}
    assert (shown["status"], shown["counts"]) == (like["status"], like["counts"])
    assert {(row["status"], row["ending"]) for row in after} == {(outcome, outcome)}
    assert all(row["ruling"] and row["ruling_message"] for row in after)
    assert client.get(path).json()["counts"][outcome] == 2
    assert client.get(path).json()["status"] == "decided"

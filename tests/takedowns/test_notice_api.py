"""The API of sellers: what was reported of their shops, answering it, and the grounds of an answer, called as a stranger would."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from ipp.core import clock, tenancy
from takedowns import services
from takedowns.models import CounterNotice, Exhibit
from tests.factories.disputes import claimed_shop, contested, countered, ruled, told
from tests.factories.rightsholders import stored_file

LIST = "/api/v1/notices"
ABSENT = "A" * 22


@pytest.fixture
def sunny(cast):
    return cast("sunny")


@pytest.fixture
def notice(alice, sunny):
    return told(alice, sunny)


def body(**changes: Any) -> dict[str, Any]:
    return {
        "positions": [1, 2],
        "grounds": ["NOT_INFRINGING"],
        "statement": "These are our own bottles.",
        "details": {"difference": "Another name, another shape."},
        "declarations": ["truth", "good_faith", "liability"],
        "signature": {"name": "Sunny Sun", "role": "Owner"},
    } | changes


def post(client: Any, notice: Any, data: Any, key: str = "k1") -> Any:
    path = f"{LIST}/{notice.code}/counter-notices"
    return client.post(path, data, content_type="application/json", headers={"Idempotency-Key": key})


def pointers(response: Any) -> dict[str, str]:
    return {item["pointer"]: item["code"] for item in response.json()["errors"]}


def counters() -> list[CounterNotice]:
    with tenancy.engine_scope("tests"):
        return list(CounterNotice.objects.order_by("id"))


# -- reading ------------------------------------------------------------------------------------------------------------------


def test_notices_are_listed_newest_first_and_by_whose_turn_it_is(alice, sunny, machine):
    mine = told(alice, sunny, start=3_000_000_100)
    theirs = countered(alice, sunny, start=3_000_000_200).notice
    client = machine("sunny")

    everything = client.get(LIST).json()

    assert [row["reference"] for row in everything["data"]] == [theirs.reference, mine.reference]
    assert [row["status"] for row in everything["data"]] == ["waiting", "to_answer"]
    assert [row["open_count"] for row in everything["data"]] == [0, 2]
    assert [row["reference"] for row in client.get(f"{LIST}?status=to_answer").json()["data"]] == [mine.reference]
    first = client.get(f"{LIST}?limit=1").json()
    assert [row["reference"] for row in client.get(f"{LIST}?limit=1&after={first['next']}").json()["data"]] == [mine.reference]
    refused = client.get(f"{LIST}?status=mine")
    assert (refused.status_code, pointers(refused)) == (422, {"status": "invalid_choice"})


def test_a_notice_is_read_with_its_listings_reasons_and_due_moments(notice, machine):
    read = machine("sunny").get(f"{LIST}/{notice.code}").json()

    assert (read["status"], read["complainant"], read["right"]["kind"]) == ("to_answer", "Acme Tools Ltd", "trademark")
    assert [(row["position"], row["status"], row["is_open"]) for row in read["listings"]] == [(1, "accepted", True), (2, "accepted", True)]
    assert {row["answer_until"] for row in read["listings"]} == {read["due_at"]}
    (statement,) = read["statements"]
    assert (statement["positions"], statement["decision"], statement["automated_decision"]) == ([1, 2], "removed", False)
    assert statement["reason"] == read["reason"]["label"] == "Coded words for fakes"


def test_words_come_in_the_language_asked_for(notice, machine):
    read = machine("sunny").get(f"{LIST}/{notice.code}", headers={"Accept-Language": "zh-CN"}).json()

    assert read["reason"]["label"] == notice.body["reason"]["zh"]


def test_what_was_answered_and_what_was_said_to_it_is_read(alice, sunny, machine):
    counter = contested(alice, sunny)

    read = machine("sunny").get(f"{LIST}/{counter.notice.code}").json()

    assert read["status"] == "with_platform"
    (own,) = read["counter_notices"]
    assert own["listings"] == [{"status": "contested", "outcome": "", "positions": [1, 2]}]
    assert [(said["kind"], said["reasons"]) for said in own["answers"]] == [("rejected", ["STILL_INFRINGES"])]


@pytest.mark.parametrize(("told_already", "status", "statements"), [(False, "with_platform", 1), (True, "closed", 2)])
def test_a_ruling_is_told_once_it_cannot_be_undone(alice, sunny, machine, told_already, status, statements):
    counter = ruled(alice, sunny, outcome="overturned", told=told_already)

    read = machine("sunny").get(f"{LIST}/{counter.notice.code}").json()

    assert read["status"] == status
    assert len(read["statements"]) == statements
    assert ("overturned" in str(read)) is told_already


@pytest.mark.parametrize("who", ["moon", "alice"])
def test_a_stranger_and_the_complainant_find_nothing(notice, machine, who):
    client = machine(who)

    assert client.get(LIST).json()["data"] == []
    for code in (notice.code, ABSENT):
        assert client.get(f"{LIST}/{code}").status_code == 404
    assert post(client, notice, body()).status_code == 404
    assert counters() == []


def test_a_key_without_the_scope_is_refused(notice, machine):
    reader = machine("sunny", "notices:read")

    assert reader.get(LIST).status_code == 200
    assert post(reader, notice, body()).status_code == 403
    assert machine("sunny", "complaints:read").get(LIST).status_code == 403


# -- answering ----------------------------------------------------------------------------------------------------------------


def test_an_answer_is_filed_once_for_a_key(notice, machine):
    client = machine("sunny")

    first, second = (post(client, notice, body()) for _ in range(2))

    assert first.status_code == 201, first.content
    assert first["Location"] == f"{LIST}/{notice.code}"
    assert (second.status_code, second.json(), second["Idempotent-Replayed"]) == (201, first.json(), "true")
    (counter,) = counters()
    assert first.json()["code"] == counter.code
    assert first.json()["listings"] == [{"status": "waiting", "outcome": "", "positions": [1, 2]}]
    assert client.get(first["Location"]).json()["status"] == "waiting"


def test_files_are_brought_by_their_codes(sunny, notice, machine):
    file = stored_file(sunny, name="invoice.png")

    done = post(
        machine("sunny"),
        notice,
        body(grounds=["LAWFUL_PURCHASE"], details={}, evidence=[{"requirement": "proof_of_purchase", "file": file.code}]),
    )

    assert done.status_code == 201, done.content
    with tenancy.engine_scope("tests"):
        exhibit = Exhibit.objects.get(side="seller")
    assert (exhibit.name, exhibit.requirement, len(exhibit.pages)) == ("invoice.png", "proof_of_purchase", 1)
    read = machine("sunny").get(f"{LIST}/{notice.code}").json()
    assert [len(item["pages"]) for item in read["counter_notices"][0]["exhibits"]] == [1]


def test_a_file_of_another_organization_is_not_there(alice, notice, machine):
    file = stored_file(alice)

    refused = post(
        machine("sunny"), notice, body(grounds=["LAWFUL_PURCHASE"], evidence=[{"requirement": "proof_of_purchase", "file": file.code}])
    )

    assert (refused.status_code, pointers(refused)) == (422, {"/evidence/0/file": "not_found"})


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"positions": []}, "/positions"),
        ({"positions": "all"}, "/positions"),
        ({"positions": [0]}, "/positions/0"),
        ({"grounds": []}, "/grounds"),
        ({"grounds": ["NO_SUCH"]}, "/grounds"),
        ({"details": {}}, "/details/difference"),
        ({"details": {"difference": "x" * 5001}}, "/details/difference"),
        ({"grounds": ["OWN_RIGHT"]}, "/evidence"),
        ({"statement": ""}, "/statement"),
        ({"statement": "a\x00b"}, "/statement"),
        ({"statement": None}, "/statement"),
        ({"evidence": [{"file": "x"}]}, "/evidence/0/requirement"),
        ({"declarations": ["truth"]}, "/declarations"),
        ({"declarations": ["love"]}, "/declarations/0"),
        ({"signature": {"name": "Sunny"}}, "/signature/role"),
        ({"signature": "me"}, "/signature"),
        ({"goods_location": "x" * 201}, "/goods_location"),
    ],
)
def test_a_refusal_points_into_the_body(notice, machine, changes, pointer):
    refused = post(machine("sunny"), notice, body(**changes))

    assert refused.status_code == 422, refused.content
    assert pointer in pointers(refused)
    assert counters() == []


def test_a_file_no_ground_asks_for_is_refused(sunny, notice, machine):
    file = stored_file(sunny)

    refused = post(machine("sunny"), notice, body(evidence=[{"requirement": "x" * 40, "file": file.code}]))

    assert (refused.status_code, pointers(refused)) == (422, {"/evidence": "not_asked"})


def test_a_missing_key_is_refused_before_anything(notice, machine):
    refused = machine("sunny").post(f"{LIST}/{notice.code}/counter-notices", body(), content_type="application/json")

    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency_key_missing")


def test_a_listing_of_another_notice_is_not_there(notice, machine):
    assert post(machine("sunny"), notice, body(positions=[1, 7])).status_code == 404


def test_late_is_refused_with_the_moment(notice, machine):
    due = datetime.fromisoformat(machine("sunny").get(f"{LIST}/{notice.code}").json()["due_at"])
    with clock.moved(timedelta(days=29)):
        refused = post(machine("sunny"), notice, body())

    assert (refused.status_code, refused.json()["code"]) == (409, "window_closed")
    assert datetime.fromisoformat(refused.json()["details"]["closed_since"]) == due + timedelta(seconds=1)


def test_answering_what_is_answered_or_withdrawn_is_refused(alice, sunny, machine):
    client = machine("sunny")
    answered = countered(alice, sunny, start=3_000_000_100).notice
    gone = told(alice, sunny, start=3_000_000_200)
    with tenancy.acting(alice):
        services.withdraw_listings(actor=alice, code=gone.complaint.code, why="Settled.")

    refusals = [post(client, answered, body()), post(client, gone, body(), "k2")]

    assert [(item.status_code, item.json()["code"]) for item in refusals] == [(409, "answered_already"), (409, "illegal_transition")]


# -- grounds ------------------------------------------------------------------------------------------------------------------


def test_grounds_say_what_each_asks_for_and_against_which_right_it_holds(machine):
    client = machine("sunny")

    every = {row["code"]: row for row in client.get("/api/v1/counter-grounds").json()["data"]}
    against_patents = [row["code"] for row in client.get("/api/v1/counter-grounds?right_kind=invention").json()["data"]]

    assert [item["key"] for item in every["AUTHORISED"]["evidence"]] == ["authorisation_chain", "invoice"]
    assert "DESCRIPTIVE" in every
    assert "DESCRIPTIVE" not in against_patents
    assert client.get("/api/v1/counter-grounds?right_kind=copyleft").status_code == 422


def test_a_shop_claimed_later_reads_what_had_arrived_before(alice, sunny, machine):
    notice = told(alice, None)
    claimed_shop(sunny)

    assert machine("sunny").get(f"{LIST}/{notice.code}").status_code == 404  # it is still on its way through the marketplace

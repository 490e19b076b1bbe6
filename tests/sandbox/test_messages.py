"""Messages that a platform has handed to a shop: signed, delivered once, and read in the back office by nobody but whoever looks there."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import Answer, Market, running

SHOP = "911204507"
OFFICE = f"/bazarro/store/{SHOP}/office"
LETTER = {
    "action": "message",
    "marketplace": "bazarro",
    "shop": SHOP,
    "text": "Three of your listings were taken down.\n\nYou may answer until Friday.",
    "link": "https://portal.test/shops/claim/abc.def/?a=1&b=2",
    "reference": "TK-7Q4M-2F9",
}
OFFICES = {"bazarro": "/bazarro/store/{}/office", "lanqiao": "/lanqiao/shop/office?id={}", "nordmart": "/nordmart/s/{}/office"}


def shop_of(market: Market, key: str = "bazarro") -> str:
    return str(market.listing(key)["shop"]["id"])


@pytest.mark.parametrize("key", OFFICES)
def test_a_message_stands_in_the_shops_back_office(market: Market, key: str) -> None:
    shop = shop_of(market, key)

    answer = market.command(LETTER | {"marketplace": key, "shop": shop}, command_id="act_1")

    assert answer.status == 200
    assert answer.json | {"answered_at": ""} == {
        "id": "act_1",
        "action": "message",
        "marketplace": key,
        "shop": shop,
        "state": "delivered",
        "changed": True,
        "version": 1,
        "answered_at": "",
    }
    page = market.get(OFFICES[key].format(shop))
    assert page.status == 200
    assert "<p>Three of your listings were taken down.</p><p>You may answer until Friday.</p>" in page.text
    assert 'class="button" href="https://portal.test/shops/claim/abc.def/?a=1&amp;b=2"' in page.text
    assert "TK-7Q4M-2F9" in page.text


def test_the_newest_message_comes_first_and_other_shops_see_nothing(market: Market) -> None:
    market.command(LETTER | {"text": "The first."})
    market.command(LETTER | {"text": "The second."})

    page = market.get(OFFICE).text

    assert 0 < page.index("The second.") < page.index("The first.")
    assert "The second." not in market.get("/bazarro/store/911330218/office").text


def test_a_message_changes_nothing_of_the_shop_and_the_public_does_not_see_it(market: Market) -> None:
    before = market.get("/api/changes?marketplace=bazarro&limit=100").json["next_cursor"]

    market.command(LETTER)

    assert market.get(f"/api/changes?marketplace=bazarro&after={before}").json["items"] == []
    for path in (f"/bazarro/store/{SHOP}", f"/api/shops/bazarro/{SHOP}", "/bazarro/"):
        assert "taken down" not in market.get(path).text and "abc.def" not in market.get(path).text


@pytest.mark.parametrize("action", ["restrict", "close"])
def test_a_shop_under_sanction_is_told_all_the_same(market: Market, action: str) -> None:
    market.command({"action": action, "marketplace": "bazarro", "shop": SHOP})

    assert market.command(LETTER).status == 200
    assert "Three of your listings" in market.get(OFFICE).text


def test_a_message_without_a_link_has_no_button(market: Market) -> None:
    market.command({name: value for name, value in LETTER.items() if name not in {"link", "reference"}})

    page = market.get(OFFICE).text

    assert "Three of your listings" in page
    assert "Open the link" not in page


def test_the_same_message_sent_by_many_at_once_is_delivered_once(market: Market) -> None:
    together, answers = threading.Barrier(8), list[Answer]()

    def send() -> None:
        together.wait()
        answers.append(market.command(LETTER, command_id="act_1"))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({answer.body for answer in answers}) == 1
    assert market.get(OFFICE).text.count("Three of your listings") == 1


def test_messages_outlive_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as before:
        before.command(LETTER, command_id="act_1")

    with running(tmp_path) as after:
        after.command(LETTER, command_id="act_1")
        assert after.get(OFFICE).text.count("Three of your listings") == 1


def test_a_message_that_was_a_lie_never_arrives(market: Market) -> None:
    market.switch(mode="lie", count=1)

    assert market.command(LETTER).json["state"] == "delivered"
    assert "Three of your listings" not in market.get(OFFICE).text


def test_markup_in_a_message_stays_text(market: Market) -> None:
    market.command(LETTER | {"text": "<script>alert(1)</script>", "reference": "<b>x</b>", "link": "https://x.test/?\"><script>'"})

    page = market.get(OFFICE).text

    assert "<script" not in page and "<b>x</b>" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    "changed",
    [
        {"text": ""},
        {"text": " \n "},
        {"text": None},
        {"text": 7},
        {"text": ["x"]},
        {"text": "x" * 1001},
        {"text": "a\x00b"},
        {"text": "a\rb"},
        {"text": "\ud800"},
        {"link": "javascript:alert(1)"},
        {"link": "data:text/html,x"},
        {"link": "//portal.test/"},
        {"link": "http://"},
        {"link": "https://portal.test/a b"},
        {"link": "https://portal.test/\n"},
        {"link": "https://portal.test/" + "a" * 481},
        {"link": ["https://portal.test/"]},
        {"reference": "x" * 65},
    ],
)
def test_a_message_that_makes_no_sense_is_refused(untouched: Market, changed: dict[str, Any]) -> None:
    answer = untouched.command(LETTER | changed)

    assert (answer.status, answer.json["code"]) == (422, "bad_field")
    assert "No messages so far." in untouched.get(OFFICE).text


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [({"reason": "x"}, 422, "unknown_field"), ({"shop": "0"}, 404, "no_such_shop"), ({"marketplace": "elsewhere"}, 404, "no_such_shop")],
)
def test_a_message_to_nobody_is_refused(untouched: Market, changed: dict[str, str], status: int, code: str) -> None:
    answer = untouched.command(LETTER | changed)

    assert (answer.status, answer.json["code"]) == (status, code)


def test_the_longest_message_is_taken(market: Market) -> None:
    assert market.command(LETTER | {"text": "长" * 1000, "link": "https://portal.test/" + "a" * 480}).status == 200

"""The catalogue that the sandbox marketplace publishes as JSON."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.sandbox.conftest import Market, running


def test_marketplaces_are_listed_with_the_form_of_their_addresses(untouched: Market) -> None:
    items = untouched.get("/api/marketplaces").json["items"]

    assert [item["key"] for item in items] == ["bazarro", "lanqiao", "nordmart"]
    assert items[1]["listing_url"] == "http://market.test/lanqiao/goods?id={id}"


@pytest.mark.parametrize(("address", "expected"), [("listings", 72), ("shops", 15), ("listings?marketplace=bazarro", 24)])
def test_pages_joined_are_the_whole_list_once(untouched: Market, address: str, expected: int) -> None:
    first = untouched.get(f"/api/{address}{'&' if '?' in address else '?'}limit=7").json
    items, cursor, pages = first["items"], first["next_cursor"], 1

    while cursor:
        page = untouched.get(f"/api/{address}{'&' if '?' in address else '?'}limit=7&cursor={cursor}").json
        items, cursor, pages = items + page["items"], page["next_cursor"], pages + 1

    keys = [(item["marketplace"], item["id"]) for item in items]
    assert len(keys) == len(set(keys)) == expected
    assert pages == -(-expected // 7)


def test_a_last_page_that_is_exactly_full_has_no_cursor(untouched: Market) -> None:
    assert untouched.get("/api/shops?limit=15").json["next_cursor"] is None
    assert untouched.get("/api/shops?limit=14").json["next_cursor"] is not None


def test_one_listing_is_the_same_as_in_the_list(untouched: Market) -> None:
    listing = untouched.listing("nordmart", 3)

    assert untouched.get(f"/api/listings/nordmart/{listing['id']}").json == listing
    assert listing["price"] == {"amount": "39.00", "currency": "EUR"}
    assert (listing["state"], listing["on_sale"], listing["version"]) == ("live", True, 1)


def test_a_removed_listing_stays_readable_by_machine(market: Market) -> None:
    listing = market.listing("bazarro")

    market.command({"action": "remove", "marketplace": "bazarro", "listing": listing["id"], "reason": "Copied picture"})

    after = market.get(f"/api/listings/bazarro/{listing['id']}").json
    assert (after["state"], after["on_sale"], after["reason"], after["version"]) == ("removed", False, "Copied picture", 2)
    assert [item["id"] for item in market.get("/api/listings?state=removed").json["items"]] == [listing["id"]]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/api/listings?limit=0", "bad_limit"),
        ("/api/listings?limit=101", "bad_limit"),
        ("/api/listings?limit=1e1", "bad_limit"),
        ("/api/listings?limit=%D9%A3", "bad_limit"),
        ("/api/listings?cursor=zzz", "bad_cursor"),
        ("/api/listings?cursor=YWZ0ZXI6LTE", "bad_cursor"),
        ("/api/listings?marketplace=ebony", "bad_marketplace"),
        ("/api/listings?shop=911204507", "bad_shop"),
        ("/api/listings?marketplace=lanqiao&shop=911204507", "bad_shop"),
        ("/api/listings?state=gone", "bad_state"),
        ("/api/listings?ids=1", "bad_ids"),
        ("/api/listings?marketplace=bazarro&ids=1,,2", "bad_ids"),
        ("/api/listings?marketplace=bazarro&ids=1&limit=2", "bad_ids"),
        ("/api/listings?marketplace=bazarro&ids=" + ",".join(map(str, range(101))), "bad_ids"),
        ("/api/changes?after=zzz", "bad_cursor"),
        ("/api/changes?limit=0", "bad_limit"),
    ],
)
def test_a_bad_parameter_is_named(untouched: Market, address: str, code: str) -> None:
    answer = untouched.get(address)

    assert (answer.status, answer.json["code"]) == (400, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("address", ["/api/listings/bazarro/1", "/api/listings/none/1", "/api/shops/bazarro/1", "/api/nothing", "/api/"])
def test_what_is_not_there_is_a_404_problem(untouched: Market, address: str) -> None:
    answer = untouched.get(address)

    assert (answer.status, answer.json["status"]) == (404, 404)


# Many at once


def test_listings_are_read_by_their_ids_in_the_order_asked_and_missing_ones_are_absent(untouched: Market) -> None:
    first, second = untouched.listing("bazarro", 0), untouched.listing("bazarro", 1)

    answer = untouched.get(f"/api/listings?marketplace=bazarro&ids={second['id']},1,{first['id']},{second['id']}").json

    assert answer == {"items": [second, first], "next_cursor": None}


def test_a_hundred_of_the_longest_ids_fit_into_one_address(untouched: Market) -> None:
    ids = ",".join(str(680_000_000_000 + number) for number in range(100))

    assert untouched.get(f"/api/listings?marketplace=lanqiao&ids={ids}").json["items"] == []


# Changes


def test_a_first_reading_of_changes_gives_every_shop_and_listing_once(untouched: Market) -> None:
    seen, cursor, has_more = list[tuple[str, str, str]](), "", True

    while has_more:
        page = untouched.get(f"/api/changes?limit=10&after={cursor}").json
        seen += [(item["kind"], item[item["kind"]]["marketplace"], item[item["kind"]]["id"]) for item in page["items"]]
        cursor, has_more = page["next_cursor"], page["has_more"]

    assert len(seen) == len(set(seen)) == 72 + 15
    assert untouched.get(f"/api/changes?after={cursor}").json == {"items": [], "next_cursor": cursor, "has_more": False}


def test_what_changes_later_comes_behind_the_cursor_in_the_order_of_change(market: Market) -> None:
    cursor = last_cursor(market)
    one, two = market.listing("bazarro", 0), market.listing("bazarro", 1)
    shop = two["shop"]["id"]

    for listing in (one, two, one):
        action = "restore" if market.get(f"/api/listings/bazarro/{listing['id']}").json["state"] == "removed" else "remove"
        market.command({"action": action, "marketplace": "bazarro", "listing": listing["id"]})
    market.command({"action": "restrict", "marketplace": "bazarro", "shop": shop})
    made = market.command(
        {"action": "publish", "marketplace": "nordmart", "shop": "tarnholt", "title": "A", "price": "1.00", "picture": "bowl-slate"}
    ).json

    changed = market.get(f"/api/changes?after={cursor}").json["items"]
    assert [(item["kind"], item[item["kind"]]["id"], item[item["kind"]]["state"]) for item in changed] == [
        ("listing", two["id"], "removed"),
        ("listing", one["id"], "live"),
        ("shop", shop, "restricted"),
        ("listing", made["listing"], "live"),
    ]
    nordmart = market.get(f"/api/changes?after={cursor}&marketplace=nordmart").json["items"]
    assert [item["listing"]["id"] for item in nordmart] == [made["listing"]]


def test_a_command_that_changes_nothing_is_no_change(market: Market) -> None:
    cursor = last_cursor(market)

    market.command({"action": "restore", "marketplace": "bazarro", "listing": market.listing("bazarro")["id"]})

    assert market.get(f"/api/changes?after={cursor}").json["items"] == []


def test_a_restart_with_more_stock_adds_it_behind_the_cursor(tmp_path: Path) -> None:
    with running(tmp_path, bulk=9) as before:
        cursor = last_cursor(before)

    with running(tmp_path, bulk=18) as after:
        items = after.get(f"/api/changes?after={cursor}&limit=100").json["items"]

    assert [item["kind"] for item in items] == ["listing"] * 27


def last_cursor(market: Market) -> str:
    cursor, has_more = "", True
    while has_more:
        page = market.get(f"/api/changes?limit=100&after={cursor}").json
        cursor, has_more = page["next_cursor"], page["has_more"]
    return str(cursor)


# Pictures


def test_a_picture_has_a_strong_tag_and_is_not_sent_twice(untouched: Market) -> None:
    path = untouched.listing("bazarro")["pictures"][0].removeprefix("http://market.test")
    first = untouched.get(path)

    again = untouched.send("GET", path, headers={"If-None-Match": first.headers["etag"]})
    other = untouched.send("GET", path, headers={"If-None-Match": '"another"'})

    assert first.headers["etag"] == f'"{hashlib.sha256(first.body).hexdigest()}"'
    assert (again.status, again.body) == (304, b"")
    assert (other.status, other.body) == (200, first.body)

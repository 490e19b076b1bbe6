"""The catalogue that the sandbox marketplace publishes as JSON."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Market


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

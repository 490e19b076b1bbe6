"""A shop's back office: it says how the shop stands, and takes a new listing unless the shop is under sanction."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.sandbox.conftest import Answer, Market

SHOP = "911204507"
OFFICE = f"/bazarro/store/{SHOP}/office"
OFFICES = {"bazarro": "/bazarro/store/{}/office", "lanqiao": "/lanqiao/shop/office?id={}", "nordmart": "/nordmart/s/{}/office"}
GOODS = {"title": "Bowl, 12 cm", "price": "9.50", "picture": "bowl-slate", "description": ""}


def put_up(market: Market, page: Answer, headers: dict[str, str] | None = None, **typed: str) -> Answer:
    """Send the form of a back office as a browser does."""
    (action,) = re.findall(r'<form class="put-up" method="post" action="([^"]+)">', page.text)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text))
    body = urlencode(hidden | GOODS | typed).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{market.port}"}
    return market.send("POST", unescape(action), body, kind | (headers or {}))


def titles(market: Market, key: str = "bazarro", shop: str = SHOP) -> list[str]:
    return [one["title"] for one in market.get(f"/api/listings?marketplace={key}&shop={shop}").json["items"]]


def sanction(market: Market, action: str) -> None:
    fields = {"action": action, "marketplace": "bazarro", "shop": SHOP, "reason": "Third strike", "reference": "SA-4411-K"}
    assert market.command(fields).status == 200


@pytest.mark.parametrize("key", OFFICES)
def test_an_open_shop_puts_up_a_listing_and_is_led_to_it(market: Market, key: str) -> None:
    shop = market.listing(key)["shop"]["id"]

    answer = put_up(market, market.get(OFFICES[key].format(shop)), title="Bowl <new> 碗")

    assert answer.status == 303
    assert "Bowl &lt;new&gt; 碗" in market.get(answer.headers["location"]).text
    assert "Bowl <new> 碗" in titles(market, key, shop)


def test_a_form_sent_twice_puts_up_one_listing(market: Market) -> None:
    page = market.get(OFFICE)

    first, second = put_up(market, page), put_up(market, page)

    assert (first.status, second.status, second.headers["location"]) == (303, 303, first.headers["location"])
    assert titles(market).count("Bowl, 12 cm") == 1


def test_a_form_sent_again_with_other_words_is_asked_about(market: Market) -> None:
    page = market.get(OFFICE)
    put_up(market, page)

    again = put_up(market, page, title="Another bowl")

    assert again.status == 409
    assert "This form was sent before" in again.text and 'value="Another bowl"' in again.text
    assert "Another bowl" not in titles(market)
    assert put_up(market, again, title="Another bowl").status == 303


@pytest.mark.parametrize(("action", "words"), [("restrict", "restricted"), ("close", "closed")])
def test_a_shop_under_sanction_is_refused_and_told_why(market: Market, action: str, words: str) -> None:
    page = market.get(OFFICE)
    sanction(market, action)

    refused = put_up(market, page)

    assert refused.status == 409
    assert "The new listing was refused" in refused.text
    assert f"This shop is {words}" in refused.text
    assert "Third strike" in refused.text and "SA-4411-K" in refused.text and "Bowl, 12 cm" in refused.text
    assert "Bowl, 12 cm" not in titles(market)


@pytest.mark.parametrize("action", ["restrict", "close"])
def test_a_shop_that_is_open_again_puts_up_what_was_refused(market: Market, action: str) -> None:
    sanction(market, action)
    assert put_up(market, market.get(OFFICE)).status == 409

    market.command({"action": "reopen", "marketplace": "bazarro", "shop": SHOP})

    assert put_up(market, market.get(OFFICE)).status == 303
    assert "Bowl, 12 cm" in titles(market)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"title": ""}, "Type in a title"),
        ({"title": "x" * 201}, "Type in a title"),
        ({"price": "9,5"}, "Type in a price"),
        ({"price": ""}, "Type in a price"),
        ({"picture": ""}, "Choose one of the pictures"),
        ({"picture": "../app"}, "Choose one of the pictures"),
        ({"description": "x" * 2001}, "The description has"),
    ],
)
def test_what_does_not_fit_is_named_and_the_rest_is_kept(untouched: Market, typed: dict[str, str], words: str) -> None:
    answer = put_up(untouched, untouched.get(OFFICE), **{"title": "A bowl of mine"} | typed)

    assert answer.status == 422
    assert words in answer.text
    assert 'value="9.50"' in answer.text or "price" in typed
    assert "A bowl of mine" not in titles(untouched)


def test_the_picture_chosen_stays_chosen(untouched: Market) -> None:
    answer = put_up(untouched, untouched.get(OFFICE), price="x")

    assert re.findall(r'value="([^"]+)" required checked', answer.text) == ["bowl-slate"]


@pytest.mark.parametrize(
    ("action", "state", "words"),
    [
        ("reopen", "open", "The shop is open"),
        ("restrict", "restricted", "The shop is restricted"),
        ("close", "closed", "The shop is closed"),
    ],
)
def test_the_office_says_how_the_shop_stands_and_that_it_is_a_rehearsal(market: Market, action: str, state: str, words: str) -> None:
    sanction(market, action)

    page = market.get(OFFICE)

    assert page.status == 200
    assert words in page.text and f'data-state="{state}"' in page.text
    assert ("Third strike" in page.text) == (state != "open")
    assert "everybody may look at this one" in page.text


def test_a_shop_nothing_happened_to_has_no_reason_and_no_time(untouched: Market) -> None:
    page = untouched.get(OFFICE).text

    assert "The shop is open" in page
    assert "UTC" not in page and "<dl" not in page


def test_every_picture_of_the_form_is_there_and_can_be_sent(untouched: Market) -> None:
    page = untouched.get(OFFICE)

    assert "form-action 'self';" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "same-origin"
    names = re.findall(r'<input type="radio" name="picture" value="([^"]+)" required>', page.text)
    assert len(names) > 20
    assert {untouched.get(f"/pictures/{name}.webp").status for name in names} == {200}


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://127.0.0.1.evil.test"])
def test_a_form_of_another_site_is_refused(untouched: Market, origin: str) -> None:
    answer = put_up(untouched, untouched.get(OFFICE), {"Origin": origin}, title="Not mine")

    assert (answer.status, answer.json["code"]) == (403, "foreign_form")
    assert "Not mine" not in titles(untouched)


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"form=" + b"a" * 65, b"a=1&" * 40, b"form=../../x&title=x&price=1.00&picture=bowl-slate"]
)
def test_a_form_that_was_not_made_here_changes_nothing(untouched: Market, body: bytes) -> None:
    before = titles(untouched)

    answer = untouched.send("POST", OFFICE, body, {"Content-Type": "application/x-www-form-urlencoded"})

    assert 400 <= answer.status < 500
    assert titles(untouched) == before


@pytest.mark.parametrize(
    "path", ["/bazarro/store/7/office", "/lanqiao/shop/office", "/lanqiao/shop/office?id=9", "/nordmart/s/none/office"]
)
def test_the_office_of_no_shop_is_not_there(untouched: Market, path: str) -> None:
    assert untouched.get(path).status == 404
    assert untouched.send("POST", path, b"form=12345678", {}).status == 404


def test_an_office_is_read_and_written_and_nothing_else(untouched: Market) -> None:
    answer = untouched.send("DELETE", OFFICE)

    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, POST")


def test_a_forms_number_can_be_none_of_a_command(market: Market) -> None:
    page = market.get(OFFICE)
    form = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text))["form"]
    fields: dict[str, Any] = {"action": "close", "marketplace": "bazarro", "shop": SHOP}

    assert market.command(fields, command_id=form).status == 200
    assert put_up(market, page).status == 409  # refused because the shop is closed, not because the number was used
    assert market.command(fields, command_id=f"office.{form}").status == 401


# How sanctions show to the public


@pytest.mark.parametrize("key", OFFICES)
def test_a_restriction_shows_on_the_shop_and_on_each_listing(market: Market, key: str) -> None:
    listing = market.listing(key)
    shop = market.get(f"/api/shops/{key}/{listing['shop']['id']}").json
    pages = [market.path_of(shop), market.path_of(listing)]
    fields = {"marketplace": key, "shop": shop["id"], "reason": "Two strikes", "reference": "SA-4411-K"}

    market.command({"action": "restrict", **fields})

    for path in pages:
        assert "Two strikes" in market.get(path).text and "SA-4411-K" in market.get(path).text
        assert re.search(r"20\d\d-\d\d-\d\d \d\d:\d\d UTC", market.get(path).text)
    market.command({"action": "reopen", "marketplace": key, "shop": shop["id"]})
    assert all("Two strikes" not in market.get(path).text for path in pages)


def test_a_closed_shops_page_says_why_since_when_and_leads_to_the_office(market: Market) -> None:
    sanction(market, "close")

    page = market.get(f"/bazarro/store/{SHOP}")

    assert page.status == 410
    assert "Third strike" in page.text and "SA-4411-K" in page.text
    assert re.search(r"20\d\d-\d\d-\d\d \d\d:\d\d UTC", page.text)
    assert f'href="{OFFICE}"' in page.text

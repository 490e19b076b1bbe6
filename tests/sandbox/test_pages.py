"""What a visitor of the sandbox marketplace sees."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.sandbox.conftest import Market, running

KEYS = ["bazarro", "lanqiao", "nordmart"]


def test_the_front_door_leads_to_each_marketplace(untouched: Market) -> None:
    page = untouched.get("/")

    assert page.status == 200
    assert [key for key in KEYS if f'href="/{key}/"' in page.text] == KEYS


@pytest.mark.parametrize("key", KEYS)
def test_a_home_page_shows_every_listing_on_sale_and_each_link_works(untouched: Market, key: str) -> None:
    page = untouched.get(f"/{key}/")

    links = re.findall(rf'href="(/{key}/[^"]+)"', page.text)
    assert len(set(links)) == 24 + 5, "24 listings and 5 shops"
    assert {untouched.get(link.replace("&amp;", "&")).status for link in links} == {200}


def test_each_marketplace_has_its_own_form_of_address(untouched: Market) -> None:
    urls = [untouched.listing(key)["url"] for key in KEYS]

    assert re.fullmatch(r"http://market\.test/bazarro/item/\d{10}\.html", urls[0])
    assert re.fullmatch(r"http://market\.test/lanqiao/goods\?id=\d{12}", urls[1])
    assert re.fullmatch(r"http://market\.test/nordmart/p/[a-z0-9-]+-i\d{7}", urls[2])


@pytest.mark.parametrize("key", KEYS)
def test_a_listing_page_shows_title_price_pictures_and_shop(untouched: Market, key: str) -> None:
    listing = untouched.listing(key)

    page = untouched.get(untouched.path_of(listing))

    assert listing["title"] in page.text
    assert listing["price"]["amount"] in page.text
    assert listing["shop"]["name"] in page.text
    pictures = re.findall(r'src="(/pictures/[^"]+)"', page.text)
    assert {untouched.get(picture).headers["content-type"] for picture in pictures} == {"image/webp"}


def test_tracking_in_a_link_changes_nothing(untouched: Market) -> None:
    path = untouched.path_of(untouched.listing("lanqiao"))

    assert untouched.get(f"{path}&spm=a1.b2&from=share").body == untouched.get(path).body


def test_the_words_in_a_nordmart_link_may_be_missing(untouched: Market) -> None:
    listing = untouched.listing("nordmart")

    page = untouched.get(f"/nordmart/p/i{listing['id']}")

    assert page.status == 200
    assert f'<link rel="canonical" href="{untouched.path_of(listing)}">' in page.text


@pytest.mark.parametrize("key", KEYS)
def test_a_shop_page_lists_what_the_shop_sells(untouched: Market, key: str) -> None:
    shop = untouched.get(f"/api/shops?marketplace={key}").json["items"][0]
    listings = untouched.get(f"/api/listings?marketplace={key}&shop={shop['id']}").json["items"]

    page = untouched.get(untouched.path_of(shop))

    assert shop["name"] in page.text
    assert all(listing["title"] in page.text for listing in listings)


@pytest.mark.parametrize("key", KEYS)
def test_a_removed_listing_says_why_and_shows_nothing_of_the_goods(market: Market, key: str) -> None:
    listing = market.listing(key)
    fields = {
        "action": "remove",
        "marketplace": key,
        "listing": listing["id"],
        "reason": "Trade mark <infringed>",
        "reference": "TK-7Q4M-2F9",
    }

    market.command(fields)

    page = market.get(market.path_of(listing))
    assert page.status == 410
    assert "Trade mark &lt;infringed&gt;" in page.text
    assert "TK-7Q4M-2F9" in page.text
    assert listing["title"] not in page.text
    assert listing["title"] not in market.get(f"/{key}/").text


@pytest.mark.parametrize("key", KEYS)
def test_a_closed_shop_takes_its_listings_with_it_and_brings_them_back(market: Market, key: str) -> None:
    listing = market.listing(key)
    shop = {"marketplace": key, "shop": listing["shop"]["id"]}
    shop_page = market.path_of(market.get(f"/api/shops/{key}/{listing['shop']['id']}").json)

    market.command({"action": "close", **shop, "reason": "Third strike"})

    assert (market.get(shop_page).status, market.get(market.path_of(listing)).status) == (410, 410)
    assert "Third strike" in market.get(shop_page).text
    market.command({"action": "reopen", **shop})
    assert (market.get(shop_page).status, market.get(market.path_of(listing)).status) == (200, 200)
    assert "Third strike" not in market.get(shop_page).text


def test_a_restricted_shop_is_seen_and_not_bought_from(market: Market) -> None:
    listing = market.listing("bazarro")
    assert "Put in basket" in market.get(market.path_of(listing)).text

    market.command({"action": "restrict", "marketplace": "bazarro", "shop": listing["shop"]["id"], "reason": "Seven days"})

    assert "Put in basket" not in market.get(market.path_of(listing)).text
    assert "Seven days" in market.get(f"/bazarro/store/{listing['shop']['id']}").text
    assert listing["title"] not in market.get("/bazarro/").text
    assert market.get(f"/api/listings/bazarro/{listing['id']}").json["on_sale"] is False


@pytest.mark.parametrize(
    "path", ["/nowhere", "/bazarro/item/1.html", "/lanqiao/goods", "/lanqiao/goods?id=", "/nordmart/p/mug-i9", "/bazarro/store/7"]
)
def test_what_never_was_is_404_and_not_410(untouched: Market, path: str) -> None:
    assert untouched.get(path).status == 404


def test_pages_run_no_script_and_load_nothing_from_elsewhere(untouched: Market) -> None:
    page = untouched.get("/bazarro/")

    assert "script-src" not in page.headers["content-security-policy"]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in page.text
    assert "style=" not in page.text


def test_head_answers_like_get_without_a_body(untouched: Market) -> None:
    head, get = untouched.send("HEAD", "/bazarro/"), untouched.get("/bazarro/")

    assert (head.status, head.headers["content-length"], head.body) == (200, get.headers["content-length"], b"")


def test_the_health_address_says_that_commands_are_taken(untouched: Market) -> None:
    assert untouched.get("/healthz").json == {"status": "ok", "commands": "on"}


# Reports


@pytest.mark.parametrize(
    ("key", "words"), [("bazarro", "Report this listing"), ("lanqiao", "举报该商品"), ("nordmart", "Report this listing")]
)
def test_a_listing_page_offers_a_report_to_the_portal(untouched: Market, key: str, words: str) -> None:
    listing = untouched.listing(key)

    page = untouched.get(untouched.path_of(listing))

    assert f"<summary>{words}</summary>" in page.text
    assert '<form method="post" action="https://portal.test/report/">' in page.text
    assert dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)) == {
        "marketplace": key,
        "listing": listing["id"],
        "url": listing["url"],
        "title": listing["title"],
    }
    assert re.findall(r'<option value="([^"]+)">', page.text) == ["counterfeit", "copied_pictures", "other"]
    for name in ("reason", "note"):
        assert f'<label for="{name}">' in page.text
        assert f'id="{name}" name="{name}"' in page.text


def test_only_a_listing_page_may_send_a_form_and_only_to_the_portal(untouched: Market) -> None:
    listing = untouched.get(untouched.path_of(untouched.listing("bazarro")))

    assert "form-action https://portal.test;" in listing.headers["content-security-policy"]
    assert "form-action 'none'" in untouched.get("/bazarro/").headers["content-security-policy"]


def test_a_removed_listing_and_one_of_a_closed_shop_cannot_be_reported(market: Market) -> None:
    gone, closed = market.listing("bazarro", 0), market.listing("nordmart", 0)

    market.command({"action": "remove", "marketplace": "bazarro", "listing": gone["id"]})
    market.command({"action": "close", "marketplace": "nordmart", "shop": closed["shop"]["id"]})

    assert all("<form" not in market.get(market.path_of(one)).text for one in (gone, closed))


def test_a_title_with_markup_stays_text_in_the_page_and_in_the_report(market: Market) -> None:
    shop = market.listing("bazarro")["shop"]["id"]
    goods = {"title": '"><script>alert(1)</script>', "price": "1.00", "picture": "bowl-slate"}

    made = market.command({"action": "publish", "marketplace": "bazarro", "shop": shop, **goods}).json

    page = market.get(f"/bazarro/item/{made['listing']}.html")
    assert page.status == 200
    assert "<script" not in page.text
    assert 'name="title" value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in page.text


# Many goods


def test_pages_of_goods_lead_to_every_listing_once(tmp_path: Path) -> None:
    with running(tmp_path, bulk=90) as market:
        path, seen = "/nordmart/", list[str]()
        while path:
            page = market.get(path).text
            seen += re.findall(r'<li><a href="/nordmart/p/[^"]*-i([0-9]+)">', page)
            path = next(iter(re.findall(r'rel="next" href="([^"]+)"', page)), "")

    assert len(seen) == len(set(seen)) == 24 + 90

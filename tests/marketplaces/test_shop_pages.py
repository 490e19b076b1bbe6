"""The portal's pages for people who have shops: following an invitation, as whoever one is, and the shops one has."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ipp.core import clock
from ipp.core.tenancy import engine_scope
from marketplaces.models import Listing
from tests.browsing import code_in, fill_in, forms_of, letters_to, press, sign_in, words_of
from tests.cast import address
from tests.factories.marketplaces import claimed_shop, invitation_token, shop, shop_as_it_is

NEWCOMER = {
    "account_kind": "individual",
    "organization_name": "Lumaway Trading",
    "full_name": "Lu Ma",
    "email": "lu@people.example",
    "password1": "a long and winding road",
}


@pytest.fixture
def sunny(cast: Any) -> Any:
    """Owner of a seller's organization."""
    return cast("sunny")


@pytest.fixture
def link(db: None) -> Callable[..., str]:
    """Return a function that invites a shop and gives the address."""
    return lambda row=None: f"/shops/claim/{invitation_token(row)}/"


def ways_in(page: Any) -> dict[str, str]:
    """Return the addresses of the buttons of a page by their words."""
    found = re.findall(r'<a class="btn[^"]*" href="([^"]+)">([^<]+)</a>', page.content.decode())
    return {words: target.replace("&amp;", "&") for target, words in found}


def test_a_visitor_sees_the_shop_what_a_claim_means_and_both_ways_in(visitor, link):
    path = link(shop(place="Yiwu, China"))

    page = visitor("portal").get(path)

    words = words_of(page)
    assert page.status_code == 200
    for expected in (
        "Is Lumaway Trading your shop?",
        "Bazarro",
        "Yiwu, China",
        "911204507",
        "What it means to claim it",
        "The link is good until",
    ):
        assert expected in words
    ways = ways_in(page)
    assert ways["Open a seller's account"].startswith("/accounts/signup/?kind=seller&next=")
    assert ways["I have one: sign in"].startswith("/accounts/login/?next=")
    assert not any("claim" in form.action for form in forms_of(page))


def test_a_new_seller_comes_back_to_the_link_and_has_the_shop(visitor, link, run_engine):
    row = shop()
    path, browser = link(row), visitor("portal")
    signup = browser.get(ways_in(browser.get(path))["Open a seller's account"])

    sent = fill_in(browser, signup, "organization_name", **NEWCOMER)
    run_engine()
    code = code_in(letters_to("lu@people.example")[0])
    opened = fill_in(browser, browser.get(sent["Location"]), "code", code=code)

    assert (opened.status_code, opened["Location"]) == (302, path)
    page = browser.get(path)
    assert "Claim it for Lumaway Trading" in words_of(page)
    answer = press(browser, page, path)
    assert (answer.status_code, answer["Location"]) == (302, "/shops/")
    shops = words_of(browser.get("/shops/"))
    assert "Lumaway Trading is yours" in shops and "Bazarro" in shops
    owner = shop_as_it_is(row).organization
    assert owner is not None
    assert (owner.name, owner.kind) == ("Lumaway Trading", "seller")
    assert "This shop is yours" in words_of(browser.get(path))


def test_a_seller_with_an_account_comes_back_to_the_link(visitor, link):
    path, browser = link(), visitor("portal")
    login = browser.get(ways_in(browser.get(path))["I have one: sign in"])

    answer = fill_in(browser, login, "login", login=address("sunny"), password="correct horse battery staple")

    assert (answer.status_code, answer["Location"]) == (302, path)
    assert "Claim it for Sunny Trading" in words_of(browser.get(path))


def test_a_visitor_who_sends_the_form_is_asked_to_sign_in_and_comes_back(visitor, link):
    row = shop()
    path = link(row)

    answer = visitor("portal").post(path)

    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")
    assert shop_as_it_is(row).organization is None


@pytest.mark.parametrize("name", ["sunny", "suki"])
def test_owners_and_filers_claim(client_of, link, name):
    row = shop()
    path, browser = link(row), client_of(name)

    press(browser, browser.get(path), path)

    assert str(shop_as_it_is(row).organization) == "Sunny Trading"


def test_a_second_press_of_the_button_changes_nothing(client_of, link):
    path, browser = link(), client_of("sunny")
    page = browser.get(path)

    first, second = press(browser, page, path), press(browser, page, path)

    assert (first.status_code, second.status_code) == (302, 302)


@pytest.mark.parametrize("name", ["alice", "lena"])
def test_who_is_no_seller_is_told_so_and_can_sign_out_and_come_back(client_of, link, name):
    row = shop()
    path, browser = link(row), client_of(name)

    page = browser.get(path)

    assert "which is no seller" in words_of(page)
    refused = browser.post(path)
    assert refused.status_code == 403
    assert "Only a seller" in words_of(refused)
    assert shop_as_it_is(row).organization is None
    answer = press(browser, page, "/logout/")
    assert (answer.status_code, answer["Location"]) == (302, path)
    assert "Open a seller's account" in words_of(browser.get(path))


def test_a_used_link_says_so_to_everybody_else(visitor, client_of, link, sunny):
    row = shop()
    path = link(row)
    claimer = client_of("sunny")
    press(claimer, claimer.get(path), path)
    moon = client_of("moon")

    assert "This shop is yours" in words_of(claimer.get(path))
    for browser in (visitor("portal"), moon):
        words = words_of(browser.get(path))
        assert "This link was used already" in words
        assert "Claim it for" not in words
        assert "Sunny Trading" not in words  # who it was is nobody's business
    refused = moon.post(path)
    assert refused.status_code == 409
    assert "This link was used already" in words_of(refused)


def test_a_link_that_is_too_old_says_where_the_next_one_comes_from(client_of, link):
    row = shop()
    path, browser = link(row), client_of("sunny")

    with clock.moved(timedelta(days=30, minutes=1)):
        words, refused = words_of(browser.get(path)), browser.post(path)

    assert "This link is too old" in words and "back office" in words
    assert refused.status_code == 409
    assert shop_as_it_is(row).organization is None


def test_a_shop_of_somebody_else_says_so(client_of, link, sunny):
    row = shop()
    old = link(row)
    with clock.moved(timedelta(days=31)):
        claimed_shop(sunny)

    assert "Somebody else has claimed this shop" in words_of(client_of("moon").get(old))


@pytest.mark.parametrize("token", ["nothing", "a.b", "a" * 22 + ".signature", "%00", "%F0%9F%92%A9"])
@pytest.mark.parametrize("name", [None, "sunny"])
def test_a_link_the_house_did_not_make_is_not_there(visitor, client_of, token, name):
    browser = client_of(name) if name else visitor("portal")

    assert browser.get(f"/shops/claim/{token}/").status_code == 404
    assert name is None or browser.post(f"/shops/claim/{token}/").status_code == 404


def test_what_a_marketplace_says_of_a_shop_cannot_become_markup(visitor, link):
    path = link(shop(name="<script>alert(1)</script>", url="javascript:alert(1)"))

    page = visitor("portal").get(path).content.decode()

    assert "<script>alert" not in page
    assert "javascript:" not in page


# Your shops


def test_a_seller_sees_its_shops_with_state_and_listings_and_nobody_elses(client_of, cast, sunny):
    row = claimed_shop(sunny, "1", name="Amber & Wool", state="restricted")
    claimed_shop(cast("moon"), "2", name="Tin Drawer")
    with engine_scope("test"):
        for number, state in enumerate(["live", "live", "removed"]):
            Listing.objects.create(
                marketplace_id="bazarro", external_id=f"9{number}", key=f"bazarro:9{number}", seller=row, url="", title="Bowl", state=state
            )

    page = client_of("sunny").get("/shops/")

    words = words_of(page)
    assert "Amber &amp; Wool" in words and "Restricted" in words and "Bazarro" in words
    assert "Tin Drawer" not in words
    assert re.search(r'class="[^"]*ipp-num[^"]*"[^>]*>\s*(?:<[^>]+>\s*)*2\b', page.content.decode())


def test_a_seller_without_a_shop_reads_how_to_get_one(client_of):
    words = words_of(client_of("sunny").get("/shops/"))

    assert "No shop yet" in words and "back office" in words


def test_shops_are_for_sellers_and_in_their_menu_only(client_of):
    seller, holder = client_of("sunny"), client_of("alice")

    assert 'href="/shops/"' in seller.get("/shops/").content.decode()
    refused = holder.get("/shops/")
    assert refused.status_code == 403
    assert "Shops belong to sellers" in words_of(refused)
    assert 'href="/shops/"' not in holder.get("/notices/").content.decode()


def test_a_visitor_is_asked_to_sign_in_before_shops_are_shown(visitor):
    answer = visitor("portal").get("/shops/")

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/shops/")


def test_signing_in_without_a_link_leads_to_the_start(visitor):
    answer = sign_in(visitor("portal"), address("sunny"))

    assert (answer.status_code, answer["Location"]) == (302, "/")

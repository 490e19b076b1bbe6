"""The step on which links are pasted: each says what it is and how to mend it, and none is lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from takedowns.models import ComplaintDraft
from tests.actors import AudienceClient, signed_in
from tests.browsing import form_with, press, words_of
from tests.factories.rightsholders import validated_right
from tests.factories.takedowns import draft, filed, link_texts, seen_listings
from tests.takedowns.test_filing_pages import HOSTILE, drafts, step


def paste(browser: AudienceClient, row: ComplaintDraft, *lines: str) -> Any:
    """Paste lines into the list and return the page that shows what each of them is."""
    return browser.post(step(row, "links"), {"links": "\n".join(lines)}, follow=True)


@pytest.fixture
def right(alice):
    return validated_right(alice, name="ACME twin peaks")


@pytest.fixture
def browser(alice):
    return signed_in("alice")


def test_five_spellings_of_one_listing_are_one_listing(alice, browser, right):
    row = draft(alice, right, links="")
    number = "700331118002"
    spellings = [
        f"https://item.taobao.com/item.htm?id={number}",
        f"http://item.taobao.com/item.htm?spm=a21n57.1&id={number}&ns=1",
        f"https://detail.tmall.com/item.htm?id={number}",
        f"https://m.intl.taobao.com/detail/detail.html?id={number}",
        f"taobao {number}",
    ]

    words = words_of(paste(browser, row, *spellings))

    assert "Go on with 1 listing" in words
    assert words.count("The same listing as row 1; it is counted once.") == 4


def test_a_pasted_share_text_is_read_and_what_cannot_be_filed_says_how_to_mend_it(alice, browser, right):
    row = draft(alice, right, links="")

    words = words_of(
        paste(
            browser,
            row,
            *link_texts(1),
            "https://user@item.taobao.com/item.htm?id=1",
            "https://192.0.2.7/item?id=5",
            "https://shop.example/thing/5",
            "【户外】 https://m.tb.cn/h.5abcdef 复制这段话打开",
        )
    )

    assert "Go on with 1 listing" in words
    for why in ("a name before an @", "a number instead of a site", "not one of the marketplaces", "short link"):
        assert why in words
    assert "Leave out the 4 that cannot be filed" in words


def test_three_hundred_links_of_which_forty_cannot_be_filed(alice, browser, right):
    row = draft(alice, right, links="")
    bad = [f"https://shop.example/thing/{number}" for number in range(40)]

    words = words_of(paste(browser, row, *link_texts(260), *bad))
    only_bad = browser.get(step(row, "links") + "?show=problem")
    dropped = press(browser, only_bad, "/links/mend/", do="drop")
    after = words_of(browser.get(dropped["Location"]))

    assert "Go on with 260 listings" in words
    assert "40 links stay in the draft and are not filed" in words
    assert only_bad.content.decode().count("form-control ipp-mend") == 40
    assert "40 links were left out" in after
    assert "Leave out" not in after
    assert len(drafts(alice)[0].links.splitlines()) == 260


def test_a_bad_row_is_mended_in_place(alice, browser, right):
    row = draft(alice, right, links="")
    page = paste(browser, row, "bazarro 3000000001", "https://shop.example/thing/5", "bazarro 3000000002")

    answer = press(browser, page, "/links/mend/", do="save", **{"row-1": "bazarro 3000000009"})

    assert "Go on with 3 listings" in words_of(browser.get(answer["Location"]))
    assert drafts(alice)[0].links == "bazarro 3000000001\nbazarro 3000000009\nbazarro 3000000002"


def test_a_list_changed_in_another_window_is_not_mended_blindly(alice, browser, right):
    row = draft(alice, right, links="")
    page = paste(browser, row, "bazarro 3000000001", "https://shop.example/thing/5")
    paste(browser, row, "bazarro 3000000007", "bazarro 3000000008")

    answer = press(browser, page, "/links/mend/", do="save", **{"row-1": "bazarro 3000000009"})

    assert "changed in another window" in words_of(browser.get(answer["Location"]))
    assert drafts(alice)[0].links == "bazarro 3000000007\nbazarro 3000000008"


def test_301_listings_are_refused_clearly_and_nothing_is_lost(alice, browser, right):
    row = draft(alice, right, links="")

    page = paste(browser, row, *link_texts(301))

    assert "at most 300 listings; this one has 301" in words_of(page)
    assert "Go on with" not in words_of(page)
    assert drafts(alice)[0].links == "\n".join(link_texts(301))
    assert form_with(page, "links").fields["links"].splitlines() == link_texts(301)


def test_an_empty_list_is_refused(alice, browser, right):
    row = draft(alice, right, links="")

    page = browser.post(step(row, "links"), {"links": " \n "})

    assert page.status_code == 422
    assert "Paste at least one link" in words_of(page)


def test_a_right_that_does_not_reach_a_marketplace_blocks_its_rows(alice, browser, right):
    row = draft(alice, right, links="")

    words = words_of(paste(browser, row, "bazarro 3000000001", "https://www.lazada.co.id/products/a-i440177211-s440177299.html"))

    assert "The right does not cover where this marketplace sells (ID)" in words
    assert "Go on with 1 listing" in words


def test_a_listing_of_an_open_complaint_is_named_with_its_reference(alice, browser, right):
    earlier = filed(alice, right, links=link_texts(1))
    row = draft(alice, right, links="")

    words = words_of(paste(browser, row, *link_texts(2)))

    assert f"You reported this listing already for the same right and reason ({earlier.reference})" in words
    assert "Go on with 1 listing" in words


def test_what_the_catalogue_knows_of_a_listing_is_shown(alice, browser, right):
    seen_listings([3_000_000_000], title="保温杯 500ml")
    row = draft(alice, right, links="")

    words = words_of(paste(browser, row, *link_texts(2)))

    assert "保温杯 500ml" in words
    assert "Lumaway Trading" in words


def test_hostile_text_is_kept_and_escaped(alice, browser, right):
    row = draft(alice, right, links="")

    page = paste(browser, row, HOSTILE)

    assert "<script>alert(1)" not in page.content.decode()
    assert '" onfocus="' not in page.content.decode()
    assert drafts(alice)[0].links == HOSTILE


def test_three_hundred_rows_take_no_more_queries_than_thirty(alice, browser, right):
    counts = []
    for count in (30, 300):
        row = draft(alice, right, links="\n".join(link_texts(count)))
        seen_listings(range(3_000_000_000, 3_000_000_000 + count))
        browser.get(step(row, "links"))
        with CaptureQueriesContext(connection) as queries:
            page = browser.get(step(row, "links"))
        assert f"Go on with {count} listings" in words_of(page)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_two_thousand_bad_rows_are_shown_in_turns(alice, browser, right):
    row = draft(alice, right, links="\n".join(f"https://shop.example/{number}" for number in range(1500)))

    page = browser.get(step(row, "links"))

    assert page.content.decode().count("form-control ipp-mend") == 400
    assert "1100 more rows are not shown" in words_of(page)
    assert press(browser, page, "/links/mend/", do="drop").status_code == 302

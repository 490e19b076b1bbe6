"""The pages of sellers: what was reported of their shops, one case with its reasons, answering it, and where they arrive."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ipp.core import clock, tenancy
from ipp.core.ui import missing_states
from marketplaces.gateways.connector import ShopSeen
from marketplaces.models import Seller
from takedowns import services
from takedowns.lifecycle import CounterNoticeStatus, DisputeStatus, Ending, ListingStatus
from takedowns.models import CounterNotice, Evidence, Exhibit, ReportedListing, SellerNotice
from takedowns.presentation.notices import DISPUTE_AXIS, OVER, PLACE_AXIS, ROW_AXIS
from takedowns.queries.notices import PLACES
from takedowns.rules import COUNTER_DECLARATIONS
from tests.actors import signed_in
from tests.browsing import form_with, words_of
from tests.core.files import corpus
from tests.factories.disputes import claimed_shop, contested, countered, ruled, told
from tests.factories.marketplaces import SHOP
from tests.factories.rightsholders import stored_file, validated_right
from tests.factories.takedowns import carried_out, claimed, link_texts, seen_listings

ABSENT = "A" * 22
LIST = "/reported/"
LATE = timedelta(days=30)
OTHER_SHOP = ShopSeen("800", "Other Trading", "http://market.test/bazarro/store/800", "Yiwu", None, "open")


def page_of(notice: SellerNotice, ending: str = "") -> str:
    return f"/reported/{notice.code}/{ending}"


@pytest.fixture
def sunny(cast):
    return cast("sunny")


@pytest.fixture
def moon(cast):
    return cast("moon")


@pytest.fixture
def browser(sunny):
    return signed_in("sunny")


@pytest.fixture
def notice(alice, sunny) -> SellerNotice:
    return told(alice, sunny)


def sent(**changes: Any) -> dict[str, Any]:
    """Return what a browser sends of a whole answer."""
    values = {
        "positions": ["1", "2"],
        "grounds": ["NOT_INFRINGING"],
        "say-NOT_INFRINGING-difference": "Another name, another shape.",
        "statement": "These are our own bottles.",
        "goods_location": "Yiwu, China",
        "declarations": list(COUNTER_DECLARATIONS),
        "signed_name": "Sunny Sun",
        "signed_role": "Owner",
        "submission": "s1",
        "do": "send",
    }
    return values | changes


def counters_of(notice: SellerNotice) -> list[CounterNotice]:
    with tenancy.engine_scope("tests"):
        return list(CounterNotice.objects.filter(notice=notice).order_by("id"))


def exhibits_of(notice: SellerNotice) -> list[Exhibit]:
    with tenancy.engine_scope("tests"):
        return list(Exhibit.objects.filter(notice=notice))


def rows_of_notice(notice: SellerNotice) -> list[ReportedListing]:
    with tenancy.engine_scope("tests"):
        return list(ReportedListing.objects.filter(notice=notice).order_by("position"))


# -- words --------------------------------------------------------------------------------------------------------------------


def test_every_state_has_a_badge():
    assert missing_states(PLACE_AXIS, PLACES) == set()
    assert missing_states(ROW_AXIS, [*Ending.values, OVER, "to_answer", ListingStatus.COUNTERED, ListingStatus.CONTESTED]) == set()
    assert missing_states(DISPUTE_AXIS, set(DisputeStatus.values) - {DisputeStatus.CLOSED}) == set()


# -- who is let in ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["moon", "alice"])
@pytest.mark.parametrize(("method", "ending"), [("get", ""), ("get", "answer/"), ("post", "answer/")])
def test_a_case_of_another_shop_is_the_same_page_as_one_that_does_not_exist(notice, who, method, ending):
    stranger = signed_in(who)

    answers = [getattr(stranger, method)(f"/reported/{code}/{ending}", sent()) for code in (notice.code, ABSENT)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert notice.reference not in answers[0].content.decode()
    assert counters_of(notice) == []


def test_another_seller_sees_none_of_it_in_the_list_and_at_the_start(notice):
    stranger = signed_in("moon")

    assert not any(notice.reference in stranger.get(path).content.decode() for path in (LIST, "/start/"))


def test_a_notice_that_has_not_arrived_is_not_there_yet(alice, sunny, browser):
    notice = told(alice, None)
    claimed_shop(sunny)

    assert notice.notified_at is None
    assert browser.get(page_of(notice)).status_code == 404
    assert notice.reference not in browser.get(LIST).content.decode()


def test_whoever_only_looks_on_sees_the_case_and_cannot_answer(alice, cast):
    notice = told(cast("gus"), alice)  # Acme has a shop here, and Vera looks on there
    looker = signed_in("vera")

    page = looker.get(page_of(notice))

    assert page.status_code == 200
    assert page_of(notice, "answer/") not in page.content.decode()
    assert "Your role only looks on" in words_of(page)
    assert looker.get(page_of(notice, "answer/")).status_code == 403
    assert looker.post(page_of(notice, "answer/"), sent()).status_code == 403


def test_an_organization_of_another_kind_finds_an_honest_page(alice):
    assert "This page is for sellers" in words_of(signed_in("alice").get(LIST))


# -- the inbox ----------------------------------------------------------------------------------------------------------------


def test_without_a_shop_the_list_and_the_start_lead_to_claiming_one(browser):
    assert "No shop claimed yet" in words_of(browser.get(LIST))
    assert "Claim your shop" in words_of(browser.get("/start/"))


def test_a_shop_of_which_nothing_was_reported_is_told_so(sunny, browser):
    seen_listings([3_000_000_000])
    claimed_shop(sunny)

    assert "Nothing was reported" in words_of(browser.get(LIST))
    assert "Nothing was reported" in words_of(browser.get("/start/"))


def test_what_can_be_answered_stands_in_front_soonest_first(alice, sunny, browser):
    with clock.moved(timedelta(days=1)):
        later = told(alice, sunny, start=3_000_000_100)
    sooner = told(alice, sunny, start=3_000_000_200)
    done = told(alice, sunny, start=3_000_000_300)
    countered(alice, sunny, notice=done)

    page = browser.get(LIST).content.decode()
    start = browser.get("/start/").content.decode()

    for text in (page, start):
        places = [text.index(notice.reference) for notice in (sooner, later, done)]
        assert places == sorted(places)
    assert page.count(sooner.reference + " ·") == 1
    assert "business days left" in page


def test_the_list_is_filtered_by_whose_turn_it_is(alice, sunny, browser):
    mine = told(alice, sunny, start=3_000_000_100)
    theirs = countered(alice, sunny, start=3_000_000_200).notice
    platforms = contested(alice, sunny, start=3_000_000_300).notice
    over = ruled(alice, sunny, start=3_000_000_400).notice
    by_place = {"to_answer": mine, "waiting": theirs, "with_platform": platforms, "closed": over}

    for place, expected in by_place.items():
        page = browser.get(f"{LIST}?at={place}").content.decode()
        assert [notice.reference for notice in by_place.values() if notice.reference in page] == [expected.reference], place


def test_a_seller_with_two_shops_can_look_at_one(alice, sunny, browser):
    first = told(alice, sunny, start=3_000_000_100)
    with tenancy.engine_scope("tests"):
        Seller.objects.create(marketplace_id="bazarro", external_id="77", name="Second Shop", organization_id=sunny.organization_id)
        code = Seller.objects.get(external_id="77").code

    assert first.reference in browser.get(LIST).content.decode()
    assert first.reference not in browser.get(f"{LIST}?shop={code}").content.decode()
    assert browser.get(f"{LIST}?shop=none-such").status_code == 422


def test_the_menu_counts_what_waits_for_an_answer(notice, browser):
    assert "Reported listings 1 waiting for you" in words_of(browser.get("/start/"))
    assert 'href="/reported/"' not in signed_in("alice").get("/start/").content.decode()


# -- one case -----------------------------------------------------------------------------------------------------------------


def test_one_screen_says_what_by_whom_for_which_right_until_when_and_what_next(alice, sunny, browser):
    notice = told(alice, sunny)

    words = words_of(browser.get(page_of(notice)))

    for said in (
        "2 of your listings were taken down",
        "To answer",
        "business days left",
        "Acme Tools Ltd",
        notice.body["right"]["name"],
        "If you do not",
        "strikes lead to a warning",
        "Answering costs nothing",
        "Statement of reasons",
        "No automated means",
        "Steel bottle",
    ):
        assert said in words, said


def test_a_case_never_shows_private_evidence_nor_other_shops_listings(alice, sunny, cast, browser):
    right = validated_right(alice)
    seen_listings([3_000_000_000], title="Bottle of mine")
    claimed_shop(sunny)
    seen_listings([3_000_000_001], title="Somebody else's bottle", shop=OTHER_SHOP)
    shown, hidden = stored_file(alice, name="shown.png"), stored_file(alice, name="hidden.png")
    complaint = claimed(alice, right, links=link_texts(2))
    with tenancy.acting(alice):
        for position, (file, for_seller) in enumerate([(shown, True), (hidden, False)], start=20):
            Evidence.objects.create(
                organization_id=alice.organization_id,
                complaint=complaint,
                requirement="genuine_image",
                file=file,
                position=position,
                for_seller=for_seller,
            )
    rex = cast("rex")
    with tenancy.acting(rex):
        services.decide_listings(actor=rex, code=complaint.code, version=complaint.version, positions=[1, 2], outcome="accepted")
    carried_out(complaint)
    with tenancy.engine_scope("tests"):
        notice = SellerNotice.objects.get(complaint=complaint, seller__external_id=SHOP)

    page = browser.get(page_of(notice)).content.decode()

    assert "shown.png" in page
    assert "hidden.png" not in page
    assert "Bottle of mine" in page
    assert "Somebody else" not in page
    assert "Alice Ames" not in page  # who signed for the complainant is the complainant's


def test_a_ruling_shows_only_once_it_cannot_be_undone(alice, sunny, browser):
    secret = ruled(alice, sunny, told=False)

    assert secret.status == CounterNoticeStatus.CLOSED
    words = words_of(browser.get(page_of(secret.notice)))
    assert "With the platform" in words
    assert "dismissed" not in words
    assert secret.notice.reference in browser.get(f"{LIST}?at=with_platform").content.decode()


@pytest.mark.parametrize(
    ("outcome", "said"),
    [("upheld", "Claim upheld, counter-notice dismissed"), ("overturned", "Counter-notice upheld, listing restored")],
)
def test_a_ruling_is_told_with_its_reason(alice, sunny, browser, outcome, said):
    counter = ruled(alice, sunny, outcome=outcome)

    words = words_of(browser.get(page_of(counter.notice)))

    assert said in words
    assert "Looked at with both sides' papers." in words.replace("&#x27;", "'")
    assert "The rights holder rejects it" in words
    assert "It is our mark all the same." in words


def test_what_ended_without_the_shop_is_told(alice, sunny, browser):
    notice = told(alice, sunny)
    with tenancy.acting(alice):
        services.withdraw_listings(actor=alice, code=notice.complaint.code, why="Settled.")

    words = words_of(browser.get(page_of(notice)))

    assert "Complaint withdrawn" in words
    assert "Closed" in words


def test_the_story_of_a_case_is_told_to_the_shop(alice, sunny, browser, run_engine):
    counter = contested(alice, sunny)
    run_engine(timedelta(minutes=1))

    words = words_of(browser.get(page_of(counter.notice)))

    assert "accepted a complaint against 2 listings" in words
    assert "answered for 2 listings" in words
    assert "a second reviewer decides" in words


def test_a_case_of_forty_listings_takes_no_more_queries_than_one_of_two_and_folds_most_of_them(alice, sunny, browser):
    few, many = told(alice, sunny), told(alice, sunny, count=40, start=3_000_000_500)
    counts = []
    for notice in (few, many):
        browser.get(page_of(notice))
        with CaptureQueriesContext(connection) as queries:
            page = browser.get(page_of(notice))
        # The calendar is read anew every five seconds, whatever the page shows.
        counts.append(sum("core_calendarday" not in query["sql"] for query in queries))

    assert counts[0] == counts[1]
    assert "Show 28 more" in words_of(page)
    assert page.content.decode().count("(opens the marketplace)") == 40


# -- answering ----------------------------------------------------------------------------------------------------------------


def test_an_answer_goes_to_the_rights_holder_once_however_often_it_is_sent(notice, browser):
    answers = [browser.post(page_of(notice, "answer/"), sent()) for _ in range(2)]

    assert [item["Location"] for item in answers] == [page_of(notice)] * 2
    (counter,) = counters_of(notice)
    assert (counter.grounds, counter.listing_count, counter.goods_location) == (["NOT_INFRINGING"], 2, "Yiwu, China")
    assert "Another name, another shape." in counter.statement
    words = words_of(browser.get(page_of(notice)))
    assert "Waiting for the rights holder" in words
    assert counter.reference in words


def test_every_open_listing_is_chosen_at_first_and_the_button_counts_them(notice, browser):
    page = browser.get(page_of(notice, "answer/"))

    assert "Send answer for 2 listings" in words_of(page)
    assert page.content.decode().count('name="positions"') == 2
    assert len(re.findall(r'name="positions"[^>]* checked', page.content.decode())) == 2


def test_one_of_two_listings_is_answered_and_the_other_stays_open(notice, browser):
    browser.post(page_of(notice, "answer/"), sent(positions=["2"]))

    assert [row.status for row in rows_of_notice(notice)] == ["accepted", "countered"]
    page = browser.get(page_of(notice, "answer/"))
    assert "Send answer for 1 listing" in words_of(page)
    assert "Sunny answered for 1 listing of this case" in words_of(page)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"positions": []}, "positions_0"),
        ({"positions": ["9"]}, "positions_0"),
        ({"grounds": []}, "grounds_0"),
        ({"grounds": ["NO_SUCH"]}, "grounds_0"),
        ({"say-NOT_INFRINGING-difference": " "}, "say-NOT_INFRINGING-difference"),
        ({"grounds": ["OWN_RIGHT"]}, "file-OWN_RIGHT-own_certificate"),
        ({"statement": ""}, "statement"),
        ({"statement": "x" * 5001}, "statement"),
        ({"goods_location": "x" * 201}, "goods_location"),
        ({"declarations": ["truth"]}, "declarations_0"),
        ({"signed_name": ""}, "signed_name"),
        ({"signed_role": ""}, "signed_role"),
    ],
)
def test_what_is_missing_is_named_at_its_field_and_nothing_typed_is_lost(notice, browser, changes, field):
    page = browser.post(page_of(notice, "answer/"), sent(**changes))

    assert page.status_code == 422
    assert f'href="#id_{field}"' in page.content.decode()
    kept = form_with(page, "statement").fields
    for name, typed in sent(**changes).items():
        if isinstance(typed, str) and name not in ("submission", "do"):
            assert kept[name].strip() == typed.strip()
    assert counters_of(notice) == []


def test_files_that_passed_are_kept_while_the_rest_is_mended(sunny, notice, browser, storage):
    upload = SimpleUploadedFile("certificate.png", corpus.png(), "image/png")
    first = browser.post(
        page_of(notice, "answer/"), sent(grounds=["OWN_RIGHT"], statement="", **{"file-OWN_RIGHT-own_certificate": upload})
    )
    assert first.status_code == 422
    assert "certificate.png" in words_of(first)
    held = form_with(first, "statement").fields["held"]

    second = browser.post(page_of(notice, "answer/"), sent(grounds=["OWN_RIGHT"], held=[held], submission="s2"))

    assert second.status_code == 302, words_of(second)
    (exhibit,) = exhibits_of(notice)
    assert (exhibit.name, exhibit.side, exhibit.requirement, len(exhibit.pages)) == ("certificate.png", "seller", "own_certificate", 1)
    assert "certificate.png" in browser.get(page_of(notice)).content.decode()


def test_a_file_can_be_saved_first_and_taken_out_again(notice, browser, storage):
    upload = SimpleUploadedFile("certificate.png", corpus.png(), "image/png")
    saved = browser.post(page_of(notice, "answer/"), sent(do="add", **{"file-OWN_RIGHT-own_certificate": upload}))
    assert saved.status_code == 200
    held = form_with(saved, "statement").fields["held"]

    without = browser.post(page_of(notice, "answer/"), sent(held=[held], detach=held.rpartition(":")[2]))

    assert without.status_code == 200
    assert "held" not in form_with(without, "statement").fields
    assert counters_of(notice) == []


def test_a_file_that_is_no_picture_is_refused_at_its_field(notice, browser, storage):
    upload = SimpleUploadedFile("certificate.png", b"MZ" + b"\0" * 200, "image/png")

    page = browser.post(page_of(notice, "answer/"), sent(grounds=["OWN_RIGHT"], **{"file-OWN_RIGHT-own_certificate": upload}))

    assert page.status_code == 422
    assert "certificate.png:" in form_with(page, "statement").errors["file-OWN_RIGHT-own_certificate"]


def test_a_file_of_another_organization_cannot_be_named(moon, notice, browser):
    theirs = stored_file(moon)

    page = browser.post(page_of(notice, "answer/"), sent(grounds=["OWN_RIGHT"], held=[f"file-OWN_RIGHT-own_certificate:{theirs.code}"]))

    assert page.status_code == 422
    assert "licence.png" not in page.content.decode()
    assert counters_of(notice) == []


def test_a_file_under_a_ground_that_was_not_chosen_is_not_sent(sunny, notice, browser):
    mine = stored_file(sunny)

    done = browser.post(page_of(notice, "answer/"), sent(held=[f"file-OWN_RIGHT-own_certificate:{mine.code}"]))

    assert done.status_code == 302
    assert exhibits_of(notice) == []


def test_a_late_form_says_since_when_it_is_closed(notice, browser):
    with clock.moved(LATE):
        page = browser.get(page_of(notice, "answer/"))
        refused = browser.post(page_of(notice, "answer/"), sent())

    assert page.status_code == 200
    assert "The time to answer ended on" in words_of(page)
    assert "Shanghai" in words_of(page)
    assert 'name="statement"' not in page.content.decode()
    assert refused.status_code == 409
    assert "closed since then" in words_of(refused)
    assert "These are our own bottles." in words_of(refused)
    assert counters_of(notice) == []


def test_the_second_of_two_colleagues_is_told_that_the_first_has_answered(notice, browser):
    suki = signed_in("suki")
    suki.get(page_of(notice, "answer/"))
    browser.post(page_of(notice, "answer/"), sent())

    page = suki.post(page_of(notice, "answer/"), sent(submission="another", statement="I typed this."))

    assert page.status_code == 409
    assert "A colleague has answered" in words_of(page)
    assert "Sunny has answered already" in words_of(page)
    assert "I typed this." in words_of(page)
    assert len(counters_of(notice)) == 1


def test_the_second_of_two_colleagues_can_still_answer_for_the_rest(notice, browser):
    suki = signed_in("suki")
    browser.post(page_of(notice, "answer/"), sent(positions=["1"]))

    refused = suki.post(page_of(notice, "answer/"), sent(submission="another"))
    done = suki.post(page_of(notice, "answer/"), sent(submission="more", positions=["2"]))

    assert refused.status_code == 409
    assert form_with(refused, "statement").fields["statement"] == "These are our own bottles."
    assert done.status_code == 302
    assert [counter.listing_count for counter in counters_of(notice)] == [1, 1]


def test_a_form_that_was_sent_and_is_sent_again_with_other_words_says_so(notice, browser):
    browser.post(page_of(notice, "answer/"), sent(positions=["1"]))

    page = browser.post(page_of(notice, "answer/"), sent(positions=["2"], statement="Changed after going back."))

    assert page.status_code == 409
    assert "This form was sent before" in words_of(page)
    assert form_with(page, "statement").fields["statement"] == "Changed after going back."
    assert len(counters_of(notice)) == 1


def test_what_was_withdrawn_meanwhile_needs_no_answer(alice, notice, browser):
    with tenancy.acting(alice):
        services.withdraw_listings(actor=alice, code=notice.complaint.code, why="Settled.")

    page = browser.post(page_of(notice, "answer/"), sent())

    assert page.status_code == 409
    assert "nothing to answer any more" in words_of(page)


def test_a_claim_about_to_be_overturned_looks_like_any_other_that_is_closed(alice, sunny, browser, cast):
    counter = ruled(alice, sunny)
    before = words_of(browser.post(page_of(counter.notice, "answer/"), sent(submission="a")))
    ann = cast("ann")
    with tenancy.acting(ann):
        services.overturn_listings(actor=ann, code=counter.complaint.code, positions=[1], ruling="ORIGIN_PROVEN", message="We were wrong.")

    after = words_of(browser.post(page_of(counter.notice, "answer/"), sent(submission="a")))

    assert before == after

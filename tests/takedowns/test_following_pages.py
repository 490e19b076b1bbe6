"""The pages on which a rights holder follows complaints: the list, one complaint, answering, withdrawing, the export."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ipp.core import tenancy
from takedowns import services
from takedowns.models import Complaint, Evidence
from takedowns.views.following import safe
from tests.actors import actor_named, signed_in
from tests.browsing import fill_in, form_with, press, words_of
from tests.core.files import corpus
from tests.factories.rightsholders import validated_right
from tests.factories.takedowns import (
    asked,
    carried_out,
    claimed,
    decided,
    filed,
    fresh,
    link_texts,
    removed,
    rows_of,
    screened,
    seen_listings,
    withdrawn,
)

ABSENT = "A" * 22
LIST = "/complaints/"


def page_of(complaint: Complaint, ending: str = "") -> str:
    return f"/complaints/{complaint.code}/{ending}"


@pytest.fixture
def right(alice):
    return validated_right(alice, name="ACME twin peaks")


@pytest.fixture
def browser(alice):
    return signed_in("alice")


# -- who is let in ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "ending"), [("get", ""), ("get", "answer/"), ("post", "answer/"), ("post", "withdraw/")])
def test_another_tenants_complaint_is_the_same_page_as_one_that_does_not_exist(alice, gus, right, method, ending):
    theirs = filed(alice, right)
    stranger = signed_in("gus")

    answers = [
        getattr(stranger, method)(f"/complaints/{code}/{ending}", {"answer": "x", "submission": "s"}) for code in (theirs.code, ABSENT)
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert theirs.reference not in answers[0].content.decode()
    assert fresh(theirs).status == "filed"


def test_another_tenant_sees_none_of_it_in_the_list_and_the_export(alice, gus, right):
    theirs = filed(alice, right)
    stranger = signed_in("gus")

    shown = [stranger.get(path).content.decode() for path in (LIST, "/complaints/export.csv")]

    assert not any(theirs.reference in page for page in shown)
    assert stranger.get(f"/complaints/export.csv?complaint={theirs.code}").status_code == 404


def test_a_viewer_sees_everything_and_can_change_nothing(alice, right):
    complaint = asked(alice, right)
    looker = signed_in("vera")

    page = looker.get(page_of(complaint))

    assert page.status_code == 200
    assert "withdraw" not in page.content.decode().lower().replace("withdrawn", "")
    assert 'name="answer"' not in page.content.decode()
    assert looker.post(page_of(complaint, "withdraw/")).status_code == 403
    assert looker.post(page_of(complaint, "answer/"), {"answer": "x"}).status_code == 403


# -- the list -----------------------------------------------------------------------------------------------------------------


def test_an_empty_list_says_what_to_do_first(browser):
    assert "No complaint yet" in words_of(browser.get(LIST))


def test_the_list_shows_each_complaint_with_its_counts(alice, browser, right):
    complaint = removed(alice, right, reject=[2])

    words = words_of(browser.get(LIST))

    assert complaint.reference in words
    assert "2 accepted, 2 down · 1 not accepted" in words
    assert "Decided in time" in words


def test_the_list_is_filtered_by_state_and_by_kind_of_right(alice, browser, right):
    open_one = screened(alice, right)
    done = decided(alice, right, links=link_texts(2, start=3_000_000_500))

    def shown(query: str) -> set[str]:
        page = browser.get(LIST + query).content.decode()
        return {row.reference for row in (open_one, done) if row.reference in page}

    assert shown("?state=queued") == {open_one.reference}
    assert shown("?state=decided") == {done.reference}
    assert shown("?kind=design") == set()
    assert browser.get(LIST + "?state=nonsense").status_code == 422


# -- one complaint ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "state", "next_words"),
    [
        (filed, "Received", "We check every listing now"),
        (screened, "Waiting for review", "A reviewer decides listing by listing"),
        (claimed, "In review", "A reviewer is looking at it"),
        (asked, "Information asked", "The clock stands still until you answer"),
        (decided, "Decided", "3 accepted listings are still to come down"),
        (removed, "Decided", "every accepted one is down"),
        (withdrawn, "Withdrawn", "This complaint is withdrawn"),
    ],
)
def test_each_state_says_what_happens_next(alice, browser, right, make, state, next_words):
    words = words_of(browser.get(page_of(make(alice, right))))

    assert state in words
    assert next_words in words


def test_while_something_is_pending_the_page_asks_again_and_then_stops(alice, browser, right):
    open_one = screened(alice, right)
    done = removed(alice, right, links=link_texts(1, start=3_000_000_900))

    assert 'hx-trigger="every 10s"' in browser.get(page_of(open_one)).content.decode()
    assert "hx-trigger" not in browser.get(page_of(done)).content.decode()


def test_what_is_asked_again_is_only_where_it_stands_and_it_says_when_something_moved(alice, browser, right):
    complaint = screened(alice, right)
    page = browser.get(page_of(complaint)).content.decode()
    (poll,) = re.findall(r'hx-get="([^"]+since[^"]+)"', page)

    same = browser.get(poll, headers={"HX-Request": "true", "HX-Target": "standing"}).content.decode()
    browser.post(page_of(complaint, "withdraw/"), {"position": "1"})
    moved = browser.get(poll, headers={"HX-Request": "true", "HX-Target": "standing"}).content.decode()

    assert "<h1>" not in same
    assert "Something moved on" not in page + same
    assert "Something moved on" in moved
    assert f'hx-get="{poll}"' in moved, "it goes on saying so until the page is opened anew"


def test_a_rejected_listing_says_why_and_what_would_pass(alice, browser, right):
    complaint = decided(alice, right, reject=[2], rejection="R05", message="Another word than yours.")
    seen = rows_of(complaint)[1]

    page = browser.get(page_of(complaint) + "?at=rejected")
    words = words_of(page)

    assert seen.external_id in words
    assert "Another word than yours." in words
    assert "Not accepted" in words
    with tenancy.acting(alice):
        code = services.deciding.RejectionCode.objects.get(pk="R05")
    assert code.label_en in words
    assert code.help_en in words


def test_an_accepted_listing_shows_its_way_down_and_what_the_seller_is_told(alice, browser, right):
    coming = decided(alice, right)
    down = removed(alice, right, links=link_texts(1, start=3_000_000_900))

    on_its_way, is_down = words_of(browser.get(page_of(coming))), words_of(browser.get(page_of(down)))

    assert "On its way down" in on_its_way
    assert "Down since" in is_down
    assert "Seller's notice" in is_down
    assert "A person decided; no automated detection." in is_down


def test_a_decision_that_can_still_be_undone_is_told_nowhere(alice, browser, right):
    secret = decided(alice, right, reject=[2], message="Not a word of this.", told=False)
    open_one = claimed(alice, right, links=link_texts(3, start=3_000_000_900))
    assert secret.status == "decided"

    page, other = browser.get(page_of(secret)), browser.get(page_of(open_one))
    listed = browser.get(LIST + "?state=in_review").content.decode()
    not_listed = browser.get(LIST + "?state=decided").content.decode()
    exported = browser.get(f"/complaints/export.csv?complaint={secret.code}").content.decode()
    start = words_of(browser.get("/start/"))

    def bare(response: Any, complaint: Complaint) -> str:
        words = words_of(response).replace(complaint.reference, "")
        for row in rows_of(complaint):
            words = words.replace(row.external_id, "N").replace(row.input, "N")
        return words.partition("What happened")[0]

    assert bare(page, secret).split("left")[1:] == bare(other, open_one).split("left")[1:], "the page reads as of one nobody has decided"
    assert "Not a word of this." not in page.content.decode()
    assert "Decided" not in words_of(page).partition("Listings")[0]
    assert secret.reference in listed
    assert secret.reference not in not_listed
    assert "Under review" in exported
    assert "Accepted" not in exported
    assert "0 of 0 decided listings accepted" in start

    carried_out(secret)
    assert "Not a word of this." in browser.get(page_of(secret)).content.decode()


def test_what_a_marketplace_showed_is_shown_and_hostile_text_is_escaped(alice, browser, right):
    hostile = '<img src=x onerror="alert(1)">'
    seen_listings([3_000_000_000], title=hostile)
    complaint = screened(alice, right, explanation=hostile, links=link_texts(1))

    page = browser.get(page_of(complaint)).content.decode()

    assert hostile not in page
    assert page.count("&lt;img src=x onerror=") == 2


def test_checks_that_name_another_complainant_are_not_shown(alice, gus, browser, right):
    filed(gus, links=link_texts(3))
    complaint = screened(alice, right)

    words = words_of(browser.get(page_of(complaint)))

    assert "What we checked" in words
    assert "Others reported" not in words


def test_three_hundred_listings_are_paged_by_fifty_and_take_no_more_queries_than_three(alice, browser, right):
    few = decided(alice, right, links=link_texts(3))
    many = decided(alice, right, links=link_texts(300, start=3_100_000_000))
    counts = []
    for complaint in (few, many):
        browser.get(page_of(complaint))
        with CaptureQueriesContext(connection) as queries:
            page = browser.get(page_of(complaint))
        # The calendar is read anew every five seconds, whatever the page shows.
        counts.append(sum("core_calendarday" not in query["sql"] for query in queries))

    assert counts[0] == counts[1]
    assert page.content.decode().count('rel="noreferrer noopener"') == 50
    assert 'rel="next"' in page.content.decode()


# -- answering ----------------------------------------------------------------------------------------------------------------


def test_a_question_is_answered_with_files_once(alice, browser, right, storage):
    complaint = asked(alice, right)
    page = browser.get(page_of(complaint))
    assert "Which words do you mean?" in words_of(page)
    submission = form_with(page, "answer").fields["submission"]

    def send() -> Any:
        files = [SimpleUploadedFile("words.png", corpus.png(), "image/png")]
        return browser.post(page_of(complaint, "answer/"), {"answer": "1:1 in the title.", "attachments": files, "submission": submission})

    answers = [send(), send()]

    assert {answer["Location"] for answer in answers} == {page_of(complaint)}
    assert (fresh(complaint).status, fresh(complaint).answer) == ("queued", "1:1 in the title.")
    with tenancy.acting(alice):
        assert Evidence.objects.filter(complaint=complaint).count() == 1


def test_an_empty_answer_is_refused_beside_its_field(alice, browser, right):
    complaint = asked(alice, right)

    page = fill_in(browser, browser.get(page_of(complaint)), "answer", answer="  ")

    assert page.status_code == 422
    assert "Write your answer" in form_with(page, "answer").errors["answer"]
    assert fresh(complaint).status == "information_asked"


def test_answering_what_was_not_asked_is_refused(alice, browser, right):
    complaint = screened(alice, right)

    assert browser.post(page_of(complaint, "answer/"), {"answer": "x", "submission": "s"}).status_code == 409


# -- withdrawing --------------------------------------------------------------------------------------------------------------


def test_one_listing_is_withdrawn_and_the_rest_goes_on(alice, browser, right):
    complaint = screened(alice, right)

    answer = browser.post(page_of(complaint, "withdraw/"), {"position": "2"})

    assert answer["Location"] == page_of(complaint)
    assert [row.status for row in rows_of(complaint)] == ["under_review", "withdrawn", "under_review"]
    assert "1 withdrawn" in words_of(browser.get(page_of(complaint)))


def test_a_whole_complaint_is_withdrawn_with_why(alice, browser, right):
    complaint = removed(alice, right)

    press(browser, browser.get(page_of(complaint, "?at=rejected")), "/withdraw/", why="We settled.")

    assert fresh(complaint).status == "withdrawn"
    words = words_of(browser.get(page_of(complaint)))
    assert "We settled." in words
    assert "Coming back" in words


@pytest.mark.parametrize(("position", "status"), [("x", 400), ("-1", 400), ("99", 404)])
def test_a_listing_that_is_none_of_the_complaint_is_refused(alice, browser, right, position, status):
    complaint = screened(alice, right)

    assert browser.post(page_of(complaint, "withdraw/"), {"position": position}).status_code == status
    assert {row.status for row in rows_of(complaint)} == {"under_review"}


def test_a_withdrawn_complaint_cannot_be_withdrawn_again(alice, browser, right):
    complaint = withdrawn(alice, right)

    assert browser.post(page_of(complaint, "withdraw/")).status_code == 409


# -- the export ---------------------------------------------------------------------------------------------------------------


def test_the_export_has_a_line_for_each_listing(alice, browser, right):
    complaint = decided(alice, right, reject=[3])

    answer = browser.get("/complaints/export.csv")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))

    assert "text/csv" in answer["Content-Type"]
    assert len(lines) == 4
    assert [line[0] for line in lines[1:]] == [complaint.reference] * 3
    assert [line[11] for line in lines[1:]] == ["Accepted", "Accepted", "Not accepted"]


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_cell_is_never_a_formula(value):
    assert safe(value) == f"'{value}"


@pytest.mark.parametrize("value", ["Bottle", "", None, 12])
def test_other_cells_stay_as_they_are(value):
    assert safe(value) == ("" if value is None else str(value))


def test_a_formula_in_a_title_is_defused_in_the_file(alice, browser, right):
    seen_listings([3_000_000_000], title="=HYPERLINK(1)")
    complaint = filed(alice, right, links=link_texts(1))

    answer = browser.get(f"/complaints/export.csv?complaint={complaint.code}")

    assert "'=HYPERLINK(1)" in answer.content.decode()
    assert f'filename="{complaint.reference}.csv"' in answer["Content-Disposition"]


def test_the_reviewer_finds_the_complaint_as_the_pages_left_it(alice, browser, right):
    complaint = screened(alice, right)
    browser.post(page_of(complaint, "withdraw/"), {"position": "1"})

    rex = actor_named("rex")
    with tenancy.acting(rex):
        held = services.claim_complaint(actor=rex, code=complaint.code)

    assert (held.withdrawn_count, held.status) == (1, "in_review")

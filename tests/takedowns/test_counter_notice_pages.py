"""Counter-notices as the rights holder meets them: the list, one of them, the two answers to it, and what silence does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ipp.core import clock, tenancy
from marketplaces.models import Action
from takedowns import services
from takedowns.models import CounterNotice, CounterNoticeAnswer, CounterNoticeListing, Exhibit, ReportedListing
from takedowns.rules import AFTER_WINDOW
from tests.actors import signed_in
from tests.browsing import forms_of, typed_over, words_of
from tests.core.files import corpus
from tests.factories.disputes import carry_out_ruling, contested, countered, fresh_counter, ruled, told
from tests.factories.rightsholders import validated_right
from tests.factories.takedowns import rows_of, seen_listings

LIST = "/counter-notices/"
ABSENT = "A" * 22
OVER = timedelta(days=15)
"""Long enough for any window to be over, short enough for the complaint to count in the numbers."""


def page_of(counter: CounterNotice, ending: str = "") -> str:
    return f"/counter-notices/{counter.code}/{ending}"


def action_form(response: Any, ending: str) -> Any:
    (form,) = [form for form in forms_of(response) if form.action.endswith(ending)]
    return form


def send(browser: Any, counter: CounterNotice, ending: str, **typed: Any) -> Any:
    """Fill in one of the two forms of a counter-notice and send it, every listing chosen unless said otherwise."""
    form = action_form(browser.get(page_of(counter)), ending)
    positions = [str(row.position) for row in rows_of(counter.complaint)]
    return browser.post(form.action, typed_over(form, **{"positions": positions, **typed}))


def actions() -> list[tuple[str, int]]:
    with tenancy.engine_scope("tests"):
        return list(Action.objects.filter(kind="restore").values_list("kind", "source_id").order_by("id"))


def answers_of(counter: CounterNotice) -> list[CounterNoticeAnswer]:
    with tenancy.engine_scope("tests"):
        return list(CounterNoticeAnswer.objects.filter(counter_notice=counter.pk))


def outcomes_of(counter: CounterNotice) -> list[str]:
    with tenancy.engine_scope("tests"):
        places = CounterNoticeListing.objects.filter(counter_notice=counter.pk).order_by("reported_listing__position")
        return list(places.values_list("outcome", flat=True))


@pytest.fixture
def sunny(cast):
    return cast("sunny")


@pytest.fixture
def browser(alice):
    return signed_in("alice")


@pytest.fixture
def waiting(alice, sunny):
    """A counter-notice for two listings that waits for Acme."""
    return fresh_counter(countered(alice, sunny))


# -- who is let in ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["gus", "sunny"])
def test_anybody_elses_counter_notice_is_the_same_page_as_one_that_does_not_exist(waiting, name):
    stranger = signed_in(name)

    for method, ending in [("get", ""), ("get", "accept/"), ("post", "accept/"), ("get", "reject/"), ("post", "reject/")]:
        paths = [f"/counter-notices/{code}/{ending}" for code in (waiting.code, ABSENT)]
        answers = [getattr(stranger, method)(path, {"positions": ["1"]}) for path in paths]
        assert [answer.status_code for answer in answers] == [404, 404], (method, ending)
        assert waiting.reference not in answers[0].content.decode()
    assert waiting.reference not in stranger.get(LIST).content.decode()
    assert answers_of(waiting) == []


def test_a_viewer_sees_it_with_what_each_answer_does_and_can_answer_nothing(waiting):
    looker = signed_in("vera")

    page = looker.get(page_of(waiting))

    assert "What each answer does" in words_of(page)
    assert not [form for form in forms_of(page) if form.action.startswith("/counter-notices/")]
    assert looker.post(page_of(waiting, "accept/"), {"positions": ["1"]}).status_code == 403
    assert looker.post(page_of(waiting, "reject/"), {"positions": ["1"]}).status_code == 403
    assert answers_of(waiting) == []


# -- the list -----------------------------------------------------------------------------------------------------------------


def test_an_empty_list_says_what_will_stand_there(alice, browser):
    assert "No counter-notice yet" in words_of(browser.get(LIST))


def test_what_is_to_answer_stands_first_by_the_moment_its_time_ends_and_in_the_menu_as_a_count(alice, sunny, browser):
    later = fresh_counter(countered(alice, sunny, start=3_000_000_100))
    with clock.moved(timedelta(days=-7)):
        done = fresh_counter(contested(alice, sunny, start=3_000_000_200))
    with clock.moved(timedelta(days=-1)):
        sooner = fresh_counter(countered(alice, sunny, start=3_000_000_300))
    assert sooner.holder_due_at < later.holder_due_at

    page = browser.get(LIST)
    words = words_of(page)

    order = [words.index(counter.reference) for counter in (sooner, later, done)]
    assert order == sorted(order)
    assert words.index("To answer") < order[0]
    assert "Counter-notices 2 waiting for you" in words


def test_the_list_is_filtered_by_whose_turn_it_is(alice, sunny, browser):
    counters = {
        "to_answer": countered(alice, sunny, start=3_000_000_100),
        "with_platform": contested(alice, sunny, start=3_000_000_200),
        "closed": ruled(alice, sunny, start=3_000_000_300),
    }

    for state in counters:
        page = browser.get(f"{LIST}?state={state}").content.decode()
        assert {name for name, counter in counters.items() if counter.reference in page} == {state}
    assert browser.get(f"{LIST}?state=nonsense").status_code == 422


def test_one_that_nobody_answered_in_time_is_no_longer_to_answer_before_the_sweep_too(waiting, browser):
    with clock.moved(OVER):
        page = words_of(browser.get(LIST))
        filtered = browser.get(f"{LIST}?state=to_answer").content.decode()

        assert "Time is over" in page
        assert waiting.reference not in filtered
        assert "waiting for you" not in page


def test_the_list_takes_no_more_queries_for_ten_than_for_two(alice, sunny, browser):
    counts = []
    for number in range(10):
        countered(alice, sunny, count=1, start=3_000_001_000 + number)
        if number in (1, 9):
            browser.get(LIST)
            with CaptureQueriesContext(connection) as queries:
                browser.get(LIST)
            counts.append(sum("core_calendarday" not in query["sql"] for query in queries))

    assert counts[0] == counts[1]


# -- one of them --------------------------------------------------------------------------------------------------------------


def test_the_page_lays_what_the_seller_says_beside_ones_own_claim(alice, sunny, browser):
    right = validated_right(alice, name="ACME twin peaks")
    counter = fresh_counter(countered(alice, sunny, right=right))

    words = words_of(browser.get(page_of(counter)))

    assert "Lumaway Trading answered for 2 listings" in words
    assert "My goods do not infringe" in words
    assert "These are our own bottles; the word is not on them." in words
    assert "Another name, another shape." in words
    assert "Sunny Sun" in words
    assert "ACME twin peaks" in words
    assert "Coded words for fakes" in words
    assert counter.complaint.reference in words
    assert "Steel bottle" in words
    assert "Yiwu" in words


def test_each_answer_shows_its_outcome_first_and_silence_says_when_exactly(waiting, browser):
    words = words_of(browser.get(page_of(waiting)))
    until = "23:59 Shanghai"

    accept, _sep, rest = words.partition("Reject it with reasons")
    reject, _sep, silence = rest.partition("Say nothing")
    assert "The claims against them are withdrawn, which cannot be taken back." in accept
    assert "so it is withdrawn as a whole" in accept
    assert "Successful counter-notices go from 0% to 100% of accepted listings. The success rate stays 100%." in accept
    assert "until a second reviewer has decided, by" in reject
    assert "Exactly when your time ends:" in silence
    assert until in silence
    assert "Successful counter-notices go from 0% to 100%" in silence


def test_hostile_words_of_a_seller_are_escaped(alice, sunny, browser):
    hostile = '<img src=x onerror="alert(1)">'
    notice = told(alice, sunny)
    with tenancy.acting(sunny):
        said = services.Answer(
            grounds=["NOT_INFRINGING"],
            statement=hostile,
            details={"difference": hostile},
            goods_location=hostile,
            declarations=["truth", "good_faith", "liability"],
            signed_name=hostile,
            signed_role=hostile,
        )
        counter = services.file_counter_notice(actor=sunny, notice_code=notice.code, positions=[1, 2], answer=said)

    page = browser.get(page_of(counter)).content.decode()

    assert hostile not in page
    assert page.count("&lt;img src=x onerror=") >= 4


# -- accepting ----------------------------------------------------------------------------------------------------------------


def test_accepting_withdraws_the_claim_and_restores_the_listings_at_once(alice, waiting, browser, run_engine):
    answer = send(browser, waiting, "/accept/", message="Your papers are in order.")
    run_engine()

    rows = rows_of(waiting.complaint)
    assert answer["Location"] == page_of(waiting)
    assert [(row.status, row.ending) for row in rows] == [("withdrawn", "conceded")] * 2
    with tenancy.engine_scope("tests"):
        taken_back = Action.objects.filter(source_id__in=[row.pk for row in rows]).exclude(kind="remove", status="proposed")
        assert {action.source_id for action in taken_back} == {row.pk for row in rows}, "taken back, or stopped on its way down"
    words = words_of(browser.get(page_of(waiting)))
    assert "You accepted it, which withdrew the claim. The listings stay online, or come back if they went down." in words
    assert "Your papers are in order." in words
    assert "accepted the counter-notice for 2 listings, which withdraws the claim" in words
    assert not [form for form in forms_of(browser.get(page_of(waiting))) if form.action.endswith(("/accept/", "/reject/"))]


def test_a_listing_that_is_down_is_put_back_by_a_restore_action(alice, sunny, browser, run_engine):
    counter = fresh_counter(countered(alice, sunny))
    rows = rows_of(counter.complaint)
    with tenancy.engine_scope("tests"):
        Action.objects.filter(source_id__in=[row.pk for row in rows]).update(status="acknowledged", sent_at=clock.now())

    send(browser, counter, "/accept/")
    run_engine()

    assert [source for _kind, source in actions()] == [row.pk for row in rows]


def test_accepting_twice_with_one_click_is_one_answer(waiting, browser):
    form = action_form(browser.get(page_of(waiting)), "/accept/")
    typed = typed_over(form, positions=["1", "2"])

    answers = [browser.post(form.action, typed) for _ in range(2)]

    assert {answer["Location"] for answer in answers} == {page_of(waiting)}
    assert len(answers_of(waiting)) == 1


def test_one_listing_is_accepted_and_the_other_still_waits(waiting, browser):
    send(browser, waiting, "/accept/", positions=["2"])

    words = words_of(browser.get(page_of(waiting)))
    assert outcomes_of(waiting) == ["", "conceded"]
    assert "Your answer for this listing" in words
    assert "1 other listing" not in words, "the other one is withdrawn already"
    assert waiting.reference in browser.get(f"{LIST}?state=to_answer").content.decode()


def test_accepting_what_was_answered_already_is_refused_and_says_so(waiting, browser):
    form = action_form(browser.get(page_of(waiting)), "/accept/")
    send(browser, waiting, "/reject/", reasons=["STILL_INFRINGES"], message="No.")

    page = browser.post(form.action, typed_over(form, positions=["1", "2"], message="Too late"))

    assert page.status_code == 409
    assert "This was answered already" in words_of(page)
    assert "Too late" in words_of(page), "what was typed is still there to copy"
    assert [answer.kind for answer in answers_of(waiting)] == ["rejected"]


def test_accepting_for_no_listing_of_it_is_refused_beside_the_field(waiting, browser):
    for positions in ([], ["99"], ["x"]):
        page = send(browser, waiting, "/accept/", positions=positions)
        assert page.status_code == 422, positions
        assert action_form(page, "/accept/").errors["accept_positions"]
    assert answers_of(waiting) == []


# -- rejecting ----------------------------------------------------------------------------------------------------------------


def test_rejecting_sends_both_sides_to_a_second_reviewer(waiting, browser, storage):
    files = [SimpleUploadedFile("contract.png", corpus.png(), "image/png")]

    answer = send(
        browser, waiting, "/reject/", reasons=["NOT_AUTHORISED_BY_US", "STILL_INFRINGES"], message="No such contract.", attachments=files
    )

    assert answer["Location"] == page_of(waiting)
    (said,) = answers_of(waiting)
    assert (said.kind, said.reasons, said.message) == ("rejected", ["NOT_AUTHORISED_BY_US", "STILL_INFRINGES"], "No such contract.")
    assert [row.status for row in rows_of(waiting.complaint)] == ["contested", "contested"]
    with tenancy.engine_scope("tests"):
        assert Exhibit.objects.filter(answer=said.pk, name="contract.png", side="complainant").count() == 1
    page = browser.get(page_of(waiting))
    words = words_of(page)
    assert "With the platform: a second reviewer decides until" in words
    assert "We gave no such authorisation, licence or consent" in words
    assert "No such contract." in words
    assert "contract.png, page 1" in page.content.decode()


REASON = ["STILL_INFRINGES"]
LACKING: list[tuple[dict[str, Any], str, str]] = [
    ({"reasons": [], "message": "No."}, "reject_reasons", "Choose at least one reason from the list."),
    ({"reasons": ["NONSENSE"], "message": "No."}, "reject_reasons", "NONSENSE"),
    ({"reasons": REASON, "message": "  "}, "reject_message", "Say why"),
    ({"reasons": REASON, "message": "x" * 5001}, "reject_message", "At most 5,000 characters"),
    ({"reasons": REASON, "message": "No.", "positions": []}, "reject_positions", "Choose at least one listing."),
]


def test_a_rejection_that_lacks_something_is_refused_beside_its_field_and_writes_nothing(waiting, browser):
    for typed, field, words in LACKING:
        page = send(browser, waiting, "/reject/", **typed)
        form = action_form(page, "/reject/")
        assert page.status_code == 422, typed
        assert words in form.errors[field]
        assert form.fields["message"] == typed["message"]
    assert answers_of(waiting) == []


def test_a_refused_rejection_keeps_its_files_and_they_go_along_with_the_next_try(waiting, browser, storage):
    files = [SimpleUploadedFile("contract.png", corpus.png(), "image/png")]
    refused = send(browser, waiting, "/reject/", reasons=[], message="No such contract.", attachments=files)
    form = action_form(refused, "/reject/")

    done = browser.post(form.action, typed_over(form, positions=["1", "2"], reasons=["STILL_INFRINGES"]))

    assert (refused.status_code, done.status_code) == (422, 302)
    assert "contract.png" in words_of(refused)
    with tenancy.engine_scope("tests"):
        assert list(Exhibit.objects.filter(answer__isnull=False).values_list("name", flat=True)) == ["contract.png"]


def test_a_file_that_is_none_is_refused_beside_its_field(waiting, browser, storage):
    files = [SimpleUploadedFile("paper.pdf", b"no paper at all", "application/pdf")]

    page = send(browser, waiting, "/reject/", reasons=["STILL_INFRINGES"], message="No.", attachments=files)

    assert page.status_code == 422
    assert "paper.pdf" in action_form(page, "/reject/").errors["reject_attachments"]
    assert answers_of(waiting) == []


def test_rejecting_twice_with_one_click_is_one_answer(waiting, browser, storage):
    form = action_form(browser.get(page_of(waiting)), "/reject/")

    def click() -> Any:
        files = [SimpleUploadedFile("contract.png", corpus.png(), "image/png")]
        typed = typed_over(form, positions=["1", "2"], reasons=["STILL_INFRINGES"], message="No.", attachments=files)
        return browser.post(form.action, typed)

    assert {click()["Location"] for _ in range(2)} == {page_of(waiting)}
    assert len(answers_of(waiting)) == 1


@pytest.mark.parametrize("ending", ["accept/", "reject/"])
def test_a_plain_look_at_an_answers_address_leads_to_the_page(waiting, browser, ending):
    assert browser.get(page_of(waiting, ending))["Location"] == page_of(waiting)


# -- silence ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["accept/", "reject/"])
def test_an_answer_after_the_time_is_refused_and_the_page_says_since_when(waiting, browser, ending):
    form = action_form(browser.get(page_of(waiting)), f"/{ending}")

    with clock.moved(OVER):
        page = browser.post(form.action, typed_over(form, positions=["1", "2"], reasons=["STILL_INFRINGES"], message="Late words."))
        words = words_of(page)

    assert page.status_code == 409
    assert "The time to answer ended on" in words
    assert "It is closed since then." in words
    assert "Late words." in words
    assert answers_of(waiting) == []


def test_listings_that_never_went_down_stay_online_and_the_page_says_so(waiting, browser):
    with tenancy.engine_scope("tests"):
        ReportedListing.objects.filter(complaint=waiting.complaint).update(removal=AFTER_WINDOW)

    with clock.moved(OVER):
        late = words_of(browser.get(page_of(waiting)))
        services.close_windows()
        ended = words_of(browser.get(page_of(waiting)))

    assert "You can answer no more. The claims are being withdrawn. The listings stay online." in late
    assert "You did not answer in time, which withdrew the claim. The listings stay online." in ended


def test_silence_withdraws_and_the_page_says_so(waiting, browser):
    with clock.moved(OVER):
        services.close_windows()
        words = words_of(browser.get(page_of(waiting)))
        start = words_of(browser.get("/start/"))

    assert outcomes_of(waiting) == ["lapsed", "lapsed"]
    assert "You did not answer in time, which withdrew the claim. The listings stay online, or come back if they went down." in words
    assert "because nobody answered the counter-notice in time" in words
    assert "Successful counter-notices 100% 2 of 2 accepted listings" in start


# -- how it ends --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "title", "why"),
    [
        ("upheld", "Claim upheld, counter-notice dismissed", "The listing infringes the right all the same"),
        ("overturned", "Counter-notice upheld, listing restored", "The seller proved where the goods come from"),
    ],
)
def test_a_ruling_is_told_with_the_reasons_of_both_sides(alice, sunny, browser, outcome, title, why):
    counter = ruled(alice, sunny, outcome=outcome)

    words = words_of(browser.get(page_of(counter)))

    assert title in words
    assert why in words
    assert "Looked at with both sides" in words
    assert "It is our mark all the same." in words
    assert "These are our own bottles" in words
    assert f"decided for the {'seller' if outcome == 'overturned' else 'rights holder'} about 2 listings" in words


@pytest.mark.parametrize("outcome", ["upheld", "overturned"])
def test_a_ruling_that_can_still_be_undone_is_told_nowhere(alice, sunny, browser, outcome):
    right = validated_right(alice)
    secret = ruled(alice, sunny, right=right, outcome=outcome, told=False, start=3_000_000_100)
    other = fresh_counter(contested(alice, sunny, right=right, start=3_000_000_200))
    paths = ("/counter-notices/{0}/", "/complaints/{1}/", "/complaints/export.csv?complaint={1}")

    def seen(counter: CounterNotice, path: str) -> str:
        words = words_of(browser.get(path.format(counter.code, counter.complaint.code)))
        for known in (counter.reference, counter.complaint.reference, counter.complaint.code, counter.code):
            words = words.replace(known, "R")
        for row in rows_of(counter.complaint):
            words = words.replace(row.external_id, "N")
        return words.replace("Answers to you before this one 1", "Answers to you before this one 0")

    for path in paths:
        assert seen(secret, path) == seen(other, path), path
    listed = words_of(browser.get(f"{LIST}?state=with_platform"))
    assert secret.reference in listed
    assert secret.reference not in words_of(browser.get(f"{LIST}?state=closed"))
    assert words_of(browser.get("/start/")).count("Successful counter-notices 0% 0 of 4 accepted listings") == 1

    carry_out_ruling(secret.organization_id, secret.complaint_id)
    assert "Looked at with both sides" in words_of(browser.get(page_of(secret)))


def test_a_withdrawal_while_it_was_disputed_ends_it_and_counts_as_successful(alice, waiting, browser):
    page = browser.get(f"/complaints/{waiting.complaint.code}/")
    assert "it counts as a successful counter-notice in your numbers" in words_of(page)

    browser.post(f"/complaints/{waiting.complaint.code}/withdraw/", {"position": "1"})

    words = words_of(browser.get(page_of(waiting)))
    assert "You withdrew the claim, which ended the dispute in the seller's favour." in words.replace("&#x27;", "'")
    assert "Successful counter-notices 50% 1 of 2 accepted listings" in words_of(browser.get("/start/"))


# -- the complaint beside it --------------------------------------------------------------------------------------------------


def test_the_complaint_says_until_when_the_seller_can_answer(alice, sunny, browser):
    notice = told(alice, sunny)

    words = words_of(browser.get(f"/complaints/{notice.complaint.code}/"))

    assert "The seller can answer until" in words
    assert "told Lumaway Trading about 2 listings; it can answer until" in words


def test_each_row_links_to_its_counter_notice_and_says_whose_turn_it_is(waiting, browser):
    page = browser.get(f"/complaints/{waiting.complaint.code}/")
    words = words_of(page)

    assert page.content.decode().count(f'href="{page_of(waiting)}"') >= 3
    assert "Seller answered" in words
    assert "A seller answered for 2 listings: answer until" in words
    assert "2 answered by the seller" in words


@pytest.mark.parametrize(
    ("outcome", "at", "state", "ending"),
    [
        ("upheld", "upheld", "Claim upheld", "Claim upheld, counter-notice dismissed."),
        ("overturned", "overturned", "Overturned", "Counter-notice upheld, listing restored."),
    ],
)
def test_a_ruled_row_says_how_it_ended(alice, sunny, browser, outcome, at, state, ending):
    counter = ruled(alice, sunny, outcome=outcome)
    complaint = counter.complaint

    words = words_of(browser.get(f"/complaints/{complaint.code}/?at={at}"))
    exported = browser.get(f"/complaints/export.csv?complaint={complaint.code}").content.decode()
    listed = words_of(browser.get("/complaints/?state=decided"))

    assert state in words
    assert ending in words
    assert ending in exported
    assert counter.reference in exported
    assert complaint.reference in listed
    assert f"2 {outcome}" in listed


def test_a_claim_the_seller_did_not_answer_stands_and_withdrawing_it_says_what_that_does(alice, sunny, browser):
    notice = told(alice, sunny)
    with clock.moved(OVER):
        services.close_windows()
        words = words_of(browser.get(f"/complaints/{notice.complaint.code}/"))

    assert "The seller did not answer in time. The claim stands." in words
    assert "noted that the claim against 2 listings stands: no answer came in time" in words
    assert "what it counted against the shop is taken back" in words
    assert "2 claims were upheld: what they counted against the shops is taken back." in words


def test_a_complaint_with_disputes_takes_no_more_queries_for_fifty_listings_than_for_two(alice, sunny, browser):
    right = validated_right(alice)
    few = fresh_counter(countered(alice, sunny, right=right, count=2))
    seen_listings(range(3_000_002_000, 3_000_002_050))
    many = fresh_counter(countered(alice, sunny, right=right, count=50, start=3_000_002_000))
    for paths in ([f"/complaints/{c.complaint.code}/" for c in (few, many)], [page_of(c) for c in (few, many)]):
        counts = []
        for path in paths:
            browser.get(path)
            with CaptureQueriesContext(connection) as queries:
                browser.get(path)
            counts.append(sum("core_calendarday" not in query["sql"] for query in queries))
        assert counts[0] == counts[1], paths


# -- the dashboard ------------------------------------------------------------------------------------------------------------


def test_the_dashboard_brings_up_what_is_to_answer(waiting, browser):
    words = words_of(browser.get("/start/"))

    assert "Counter-notices to answer" in words
    assert waiting.reference in words
    assert "Nothing else waits for you." in words


def test_the_two_metrics_stay_right_through_a_dispute(alice, sunny, browser):
    right = validated_right(alice)
    ruled(alice, sunny, right=right, outcome="upheld", start=3_000_000_100)
    ruled(alice, sunny, right=right, outcome="overturned", start=3_000_000_200)

    words = words_of(browser.get("/start/"))

    assert "Success rate 100% 4 of 4 decided listings accepted" in words
    assert "Successful counter-notices 50% 2 of 4 accepted listings" in words
    assert "2 upheld" in words
    assert "2 overturned" in words

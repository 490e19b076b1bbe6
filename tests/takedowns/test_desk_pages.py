"""The pages of the review desk, as a browser meets them: the queue, the console, each decision, and what survives a refusal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ipp.core import clock, tenancy
from takedowns import services
from takedowns.models import Complaint, Decision, ReviewNote
from takedowns.queries import desk
from takedowns.rules import CLAIM_MINUTES
from tests.actors import AudienceClient
from tests.browsing import form_with, press, words_of
from tests.factories.marketplaces import known_listing
from tests.takedowns.cases import STATES, UNDO_OVER, decide, decisions_of, fresh, held, rows_of, screened, states_of

pytestmark = pytest.mark.usefixtures("marketplace")
ABSENT = "A" * 22
STEPS = ("claim", "release", "accept", "reject", "ask", "undo", "note")
PAGES = [
    ("GET", "/reviews/"),
    ("POST", "/reviews/next/"),
    ("GET", f"/reviews/{ABSENT}/"),
    *(("POST", f"/reviews/{ABSENT}/{step}/") for step in STEPS),
    ("GET", "/leads/"),
]
RUN_OUT = timedelta(minutes=CLAIM_MINUTES)


def console(browser, complaint, **query):
    return browser.get(f"/reviews/{complaint.code}/", query)


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_a_visitor_of_the_desk_is_asked_to_sign_in(db, method, path):
    answer = AudienceClient("staff").generic(method, path)

    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", ["bob", "ann", "olga", "ada"])
def test_only_reviewers_decide(alice, client_of, name, step):
    complaint = screened(alice, 1)

    answer = client_of(name).post(f"/reviews/{complaint.code}/{step}/")

    assert answer.status_code == 403
    assert fresh(complaint).version == complaint.version


@pytest.mark.parametrize(
    ("name", "queue", "page"), [("rex", 200, 200), ("ann", 200, 200), ("ada", 200, 200), ("olga", 200, 403), ("bob", 403, 403)]
)
def test_who_may_look(alice, client_of, name, queue, page):
    complaint = screened(alice, 1)
    browser = client_of(name)

    assert browser.get("/reviews/").status_code == queue
    assert browser.get("/leads/").status_code == queue
    assert console(browser, complaint).status_code == page


@pytest.mark.parametrize(("method", "path"), [page for page in PAGES if ABSENT in page[1]])
def test_a_complaint_that_does_not_exist_is_not_found(client_of, method, path):
    answer = client_of("rex").generic(method, path, data="version=1&positions=1&text=x", content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 404
    assert "There is nothing here" in words_of(answer)


def test_a_listing_that_is_not_in_the_complaint_is_not_found(alice, rex, client_of):
    complaint = held(alice, rex, 1)

    assert console(client_of("rex"), complaint, listing="7").status_code == 404
    assert console(client_of("rex"), complaint, listing="1x").status_code == 200


def test_the_queue_shows_the_nearest_deadline_first_and_can_be_narrowed(alice, rex, client_of):
    later, sooner = screened(alice, 1), screened(alice, 2)
    with tenancy.acting(rex):
        Complaint.objects.filter(pk=sooner.pk).update(due_at=later.due_at - timedelta(hours=1))
        services.claim_complaint(actor=rex, code=later.code)
    browser = client_of("ada")

    page = words_of(browser.get("/reviews/"))
    narrowed = words_of(browser.get("/reviews/", {"state": "in_review"}))
    others = words_of(browser.get("/reviews/", {"right": "design"}))

    assert page.index(sooner.reference) < page.index(later.reference)
    assert "Rex" in page
    assert "Take the next" not in page
    assert later.reference in narrowed
    assert sooner.reference not in narrowed
    assert later.reference not in others


@pytest.mark.parametrize("query", ["sort=right__name", "after=x", "state=everything", "right=%00"])
def test_an_address_of_the_queue_that_was_not_made_here_is_refused(client_of, query):
    assert client_of("rex").get(f"/reviews/?{query}").status_code == 422


def test_the_next_complaint_comes_to_the_reviewer(alice, rex, client_of):
    complaint = screened(alice)
    browser = client_of("rex")

    taken = press(browser, browser.get("/start/", follow=True), "/next/")
    left_for_later = browser.post("/reviews/next/", {"besides": complaint.code})

    assert taken["Location"] == f"/reviews/{complaint.code}/"
    assert fresh(complaint).claimed_by_id == rex.user_id
    assert left_for_later["Location"] == f"/reviews/{complaint.code}/"
    assert "Nothing else waits." in words_of(browser.get(left_for_later["Location"]))


def test_the_console_shows_right_listing_checks_and_the_choice(alice, rex, client_of):
    complaint = fresh(held(alice, rex))
    row = rows_of(complaint)[0]

    page = console(client_of("rex"), complaint)

    text = words_of(page)
    for words in (
        complaint.right.name,
        complaint.right.number,
        row.snapshot_filed.title,
        "Lumaway Trading",
        "They use our mark.",
        "The right was confirmed by a verifier",
        "in force on both days",
        "seen by the platform itself",
        "Declared and signed by Alice Ames",
    ):
        assert words in text, words
    form = form_with(page, "version")
    assert (form.fields["version"], form.fields["positions"]) == (str(complaint.version), "1")
    assert {target.rsplit("/", 2)[1] for target in form.detours} == {"reject", "ask"}


@pytest.mark.parametrize("state", STATES)
def test_the_console_shows_a_complaint_in_every_state(alice, rex, client_of, state):
    complaint = STATES[state](alice, rex)

    for name in ("rex", "ann", "ada"):
        page = console(client_of(name), complaint)
        assert page.status_code == 200
        assert complaint.reference in words_of(page)


def test_what_the_complainant_must_not_learn_is_marked(alice, gus, rex, client_of):
    from tests.takedowns.cases import NUMBERS

    number = str(next(NUMBERS))
    theirs = screened(gus, ids=[number])
    complaint = held(alice, rex, ids=[number])

    text = words_of(console(client_of("rex"), complaint))

    assert theirs.reference in text
    assert "Only the desk sees this." in text


def test_a_colleagues_complaint_is_shown_without_the_choice(alice, ann, client_of):
    complaint = held(alice, ann)

    page = console(client_of("rex"), complaint)

    assert "Ann is working on this complaint, until" in words_of(page)
    assert b'name="version"' not in page.content


@pytest.mark.parametrize(("step", "typed", "status"), [("accept", {}, "accepted"), ("reject", {"rejection": "R06"}, "rejected")])
def test_a_decision_leads_to_the_next_listing_and_can_be_undone_from_there(alice, rex, client_of, step, typed, status):
    complaint = held(alice, rex)
    browser = client_of("rex")

    answer = press(browser, console(browser, complaint), f"/{step}/", message="Clear.", note="easy", **typed)

    (decision,) = decisions_of(complaint)
    assert answer["Location"] == f"/reviews/{complaint.code}/?listing=2&done={decision.batch}"
    assert states_of(complaint) == [status, "under_review", "under_review"]
    assert (decision.message, decision.rejection_id) == ("Clear.", typed.get("rejection"))
    with tenancy.acting(rex):
        assert [note.text for note in ReviewNote.objects.all()] == ["easy"]

    page = browser.get(answer["Location"])
    assert "Takes effect in" in words_of(page)
    undone = press(browser, page, "/undo/")
    assert undone["Location"] == f"/reviews/{complaint.code}/?listing=1"
    assert states_of(complaint) == ["under_review"] * 3


def test_ones_own_decisions_follow_each_other_without_a_conflict(alice, rex, client_of):
    complaint = held(alice, rex)
    browser = client_of("rex")

    page = console(browser, complaint)
    for _ in range(3):
        answer = press(browser, page, "/accept/")
        assert answer.status_code == 302
        page = browser.get(answer["Location"])

    assert states_of(complaint) == ["accepted"] * 3
    assert fresh(complaint).status == "decided"


def test_after_the_last_listing_comes_the_next_complaint_and_the_undo_comes_along(alice, rex, client_of):
    complaint = held(alice, rex, 1)
    following = screened(alice, 1)
    browser = client_of("rex")

    answer = press(browser, console(browser, complaint), "/accept/")

    batch = decisions_of(complaint)[0].batch
    assert answer["Location"] == f"/reviews/{following.code}/?done={batch}"
    assert fresh(following).claimed_by_id == rex.user_id
    undone = press(browser, browser.get(answer["Location"]), "/undo/")
    assert undone["Location"] == f"/reviews/{complaint.code}/?listing=1"
    assert fresh(complaint).status == "in_review"


def test_after_the_last_complaint_comes_the_queue_with_the_undo(alice, rex, client_of):
    complaint = held(alice, rex, 1)
    browser = client_of("rex")

    answer = press(browser, console(browser, complaint), "/accept/")

    assert answer["Location"] == f"/reviews/?done={decisions_of(complaint)[0].batch}"
    assert "Undo" in words_of(browser.get(answer["Location"]))


def test_the_undo_is_offered_for_its_time_and_to_who_decided(alice, rex, client_of):
    complaint = held(alice, rex)
    batch = decide(rex, complaint, 1)

    assert "Undo" in words_of(console(client_of("rex"), complaint, done=batch))
    assert "Takes effect" not in words_of(console(client_of("ann"), complaint, done=batch))
    assert "Takes effect" not in words_of(console(client_of("rex"), complaint, done="nonsense"))
    with clock.moved(UNDO_OVER):
        assert "Takes effect" not in words_of(console(client_of("rex"), complaint, done=batch))


def test_an_undo_that_comes_too_late_says_so_on_the_page(alice, rex, client_of):
    complaint = held(alice, rex)
    batch = decide(rex, complaint, 1)

    with clock.moved(UNDO_OVER):
        answer = client_of("rex").post(f"/reviews/{complaint.code}/undo/", {"batch": batch})

    assert answer.status_code == 409
    assert "Too late to take it back" in words_of(answer)
    assert complaint.reference in words_of(answer)


def test_a_stale_page_decides_nothing_keeps_the_words_and_shows_the_present_version(alice, rex, client_of):
    complaint = held(alice, rex)
    browser = client_of("rex")
    old = console(browser, complaint, listing="2")
    decide(rex, complaint, 1)

    answer = press(browser, old, "/reject/", message="Not our mark.", note="look again", rejection="R05")

    form = form_with(answer, "version")
    assert answer.status_code == 412
    assert "The complaint changed since you opened it" in words_of(answer)
    assert (form.fields["message"], form.fields["note"], form.fields["positions"]) == ("Not our mark.", "look again", "2")
    assert form.fields["version"] == str(fresh(complaint).version)
    assert states_of(complaint) == ["accepted", "under_review", "under_review"]
    again = press(browser, answer, "/reject/", rejection="R05")
    assert again.status_code == 302
    assert decisions_of(complaint)[-1].message == "Not our mark."


def test_a_claim_that_ran_out_while_typing_keeps_the_words_and_offers_to_take_it_again(alice, rex, client_of):
    complaint = held(alice, rex)
    browser = client_of("rex")
    page = console(browser, complaint, listing="2")

    with clock.moved(RUN_OUT):
        answer = press(browser, page, "/reject/", message="Not our mark.", note="hm", rejection="R06")
        assert answer.status_code == 403
        assert "Your claim has run out. Nothing you typed is lost" in words_of(answer)
        assert states_of(complaint) == ["under_review"] * 3

        taken = press(browser, answer, "/claim/")
        form = form_with(taken, "version")
        assert taken.status_code == 200
        assert (form.fields["message"], form.fields["note"], form.fields["positions"]) == ("Not our mark.", "hm", "2")

        assert press(browser, taken, "/reject/", rejection="R06").status_code == 302
    assert decisions_of(complaint)[0].message == "Not our mark."


def test_what_was_typed_stays_readable_when_a_colleague_has_it_by_now(alice, rex, ann, client_of):
    complaint = held(alice, rex)
    browser = client_of("rex")
    page = console(browser, complaint)

    with clock.moved(RUN_OUT):
        with tenancy.acting(ann):
            services.claim_complaint(actor=ann, code=complaint.code)
        answer = press(browser, page, "/accept/", message="Fine by me.")

    assert answer.status_code == 403
    assert "Ann is working on this complaint" in words_of(answer)
    assert "Fine by me." in words_of(answer)


def test_a_rejection_without_a_reason_is_named_and_keeps_the_words(alice, rex, client_of):
    complaint = held(alice, rex)
    browser = client_of("rex")

    for rejection in ("", "R99"):
        answer = press(browser, console(browser, complaint), "/reject/", message="No.", rejection=rejection)

        assert answer.status_code == 422
        assert "A rejection needs a reason." in words_of(answer)
        assert form_with(answer, "version").fields["message"] == "No."
    assert decisions_of(complaint) == []


@pytest.mark.parametrize("positions", [[], ["0"], ["301"], ["x"], ["1", "9"]])
def test_listings_that_are_none_decide_nothing(alice, rex, client_of, positions):
    complaint = held(alice, rex)

    answer = client_of("rex").post(
        f"/reviews/{complaint.code}/accept/", {"version": complaint.version, "positions": positions, "message": "x"}
    )

    assert answer.status_code in (404, 422)
    assert states_of(complaint) == ["under_review"] * 3


def test_a_listing_decided_meanwhile_is_not_decided_again(alice, rex, client_of):
    complaint = held(alice, rex)
    decide(rex, complaint, 1)

    answer = client_of("rex").post(f"/reviews/{complaint.code}/accept/", {"version": fresh(complaint).version, "positions": ["1"]})

    assert answer.status_code == 409
    assert len(decisions_of(complaint)) == 1


def test_a_question_without_words_is_named_and_one_with_words_lets_the_complaint_go(alice, rex, client_of):
    complaint = held(alice, rex)
    browser = client_of("rex")

    refused = press(browser, console(browser, complaint), "/ask/", note="hm")
    answer = press(browser, refused, "/ask/", message="Which colour?")

    assert refused.status_code == 422
    assert form_with(refused, "version").fields["note"] == "hm"
    assert answer["Location"] == "/reviews/"
    assert fresh(complaint).question == "Which colour?"
    assert "The clock stands still" in words_of(browser.get("/reviews/"))


def test_several_listings_are_looked_at_side_by_side_and_decided_alike(alice, rex, client_of):
    complaint = held(alice, rex, 5)
    browser = client_of("rex")

    page = browser.get(f"/reviews/{complaint.code}/?pick=2&pick=4&pick=99")
    text = words_of(page)
    assert "2 listings side by side" in text
    for row in rows_of(complaint):
        assert (row.snapshot_filed.title in text) is (row.position in (2, 4))
    assert page.content.count(b'name="positions"') == 2

    version = form_with(page, "version").fields["version"]
    browser.post(
        f"/reviews/{complaint.code}/reject/", {"version": version, "positions": ["2", "4"], "rejection": "R05", "message": "Other goods."}
    )

    assert states_of(complaint) == ["under_review", "rejected", "under_review", "rejected", "under_review"]
    assert len({decision.batch for decision in decisions_of(complaint)}) == 1


def test_the_strip_offers_a_tick_for_each_listing_that_waits_to_who_may_decide(alice, rex, client_of):
    complaint = held(alice, rex, 3)
    decide(rex, complaint, 2)

    mine = console(client_of("rex"), complaint).content
    theirs = console(client_of("ada"), complaint).content

    assert [mine.count(b'name="pick" value="%d"' % place) for place in (1, 2, 3)] == [1, 0, 1]
    assert b'name="pick"' not in theirs
    assert b"2 of 3 to go" in theirs


def test_a_complaint_of_many_listings_shows_a_part_of_them_with_ways_on(alice, rex, client_of):
    complaint = held(alice, rex, 30)
    browser = client_of("rex")

    first, last = (console(browser, complaint, listing=place).content for place in (1, 30))

    assert first.count(b'name="pick"') == 24
    assert last.count(b'name="pick"') == 6
    assert b"?listing=25" in first
    assert b"?listing=24" in last


def test_all_that_wait_start_unticked_and_what_is_alike_ticked(alice, rex, client_of):
    complaint = held(alice, rex, 2)
    browser = client_of("rex")

    assert console(browser, complaint, alike="open").content.count(b'form="decide" checked') == 0
    assert console(browser, complaint, alike="shop").content.count(b'form="decide" checked') == 2


def test_leads_are_listed_newest_first_with_how_often_the_listing_was_reported(alice, client_of):
    row = rows_of(screened(alice, 1))[0]
    with tenancy.scope(tenancy.Context(audience="portal")):
        first = services.receive_lead(url=row.url, reason="counterfeit", title="Bottle <b>", note="Printed.")
        second = services.receive_lead(url=row.url, reason="other")
    browser = client_of("ada")

    text = words_of(browser.get("/leads/"))
    narrowed = words_of(browser.get("/leads/", {"reason": "other"}))

    assert text.index(second) < text.index(first)
    assert "Printed." in text
    assert "Bottle &lt;b&gt;" in text
    assert first not in narrowed
    assert [queried.reports for queried in reported()] == [2, 2]


def reported():
    with tenancy.scope(tenancy.Context(audience="staff", scope="staff")):
        return list(desk.leads())


def test_listings_alike_are_gathered_by_shop_and_all_that_wait(alice, rex, client_of):
    complaint = held(alice, rex, 3)
    decide(rex, complaint, 2)
    browser = client_of("rex")

    for what in ("open", "shop"):
        page = console(browser, complaint, listing="1", alike=what)
        assert page.content.count(b'name="positions"') == 2, what
    assert b"ipp-con-cards" not in console(browser, complaint, listing="1", alike="nonsense").content


def test_a_refused_bulk_decision_comes_back_with_what_was_chosen(alice, rex, client_of):
    complaint = held(alice, rex, 4)
    browser = client_of("rex")

    answer = browser.post(
        f"/reviews/{complaint.code}/accept/", {"version": complaint.version - 1, "positions": ["1", "3"], "message": "Both."}
    )

    assert answer.status_code == 412
    assert "2 listings side by side" in words_of(answer)
    assert form_with(answer, "version").fields["message"] == "Both."


def test_a_note_for_colleagues_is_kept_and_an_empty_one_refused(alice, rex, ann, client_of):
    complaint = held(alice, ann)
    browser = client_of("rex")

    kept = press(browser, console(browser, complaint, listing="2"), "/note/", text="Same shop as last week.")
    refused = press(browser, console(browser, complaint), "/note/")

    assert kept["Location"] == f"/reviews/{complaint.code}/?listing=2#notes"
    assert "Same shop as last week." in words_of(console(client_of("ada"), complaint))
    assert refused.status_code == 422


def test_a_listing_that_changed_since_it_was_reported_is_shown_as_it_was_with_what_changed(alice, rex, client_of):
    complaint = held(alice, rex, 1)
    row = rows_of(complaint)[0]
    known_listing(external_id=row.external_id, title="Plain bottle", version=2)

    text = words_of(console(client_of("rex"), complaint))

    assert "Changed since it was reported. You judge the frozen page." in text
    assert row.snapshot_filed.title in text
    assert "Plain bottle" in text


def test_the_console_asks_the_database_as_often_for_three_listings_as_for_sixty(alice, rex, client_of):
    browser = client_of("rex")
    counts = {}
    for size in (3, 60):
        complaint = held(alice, rex, size)
        for query in ({}, {"alike": "open"}):
            counts.setdefault(str(query), []).append(min(asked_for(browser, complaint, query) for _ in range(3)))

    assert all(many <= few for few, many in counts.values()), counts


def asked_for(browser, complaint, query):
    """Count the queries of one page; the fewest of a few tries counts, for a calendar is read anew every few seconds."""
    with CaptureQueriesContext(connection) as made:
        assert console(browser, complaint, **query).status_code == 200
    return len(made)


def test_decisions_are_never_made_by_looking(alice, rex, client_of):
    complaint = held(alice, rex)

    for step in ("accept", "reject", "ask", "claim", "release", "undo"):
        assert client_of("rex").get(f"/reviews/{complaint.code}/{step}/").status_code == 405
    with tenancy.acting(rex):
        assert not Decision.objects.exists()

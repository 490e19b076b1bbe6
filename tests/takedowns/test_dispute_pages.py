"""The pages of the desk about disputes, as a browser meets them: the queue, both sides on one screen, ruling, undo, overturning."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ipp.core import clock, faces, tenancy
from ipp.core.actors import Actor
from ipp.core.ui import missing_states
from takedowns import services
from takedowns.lifecycle import CounterNoticeStatus, ListingStatus
from takedowns.models import CounterNotice, ReviewNote
from takedowns.presentation.disputes import DESK_AXIS
from takedowns.presentation.words import LISTING_AXIS
from takedowns.queries import disputes
from takedowns.rules import CLAIM_MINUTES
from tests.actors import AudienceClient, actor_named
from tests.browsing import form_with, press, words_of
from tests.factories.disputes import contested, countered, fresh_counter, ruled, told
from tests.factories.takedowns import FIRST_NUMBER, fresh
from tests.takedowns.rulings import RULINGS, STAFF, decisions_of, overturn, rule, second_account_of, states_of, take

pytestmark = pytest.mark.usefixtures("marketplace")
ABSENT = "A" * 22
STEPS = ("claim", "release", "uphold", "restore")
PAGES = [
    ("GET", "/disputes/"),
    ("POST", "/disputes/next/"),
    ("GET", f"/disputes/{ABSENT}/"),
    *(("POST", f"/disputes/{ABSENT}/{step}/") for step in STEPS),
    ("POST", "/rulings/undo/"),
    ("GET", f"/reviews/{ABSENT}/overturn/"),
    ("POST", f"/reviews/{ABSENT}/overturn/"),
]
RUN_OUT = timedelta(minutes=CLAIM_MINUTES)
UNDO_OVER = timedelta(seconds=16)
ANOTHER = FIRST_NUMBER + 500


@pytest.fixture
def ruth(cast):
    """The other reviewer."""
    return cast("ruth")


@pytest.fixture
def sunny(cast):
    """Owner of the shop."""
    return cast("sunny")


@pytest.fixture
def dispute(alice, sunny):
    """A dispute about two listings: Rex accepted them, Sunny answered, Alice rejected the answer."""
    return contested(alice, sunny)


def console(browser, counter, **query):
    return browser.get(f"/disputes/{counter.code}/", query)


def ticks_of(page):
    """Return the listings a page offers to decide, and those of them that are ticked."""
    boxes = re.findall(rb'<input[^>]*name="positions" value="(\d+)"[^>]*>', page.content)
    ticked = re.findall(rb'<input[^>]*name="positions" value="(\d+)"[^>]* checked>', page.content)
    return [int(box) for box in boxes], [int(box) for box in ticked]


def decide(browser, page, step, *positions, **typed):
    """Press a reason's button with these listings ticked."""
    return press(browser, page, f"/{step}/", positions=[str(place) for place in positions], **typed)


# -- who may ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("method", "path"), PAGES)
def test_a_visitor_is_asked_to_sign_in(db, method, path):
    answer = AudienceClient("staff").generic(method, path)

    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")


@pytest.mark.parametrize(("method", "path"), [page for page in PAGES if ABSENT in page[1]])
def test_a_dispute_that_does_not_exist_is_not_found(client_of, method, path):
    answer = client_of("ruth").generic(method, path, data="version=1&positions=1", content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 404


@pytest.mark.parametrize("batch", ["", "nonsense"])
def test_a_ruling_nobody_made_cannot_be_taken_back(client_of, batch):
    assert client_of("ruth").post("/rulings/undo/", {"batch": batch}).status_code == 404


@pytest.mark.parametrize(
    ("name", "queue", "page"), [("ruth", 200, 200), ("ann", 200, 200), ("ada", 200, 200), ("olga", 200, 403), ("bob", 403, 403)]
)
def test_who_may_look(dispute, client_of, name, queue, page):
    browser = client_of(name)

    assert browser.get("/disputes/").status_code == queue
    assert console(browser, dispute).status_code == page


@pytest.mark.parametrize("name", ["ada", "olga", "bob"])
def test_only_reviewers_and_approvers_rule(dispute, client_of, name):
    browser = client_of(name)

    answers = [browser.post(f"/disputes/{dispute.code}/{step}/").status_code for step in STEPS]
    answers += [browser.post("/disputes/next/").status_code, browser.post("/rulings/undo/").status_code]
    answers += [browser.get(f"/reviews/{dispute.complaint.code}/overturn/").status_code]

    assert set(answers) == {403}
    assert fresh_counter(dispute).version == dispute.version


def test_every_state_has_a_badge():
    assert missing_states(DESK_AXIS, CounterNoticeStatus.values) == set()
    assert missing_states(LISTING_AXIS, ListingStatus.values) == set()


# -- the queue -------------------------------------------------------------------------------------------------------------------
def test_an_empty_queue_says_when_something_comes(client_of):
    text = words_of(client_of("ruth").get("/disputes/"))

    assert "No dispute waits" in text
    assert "A dispute comes here when a rights holder rejects what a seller answered." in text
    assert "nothing decided yet" in text


def test_the_queue_shows_the_oldest_due_first_who_holds_it_and_what_is_not_mine(alice, sunny, ruth, dispute, client_of):
    other = contested(alice, sunny, start=ANOTHER)
    with tenancy.scope(STAFF):
        CounterNotice.objects.filter(pk=other.pk).update(platform_due_at=dispute.platform_due_at - timedelta(hours=2))
    take(ruth, dispute)

    hers, his = (words_of(client_of(name).get("/disputes/")) for name in ("ann", "rex"))

    assert hers.index(other.reference) < hers.index(dispute.reference)
    assert "Ruth" in hers
    assert "You decided this before" not in hers
    assert his.count("You decided this before: not yours to take") == 2


def test_the_queue_can_be_narrowed_to_what_one_may_decide(dispute, client_of):
    browser = client_of("rex")

    free, mine, waiting, held = (
        words_of(browser.get("/disputes/", query))
        for query in ({"mine": "free"}, {"mine": "decided"}, {"state": "contested"}, {"state": "in_review"})
    )

    assert [dispute.reference in text for text in (free, mine, waiting, held)] == [False, True, True, False]


@pytest.mark.parametrize("query", ["sort=seller__name", "after=x", "state=closed", "mine=%00"])
def test_an_address_of_the_queue_that_was_not_made_here_is_refused(client_of, query):
    assert client_of("ruth").get(f"/disputes/?{query}").status_code == 422


def test_the_menu_counts_disputes_and_the_board_how_many_were_decided_in_time(alice, sunny, dispute, client_of):
    ruled(alice, sunny, start=ANOTHER)

    text = words_of(client_of("ann").get("/disputes/"))

    assert re.search(r"Disputes 1\b", text)
    assert "100%" in text
    assert "2 of 2 listings in 30 days" in text


def test_a_ruling_after_its_moment_counts_as_late(alice, sunny, client_of):
    counter = contested(alice, sunny)
    ruth = actor_named("ruth")
    with clock.moved(timedelta(days=30)):
        take(ruth, counter)
        batch = rule(ruth, counter, 1, 2)
        with tenancy.inside(counter.organization_id):
            services.carry_out_ruling(actor=Actor.system(counter.organization_id, "tests"), complaint_id=counter.complaint_id, batch=batch)
        with tenancy.scope(STAFF):
            counted = disputes.promptness()

    assert (counted.decided, counted.in_time, counted.share) == (2, 0, 0.0)


@pytest.fixture
def one_calendar(monkeypatch):
    """Let calendars for looking at be as good as new for as long as the test runs: when they are asked for again is up to the time."""
    monkeypatch.setattr(faces, "SHOWN_SECONDS", 10**9)


@pytest.mark.usefixtures("one_calendar")
def test_the_queue_asks_the_database_as_often_for_many_as_for_one(alice, sunny, client_of):
    browser = client_of("ruth")
    contested(alice, sunny, count=1)
    browser.get("/disputes/")
    with CaptureQueriesContext(connection) as one:
        browser.get("/disputes/")
    contested(alice, sunny, count=1, start=ANOTHER)
    contested(alice, sunny, count=1, start=ANOTHER + 10)

    with CaptureQueriesContext(connection) as three:
        browser.get("/disputes/")

    assert len(three) == len(one)


def test_the_next_dispute_comes_to_who_may_decide_it(dispute, ruth, client_of):
    browser, first = client_of("ruth"), client_of("rex")

    taken = press(browser, browser.get("/disputes/"), "/disputes/next/")
    left = browser.post("/disputes/next/", {"besides": dispute.code})
    nothing = first.post("/disputes/next/")

    assert taken["Location"] == left["Location"] == f"/disputes/{dispute.code}/"
    assert fresh_counter(dispute).claimed_by_id == ruth.user_id
    assert "Nothing else waits for you." in words_of(browser.get(left["Location"]))
    assert nothing["Location"] == "/disputes/"
    assert "Nothing waits that you may decide." in words_of(first.get("/disputes/"))


# -- both sides ------------------------------------------------------------------------------------------------------------------
def test_both_sides_stand_on_one_screen(dispute, ruth, client_of):
    take(ruth, dispute)

    page = console(client_of("ruth"), dispute)

    text = words_of(page)
    for words in (
        fresh(dispute.complaint).right.name,
        "1:1, in the title",
        "What both sides were told of the first decision",
        "My goods do not infringe",
        "These are our own bottles; the word is not on them.",
        "Another name, another shape.",
        "Signed by Sunny Sun",
        "The differences named do not change the infringement",
        "It is our mark all the same.",
        "Steel bottle",
        "Accepted Rex",
        "The claim stands: the listing stays down",
        "The answer holds: the listing comes back",
    ):
        assert words in text, words
    assert ticks_of(page) == ([1, 2], [1, 2])
    assert {target.rsplit("/", 2)[1] for target in form_with(page, "version").detours} == {"uphold", "restore"}


def test_every_reason_has_a_key_of_its_own(dispute, ruth, client_of):
    take(ruth, dispute)

    keys = re.findall(rb'data-key="(.)"', console(client_of("ruth"), dispute).content)

    assert sorted(keys) == sorted(set(keys))
    assert {b"a", b"r", b"m", b"n", b"b", b"?", b"1", b"4", b"5", b"0"} <= set(keys)


@pytest.mark.parametrize("name", ["ruth", "ann", "ada"])
@pytest.mark.parametrize("make", [countered, contested, ruled], ids=["waiting", "contested", "closed"])
def test_the_console_shows_a_dispute_in_every_state(alice, sunny, client_of, name, make):
    counter = make(alice, sunny)

    page = console(client_of(name), counter)

    assert page.status_code == 200
    assert counter.reference in words_of(page)
    assert ("Overturn a claim that stands" in words_of(page)) is (make is ruled and name != "ada")


@pytest.mark.usefixtures("one_calendar")
def test_a_dispute_of_many_listings_costs_as_many_queries_as_one_of_two(alice, sunny, ruth, client_of):
    small, large = contested(alice, sunny, count=2), contested(alice, sunny, count=12, start=ANOTHER)
    browser = client_of("ruth")
    console(browser, small)

    counts = []
    for counter in (small, large):
        with CaptureQueriesContext(connection) as queries:
            assert console(browser, counter).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_who_decided_first_is_told_why_it_is_not_theirs(dispute, client_of):
    browser = client_of("rex")

    page = console(browser, dispute)
    refused = browser.post(f"/disputes/{dispute.code}/claim/")

    assert "Not yours to decide You decided about listing 1 on" in words_of(page)
    assert ticks_of(page) == ([], [])
    assert refused.status_code == 403
    assert "You decided about one of these listings before." in words_of(refused)
    assert fresh_counter(dispute).status == "contested"


def test_a_second_account_of_the_first_reviewer_is_told_that_it_is_one_person(dispute, client_of):
    second_account_of("rex", "amir")

    text = words_of(console(client_of("amir"), dispute))

    assert "with your account Rex. Two accounts of one person are one person" in text


def test_a_colleagues_dispute_is_shown_without_the_choice(dispute, ann, client_of):
    take(ann, dispute)

    page = console(client_of("ruth"), dispute)

    assert "Ann is working on this dispute, until" in words_of(page)
    assert b'name="version"' not in page.content


# -- ruling ----------------------------------------------------------------------------------------------------------------------
def test_taking_and_putting_back(dispute, ruth, client_of):
    browser = client_of("ruth")

    taken = press(browser, console(browser, dispute), "/claim/")
    assert taken["Location"] == f"/disputes/{dispute.code}/"
    assert fresh_counter(dispute).claimed_by_id == ruth.user_id

    back = press(browser, console(browser, dispute), "/release/")
    assert back["Location"] == "/disputes/"
    assert fresh_counter(dispute).status == "contested"


@pytest.mark.parametrize(("step", "outcome"), [("uphold", "upheld"), ("restore", "overturned")])
def test_ruling_on_all_ticked_leads_on_and_can_be_undone_from_there(dispute, ruth, client_of, step, outcome):
    browser = client_of("ruth")
    take(ruth, dispute)

    answer = decide(browser, console(browser, dispute), step, 1, 2, ruling=RULINGS[outcome], message="We read both.", note="clear case")

    decision = decisions_of(dispute)[-1]
    assert answer["Location"] == f"/disputes/?done={decision.batch}"
    assert states_of(dispute) == [outcome] * 2
    assert (decision.ruling_id, decision.message) == (RULINGS[outcome], "We read both.")
    with tenancy.acting(ruth):
        assert [note.text for note in ReviewNote.objects.all()] == ["clear case"]

    page = browser.get(answer["Location"])
    assert "Takes effect in" in words_of(page)
    undone = press(browser, page, "/rulings/undo/")
    assert undone["Location"] == f"/disputes/{dispute.code}/"
    assert states_of(dispute) == ["contested"] * 2
    assert "Taken back; nothing was sent to anybody." in words_of(browser.get(undone["Location"]))


def test_ruling_on_one_listing_stays_for_the_others(dispute, ruth, client_of):
    browser = client_of("ruth")
    take(ruth, dispute)

    answer = decide(browser, console(browser, dispute), "restore", 2, ruling="ORIGIN_PROVEN")

    assert answer["Location"] == f"/disputes/{dispute.code}/?done={decisions_of(dispute)[-1].batch}"
    page = browser.get(answer["Location"])
    assert ticks_of(page) == ([1], [1])
    assert "1 of 2 to decide" in words_of(page)
    assert "not told to the parties yet" in words_of(page)


def test_after_the_last_listing_comes_the_next_dispute(alice, sunny, ruth, dispute, client_of):
    following = contested(alice, sunny, start=ANOTHER)
    browser = client_of("ruth")
    take(ruth, dispute)

    answer = decide(browser, console(browser, dispute), "uphold", 1, 2, ruling="RIGHT_IN_FORCE")

    assert answer["Location"] == f"/disputes/{following.code}/?done={decisions_of(dispute)[-1].batch}"
    assert fresh_counter(following).claimed_by_id == ruth.user_id


def test_an_undo_that_comes_too_late_says_so(dispute, ruth, client_of):
    browser = client_of("ruth")
    take(ruth, dispute)
    batch = rule(ruth, dispute, 1, 2)

    with clock.moved(UNDO_OVER):
        answer = browser.post("/rulings/undo/", {"batch": batch}, follow=True)

    assert "Too late to take it back" in words_of(answer)
    assert states_of(dispute) == ["upheld"] * 2


def test_the_undo_is_offered_to_who_ruled_and_for_its_time(dispute, ruth, client_of):
    take(ruth, dispute)
    batch = rule(ruth, dispute, 1, 2)

    assert "Takes effect" in words_of(client_of("ruth").get("/disputes/", {"done": batch}))
    assert "Takes effect" not in words_of(client_of("ann").get("/disputes/", {"done": batch}))
    with clock.moved(UNDO_OVER):
        assert "Takes effect" not in words_of(client_of("ruth").get("/disputes/", {"done": batch}))


def test_a_stale_page_decides_nothing_and_keeps_words_and_ticks(dispute, ruth, client_of):
    browser = client_of("ruth")
    take(ruth, dispute)
    old = console(browser, dispute)
    rule(ruth, dispute, 1)

    answer = decide(browser, old, "restore", 2, ruling="BETTER_RIGHT", message="Earlier use.", note="hm")

    form = form_with(answer, "version")
    assert answer.status_code == 412
    assert "The dispute changed since you opened it" in words_of(answer)
    assert (form.fields["message"], form.fields["note"]) == ("Earlier use.", "hm")
    assert ticks_of(answer) == ([2], [2])
    assert states_of(dispute) == ["upheld", "contested"]
    again = decide(browser, answer, "restore", 2, ruling="BETTER_RIGHT")
    assert again.status_code == 302
    assert decisions_of(dispute)[-1].message == "Earlier use."


def test_a_claim_that_ran_out_while_typing_keeps_the_words_and_offers_to_take_it_again(dispute, ruth, client_of):
    browser = client_of("ruth")
    take(ruth, dispute)
    page = console(browser, dispute)

    with clock.moved(RUN_OUT):
        answer = decide(browser, page, "uphold", 2, ruling="PROOF_NOT_ENOUGH", message="No invoice.", note="hm")
        assert answer.status_code == 403
        assert "Your claim has run out. Nothing you typed is lost" in words_of(answer)
        assert ticks_of(answer) == ([1, 2], [2])

        taken = press(browser, answer, "/claim/", positions=["2"])
        form = form_with(taken, "version")
        assert (form.fields["message"], form.fields["note"]) == ("No invoice.", "hm")
        assert ticks_of(taken) == ([1, 2], [2])
        assert decide(browser, taken, "uphold", 2, ruling="PROOF_NOT_ENOUGH").status_code == 302
    assert states_of(dispute) == ["contested", "upheld"]


def test_what_was_typed_stays_readable_when_a_colleague_has_it_or_nothing_is_left(alice, dispute, ruth, ann, client_of):
    browser = client_of("ruth")
    take(ruth, dispute)
    page = console(browser, dispute)

    with clock.moved(RUN_OUT):
        take(ann, dispute)
        answer = decide(browser, page, "uphold", 1, ruling="PROOF_NOT_ENOUGH", message="No invoice at all.")
        with tenancy.acting(alice):
            services.withdraw_listings(actor=alice, code=dispute.complaint.code)
        late = decide(browser, page, "uphold", 1, ruling="PROOF_NOT_ENOUGH", message="No invoice at all.")

    assert answer.status_code == late.status_code == 403
    assert "Ann is working on this dispute" in words_of(answer)
    assert "This dispute is closed." in words_of(late)
    for page in (answer, late):
        assert "No invoice at all." in words_of(page)


@pytest.mark.parametrize(
    ("positions", "typed", "says"),
    [
        ([], {"ruling": "PROOF_NOT_ENOUGH"}, "Choose at least one listing."),
        ([1], {}, "Choose the reason; both sides read it."),
        ([1], {"ruling": "ORIGIN_PROVEN"}, "Choose the reason; both sides read it."),
        ([1], {"ruling": "PROOF_NOT_ENOUGH", "message": "x" * 5001}, "5000"),
    ],
)
def test_what_is_missing_is_named_and_the_words_stay(dispute, ruth, client_of, positions, typed, says):
    browser = client_of("ruth")
    take(ruth, dispute)

    answer = decide(browser, console(browser, dispute), "uphold", *positions, note="hm", **typed)

    assert answer.status_code == 422
    assert says in words_of(answer)
    assert form_with(answer, "version").fields["note"] == "hm"
    assert states_of(dispute) == ["contested"] * 2


@pytest.mark.parametrize("positions", [["0"], ["301"], ["x"], ["1", "9"]])
def test_listings_that_are_none_decide_nothing(dispute, ruth, client_of, positions):
    take(ruth, dispute)
    values = {"version": fresh_counter(dispute).version, "positions": positions, "ruling": "PROOF_NOT_ENOUGH"}

    answer = client_of("ruth").post(f"/disputes/{dispute.code}/uphold/", values)

    assert answer.status_code in (404, 422)
    assert states_of(dispute) == ["contested"] * 2


# -- overturning -----------------------------------------------------------------------------------------------------------------
def test_a_claim_that_stands_is_overturned_from_its_page_and_can_be_taken_back(alice, sunny, client_of):
    counter = ruled(alice, sunny)
    browser = client_of("ann")
    page = browser.get(f"/reviews/{counter.complaint.code}/overturn/?listing=2")
    assert "The strike it led to is taken back" in words_of(page)
    assert ticks_of(page) == ([1, 2], [2])

    answer = browser.post(page.request["PATH_INFO"], {"positions": ["2"], "ruling": "NO_INFRINGEMENT", "message": "The word is not on it."})

    batch = decisions_of(counter)[-1].batch
    assert answer["Location"] == f"/reviews/{counter.complaint.code}/overturn/?done={batch}"
    assert states_of(counter) == ["upheld", "overturned"]
    shown = browser.get(answer["Location"])
    assert "Listing 2: overturned." in words_of(shown)
    undone = press(browser, shown, "/rulings/undo/")
    assert undone["Location"] == f"/reviews/{counter.complaint.code}/overturn/"
    assert states_of(counter) == ["upheld"] * 2


@pytest.mark.parametrize("name", ["rex", "ruth"])
def test_who_decided_before_cannot_overturn_and_is_told_so(alice, sunny, client_of, name):
    counter = ruled(alice, sunny)
    browser = client_of(name)
    address = f"/reviews/{counter.complaint.code}/overturn/"

    page = browser.get(address)
    answer = browser.post(address, {"positions": ["1"], "ruling": "NO_INFRINGEMENT", "message": "Wrong."})

    assert "Not yours to overturn" in words_of(page)
    assert "You decided about it on" in words_of(page)
    assert ticks_of(page) == ([], [])
    assert answer.status_code == 403
    assert "You decided about one of these listings before." in words_of(answer)
    assert states_of(counter) == ["upheld"] * 2


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"positions": [], "ruling": "NO_INFRINGEMENT", "message": "Wrong."}, "Choose at least one listing."),
        ({"positions": ["1"], "message": "Wrong."}, "Choose the reason; both sides read it."),
        ({"positions": ["1"], "ruling": "NO_INFRINGEMENT", "message": " "}, "Say what was wrong; both sides read it."),
        ({"positions": ["1"], "ruling": "PROOF_NOT_ENOUGH", "message": "Wrong."}, "Wrong."),
    ],
)
def test_what_an_overturning_lacks_is_named_and_the_words_stay(alice, sunny, client_of, typed, says):
    counter = ruled(alice, sunny)

    answer = client_of("ann").post(f"/reviews/{counter.complaint.code}/overturn/", typed)

    assert answer.status_code == 422
    assert says in words_of(answer)
    assert states_of(counter) == ["upheld"] * 2


def test_a_complaint_without_a_standing_claim_has_nothing_to_overturn(dispute, client_of):
    browser = client_of("ann")

    page = browser.get(f"/reviews/{dispute.complaint.code}/overturn/")
    answer = browser.post(page.request["PATH_INFO"], {"positions": ["1"], "ruling": "NO_INFRINGEMENT", "message": "Wrong."})

    assert "Nothing to overturn" in words_of(page)
    assert answer.status_code == 409
    assert states_of(dispute) == ["contested"] * 2


def test_the_complaints_page_tells_the_dispute_and_who_decided_in_each_round(alice, sunny, ann, client_of):
    counter = ruled(alice, sunny)
    overturn(ann, counter.complaint, 1)

    first = client_of("amir").get(f"/reviews/{counter.complaint.code}/", {"listing": "1"})
    second = client_of("amir").get(f"/reviews/{counter.complaint.code}/", {"listing": "2"})

    text = words_of(first)
    for words in (counter.reference, "The notice to the shop", "Ann ·", "Ruth ·", "Rex ·", "not told to the parties yet"):
        assert words in text, words
    assert text.index("Ann ·") < text.index("Ruth ·") < text.index("Rex ·")
    assert f"/reviews/{counter.complaint.code}/overturn/?listing=2" in {*re.findall(r'href="([^"]+)"', second.content.decode())}
    assert b"/overturn/" not in first.content


def test_the_story_on_the_desk_tells_both_sides_steps(dispute, client_of):
    text = words_of(console(client_of("ruth"), dispute))

    story = text[text.index("What happened") :]
    for who in ("Alice", "Rex", "Sunny"):
        assert who in story, who


def test_a_shop_nobody_claimed_has_no_dispute_but_its_complaint_says_that_it_was_told(alice, client_of):
    notice = told(alice, None)

    text = words_of(client_of("ruth").get(f"/reviews/{notice.complaint.code}/"))

    assert notice.reference in text
    assert "The shop's answer" not in text

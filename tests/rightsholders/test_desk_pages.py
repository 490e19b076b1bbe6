"""The pages of the verification desk, as a browser meets them: the queue, a case, and each decision."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ipp.core import tenancy
from rightsholders import services
from rightsholders.models import Decision, Verification, VerifierNote
from tests.actors import AudienceClient
from tests.browsing import form_with, forms_of, press, words_of
from tests.factories.rightsholders import STATES, approved, claimed, submitted
from tests.rightsholders.test_pages import ABSENT, after_undo, state_of

DESK_PAGES = [
    ("GET", "/start/"),
    ("GET", "/verifications/"),
    ("POST", "/verifications/next/"),
    ("GET", f"/verifications/{ABSENT}/"),
    *(("POST", f"/verifications/{ABSENT}/{step}/") for step in ("claim", "release", "approve", "refuse", "ask", "undo")),
    ("GET", "/holders/"),
]


@pytest.mark.parametrize(("method", "path"), DESK_PAGES)
def test_a_visitor_of_the_console_is_asked_to_sign_in(db, method, path):
    answer = AudienceClient("staff").generic(method, path)

    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")


@pytest.mark.parametrize("step", ["claim", "release", "approve", "refuse", "ask", "undo"])
@pytest.mark.parametrize("name", ["rex", "ann", "olga", "ada"])
def test_only_verifiers_decide(alice, client_of, name, step):
    row = submitted(alice)

    answer = client_of(name).post(f"/verifications/{row.code}/{step}/")

    assert answer.status_code == 403
    assert state_of(row, alice).status == "submitted"


@pytest.mark.parametrize(("method", "path"), [page for page in DESK_PAGES if ABSENT in page[1]])
def test_a_case_that_does_not_exist_is_not_found(client_of, method, path):
    answer = client_of("bob").generic(method, path, data="version=1", content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 404
    assert "There is nothing here" in words_of(answer)


def test_the_queue_shows_the_nearest_deadline_first_and_can_be_narrowed(alice, gus, bob, client_of):
    later, sooner = submitted(alice), submitted(gus, kind="passport", holder_name="Gus Globex")
    with tenancy.acting(bob):
        Verification.objects.filter(pk=sooner.pk).update(due_at=later.due_at - timedelta(hours=1))
        services.claim_verification(actor=bob, code=later.code)
    browser = client_of("bea")

    page = words_of(browser.get("/verifications/"))
    narrowed = words_of(browser.get("/verifications/", {"state": "in_review"}))

    assert page.index(sooner.reference) < page.index(later.reference)
    assert later.reference in narrowed
    assert sooner.reference not in narrowed


@pytest.mark.parametrize("query", ["sort=paper__number", "after=x", "after=gAAAAABm", "state=everything", "before=%00"])
def test_an_address_of_the_queue_that_was_not_made_here_is_refused(client_of, query):
    answer = client_of("bob").get(f"/verifications/?{query}")

    assert answer.status_code == 422
    assert "Some values need a correction" in words_of(answer)


@pytest.mark.parametrize("name", ["bob", "rex", "ann", "olga", "ada"])
def test_everybody_at_the_desk_reads_the_queue_and_the_holders(alice, client_of, name):
    row = submitted(alice)
    browser = client_of(name)

    assert row.reference in words_of(browser.get("/verifications/"))
    assert "Acme Tools Ltd" in words_of(browser.get("/holders/"))
    assert "Platform" not in words_of(browser.get("/holders/")).split("Registered")[-1]


def test_the_next_case_comes_to_the_verifier(alice, bob, client_of):
    row = submitted(alice)
    browser = client_of("bob")

    taken = press(browser, browser.get("/verifications/"), "/next/")
    nothing = browser.post("/verifications/next/")

    assert taken["Location"] == f"/verifications/{row.code}/"
    assert state_of(row, bob).claimed_by_id == bob.user_id
    assert nothing["Location"] == "/verifications/"
    assert "Nothing waits." in words_of(browser.get("/verifications/"))


def test_a_case_shows_paper_words_findings_and_the_choice(alice, bob, client_of, settings):
    row = submitted(alice, holder_name="Acme Holdings")
    with tenancy.acting(bob):
        row = services.claim_verification(actor=bob, code=row.code)

    page = client_of("bob").get(f"/verifications/{row.code}/")

    text = words_of(page)
    assert page.status_code == 200
    assert f'<img src="{settings.FILES_ORIGIN}/' in page.content.decode()
    assert "The account is called Acme Tools Ltd." in text
    assert form_with(page, "version").fields["version"] == str(row.version)
    assert {target.rsplit("/", 2)[1] for target in form_with(page, "version").detours} == {"ask", "refuse", "release"}


@pytest.mark.parametrize("name", ["bea", "ada"])
def test_who_does_not_hold_a_case_sees_it_without_the_choice(alice, bob, client_of, name):
    row = claimed(alice, bob)

    page = client_of(name).get(f"/verifications/{row.code}/")

    assert "Bob is checking this case." in words_of(page)
    assert not [form for form in forms_of(page) if "version" in form.fields]


@pytest.mark.parametrize("state", STATES)
def test_the_desk_shows_a_case_in_every_state(alice, bob, client_of, state):
    row = STATES[state](alice, bob)

    for name in ("bob", "bea", "ada"):
        page = client_of(name).get(f"/verifications/{row.code}/")
        assert page.status_code == 200
        assert row.reference in words_of(page)


def test_a_case_is_taken_and_put_back(alice, bob, client_of):
    row = submitted(alice)
    browser = client_of("bob")

    taken = press(browser, browser.get(f"/verifications/{row.code}/"), "/claim/")
    assert taken["Location"] == f"/verifications/{row.code}/"
    assert state_of(row, bob).status == "in_review"

    put_back = press(browser, browser.get(f"/verifications/{row.code}/"), "/release/")
    assert put_back["Location"] == "/verifications/"
    assert state_of(row, bob).status == "submitted"


@pytest.mark.parametrize("state", ["information_asked", "approved", "refused", "withdrawn"])
def test_a_case_that_is_not_in_the_queue_cannot_be_taken(alice, bob, client_of, state):
    row = STATES[state](alice, bob)

    answer = client_of("bea").post(f"/verifications/{row.code}/claim/")

    assert answer.status_code == 409
    assert state_of(row, bob).status == state


def test_a_case_a_colleague_holds_cannot_be_taken(alice, bob, client_of):
    row = claimed(alice, bob)

    answer = client_of("bea").post(f"/verifications/{row.code}/claim/")

    assert answer.status_code == 409
    assert "A colleague is checking this case." in words_of(answer)


@pytest.mark.parametrize("step", ["release", "approve", "refuse", "ask"])
def test_who_does_not_hold_the_case_decides_nothing(alice, bob, client_of, step):
    row = claimed(alice, bob)

    answer = client_of("bea").post(f"/verifications/{row.code}/{step}/", {"version": row.version, "message": "x", "reason": "expired"})

    assert answer.status_code == 403
    assert "You do not hold this case any more" in words_of(answer)
    assert state_of(row, bob).claimed_by_id == bob.user_id
    with tenancy.acting(bob):
        assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("step", "typed", "status"),
    [
        ("approve", {"message": "Welcome."}, "approved"),
        ("refuse", {"reason": "expired", "message": "Since May."}, "refused"),
        ("ask", {"message": "The back side, please."}, "information_asked"),
    ],
)
def test_a_held_case_is_decided(alice, bob, client_of, step, typed, status):
    row = claimed(alice, bob)
    browser = client_of("bob")

    answer = press(browser, browser.get(f"/verifications/{row.code}/"), f"/{step}/", note="seen", **typed)

    assert answer["Location"] == f"/verifications/{row.code}/"
    assert state_of(row, bob).status == status
    with tenancy.acting(bob):
        assert [note.text for note in VerifierNote.objects.all()] == ["seen"]
    assert "seen" in words_of(browser.get(answer["Location"]))


@pytest.mark.parametrize("reason", ["", "because"])
def test_a_refusal_without_a_reason_of_the_catalogue_is_named_and_keeps_the_words(alice, bob, client_of, reason):
    row = claimed(alice, bob)
    browser = client_of("bob")

    answer = press(browser, browser.get(f"/verifications/{row.code}/"), "/refuse/", message="Too dark.", note="dim", reason=reason)

    form = form_with(answer, "version")
    assert answer.status_code == 422
    assert "reason" in form.errors
    assert (form.fields["message"], form.fields["note"]) == ("Too dark.", "dim")
    assert state_of(row, bob).status == "in_review"


def test_a_question_without_words_is_named(alice, bob, client_of):
    row = claimed(alice, bob)
    browser = client_of("bob")

    answer = press(browser, browser.get(f"/verifications/{row.code}/"), "/ask/", note="hm")

    assert answer.status_code == 422
    assert "Write what is missing" in form_with(answer, "version").errors["message"]
    assert form_with(answer, "version").fields["note"] == "hm"


@pytest.mark.parametrize("version", ["", "one", "-1", "99999999999999999999"])
def test_a_version_nobody_showed_decides_nothing(alice, bob, client_of, version):
    row = claimed(alice, bob)

    answer = client_of("bob").post(f"/verifications/{row.code}/approve/", {"version": version})

    assert answer.status_code in (412, 422)
    assert state_of(row, bob).status == "in_review"


@pytest.mark.parametrize("step", ["approve", "refuse", "ask"])
def test_a_decision_on_an_older_version_is_answered_by_a_page_that_says_so(alice, bob, client_of, step):
    row = claimed(alice, bob)
    browser = client_of("bob")
    page = browser.get(f"/verifications/{row.code}/")
    with tenancy.acting(bob):
        Verification.objects.filter(pk=row.pk).update(version=row.version + 1)

    answer = press(browser, page, f"/{step}/", message="x", reason="expired")

    assert answer.status_code == 412
    assert "The case changed since you opened it." in words_of(answer)
    assert "Load the page again" in words_of(answer)
    assert state_of(row, bob).status == "in_review"


def test_a_decision_is_undone_within_its_time(alice, bob, client_of):
    row = approved(alice, bob)
    browser = client_of("bob")

    answer = press(browser, browser.get(f"/verifications/{row.code}/"), "/undo/")

    assert answer["Location"] == f"/verifications/{row.code}/"
    assert "Taken back; nothing was sent." in words_of(browser.get(answer["Location"]))
    assert state_of(row, bob).status == "in_review"


def test_a_decision_is_not_undone_after_its_time(alice, bob, client_of):
    row = after_undo(approved(alice, bob), bob)
    browser = client_of("bob")

    answer = browser.post(f"/verifications/{row.code}/undo/")

    assert not [form for form in forms_of(browser.get(f"/verifications/{row.code}/")) if form.action.endswith("/undo/")]
    assert answer.status_code == 409
    assert "The undo time is over" in words_of(answer)


def test_a_colleague_cannot_undo(alice, bob, client_of):
    row = approved(alice, bob)

    answer = client_of("bea").post(f"/verifications/{row.code}/undo/")

    assert answer.status_code == 403
    assert state_of(row, bob).status == "approved"

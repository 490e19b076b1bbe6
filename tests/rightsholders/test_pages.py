"""The pages of identity verification, as a browser meets them: the applicant's on the portal, the desk's on the staff console."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from ipp.core import clock, tenancy
from ipp.core.models import Organization, StoredFile
from rightsholders import services
from rightsholders.models import IdentityPaper, Verification
from tests.actors import AudienceClient, signed_in
from tests.browsing import fill_in, form_with, forms_of, press, typed_over, words_of
from tests.core.files import corpus
from tests.factories.rightsholders import STATES, asked, submitted

ABSENT = "A" * 22
TYPED = {"holder_name": "Acme Tools Ltd", "number": "L-2026-1", "country": "GB", "expires_on": "2031-05-06"}


def paper(content: bytes | None = None, name: str = "licence.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, corpus.png() if content is None else content, "image/png")


def stored(actor: Any) -> tuple[int, int, int]:
    """Return how many files, papers and verifications an organization has."""
    with tenancy.acting(actor):
        tables = (StoredFile, IdentityPaper, Verification)
        return tuple(table.objects.filter(organization_id=actor.organization_id).count() for table in tables)  # type: ignore[return-value]


def state_of(row: Verification, actor: Any) -> Verification:
    with tenancy.acting(actor):
        return Verification.objects.get(pk=row.pk)


def after_undo(row: Verification, actor: Any) -> Verification:
    """Let a decision's undo time be over, without waiting."""
    with tenancy.acting(actor):
        Verification.objects.filter(pk=row.pk).update(decided_at=clock.now() - timedelta(minutes=1))
    return row


# -- who is let in ------------------------------------------------------------------------------------------------------------

PORTAL_PAGES = [
    ("GET", "/start/"),
    ("GET", "/identity/"),
    ("GET", "/identity/send/"),
    ("POST", "/identity/send/"),
    ("GET", f"/identity/{ABSENT}/"),
    ("GET", f"/identity/{ABSENT}/answer/"),
    ("POST", f"/identity/{ABSENT}/answer/"),
    ("POST", f"/identity/{ABSENT}/withdraw/"),
]


@pytest.mark.parametrize(("method", "path"), PORTAL_PAGES)
def test_a_visitor_is_asked_to_sign_in_and_comes_back_afterwards(db, method, path):
    answer = AudienceClient("portal").generic(method, path)

    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")


@pytest.mark.parametrize(("method", "path"), [page for page in PORTAL_PAGES if ABSENT in page[1]])
def test_another_tenants_verification_is_the_same_page_as_one_that_does_not_exist(gus, client_of, method, path):
    theirs = submitted(gus, kind="passport", holder_name="Gus Globex")
    browser = client_of("alice")

    foreign = browser.generic(method, path.replace(ABSENT, theirs.code))
    missing = browser.generic(method, path)

    assert foreign.status_code == missing.status_code == 404
    assert "There is nothing here under this address." in words_of(foreign)
    assert same_but_for_ids(foreign, missing)
    assert state_of(theirs, gus).status == "submitted"


@pytest.mark.parametrize("path", ["/identity/send/", f"/identity/{ABSENT}/answer/", f"/identity/{ABSENT}/withdraw/"])
def test_who_only_looks_on_may_not_write(client_of, path):
    answer = client_of("vera").post(path)

    assert answer.status_code == 403
    assert "Your role does not allow this" in words_of(answer)


def same_but_for_ids(one: Any, other: Any) -> bool:
    """Compare two pages without the request's number, the CSRF token and the address itself."""

    def bare(answer: Any) -> str:
        text = answer.content.decode().replace(answer["X-Request-Id"], "")
        for form in forms_of(answer):
            text = text.replace(form.fields.get("csrfmiddlewaretoken", "no token"), "")
        text = text.replace(answer.context["csrf_token"]._wrapped if hasattr(answer.context["csrf_token"], "_wrapped") else "", "")
        return text.replace(answer.request["PATH_INFO"], "")

    return bare(one) == bare(other)


# -- the applicant ------------------------------------------------------------------------------------------------------------


def test_the_start_page_tells_what_to_do_first(client_of):
    page = client_of("alice").get("/identity/")

    assert page.status_code == 200
    assert "Prove who you are" in words_of(page)


@pytest.mark.parametrize("state", STATES)
def test_start_and_detail_show_a_verification_in_every_state(alice, bob, client_of, state):
    row = STATES[state](alice, bob)

    for path in ("/identity/", f"/identity/{row.code}/"):
        page = client_of("alice").get(path)
        assert page.status_code == 200
        assert row.reference in words_of(page)


@pytest.mark.parametrize("name", ["alice", "finn", "vera"])
def test_every_member_sees_what_was_sent_and_until_when_it_is_checked(alice, client_of, name):
    row = submitted(alice, number="L-77")

    page = client_of(name).get(f"/identity/{row.code}/")

    assert page.status_code == 200
    assert "L-77" in words_of(page)
    assert "In the queue" in words_of(page)
    assert [form.action for form in forms_of(page) if form.action.endswith("/withdraw/")] == (
        [f"/identity/{row.code}/withdraw/"] if name != "vera" else []
    )


@pytest.mark.parametrize("name", ["alice", "finn"])
def test_a_paper_is_sent_in(alice, client_of, storage, name):
    browser = client_of(name)

    answer = fill_in(browser, browser.get("/identity/send/"), "file", file=paper(), **TYPED)

    with tenancy.acting(alice):
        row = Verification.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/identity/{row.code}/")
    assert "Sent in." in words_of(browser.get(answer["Location"]))
    assert row.status == "submitted"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("holder_name", "", "This field is required."),
        ("holder_name", " \u3000 ", "This field is required."),
        ("holder_name", "x" * 201, "at most 200 characters"),
        ("number", "", "This field is required."),
        ("country", "", "This field is required."),
        ("country", "XX", "not one of the available choices"),
        ("kind", "passport", "not one of the available choices"),
        ("expires_on", "yesterday", "Enter a valid date."),
        ("expires_on", "2020-01-01", "This paper has expired."),
    ],
)
def test_a_value_that_does_not_fit_is_named_and_nothing_typed_is_lost(alice, client_of, storage, field, value, words):
    browser = client_of("alice")
    form = form_with(browser.get("/identity/send/"), "file")

    answer = browser.post("/identity/send/", form.fields | TYPED | {"file": paper()} | {field: value})

    again = form_with(answer, "file")
    assert answer.status_code == 422
    assert words in again.errors[field]
    assert list(again.errors) == [field]
    kept = {name: again.fields[name] for name in (*TYPED, "submission") if name != field}
    assert kept == {name: (TYPED | form.fields)[name] if name == "submission" else TYPED[name] for name in kept}
    if field != "country" and field != "kind":
        assert again.fields[field] == value.strip() or again.fields[field] == value
    assert stored(alice) == (0, 0, 0)


def test_a_missing_file_is_named_beside_the_file_field(alice, client_of):
    browser = client_of("alice")

    answer = fill_in(browser, browser.get("/identity/send/"), "file", **TYPED)

    assert answer.status_code == 422
    assert form_with(answer, "file").errors == {"file": "This field is required."}
    assert form_with(answer, "file").fields["number"] == TYPED["number"]


def test_a_refused_file_keeps_everything_that_was_typed_and_the_form_can_be_sent_again(alice, client_of, storage):
    browser = client_of("alice")

    refused = fill_in(browser, browser.get("/identity/send/"), "file", file=paper(b"<!doctype html><script>1</script>"), **TYPED)

    again = form_with(refused, "file")
    assert refused.status_code == 415
    assert "Only JPEG, PNG, WebP and PDF files are accepted" in again.errors["file"]
    assert {name: again.fields[name] for name in TYPED} == TYPED
    assert fill_in(browser, refused, "file", file=paper()).status_code == 302


def test_the_same_form_sent_twice_is_one_verification_and_leads_to_the_same_page(alice, client_of, storage):
    browser = client_of("alice")
    form = typed_over(form_with(browser.get("/identity/send/"), "file"), **TYPED)

    first = browser.post("/identity/send/", form | {"file": paper()})
    kept = sorted(path.name for path in storage.glob("*/*"))
    second = browser.post("/identity/send/", form | {"file": paper()})

    assert (second.status_code, second["Location"]) == (302, first["Location"])
    assert stored(alice) == (1, 1, 1)
    assert sorted(path.name for path in storage.glob("*/*")) == kept


def test_a_token_of_another_form_is_refused_with_what_was_typed(alice, client_of, storage):
    browser = client_of("alice")
    form = typed_over(form_with(browser.get("/identity/send/"), "file"), **TYPED)
    browser.post("/identity/send/", form | {"file": paper()})

    answer = browser.post("/identity/send/", form | {"file": paper(), "number": "another"})

    assert answer.status_code == 422
    assert form_with(answer, "file").fields["number"] == "another"
    assert stored(alice) == (1, 1, 1)


def test_a_second_paper_while_one_is_checked_is_a_conflict_that_keeps_what_was_typed(alice, client_of, storage):
    submitted(alice)
    before = stored(alice)
    browser = client_of("alice")

    answer = fill_in(browser, browser.get("/identity/send/"), "file", file=paper(), **TYPED)

    assert answer.status_code == 409
    assert "A paper of yours is being checked already." in words_of(answer)
    assert form_with(answer, "file").fields["number"] == TYPED["number"]
    assert stored(alice) == before


def test_a_paper_is_taken_back_and_cannot_be_taken_back_again(alice, client_of):
    row = submitted(alice)
    browser = client_of("finn")

    answer = press(browser, browser.get(f"/identity/{row.code}/"), "/withdraw/")
    again = browser.post(f"/identity/{row.code}/withdraw/")

    assert answer["Location"] == f"/identity/{row.code}/"
    assert "Taken back." in words_of(browser.get(answer["Location"]))
    assert again.status_code == 409
    assert "This step is no longer open" in words_of(again)
    assert state_of(row, alice).version == 2


@pytest.mark.parametrize("outcome", ["approved", "refused"])
def test_while_a_decision_can_be_undone_the_applicant_cannot_tell_it_from_a_case_being_checked(
    alice, bob, client_of, machine, storage, outcome
):
    row = STATES[outcome](alice, bob)
    browser = client_of("alice")

    page = words_of(browser.get(f"/identity/{row.code}/"))
    refusal = machine("alice").post(f"/api/v1/verifications/{row.code}/withdraw")
    another = fill_in(browser, browser.get("/identity/send/"), "file", file=paper(), **TYPED)

    assert "Being checked" in page
    assert (refusal.status_code, another.status_code) == (409, 409)
    assert outcome not in refusal.content.decode()
    assert "A paper of yours is being checked already." in words_of(another)
    with tenancy.acting(bob):
        assert services.undo_decision(actor=bob, code=row.code).status == "in_review"


def test_the_applicant_reads_why_a_paper_was_refused_and_can_send_another(alice, bob, client_of):
    row = after_undo(STATES["refused"](alice, bob), bob)
    browser = client_of("alice")

    page = words_of(browser.get(f"/identity/{row.code}/"))

    assert "The picture is not readable" in page
    assert "all four corners" in page
    assert "Too dark." in page
    assert "Send another paper" in page


def test_a_question_is_answered_with_another_paper(alice, bob, client_of, storage):
    row = asked(alice, bob)
    browser = client_of("finn")

    page = browser.get(f"/identity/{row.code}/answer/")
    assert "Send the back side too." in words_of(page)
    answer = fill_in(browser, page, "file", file=paper(), **TYPED)

    assert answer["Location"] == f"/identity/{row.code}/"
    with tenancy.acting(alice):
        now = Verification.objects.select_related("paper").get(pk=row.pk)
    assert (now.status, now.question, now.paper.number) == ("submitted", "", TYPED["number"])


def test_an_answer_sent_twice_is_one_paper(alice, bob, client_of, storage):
    row = asked(alice, bob)
    browser = client_of("alice")
    form = typed_over(form_with(browser.get(f"/identity/{row.code}/answer/"), "file"), **TYPED)

    answers = [browser.post(f"/identity/{row.code}/answer/", form | {"file": paper()}) for _ in range(2)]

    assert [answer["Location"] for answer in answers] == [f"/identity/{row.code}/"] * 2
    assert stored(alice) == (2, 2, 1)


@pytest.mark.parametrize("state", sorted(set(STATES) - {"information_asked"}))
def test_nothing_can_be_answered_where_nothing_was_asked(alice, bob, client_of, storage, state):
    row = STATES[state](alice, bob)
    before = stored(alice)
    browser = client_of("alice")
    token = form_with(browser.get("/identity/send/"), "file")

    looked = browser.get(f"/identity/{row.code}/answer/")
    answered = browser.post(f"/identity/{row.code}/answer/", typed_over(token, **TYPED) | {"file": paper()})

    assert (looked.status_code, answered.status_code) == (409, 409)
    assert stored(alice) == before


# -- other ways to ask ----------------------------------------------------------------------------------------------------------


def test_htmx_gets_the_refusal_as_a_fragment_with_the_same_status(alice, client_of):
    row = submitted(alice)
    browser = client_of("alice")
    browser.post(f"/identity/{row.code}/withdraw/")

    page = browser.post(f"/identity/{row.code}/withdraw/")
    fragment = browser.post(f"/identity/{row.code}/withdraw/", headers={"HX-Request": "true"})
    missing = browser.get(f"/identity/{ABSENT}/", headers={"HX-Request": "true"})

    assert (page.status_code, fragment.status_code, missing.status_code) == (409, 409, 404)
    assert "<html" in page.content.decode()
    assert "<html" not in fragment.content.decode()
    assert fragment.content.decode().startswith('<div class="ipp-note ipp-note-bad" id="ipp-problem"')
    assert "This step is no longer open" in words_of(fragment)
    assert fragment["X-Request-Id"] in fragment.content.decode()


def test_htmx_is_told_to_go_and_sign_in(db):
    answer = AudienceClient("portal").get("/start/", headers={"HX-Request": "true"})

    assert answer.status_code == 204
    assert answer["HX-Redirect"] == "/accounts/login/?next=/start/"


def test_a_form_without_its_token_is_refused_by_a_page_that_explains(alice):
    row = submitted(alice)
    browser = AudienceClient("portal", enforce_csrf_checks=True)
    browser.cookies = signed_in("alice").cookies

    answer = browser.post(f"/identity/{row.code}/withdraw/")

    assert answer.status_code == 403
    assert "This page was opened in another session." in words_of(answer)
    assert answer["X-Request-Id"] in answer.content.decode()
    assert state_of(row, alice).status == "submitted"


def test_the_token_of_the_page_is_accepted(alice):
    row = submitted(alice)
    browser = AudienceClient("portal", enforce_csrf_checks=True)
    browser.cookies = signed_in("alice").cookies

    answer = press(browser, browser.get(f"/identity/{row.code}/"), "/withdraw/")

    assert answer.status_code == 302
    assert state_of(row, alice).status == "withdrawn"


def test_what_people_typed_is_shown_and_never_run(alice, bob, client_of):
    evil = "<script>alert('x')</script>"
    row = submitted(alice, holder_name=evil, number=evil)
    with tenancy.acting(alice):
        Organization.objects.filter(pk=alice.organization_id).update(name=evil)

    pages = [
        client_of("alice").get("/identity/"),
        client_of("alice").get(f"/identity/{row.code}/"),
        client_of("bob").get(f"/verifications/{row.code}/"),
        client_of("bob").get("/verifications/"),
        client_of("bob").get("/holders/"),
    ]

    for page in pages:
        assert evil not in page.content.decode()
        assert "&lt;script&gt;alert(&#x27;x&#x27;)" in page.content.decode()

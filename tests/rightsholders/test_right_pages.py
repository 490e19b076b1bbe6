"""The pages of the rights library and of rights at the desk, as a browser meets them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from ipp.core import tenancy
from ipp.core.models import StoredFile
from rightsholders import queries, services
from rightsholders.models import Right, RightKind, Verification
from tests.actors import AudienceClient
from tests.browsing import fill_in, form_with, press, words_of
from tests.core.files import corpus
from tests.factories import rightsholders as made

ABSENT = "A" * 22
PAGES = [
    ("GET", "/rights/"),
    ("GET", "/rights/add/"),
    ("GET", "/rights/add/trademark/"),
    ("POST", "/rights/add/trademark/"),
    ("GET", f"/rights/{ABSENT}/"),
    ("GET", f"/rights/{ABSENT}/answer/"),
    ("POST", f"/rights/{ABSENT}/answer/"),
    ("POST", f"/rights/{ABSENT}/withdraw/"),
]
TRADEMARK = {
    "name": "ACME",
    "owner_name": "Acme Tools Ltd",
    "office": "CNIPA",
    "number": "１２３４５６７８",
    "nice_classes": "8, 21",
    "goods": "hand tools",
    "registered_on": "2022-09-01",
    "expires_on": "2032-08-31",
}
BY_KIND: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "trademark": (TRADEMARK, ("certificate", "classes")),
    "copyright": (
        {
            "name": "Lantern",
            "owner_name": "Acme Tools Ltd",
            "created_on": "2021-05-04",
            "work_link": "https://a.example/x",
            "claim_statement": "on",
        },
        ("work",),
    ),
    "design": (
        {
            "name": "Bottle",
            "owner_name": "Acme Tools Ltd",
            "office": "EUIPO",
            "number": "004048098-0004",
            "locarno_class": "07-01",
            "filed_on": "2022-01-01",
            "registered_on": "2022-02-01",
            "expires_on": "2047-01-01",
        },
        ("certificate",),
    ),
    "utility_model": (
        {
            "name": "Lid",
            "owner_name": "Acme Tools Ltd",
            "office": "CNIPA",
            "number": made.patent_number("utility_model", 77),
            "filed_on": "2022-01-01",
            "registered_on": "2022-02-01",
            "expires_on": "2032-01-01",
        },
        ("certificate", "report"),
    ),
    "invention": (
        {
            "name": "Way",
            "owner_name": "Acme Tools Ltd",
            "office": "CNIPA",
            "number": "ZL 2018 1 0862228.X",
            "filed_on": "2018-08-01",
            "registered_on": "2020-08-01",
            "expires_on": "2038-08-01",
        },
        ("certificate",),
    ),
}


def picture(name: str, content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{name}.png", corpus.png(size=(40 + len(name), 30)) if content is None else content, "image/png")


def stored(actor: Any) -> tuple[int, int]:
    with tenancy.acting(actor):
        return Right.objects.count(), StoredFile.objects.count()


# -- who is let in ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_a_visitor_is_asked_to_sign_in(db, method, path):
    answer = AudienceClient("portal").generic(method, path)

    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")


@pytest.mark.parametrize(("method", "path"), [page for page in PAGES if ABSENT in page[1]])
def test_another_tenants_right_is_not_found(gus, client_of, method, path):
    theirs = made.waiting_right(gus, owner_name="Gus Globex")

    answer = client_of("alice").generic(method, path.replace(ABSENT, theirs.code))

    assert answer.status_code == 404
    assert theirs.name not in words_of(answer)
    with tenancy.acting(gus):
        assert queries.own_right(gus, theirs.code).status == "waiting"


@pytest.mark.parametrize("path", ["/rights/add/", "/rights/add/trademark/", f"/rights/{ABSENT}/answer/", f"/rights/{ABSENT}/withdraw/"])
def test_who_only_looks_on_may_not_write(client_of, path):
    answer = client_of("vera").post(path)

    assert answer.status_code in (403, 405)
    assert answer.status_code == 405 or "Your role does not allow this" in words_of(answer)


def test_who_only_looks_on_reads_the_library_without_buttons(alice, client_of):
    right = made.validated_right(alice)
    browser = client_of("vera")

    library, page = browser.get("/rights/"), browser.get(f"/rights/{right.code}/")

    assert (library.status_code, page.status_code) == (200, 200)
    assert right.name in words_of(library)
    assert "Add a right" not in words_of(library)
    assert "Take it out" not in words_of(page)


# -- the library --------------------------------------------------------------------------------------------------------------


def test_an_unverified_organization_is_told_what_comes_first(client_of):
    browser = client_of("alice")

    for path in ("/rights/", "/rights/add/", "/rights/add/design/"):
        assert "Prove who you are first." in words_of(browser.get(path))


def test_the_library_is_narrowed_by_kind_and_state(alice, client_of):
    mark, drawing, old = made.validated_right(alice), made.waiting_right(alice, "copyright"), made.expired_right(alice, name="OLDMARK")
    browser = client_of("finn")

    def shown(**query: str) -> set[str]:
        words = words_of(browser.get("/rights/", query))
        return {right.reference for right in (mark, drawing, old) if right.reference in words}

    assert shown() == {mark.reference, drawing.reference, old.reference}
    assert shown(kind="copyright") == {drawing.reference}
    assert shown(state="validated") == {mark.reference}
    assert shown(state="expired") == {old.reference}
    assert shown(state="waiting") == {drawing.reference}
    assert shown(kind="trademark", state="refused") == set()


def test_every_kind_is_offered_with_one_line_about_it(alice, client_of):
    made.verified(alice)

    words = words_of(client_of("alice").get("/rights/add/"))

    for label in RightKind.labels:
        assert str(label) in words


def test_a_kind_that_does_not_exist_has_no_page(client_of):
    assert client_of("alice").get("/rights/add/recipe/").status_code == 404


# -- adding -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BY_KIND)
def test_a_right_of_each_kind_is_added_by_page(alice, client_of, storage, kind):
    made.verified(alice)
    typed, documents = BY_KIND[kind]
    browser = client_of("finn")

    answer = fill_in(browser, browser.get(f"/rights/add/{kind}/"), "owner_name", **typed, **{name: picture(name) for name in documents})

    assert answer.status_code == 302, words_of(answer)
    page = words_of(browser.get(answer["Location"]))
    assert "A person checks this right." in page
    with tenancy.acting(alice):
        right = Right.objects.get()
        assert (right.kind, right.status, right.owner_name) == (kind, "waiting", "Acme Tools Ltd")
        assert [document.kind for document in queries.documents_of(right)] == list(documents)


def test_several_files_for_one_purpose_are_all_kept(alice, client_of, storage):
    made.verified(alice)
    browser = client_of("alice")
    files = [picture("certificate"), picture("certificate-back")]

    answer = fill_in(browser, browser.get("/rights/add/trademark/"), "owner_name", **TRADEMARK, certificate=files)

    assert answer.status_code == 302, words_of(answer)
    with tenancy.acting(alice):
        right = Right.objects.get()
        assert right.number == "12345678"
        assert [document.file.name for document in queries.documents_of(right)] == ["certificate.png", "certificate-back.png"]


@pytest.mark.parametrize(
    ("changes", "files", "field"),
    [
        ({"number": "12"}, ("certificate",), "number"),
        ({"nice_classes": "shoes"}, ("certificate",), "nice_classes"),
        ({"nice_classes": "99"}, ("certificate",), "nice_classes"),
        ({"registered_on": ""}, ("certificate",), "registered_on"),
        ({"expires_on": "2023-01-01"}, ("certificate",), "expires_on"),
        ({"office": ""}, ("certificate",), "office"),
        ({}, ("classes",), "certificate"),
    ],
)
def test_a_refusal_names_the_field_and_keeps_everything_typed(alice, client_of, storage, changes, files, field):
    made.verified(alice)
    browser = client_of("alice")
    before = stored(alice)

    answer = fill_in(
        browser, browser.get("/rights/add/trademark/"), "owner_name", **TRADEMARK | changes, **{name: picture(name) for name in files}
    )

    form = form_with(answer, "owner_name")
    assert answer.status_code == 422
    assert form.errors.get(field), form.errors
    assert form.fields["goods"] == "hand tools"
    assert form.fields["name"] == "ACME"
    assert stored(alice) == before


def test_a_file_that_is_none_is_named_where_it_was_sent(alice, client_of, storage):
    made.verified(alice)
    browser = client_of("alice")
    before = stored(alice)

    answer = fill_in(
        browser,
        browser.get("/rights/add/trademark/"),
        "owner_name",
        **TRADEMARK,
        certificate=picture("certificate"),
        classes=picture("classes", corpus.elf()),
    )

    assert answer.status_code in (415, 422)
    assert form_with(answer, "owner_name").errors.get("classes")
    assert stored(alice) == before
    assert not [path for path in storage.rglob("*") if path.is_file()]


def test_an_unverified_organization_adds_nothing(alice, client_of, storage):
    browser = client_of("alice")

    answer = fill_in(browser, browser.get("/rights/add/trademark/"), "owner_name", **TRADEMARK, certificate=picture("certificate"))

    assert answer.status_code == 403
    assert "send an identity paper" in words_of(answer)
    assert stored(alice) == (0, 0)


def test_a_number_held_already_is_named(alice, client_of, storage):
    made.waiting_right(alice, number="12345678")
    browser = client_of("alice")

    answer = fill_in(browser, browser.get("/rights/add/trademark/"), "owner_name", **TRADEMARK, certificate=picture("certificate"))

    assert answer.status_code == 409
    assert form_with(answer, "owner_name").errors["number"]


def test_a_form_sent_twice_adds_one_right(alice, client_of, storage):
    made.verified(alice)
    browser = client_of("alice")
    page = browser.get("/rights/add/trademark/")

    first, second = (fill_in(browser, page, "owner_name", **TRADEMARK, certificate=picture("certificate")) for _ in range(2))

    assert first["Location"] == second["Location"]
    assert stored(alice) == (1, 1)


# -- one right ----------------------------------------------------------------------------------------------------------------

STATES = {
    "waiting": (lambda alice, bob: made.waiting_right(alice), "A person checks this right."),
    "information_asked": (made.asked_right, "Send the page with the classes."),
    "validated": (lambda alice, bob: made.validated_right(alice), "Complaints can rest on this right"),
    "refused": (lambda alice, bob: made.refused_right(alice), "The document is not readable"),
    "withdrawn": (lambda alice, bob: made.withdrawn_right(alice), "Nothing new can be based on it"),
    "expired": (lambda alice, bob: made.expired_right(alice), "This right has expired."),
}


@pytest.mark.parametrize("state", STATES)
def test_a_right_reads_in_every_state(alice, bob, client_of, state):
    make, words = STATES[state]
    right = make(alice, bob)

    page = client_of("alice").get(f"/rights/{right.code}/")

    assert page.status_code == 200
    assert words in words_of(page)
    assert right.number in words_of(page)


@pytest.mark.parametrize("kind", BY_KIND)
def test_a_right_of_each_kind_reads_with_its_own_facts(alice, client_of, kind):
    right = made.waiting_right(alice, kind)

    words = words_of(client_of("alice").get(f"/rights/{right.code}/"))

    expected = {
        "trademark": "21 household utensils, glass",
        "copyright": "not registered; claimed by its owner",
        "design": "07-01 household goods",
        "utility_model": "Granted on",
        "invention": "Granted on",
    }
    assert expected[kind] in words


def test_a_decision_that_can_be_undone_is_not_told(alice, bob, client_of):
    row = made.claimed_right(alice, bob)
    with tenancy.acting(bob):
        services.refuse_verification(actor=bob, code=row.code, version=row.version, reason="right_altered")

    words = words_of(client_of("alice").get(f"/rights/{row.right.code}/"))

    assert "A person checks this right." in words
    assert "alteration" not in words
    assert "Decided" not in words


def test_a_question_is_answered_with_documents(alice, bob, client_of, storage):
    right = made.asked_right(alice, bob)
    browser = client_of("finn")

    page = browser.get(f"/rights/{right.code}/answer/")
    answer = fill_in(browser, page, "message", message="Here.", classes=picture("classes"))

    assert "Send the page with the classes." in words_of(page)
    assert (answer.status_code, answer["Location"]) == (302, f"/rights/{right.code}/")
    with tenancy.acting(alice):
        assert queries.own_right(alice, right.code).status == "waiting"
        assert len(queries.documents_of(right)) == 3


def test_nothing_is_answered_where_nothing_was_asked(alice, client_of):
    right = made.waiting_right(alice)
    browser = client_of("alice")

    assert browser.get(f"/rights/{right.code}/answer/").status_code == 409


def test_an_empty_answer_is_refused(alice, bob, client_of):
    right = made.asked_right(alice, bob)
    browser = client_of("alice")

    answer = fill_in(browser, browser.get(f"/rights/{right.code}/answer/"), "message", message=" ")

    assert answer.status_code == 422
    assert "Add a document, or write an answer." in words_of(answer)


def test_a_right_is_taken_out_and_then_no_more(alice, client_of):
    right = made.validated_right(alice)
    browser = client_of("alice")

    page = browser.get(f"/rights/{right.code}/")
    answer = press(browser, page, "/withdraw/")
    again = press(browser, page, "/withdraw/")

    assert (answer.status_code, again.status_code) == (302, 409)
    assert "Taken out of the library." in words_of(browser.get(f"/rights/{right.code}/"))


# -- the desk -----------------------------------------------------------------------------------------------------------------


def check_of(right: Right, actor: Any) -> Verification:
    with tenancy.acting(actor):
        return queries.verification_of(right)


def test_the_queue_shows_papers_and_rights_and_can_be_narrowed_by_type(alice, gus, bob, client_of):
    paper = made.submitted(gus, kind="passport", holder_name="Gus Globex")
    mark, drawing = check_of(made.waiting_right(alice), bob), check_of(made.waiting_right(alice, "copyright"), bob)
    browser = client_of("bob")

    def shown(**query: str) -> set[str]:
        words = words_of(browser.get("/verifications/", query))
        return {row.reference for row in (paper, mark, drawing) if row.reference in words}

    assert shown() == {paper.reference, mark.reference, drawing.reference}
    assert shown(type="identity") == {paper.reference}
    assert shown(type="trademark") == {mark.reference}
    assert shown(type="copyright", state="submitted") == {drawing.reference}


@pytest.mark.parametrize("kind", BY_KIND)
def test_a_case_of_each_kind_shows_what_was_typed_with_findings(alice, bob, client_of, kind):
    row = made.claimed_right(alice, bob, kind, owner_name="Somebody Else")

    page = client_of("bob").get(f"/verifications/{row.code}/")

    words = words_of(page)
    assert page.status_code == 200
    assert "The account is called Acme Tools Ltd." in words
    assert "Validate the right" in words
    assert "The owner&#x27;s name is not the account&#x27;s" in page.content.decode()
    assert "The name is not the account" not in words


def test_the_desk_learns_that_another_account_holds_the_number_and_sent_the_file(alice, gus, bob, client_of):
    mine = made.waiting_right(alice, number="12345678")
    made.waiting_right(gus, number="12345678", owner_name="Gus Globex")
    row = check_of(mine, bob)

    words = words_of(client_of("bob").get(f"/verifications/{row.code}/"))
    theirs = words_of(client_of("alice").get(f"/rights/{mine.code}/"))

    assert "Another account holds the same number." in words
    assert "Another account" not in theirs


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        ("invention", {}, "Form, kind and check digit fit."),
        ("trademark", {"office": "USPTO", "number": "88123456"}, "looks like the number of an application"),
        ("trademark", {"office": "WIPO", "number": "1234567", "territories": ["CN"]}, "the certificate of CNIPA"),
        ("trademark", {"expires_on": made.date(2099, 1, 1)}, "Later than the first term of 10 years"),
        ("design", {}, "Granted unexamined; no evaluation report."),
        ("copyright", {}, "No link to a publication was given."),
    ],
)
def test_the_machine_tells_the_verifier_what_is_odd(alice, bob, client_of, kind, changes, words):
    row = check_of(made.waiting_right(alice, kind, **changes), bob)

    assert words in words_of(client_of("bob").get(f"/verifications/{row.code}/"))


def test_a_right_is_validated_and_the_decision_undone_by_page(alice, bob, client_of):
    row = made.claimed_right(alice, bob)
    browser = client_of("bob")

    decided = press(browser, browser.get(f"/verifications/{row.code}/"), "/approve/", message="Good.")
    undone = press(browser, browser.get(f"/verifications/{row.code}/"), "/undo/")

    assert (decided.status_code, undone.status_code) == (302, 302)
    words = words_of(browser.get(f"/verifications/{row.code}/"))
    assert "found the right good" in words
    assert "took the decision back" in words


def test_a_right_is_refused_by_page_with_a_reason_of_its_own(alice, bob, client_of):
    row = made.claimed_right(alice, bob)
    browser = client_of("bob")
    page = browser.get(f"/verifications/{row.code}/")

    wrong = press(browser, page, "/refuse/", reason="wrong_paper")
    right = press(browser, page, "/refuse/", reason="classes_missing")

    assert (wrong.status_code, right.status_code) == (422, 302)
    assert "The page with the classes is missing" in words_of(browser.get(f"/verifications/{row.code}/"))


@pytest.mark.parametrize(("name", "reads"), [("rex", False), ("ann", False), ("olga", False), ("ada", True)])
def test_an_auditor_reads_a_case_of_a_right_and_only_verifiers_decide(alice, bob, client_of, name, reads):
    row = check_of(made.waiting_right(alice), bob)
    browser = client_of(name)

    assert browser.get(f"/verifications/{row.code}/").status_code == (200 if reads else 403)
    assert browser.post(f"/verifications/{row.code}/approve/").status_code == 403

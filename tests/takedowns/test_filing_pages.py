"""The pages on which a rights holder files a complaint, step by step, as a browser meets them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from ipp.core import clock, tenancy
from takedowns.models import Complaint, ComplaintDraft
from takedowns.rules import DECLARATIONS
from tests.actors import AudienceClient, signed_in
from tests.browsing import fill_in, form_with, press, typed_over, words_of
from tests.core.files import corpus
from tests.factories.rightsholders import expired_right, refused_right, validated_right, verified, waiting_right
from tests.factories.takedowns import SIGNATURE, draft, link_texts

ABSENT = "A" * 22
NEW = "/complaints/new/"
HOSTILE = '<script>alert(1)</script>" onfocus="alert(2)'


def drafts(actor: Any) -> list[ComplaintDraft]:
    with tenancy.acting(actor):
        return list(ComplaintDraft.objects.filter(organization_id=actor.organization_id).select_related("reason").order_by("id"))


def complaints(actor: Any) -> list[Complaint]:
    with tenancy.acting(actor):
        return list(Complaint.objects.filter(organization_id=actor.organization_id).order_by("id"))


def step(row: ComplaintDraft, name: str) -> str:
    return f"/complaints/drafts/{row.code}/{name}/"


@pytest.fixture
def right(alice):
    return validated_right(alice, name="ACME twin peaks")


@pytest.fixture
def browser(alice):
    return signed_in("alice")


# -- who is let in ------------------------------------------------------------------------------------------------------------

STEPS = ["", "right/", "reason/", "links/", "evidence/", "sign/"]


@pytest.mark.parametrize("path", [NEW, "/complaints/", *(f"/complaints/drafts/{ABSENT}/{name}" for name in STEPS)])
def test_a_visitor_is_asked_to_sign_in(db, path):
    answer = AudienceClient("portal").get(path)

    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")


@pytest.mark.parametrize("name", STEPS)
def test_another_tenants_draft_is_the_same_page_as_one_that_does_not_exist(alice, gus, right, name):
    theirs = draft(alice, right)
    browser = signed_in("gus")

    answers = [browser.get(f"/complaints/drafts/{code}/{name}") for code in (theirs.code, ABSENT)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert "ACME" not in words_of(answers[0])


@pytest.mark.parametrize("name", ["links/", "links/mend/", "evidence/", "sign/", "discard/"])
def test_another_tenant_changes_nothing_in_a_draft(alice, gus, right, name):
    theirs = draft(alice, right)

    answer = signed_in("gus").post(f"/complaints/drafts/{theirs.code}/{name}", {"links": "x", "do": "drop", **SIGNATURE, "submission": "s"})

    assert answer.status_code == 404
    assert drafts(alice)[0].links == theirs.links


def test_a_viewer_may_look_and_not_file(alice, right):
    row = draft(alice, right)
    browser = signed_in("vera")

    looked = browser.get("/complaints/")

    assert looked.status_code == 200
    assert NEW not in looked.content.decode()
    assert [browser.get(path).status_code for path in (NEW, step(row, "links"), step(row, "sign"))] == [403, 403, 403]
    assert browser.post(step(row, "sign"), {}).status_code == 403


# -- the right ----------------------------------------------------------------------------------------------------------------


def test_an_unverified_account_is_told_to_prove_who_it_is_first(browser):
    page = browser.get(NEW)

    assert "Prove who you are first" in words_of(page)
    assert "/identity/" in page.content.decode()


def test_an_account_without_a_right_is_told_to_add_one(alice, browser):
    verified(alice)

    assert "Add a right first" in words_of(browser.get(NEW))


def test_only_rights_that_can_be_used_can_be_chosen_and_the_others_say_why_not(alice, browser, right):
    waiting_right(alice, name="Waiting mark")
    expired_right(alice, name="Old mark")
    refused_right(alice, name="Refused mark")

    page = browser.get(NEW)
    words = words_of(page)

    assert form_with(page, "right").fields["right"] == right.code, "the only one that can be used is chosen already"
    for name, why in (("Waiting mark", "a verifier is checking it"), ("Old mark", "Ended on"), ("Refused mark", "Not accepted")):
        assert why in words[words.index(name) :]


def test_choosing_a_right_begins_a_draft_and_another_ones_right_does_not(alice, gus, browser, right):
    theirs = validated_right(gus)

    refused = browser.post(NEW, {"right": theirs.code})
    begun = fill_in(browser, browser.get(NEW), "right", right=right.code)

    (row,) = drafts(alice)
    assert refused.status_code == 422
    assert (begun.status_code, begun["Location"]) == (302, step(row, "reason"))


# -- the reason ---------------------------------------------------------------------------------------------------------------


def test_the_reasons_are_those_of_the_rights_kind_and_open_to_everybody(alice, browser):
    row = draft(alice, validated_right(alice, "design"), reason=None)

    page = browser.get(step(row, "reason")).content.decode()

    assert 'value="DS-SAME"' in page
    assert 'value="XX-ORDER"' in page
    assert 'value="TM-JARGON"' not in page


def test_a_reason_only_open_to_good_faith_is_not_offered(alice, browser, right):
    assert 'value="TM-PRICE"' not in browser.get(step(draft(alice, right), "reason")).content.decode()


def test_genuine_goods_stop_here_with_the_explanation_and_nothing_is_filed(alice, browser, right):
    row = draft(alice, right, reason=None)

    page = browser.post(step(row, "reason"), {"genuine": "yes"})

    assert "No complaint can be filed about genuine goods" in words_of(page)
    assert "R09" in words_of(page)
    assert drafts(alice)[0].reason is None
    assert complaints(alice) == []


def test_the_question_about_genuine_goods_must_be_answered(alice, browser, right):
    row = draft(alice, right, reason=None)

    page = browser.post(step(row, "reason"), {"reason": "TM-JARGON"})

    assert page.status_code == 422
    assert "Answer this question first" in words_of(page)
    assert drafts(alice)[0].reason is None


def test_a_reason_of_another_kind_of_right_is_refused(alice, browser, right):
    row = draft(alice, right, reason=None)

    page = browser.post(step(row, "reason"), {"genuine": "no", "reason": "DS-SAME"})

    assert page.status_code == 422
    assert drafts(alice)[0].reason is None


# -- the evidence -------------------------------------------------------------------------------------------------------------


def picture(name: str = "parcel.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, corpus.png(), "image/png")


def test_the_form_asks_for_what_the_reason_asks_for_and_says_what_is_missing(alice, browser, right):
    row = draft(alice, right, reason="TM-FEATURES", data={})

    page = browser.post(step(row, "evidence"), {"do": "go", "explanation": HOSTILE, "seen_on": ""})

    errors = form_with(page, "explanation").errors
    assert page.status_code == 422
    assert set(errors) == {"file-genuine_image", "say-differences", "seen_on"}
    assert HOSTILE not in page.content.decode()
    assert drafts(alice)[0].data["explanation"] == HOSTILE


def test_files_are_attached_listed_and_removed(alice, browser, right, storage):
    row = draft(alice, right, reason="TM-FEATURES", data={})
    typed = {"say-differences": "The cap is black.", "seen_on": clock.now().date().isoformat(), "submission": "one"}

    kept = browser.post(
        step(row, "evidence"), {**typed, "do": "add", "file-genuine_image": [picture("a.png"), picture("b.png")]}, follow=True
    )
    again = browser.post(
        step(row, "evidence"), {**typed, "do": "add", "file-genuine_image": [picture("a.png"), picture("b.png")]}, follow=True
    )
    with tenancy.acting(alice):
        codes = list(row.files.values_list("file__code", flat=True))
    removed = browser.post(step(row, "evidence"), {**typed, "detach": codes[0]}, follow=True)

    assert form_with(kept, "explanation").fields["say-differences"] == "The cap is black."
    assert words_of(kept).count("1 page") == 2
    assert words_of(again).count("1 page") == 2, "the same form sent twice attaches once"
    assert words_of(removed).count("1 page") == 1
    gone_on = browser.post(step(row, "evidence"), {**typed, "do": "go"})
    assert gone_on["Location"] == step(row, "sign")


def test_a_file_that_is_refused_loses_neither_the_words_nor_the_other_file(alice, browser, right, storage):
    row = draft(alice, right, reason="TM-FEATURES", data={})
    bad = SimpleUploadedFile("macro.docm", b"PK\x03\x04 no picture", "image/png")

    page = browser.post(
        step(row, "evidence"),
        {
            "say-differences": "The cap.",
            "seen_on": "2026-01-02",
            "submission": "s",
            "do": "go",
            "file-genuine_image": [bad, picture("good.png")],
        },
    )

    assert page.status_code == 422
    assert "macro.docm" in form_with(page, "explanation").errors["file-genuine_image"]
    assert "good.png" in words_of(page)
    assert drafts(alice)[0].data["statements"]["differences"] == "The cap."


def test_a_day_in_the_future_is_refused(alice, browser, right):
    row = draft(alice, right)
    later = (clock.now() + timedelta(days=3)).date().isoformat()

    page = browser.post(step(row, "evidence"), {"say-quoted_words": "1:1", "seen_on": later, "do": "go"})

    assert "lies in the future" in form_with(page, "seen_on").errors["seen_on"]


def test_a_day_before_the_right_began_is_refused(alice, browser, right):
    row = draft(alice, right)

    page = browser.post(step(row, "evidence"), {"say-quoted_words": "1:1", "seen_on": "2001-01-01", "do": "go"})

    assert "not in force on the day you saw" in form_with(page, "seen_on").errors["seen_on"]


# -- sign and file ------------------------------------------------------------------------------------------------------------


def test_a_complaint_is_filed_from_the_first_page_to_the_last(alice, browser, right):
    at = fill_in(browser, browser.get(NEW), "right", right=right.code)
    at = fill_in(browser, browser.get(at["Location"]), "reason", genuine="no", reason="TM-JARGON")
    at = fill_in(browser, browser.get(at["Location"]), "links", links="\n".join([*link_texts(3), "https://shop.example/5"]))
    assert "Go on with 3 listings" in words_of(browser.get(at["Location"]))
    (row,) = drafts(alice)
    page = browser.get(step(row, "evidence"))
    at = browser.post(step(row, "evidence"), typed_over(form_with(page, "seen_on"), **{"say-quoted_words": "1:1", "do": "go"}))
    page = browser.get(at["Location"])

    assert "File complaint for 3 listings" in words_of(page)
    assert "1 link is left out" in words_of(page)
    filed_at = browser.post(at["Location"], typed_over(form_with(page, "signed_name"), **SIGNATURE))

    (complaint,) = complaints(alice)
    assert filed_at["Location"] == f"/complaints/{complaint.code}/"
    assert (complaint.listing_count, complaint.reason_id, complaint.signed_role, complaint.channel) == (3, "TM-JARGON", "Owner", "page")
    assert complaint.statements == {"quoted_words": "1:1"}
    assert drafts(alice) == []


def test_sending_the_signature_twice_files_once(alice, browser, right):
    row = draft(alice, right)
    page = browser.get(step(row, "sign"))
    sent = typed_over(form_with(page, "signed_name"), **SIGNATURE)

    answers = [browser.post(step(row, "sign"), sent) for _press in range(3)]

    (complaint,) = complaints(alice)
    assert {answer["Location"] for answer in answers} == {f"/complaints/{complaint.code}/"}


def test_without_every_declaration_and_a_signature_nothing_is_filed_and_nothing_is_lost(alice, browser, right):
    row = draft(alice, right)

    page = browser.post(
        step(row, "sign"), {"declarations": DECLARATIONS[:3], "signed_name": "Ann Ames", "signed_role": "", "submission": "s"}
    )

    assert page.status_code == 422
    assert set(form_with(page, "signed_name").errors) >= {"signed_role"}
    assert "All four declarations are needed" in words_of(page)
    assert form_with(page, "signed_name").fields["signed_name"] == "Ann Ames"
    assert drafts(alice)[0].data["signed_name"] == "Ann Ames"
    assert complaints(alice) == []


def test_what_stands_in_the_way_is_named_with_the_step_that_mends_it(alice, browser, right):
    row = draft(alice, right, data={"statements": {}, "seen_on": clock.now().date().isoformat()})

    page = browser.get(step(row, "sign"))

    assert "Missing: The words, and where they stand." in words_of(page)
    assert step(row, "evidence") in page.content.decode()
    assert "File complaint for" not in words_of(page)
    assert browser.post(step(row, "sign"), {**SIGNATURE, "submission": "s"}).status_code == 422


def test_an_unfinished_draft_leads_back_to_its_first_open_step(alice, browser, right):
    row = draft(alice, right, links="")

    assert browser.get(step(row, "sign"))["Location"] == f"/complaints/drafts/{row.code}/"
    assert browser.get(f"/complaints/drafts/{row.code}/")["Location"] == step(row, "links")


def test_a_draft_is_listed_and_thrown_away(alice, browser, right):
    row = draft(alice, right)
    page = browser.get("/complaints/")
    assert "Begun, not filed" in words_of(page)

    press(browser, page, "/discard/")

    assert drafts(alice) == []
    assert browser.get(step(row, "sign")).status_code == 404

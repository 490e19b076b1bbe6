"""A stranger opens an account and is verified, and a verifier works with one key a decision: in a browser, against the real processes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rightsholders.management.story import APPLICANTS, draw_paper
from tests.browser.driving import PHONE, Readers
from tests.browser.system import System

pytestmark = pytest.mark.browser

JONAS = "jonas.brandt@ipp.example"
PASSWORD = "nine grey herons over the weir"


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the picture of an invented business licence."""
    path = tmp_path_factory.mktemp("paper") / "licence.png"
    path.write_bytes(draw_paper(APPLICANTS[0], "Nordlys Verktøy AS"))
    return path


def open_an_account(page: Page, system: System, email: str, organization: str) -> None:
    """Sign up by the form, with the code out of the mailbox."""
    page.goto(f"{system.portal}/")
    page.get_by_role("link", name="Open an account").first.click()
    page.fill("[name=organization_name]", organization)
    page.fill("[name=full_name]", "Kari Nordlys")
    page.fill("[name=email]", email)
    page.fill("[name=password1]", PASSWORD)
    page.click("text=Open the account")
    page.wait_for_selector("[name=code]")
    system.work()
    page.fill("[name=code]", code_mailed_to(page, system, email))
    page.click("main form button.btn-primary")
    expect(page.locator("h1")).to_have_text(organization)


def code_mailed_to(page: Page, system: System, email: str) -> str:
    """Read the code that stands alone on a line of the newest mail."""
    mailbox = page.context.new_page()
    mailbox.goto(f"{system.portal}/dev/mailbox/?to={email}")
    found = re.search(r"^\s*([A-Z0-9-]{6,12})\s*$", mailbox.inner_text(".ipp-letter >> nth=0"), re.MULTILINE)
    mailbox.close()
    assert found
    return found[1]


def send(page: Page, system: System, paper: Path) -> str:
    """Send a paper in and return the verification's reference."""
    page.goto(f"{system.portal}/identity/send/")
    page.set_input_files("[name=file]", paper)
    expect(page.locator(".ipp-drop output")).to_contain_text("licence.png")
    page.fill("[name=number]", "914 778 271")
    page.select_option("[name=country]", "NO")
    page.click("text=Send the paper in")
    expect(page.locator(".ipp-state").first).to_have_text("In the queue")
    return page.inner_text(".ipp-crumbs li:last-child")


def take(desk: Page, system: System, reference: str) -> None:
    """Open a case from the queue and take it, by keyboard."""
    desk.goto(f"{system.staff}/verifications/")
    desk.get_by_role("link", name=reference).click()
    desk.wait_for_selector("#main")
    desk.keyboard.press("t")
    desk.wait_for_selector("#decide")


def test_a_stranger_becomes_a_verified_rights_holder(readers: Readers, system: System, paper: Path) -> None:
    applicant = readers.visitor(viewport=PHONE)
    open_an_account(applicant.page, system, "kari@nordlys.example", "Nordlys Verktøy AS")
    reference = send(applicant.page, system, paper)
    verification = applicant.page.url
    desk = readers.member(JONAS).page

    take(desk, system, reference)
    desk.keyboard.press("m")
    desk.keyboard.type("Name and number agree.")
    desk.keyboard.press("Escape")
    desk.keyboard.press("a")
    expect(desk.locator(".ipp-toast")).to_contain_text("the applicant is not told yet")
    applicant.page.reload()
    expect(applicant.page.locator(".ipp-state").first).to_have_text("Being checked")
    desk.keyboard.press("u")
    expect(desk.locator(".ipp-notes")).to_contain_text("Taken back")
    desk.keyboard.press("m")
    desk.keyboard.type("Welcome.")
    desk.keyboard.press("Escape")
    desk.keyboard.press("a")
    desk.wait_for_selector(".ipp-toast")
    system.let_undo_time_pass()
    system.work()
    applicant.page.goto(verification)

    expect(applicant.page.locator(".ipp-state").first).to_have_text("Verified")
    story = applicant.page.inner_text(".ipp-timeline")
    assert "found the paper good" in story
    assert "Welcome." in story
    assert "Name and number agree." not in story
    mailbox = f"{system.portal}/dev/mailbox/?to=kari@nordlys.example"
    for _try in range(5):  # a mail that could not be sent at once is due again some seconds later
        system.work()
        applicant.page.goto(mailbox)
        if "Your organization is verified" in applicant.page.locator(".ipp-letter").first.inner_text():
            break
    expect(applicant.page.locator(".ipp-letter").first).to_contain_text("Your organization is verified")
    assert applicant.complaints == []


def test_a_paper_is_refused_with_two_keys_and_the_applicant_reads_why(readers: Readers, system: System, paper: Path) -> None:
    applicant = readers.visitor()
    open_an_account(applicant.page, system, "ola@ullrik.example", "Ullrik Design")
    reference = send(applicant.page, system, paper)
    verification = applicant.page.url
    desk = readers.member(JONAS).page
    take(desk, system, reference)

    desk.keyboard.press("1")
    expect(desk.locator("#decide")).to_be_visible()
    desk.keyboard.press("r")
    desk.keyboard.press("1")
    expect(desk.locator(".ipp-decide-box .ipp-state")).to_have_text("Refused")
    system.let_undo_time_pass()
    system.work()
    applicant.page.goto(verification)

    note = applicant.page.locator(".ipp-note-bad")
    expect(note).to_contain_text("The picture is not readable")
    note.get_by_role("link", name="Send another paper").click()
    expect(applicant.page.locator("h1")).to_have_text("Prove who you are")


def test_keys_do_nothing_while_somebody_types_or_has_switched_them_off(readers: Readers, system: System) -> None:
    desk = readers.member("lin.yue@ipp.example").page
    desk.goto(f"{system.staff}/verifications/{system.stage['cases']['北溪运动用品有限公司']}/")

    desk.focus("#id_message")
    desk.keyboard.type("rab")
    assert desk.input_value("#id_message") == "rab"
    assert not desk.locator("details.ipp-confirm[open]").count()
    desk.keyboard.press("Escape")
    desk.locator(".ipp-top details.ipp-menu > summary").last.click()
    desk.click("[data-keys]")
    desk.keyboard.press("Escape")
    desk.keyboard.press("r")

    assert not desk.locator("details.ipp-confirm[open]").count()
    expect(desk.locator("#decide")).to_be_visible()

"""Everything an applicant needs works where no script runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from rightsholders.management.story import APPLICANTS, draw_paper
from takedowns.management.story import draw
from tests.browser.driving import PHONE, Reader, Readers

pytestmark = pytest.mark.browser

SAM, IDA = "sam.rivera@lumaway.example", "ida.fenwick@nightheron.example"


@pytest.fixture
def plain(readers: Readers) -> Reader:
    """Return a phone on which no script runs."""
    return readers.visitor(java_script_enabled=False, viewport=PHONE)


def test_an_applicant_signs_in_sends_a_paper_and_takes_it_back(plain: Reader, readers: Readers, tmp_path: Path) -> None:
    page = plain.page
    paper = tmp_path / "licence.png"
    paper.write_bytes(draw_paper(APPLICANTS[-1], "Lumaway Studio"))

    readers.sign_in(plain, SAM)
    page.click("text=Send a paper >> nth=-1")
    page.set_input_files("[name=file]", paper)
    page.fill("[name=number]", "LS-2026")
    page.click("text=Send the paper in")
    expect(page.locator(".ipp-state").first).to_have_text("In the queue")
    page.click("text=Take the paper back …")
    page.click("text=Yes, take it back")

    expect(page.locator(".ipp-state").first).to_have_text("Withdrawn")


def test_a_complaint_is_filed(plain: Reader, readers: Readers, tmp_path: Path) -> None:
    page = plain.page
    proof = tmp_path / "proof.png"
    proof.write_bytes(draw("side_by_side"))

    readers.sign_in(plain, IDA)
    plain.open("/complaints/new/")
    page.click("text=Go on with this right")
    page.check("[name=genuine][value=no]")
    page.check("[name=reason][value=CR-GOODS]")
    page.click("text=Go on to the listings")
    page.fill("[name=links]", "bazarro 3000452676\nhttps://shop.example/1\n")
    page.click("text=Read the links")
    page.click("text=Leave out the 1 that cannot be filed")
    page.click("a.btn-primary:visible:has-text('Go on with 1 listing')")
    page.set_input_files("[name=file-side_by_side]", proof)
    page.click("button.btn-primary:has-text('Go on and check')")
    page.wait_for_selector("[name=declarations]")  # `all` does not wait for the page that comes
    for box in page.locator("[name=declarations]").all():
        box.check()
    page.fill("[name=signed_name]", "Ida Fenwick")
    page.fill("[name=signed_role]", "Artist")
    page.click("text=File complaint for 1 listing")

    expect(page.locator("#standing .ipp-state").first).to_have_text("Received")


def test_a_form_with_mistakes_says_what_they_are_and_leads_to_them(plain: Reader, readers: Readers) -> None:
    readers.sign_in(plain, SAM)
    plain.open("/identity/send/")

    plain.page.click("text=Send the paper in")

    expect(plain.page.locator(".ipp-errors h2")).to_have_text("2 fields need a correction")
    plain.page.click(".ipp-errors a >> nth=1")
    assert plain.page.url.endswith("#id_number")


def test_theme_language_and_menu_work(plain: Reader, readers: Readers) -> None:
    page = plain.page
    readers.sign_in(plain, SAM)
    menu = page.locator("nav#nav")

    expect(menu).to_be_hidden()
    page.click(".ipp-burger")
    expect(menu).to_be_visible()
    menu.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.click(".ipp-burger")
    menu.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_a_visitor_reads_the_front_page_and_chooses_light_or_dark(plain: Reader) -> None:
    plain.open("/")

    plain.page.click("footer >> text=Dark")

    expect(plain.page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(plain.page.locator("h1")).to_be_visible()

"""A complaint from the pasted links to the dark page and back, and a visitor's report: in a browser, against the real processes."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from takedowns.management.story import INGRID, REVIEWER, draw
from tests.browser.driving import Reader, Readers, barriers
from tests.browser.system import System

pytestmark = pytest.mark.browser

BOTTLE, STRAW, FLASK = "/bazarro/item/3000425919.html", "/bazarro/item/3000452676.html", "/lanqiao/goods?id=680114516787"


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    """Return an invented picture of the genuine product."""
    path = tmp_path / "genuine.png"
    path.write_bytes(draw("genuine_image"))
    return path


def choose_right_and_reason(page: Page, system: System, right: str, reason: str) -> None:
    """Begin a complaint from the start page."""
    page.goto(f"{system.portal}/start/")
    page.get_by_role("link", name="File a complaint").first.click()
    page.check(f"[name=right][value='{system.stage['cases'][right]}']")
    page.click("text=Go on with this right")
    page.check("[name=genuine][value=no]")
    page.check(f"[name=reason][value={reason}]")
    page.click("text=Go on to the listings")


def paste(page: Page, system: System) -> None:
    """Paste one listing in five spellings, another one, and a link that leads nowhere, which is then mended."""
    bottle, straw, flask = (system.sandbox + path for path in (BOTTLE, STRAW, FLASK))
    spellings = [
        bottle,
        f"{bottle}?spm=a2.1&from=share",
        f"{bottle}#reviews",
        "bazarro 3000425919",
        f"Look at this bottle! {bottle} so cheap",
    ]
    page.fill("[name=links]", "\n".join([*spellings, straw, "https://bazarro.example.evil.example/item/1.html"]))
    page.click("text=Read the links")
    expect(page.locator("#paste")).to_contain_text("7 links read")
    expect(page.locator(".ipp-meter")).to_have_attribute("aria-label", "2 Fine, 4 Same listing, 1 Cannot be filed")
    page.fill(".ipp-mend", flask)
    page.click("text=Read the mended links")
    expect(page.locator(".ipp-meter")).to_have_attribute("aria-label", "3 Fine, 4 Same listing")
    system.work()
    page.reload()
    expect(page.locator(".ipp-pasted")).to_contain_text("Sports water bottle with straw 700 ml olive")
    page.locator("a.btn-primary:visible", has_text="Go on with 3 listings").click()


def prove_and_sign(page: Page, proof: Path) -> None:
    """Bring the evidence, declare, sign and file."""
    page.fill("[name=say-differences]", "The ring at the neck is welded; ours is turned from one piece.")
    page.set_input_files("[name=file-genuine_image]", proof)
    page.click("button.btn-primary:has-text('Go on and check')")
    page.wait_for_selector("[name=declarations]")  # `all` does not wait for the page that comes
    for box in page.locator("[name=declarations]").all():
        box.check()
    page.fill("[name=signed_name]", "Ingrid Solvang")
    page.fill("[name=signed_role]", "Owner")
    page.click("text=File complaint for 3 listings")
    expect(page.locator("#standing .ipp-state").first).to_have_text("Received")


def decide_with_single_keys(desk: Page, system: System, reference: str) -> None:
    """Take the complaint from the queue; accept, undo, accept again, reject, accept: each with a key or two."""
    desk.goto(f"{system.staff}/reviews/")
    desk.get_by_role("link", name=reference).click()
    desk.wait_for_selector("[data-key=t]")
    desk.keyboard.press("t")
    expect(desk.locator("#decide [data-key=a]")).to_be_visible()
    place = desk.locator(".ipp-con-bar h1 > .ipp-num")
    expect(place).to_have_text("1")
    desk.keyboard.press("j")
    expect(place).to_have_text("2")
    desk.keyboard.press("k")
    expect(place).to_have_text("1")
    desk.keyboard.press("a")
    expect(desk.locator(".ipp-toast")).to_contain_text(reference)
    expect(place).to_have_text("2")
    assert barriers(desk) == []
    desk.keyboard.press("u")
    expect(desk.locator(".ipp-con-act")).to_contain_text("Taken back")
    expect(place).to_have_text("1")
    desk.keyboard.press("a")
    expect(place).to_have_text("2")
    desk.keyboard.press("r")
    desk.keyboard.press("1")
    expect(place).to_have_text("3")
    desk.keyboard.press("a")
    expect(desk.locator(".ipp-con-bar h1 > .ipp-ref")).not_to_have_text(reference)  # the next complaint is here already


def withdraw(page: Page) -> None:
    """Withdraw the whole complaint."""
    page.click("text=Withdraw the whole complaint …")
    page.fill("#why", "Settled.")
    page.click("text=Yes, withdraw it")
    expect(page.locator("#standing .ipp-meter")).to_have_attribute("aria-label", "1 not accepted, 2 withdrawn")


def status_of(visitor: Reader, system: System, path: str) -> int:
    """Open a page of the sandbox."""
    return visitor.open(system.sandbox + path).status


def test_a_complaint_is_filed_decided_by_keyboard_carried_out_and_withdrawn(readers: Readers, system: System, proof: Path) -> None:
    filer, visitor, desk = readers.member(INGRID), readers.visitor(), readers.member(REVIEWER)
    page = filer.page

    choose_right_and_reason(page, system, "right 48126377", "TM-FEATURES")
    paste(page, system)
    prove_and_sign(page, proof)
    complaint, reference = page.url, page.inner_text(".ipp-crumbs li:last-child")
    system.work()
    page.reload()
    expect(page.locator("#standing .ipp-state").first).to_have_text("Waiting for review")

    # Within the undo time nothing has happened for anybody but the reviewer.
    decide_with_single_keys(desk.page, system, reference)
    system.work()
    page.reload()
    expect(page.locator("#standing .ipp-state").first).to_have_text("In review")
    assert status_of(visitor, system, BOTTLE) == 200

    system.let_undo_time_pass()
    system.work()
    assert [status_of(visitor, system, path) for path in (STRAW, FLASK, BOTTLE)] == [200, 410, 410]
    gone = visitor.page.inner_text("main")
    assert "This listing was taken down" in gone
    assert reference in gone
    assert "Tarnholt" not in gone
    page.goto(complaint)
    expect(page.locator("#standing .ipp-state").first).to_have_text("Decided")
    expect(page.locator("#standing .ipp-meter")).to_have_attribute("aria-label", "2 down, the seller can answer, 1 not accepted")

    withdraw(page)
    system.work()
    assert [status_of(visitor, system, path) for path in (FLASK, BOTTLE)] == [200, 200]
    assert (filer.complaints, desk.complaints, visitor.complaints) == ([], [], [])


def test_a_visitor_reports_a_listing_from_its_own_page(readers: Readers, system: System) -> None:
    visitor, desk = readers.visitor(), readers.member(REVIEWER)

    visitor.open(f"{system.sandbox}/bazarro/item/3000479433.html")
    visitor.page.click("text=Report this listing")
    visitor.page.select_option("[name=reason]", "counterfeit")
    visitor.page.fill("[name=note]", "The beak is on the wrong side.")
    visitor.page.click("text=Send report")
    expect(visitor.page.locator("h1")).to_have_text("Thank you")
    reference = visitor.page.inner_text(".ipp-lead strong")
    desk.open("/leads/")

    expect(desk.page.locator("main tr", has_text=reference)).to_contain_text("The beak is on the wrong side.")
    assert visitor.complaints == []

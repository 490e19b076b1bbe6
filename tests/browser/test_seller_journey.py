"""A seller on a phone: what was reported, why, until when, and the answer; with scripts and without."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from takedowns.management.story import draw
from tests.browser.driving import PHONE, Reader, Readers, barriers, wider_than_the_screen
from tests.browser.people import SELLER
from tests.browser.system import System

pytestmark = pytest.mark.browser

GROUND, PROOF = "[name=grounds][value=LAWFUL_PURCHASE]", "[name=file-LAWFUL_PURCHASE-proof_of_purchase]"
WORDS = "We bought these bowls from the potter in Porto, and her mark is on the base."


@pytest.fixture
def invoice(tmp_path: Path) -> Path:
    """Return an invented picture of an invoice."""
    path = tmp_path / "invoice.png"
    path.write_bytes(draw("proof_of_purchase"))
    return path


def assert_whole(page: Page) -> None:
    """Nothing beside the screen, and nothing in anybody's way."""
    page.evaluate("scrollTo(0, 0)")
    assert wider_than_the_screen(page) == 0
    assert barriers(page) == []


def find_the_notice(seller: Reader, title: str) -> None:
    """Go from the start page to the inbox, see how long there is to answer, and open the case."""
    page = seller.page
    expect(page.locator("h1")).to_have_text("Fern & Kettle Lda")
    assert_whole(page)
    page.click(".ipp-burger")
    page.locator("nav#nav").get_by_role("link", name="Reported listings").click()
    line = page.locator(".ipp-todo > li", has_text=title)
    expect(line.locator(".ipp-clock")).to_contain_text("left")
    assert_whole(page)
    line.get_by_role("link", name="Look and answer").click()


def read_who_which_right_and_until_when(page: Page) -> None:
    """The first screen says it all; what an answer does and what silence does stand below."""
    standing = page.get_by_role("region", name="Where it stands")
    expect(standing.locator(".ipp-state")).to_have_text("To answer")
    expect(standing.locator(".ipp-clock")).to_be_in_viewport()
    expect(standing.locator(".ipp-clock")).to_contain_text(re.compile(r"left.*\d\d:\d\d"))
    expect(standing).to_contain_text("Tarnholt AS")
    expect(standing).to_contain_text("TARNHOLT · EUIPO")
    expect(page.locator(".ipp-fork")).to_contain_text("If you do not")
    expect(page.locator("#reasons")).to_contain_text("Our mark is on the goods")
    assert_whole(page)


def make_a_mistake(page: Page, invoice: Path) -> None:
    """Choose a ground, which shows what it asks for; send too early; find everything typed still there, the picture too."""
    expect(page.locator(PROOF)).to_be_hidden()
    page.check(GROUND)
    expect(page.locator(PROOF)).to_be_visible()
    page.set_input_files(PROOF, invoice)
    page.fill("[name=statement]", WORDS)
    page.click("button[value=send]")
    expect(page.locator(".ipp-errors h2")).to_have_text("2 fields need a correction")
    expect(page.locator("[name=statement]")).to_have_value(WORDS)
    expect(page.locator(GROUND)).to_be_checked()
    expect(page.locator(".ipp-files")).to_contain_text("invoice.png")
    assert_whole(page)


def sign_and_send(page: Page) -> None:
    """Declare, sign, send."""
    for box in page.locator("[name=declarations]").all():
        box.check()
    page.fill("[name=signed_name]", "Tess Almeida")
    page.fill("[name=signed_role]", "Owner")
    page.click("button[value=send]")


def test_a_seller_reads_a_notice_on_a_phone_and_answers_it(readers: Readers, system: System, invoice: Path) -> None:
    seller = readers.visitor(viewport=PHONE)
    page = seller.page

    readers.sign_in(seller, SELLER)
    find_the_notice(seller, "Bowl in celadon glaze")
    read_who_which_right_and_until_when(page)
    page.locator(".ipp-sticky").get_by_role("link", name="Answer").click()
    assert_whole(page)
    make_a_mistake(page, invoice)
    sign_and_send(page)

    standing = page.get_by_role("region", name="Where it stands")
    expect(standing.locator(".ipp-state")).to_have_text("Waiting for the rights holder")
    system.work()
    page.reload()
    expect(page.locator(".ipp-answer").first).to_contain_text(WORDS)
    expect(page.locator(".ipp-answer img").first).to_be_visible()
    expect(page.locator(".ipp-sticky")).to_have_count(0)
    assert_whole(page)
    assert seller.complaints == []


def test_a_seller_answers_where_no_script_runs(readers: Readers, system: System, invoice: Path) -> None:
    seller = readers.visitor(java_script_enabled=False, viewport=PHONE)
    page = seller.page

    readers.become(seller, SELLER, at_the_desk=False)
    seller.open(f"/reported/{system.stage['cases']['notice, open, plain']}/answer/")
    page.check(GROUND)
    expect(page.locator(PROOF)).to_be_visible()
    page.set_input_files(PROOF, invoice)
    page.fill("[name=statement]", WORDS)
    sign_and_send(page)

    expect(page.get_by_role("region", name="Where it stands").locator(".ipp-state")).to_have_text("Waiting for the rights holder")

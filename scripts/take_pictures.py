"""Takes the README's pictures from a running system with fresh demo data.

`make run` in one window, `.venv/bin/python scripts/take_pictures.py` in another (PORT and IPP_DATA_DIR as `make run` has them).
Needs Debian's Chromium. Finds the system by state.json in its data folder, signs in as demo people, claims the first case of the desk
as one of them, and writes docs/pictures/*.png.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "pictures"
PASSWORD = "demo trademark lantern 2026"
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def main() -> None:
    """Take every picture."""
    data = Path(os.environ.get("IPP_DATA_DIR") or ROOT / "var")
    state = json.loads((data / "state.json").read_text(encoding="utf-8"))
    OUT.mkdir(parents=True, exist_ok=True)
    portal, staff = state["portal"], state["staff"]
    new, asked, refused = "sam.rivera@lumaway.example", "anna.halvard@halvardoptik.example", "diego.orvela@casaorvela.example"
    chinese, verifier, operations = "li.na@beixi.example", "jonas.brandt@ipp.example", "sofia.reyes@ipp.example"
    holder, reviewer = "ingrid.solvang@tarnholt.example", "priya.nair@ipp.example"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        take(browser, "landing", WIDE, lambda page: page.goto(portal))
        take(browser, "start", WIDE, lambda page: signed_in(page, portal, asked, "/start/"))
        take(browser, "paper-phone", PHONE, lambda page: signed_in(page, portal, new, "/identity/send/"))
        take(browser, "chinese-phone", PHONE, lambda page: signed_in(page, portal, chinese, "/start/"), locale="zh-CN")
        take(browser, "verification", WIDE, lambda page: newest_verification(page, portal, refused))
        take(browser, "api", WIDE, lambda page: page.goto(f"{portal}/api/docs/"))
        take(browser, "desk", WIDE, lambda page: held_case(page, staff, verifier))
        take(browser, "dashboard", WIDE, lambda page: signed_in(page, portal, holder, "/start/"))
        take(browser, "links", WIDE, lambda page: begun_draft(page, portal, holder))
        take(browser, "complaint", WIDE, lambda page: oldest_complaint(page, portal, holder))
        take(browser, "complaint-phone", PHONE, lambda page: oldest_complaint(page, portal, holder))
        take(browser, "console", WIDE, lambda page: held_complaint(page, staff, reviewer))
        seller, second = "pia.soren@littleharbour.example", "tomas.lind@ipp.example"
        take(browser, "notice-phone", PHONE, lambda page: first_of(page, portal, seller, "/reported/", "NT-"))
        take(browser, "record-phone", PHONE, lambda page: first_record(page, portal, seller))
        take(browser, "dispute", WIDE, lambda page: held_dispute(page, staff, second))
        take(browser, "operations-dark", WIDE, lambda page: signed_in(page, staff, operations, "/operations/"), scheme="dark")
        take(browser, "styleguide-dark", WIDE, lambda page: page.goto(f"{portal}/styleguide/"), scheme="dark")
        browser.close()


def take(
    browser: Browser,
    name: str,
    size: dict[str, int],
    go: Callable[[Page], object],
    *,
    locale: str = "en-GB",
    scheme: str = "light",
) -> None:
    """Open a fresh browser, go where the picture is, and write it small."""
    context = browser.new_context(viewport=size, locale=locale, color_scheme=scheme, timezone_id="Asia/Shanghai")
    page = context.new_page()
    go(page)
    page.wait_for_load_state("networkidle")
    few_colours(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).save(OUT / f"{name}.png", optimize=True)
    print(f"{name}.png {(OUT / f'{name}.png').stat().st_size // 1000} kB")
    context.close()


def few_colours(picture: Image.Image) -> Image.Image:
    """Return the picture in its 256 most frequent colours: flat ground and small marks stay exact, which no averaging leaves them."""
    counts = {colour: count for count, colour in picture.getcolors(picture.width * picture.height) or ()}
    palette = sorted(counts, key=lambda colour: -counts[colour])[:256]
    place = {colour: place for place, colour in enumerate(palette)}
    for colour in counts.keys() - place.keys():
        place[colour] = min(
            range(len(palette)), key=lambda at: sum((one - other) ** 2 for one, other in zip(palette[at], colour, strict=True))
        )
    small = Image.new("P", picture.size)
    small.putpalette([band for colour in palette for band in colour])
    small.putdata([place[colour] for colour in picture.get_flattened_data()])
    return small


def signed_in(page: Page, origin: str, email: str, path: str) -> None:
    """Sign in as a demo person, second factor included, and open a page."""
    page.goto(f"{origin}/accounts/login/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", PASSWORD)
    page.locator("form:has([name=password]) button.btn-primary, form:has([name=password]) button[type=submit]").first.click()
    page.wait_for_load_state("networkidle")
    if page.locator("[name=code]").count():
        page.fill("[name=code]", one_time_code(email))
        page.locator("form:has([name=code]) button").first.click()
        page.wait_for_load_state("networkidle")
    page.goto(f"{origin}{path}")


def held_case(page: Page, origin: str, email: str) -> None:
    """Open the first case of the queue, and take it where the demo's claim has run out."""
    signed_in(page, origin, email, "/verifications/")
    page.locator("main a", has_text="VER-").first.click()
    page.wait_for_load_state("networkidle")
    if page.locator("[action$='/claim/']").count():
        page.locator("[action$='/claim/'] button").click()
        page.wait_for_load_state("networkidle")


def begun_draft(page: Page, origin: str, email: str) -> None:
    """Open the list of pasted links of the complaint that was begun and not filed."""
    signed_in(page, origin, email, "/complaints/")
    page.goto(origin + str(page.locator("main a[href*='/complaints/drafts/']").first.get_attribute("href")))
    page.wait_for_load_state("networkidle")
    page.goto(page.url.rsplit("/drafts/", 1)[0] + "/drafts/" + page.url.rsplit("/drafts/", 1)[1].split("/")[0] + "/links/")


def oldest_complaint(page: Page, origin: str, email: str) -> None:
    """Open a complaint that was decided, listing by listing."""
    signed_in(page, origin, email, "/complaints/?state=decided")
    page.locator("main a", has_text="TK-").first.click()
    page.wait_for_load_state("networkidle")


def first_of(page: Page, origin: str, email: str, path: str, prefix: str) -> None:
    """Open the first record of a list."""
    signed_in(page, origin, email, path)
    page.locator("main a", has_text=prefix).first.click()
    page.wait_for_load_state("networkidle")


def first_record(page: Page, origin: str, email: str) -> None:
    """Open the record of the first shop."""
    signed_in(page, origin, email, "/record/")
    page.locator("main a[href^='/record/']").first.click()
    page.wait_for_load_state("networkidle")


def held_dispute(page: Page, origin: str, email: str) -> None:
    """Take the next dispute, as a second reviewer does."""
    signed_in(page, origin, email, "/disputes/")
    page.locator("[action$='/disputes/next/'] button").first.click()
    page.wait_for_load_state("networkidle")


def held_complaint(page: Page, origin: str, email: str) -> None:
    """Take the next complaint, as a reviewer does."""
    signed_in(page, origin, email, "/reviews/")
    page.locator("[action$='/reviews/next/'] button").first.click()
    page.wait_for_load_state("networkidle")


def newest_verification(page: Page, origin: str, email: str) -> None:
    """Open what became of an applicant's last paper."""
    signed_in(page, origin, email, "/start/")
    page.locator("main a.ipp-stretch").first.click()
    page.wait_for_load_state("networkidle")


def one_time_code(email: str) -> str:
    """Return the code the person's app would show."""
    done = subprocess.run([sys.executable, "manage.py", "demo", "otp", email], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip().splitlines()[-1]


if __name__ == "__main__":
    main()

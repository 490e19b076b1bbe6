"""Every page, in every state worth a look: no errors in the console, nothing off the screen, no barrier, in both languages and themes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page as BrowserPage

from takedowns.management.story import CASES
from tests.browser.driving import DESKTOP, PHONE, STAFF, Reader, Readers, barriers, wider_than_the_screen
from tests.browser.people import SELLER
from tests.browser.system import System

pytestmark = pytest.mark.browser

LANGUAGES = {"en": "en-GB", "zh-Hans": "zh-CN"}
LOOKS = {"en": [(PHONE, "light"), (DESKTOP, "dark")], "zh-Hans": [(PHONE, "dark"), (DESKTOP, "light")]}
"""Each width in each language, and each width in each theme: what a theme changes is no matter of words, nor of width."""
SEARCHED = frozenset({"en"})
"""Where axe searches, which takes most of the time: each width and each theme once. Words change how wide a page is, not how it is built."""

SAM, ANNA, DIEGO = "sam.rivera@lumaway.example", "anna.halvard@halvardoptik.example", "diego.orvela@casaorvela.example"
LI_NA, INGRID, NORA = "li.na@beixi.example", "ingrid.solvang@tarnholt.example", "nora.berg@tarnholt.example"
LIN, SOFIA = "lin.yue@ipp.example", "sofia.reyes@ipp.example"
PRIYA, MARC = "priya.nair@ipp.example", "marc.odier@ipp.example"
NEW, ASKED, REFUSED, IN_REVIEW, VERIFIED = "Lumaway Studio", "Halvard Optik AB", "Casa Orvela SL", "北溪运动用品有限公司", "Tarnholt AS"
QUEUED, UNDOABLE = "Mara Lindqvist", "Osk & Lind"
TRADEMARK, RIGHT_ASKED = "right 48126377", "right 1534277"
REMOVED, PARTLY, QUESTION, HELD, FREE, RECEIVED = (f"complaint {case.links[0]}" for case in CASES)


@dataclass(frozen=True)
class Look:
    """A page in a state: who opens it, where, what they do there, and which status it answers with."""

    name: str
    reader: str
    path: str
    case: str = ""
    act: Callable[[BrowserPage], Any] | None = None
    status: int = 200

    @property
    def is_at_the_desk(self) -> bool:
        """Whether it is a page of the staff console."""
        return self.reader == "staff" or self.reader.endswith(STAFF)


def send_empty(page: BrowserPage, field: str) -> None:
    """Send the form with `field` without its required values."""
    with page.expect_navigation():
        page.locator(f"form:has([name={field}]) button.btn-primary").click()


def make_key(page: BrowserPage) -> None:
    page.fill("[name=name]", "warehouse")
    page.check("[name=scopes] >> nth=0")
    send_empty(page, "scopes")


def say_they_are_genuine(page: BrowserPage) -> None:
    page.check("[name=genuine][value=yes]")
    send_empty(page, "genuine")


def report(page: BrowserPage) -> None:
    page.fill("[name=url]", "bazarro 3000434838")
    page.check("[name=reason] >> nth=0")
    send_empty(page, "url")


def open_folds(page: BrowserPage) -> None:
    page.evaluate("for (const fold of document.querySelectorAll('main details')) fold.open = true")


def choose_every_ground(page: BrowserPage) -> None:
    for box in page.locator("[name=grounds]").all():
        box.check()
    page.locator("button.btn-primary[value=send]").click()
    page.wait_for_selector(".ipp-errors")


def reject_without_reason(page: BrowserPage) -> None:
    page.locator(".ipp-options details.ipp-confirm > summary").nth(1).click()
    send_empty(page, "reasons")


def propose_nothing(page: BrowserPage) -> None:
    with page.expect_navigation():
        page.click("button[formaction$='/send-back/']")


PAGES = [
    Look("landing", "", "/"),
    Look("sign up", "", "/accounts/signup/"),
    Look("sign up, nothing filled in", "", "/accounts/signup/", act=partial(send_empty, field="full_name")),
    Look("sign in", "", "/accounts/login/"),
    Look("forgotten password", "", "/accounts/password/reset/"),
    Look("mailbox", "", "/dev/mailbox/"),
    Look("API documentation", "", "/api/docs/"),
    Look("style guide", "", "/styleguide/"),
    Look("no such page", "", "/nowhere/", status=404),
    Look("start, new", SAM, "/start/"),
    Look("menu of a phone", SAM, "/start/", act=lambda page: page.click(".ipp-burger")),
    Look("account menu", SAM, "/start/", act=lambda page: page.locator(".ipp-top details.ipp-menu > summary").last.click()),
    Look("paper form", SAM, "/identity/send/"),
    Look("paper form, nothing filled in", SAM, "/identity/send/", act=partial(send_empty, field="number")),
    Look("notices, none", SAM, "/notices/"),
    Look("keys, none", SAM, "/developer/keys/"),
    Look("keys, nothing filled in", SAM, "/developer/keys/", act=partial(send_empty, field="scopes")),
    Look("no such record", SAM, "/identity/nothing/", status=404),
    Look("start, asked", ANNA, "/start/"),
    Look("verification, asked", ANNA, "/identity/{}/", ASKED),
    Look("answer", ANNA, "/identity/{}/answer/", ASKED),
    Look("start, refused", DIEGO, "/start/"),
    Look("verification, refused", DIEGO, "/identity/{}/", REFUSED),
    Look("start, checked", LI_NA, "/start/"),
    Look("verification, checked", LI_NA, "/identity/{}/", IN_REVIEW),
    Look("taking back", LI_NA, "/identity/{}/", IN_REVIEW, act=lambda page: page.click("details.ipp-confirm > summary")),
    Look("second paper", LI_NA, "/identity/send/"),
    Look("start, verified", INGRID, "/start/"),
    Look("verification, approved", INGRID, "/identity/{}/", VERIFIED),
    Look("notices", INGRID, "/notices/"),
    Look("fresh key", INGRID, "/developer/keys/", act=make_key),
    Look("second factor", INGRID, "/accounts/2fa/"),
    Look("sessions", INGRID, "/accounts/sessions/"),
    Look("password", INGRID, "/accounts/password/change/"),
    Look("address", INGRID, "/accounts/email/"),
    Look("keys, not for this role", NORA, "/developer/keys/", status=403),
    Look("rights, none", SAM, "/rights/"),
    Look("rights", INGRID, "/rights/"),
    Look("choosing a kind of right", INGRID, "/rights/add/"),
    Look("adding a trademark, nothing filled in", INGRID, "/rights/add/trademark/", act=partial(send_empty, field="name")),
    Look("adding a copyright", INGRID, "/rights/add/copyright/"),
    Look("right, validated", INGRID, "/rights/{}/", TRADEMARK),
    Look("right, asked", INGRID, "/rights/{}/", RIGHT_ASKED),
    Look("answer about a right", INGRID, "/rights/{}/answer/", RIGHT_ASKED),
    Look("filing, not verified", SAM, "/complaints/new/"),
    Look("filing: right", INGRID, "/complaints/new/"),
    Look("filing: reason, genuine goods", INGRID, "/complaints/drafts/{}/reason/", "draft", act=say_they_are_genuine),
    Look("filing: no link yet", INGRID, "/complaints/drafts/{}/links/", "draft, empty"),
    Look("filing: 300 links", INGRID, "/complaints/drafts/{}/links/", "draft, full"),
    Look("filing: too many links", INGRID, "/complaints/drafts/{}/links/?show=problem", "draft, too long"),
    Look("filing: evidence missing", INGRID, "/complaints/drafts/{}/evidence/", "draft", act=partial(send_empty, field="explanation")),
    Look("filing: signature missing", INGRID, "/complaints/drafts/{}/sign/", "draft, full", act=partial(send_empty, field="signed_name")),
    Look("complaints, none", LI_NA, "/complaints/"),
    Look("complaints", INGRID, "/complaints/"),
    Look("complaint, received", INGRID, "/complaints/{}/", RECEIVED),
    Look("complaint, asked", INGRID, "/complaints/{}/", QUESTION),
    Look("complaint, decided and partly withdrawn", INGRID, "/complaints/{}/", PARTLY),
    Look("report, nothing filled in", "", "/report/", act=partial(send_empty, field="url")),
    Look("reported", "", "/report/", act=report),
    Look("rules", "", "/rules/"),
    Look("rules of a marketplace", "", "/rules/bazarro/"),
    Look("lesson", "", "/rules/lessons/second_strike/"),
    Look("claiming a shop, visitor", "", "/shops/claim/{}/", "invitation"),
    Look("start of a seller", SELLER, "/start/"),
    Look("reported listings", SELLER, "/reported/"),
    Look("reported listings, none", INGRID, "/reported/"),
    Look("notice, to answer", SELLER, "/reported/{}/", "notice, open"),
    Look("notice, contested", SELLER, "/reported/{}/", "notice, contested"),
    Look("notice, upheld", SELLER, "/reported/{}/", "notice, upheld"),
    Look("answering, everything missing", SELLER, "/reported/{}/answer/", "notice, open", act=choose_every_ground),
    Look("answering, over", SELLER, "/reported/{}/answer/", "notice, strike 1"),
    Look("shops of a seller", SELLER, "/shops/"),
    Look("claiming a shop", SELLER, "/shops/claim/{}/", "invitation"),
    Look("records", SELLER, "/record/"),
    Look("record, three strikes", SELLER, "/record/{}/", "shop, three strikes"),
    Look("restriction with its lesson", SELLER, "/record/sanctions/{}/", "restriction"),
    Look("counter-notices", INGRID, "/counter-notices/"),
    Look("counter-notice, to answer", INGRID, "/counter-notices/{}/", "counter-notice, countered", act=open_folds),
    Look("counter-notice, no reason", INGRID, "/counter-notices/{}/", "counter-notice, countered", act=reject_without_reason),
    Look("counter-notice, upheld", INGRID, "/counter-notices/{}/", "counter-notice, upheld"),
    Look("complaint, disputed", INGRID, "/complaints/{}/", "complaint, contested"),
    Look("staff landing", "staff", "/"),
    Look("staff sign in", "staff", "/accounts/login/"),
    Look("queue", LIN, "/verifications/"),
    Look("holders", LIN, "/holders/"),
    Look("case, held", LIN, "/verifications/{}/", IN_REVIEW),
    Look("case, refusing", LIN, "/verifications/{}/", IN_REVIEW, act=lambda page: page.keyboard.press("r")),
    Look("case, queued", LIN, "/verifications/{}/", QUEUED),
    Look("case, asked", LIN, "/verifications/{}/", ASKED),
    Look("case, refused", LIN, "/verifications/{}/", REFUSED),
    Look("case, to be undone", LIN, "/verifications/{}/", UNDOABLE),
    Look("case of a right", LIN, "/verifications/{}/", "check of Shore birds, series of six"),
    Look("reviews", PRIYA, "/reviews/"),
    Look("console, refusing", PRIYA, "/reviews/{}/", HELD, act=lambda page: page.keyboard.press("r")),
    Look("console, several", PRIYA, "/reviews/{}/?alike=open", HELD),
    Look("console, free", PRIYA, "/reviews/{}/", FREE),
    Look("console, decided, to be read", MARC, "/reviews/{}/", PARTLY),
    Look("leads", PRIYA, "/leads/"),
    Look("dispute, decided before", PRIYA, "/disputes/{}/", "counter-notice, contested"),
    Look("disputes", MARC, "/disputes/"),
    Look("dispute, held", MARC, "/disputes/{}/", "counter-notice, contested"),
    Look("dispute, overturning", MARC, "/disputes/{}/", "counter-notice, contested", act=lambda page: page.keyboard.press("r")),
    Look("overturning what stands", MARC, "/reviews/{}/overturn/", "complaint, strike 1"),
    Look("sanctions", MARC, "/sanctions/"),
    Look("closure, sent back without a note", MARC, "/sanctions/{}/", "closure", act=propose_nothing),
    Look("sellers' records", MARC, "/records/"),
    Look("seller's record", MARC, "/records/{}/", "shop, three strikes"),
    Look("actions", SOFIA, "/actions/"),
    Look("shops", SOFIA, "/shops/"),
    Look("shop", SOFIA, "/shops/{}/", "shop"),
    Look("listing", SOFIA, "/listings/{}/", "listing"),
    Look("audit, not for this role", LIN, "/audit/", status=403),
    Look("operations", SOFIA, "/operations/"),
    Look("audit", SOFIA, "/audit/"),
    Look("calendar", SOFIA, "/calendar/"),
    Look("calendar, nothing filled in", SOFIA, "/calendar/", act=partial(send_empty, field="note")),
    Look("roles", SOFIA, "/roles/"),
]


@pytest.fixture(scope="module")
def opened(readers: Readers) -> Callable[[Look, str], Reader]:
    """Return a function that gives the browser of a language, signed in as whoever looks."""
    kept: dict[str, Reader] = {}

    def of(look: Look, language: str) -> Reader:
        reader = kept.get(language) or kept.setdefault(language, readers.visitor(locale=LANGUAGES[language], viewport=PHONE))
        readers.become(reader, look.reader if "@" in look.reader else "", at_the_desk=look.is_at_the_desk)
        return reader

    return of


@pytest.mark.parametrize(
    ("look", "language"),
    # In Chinese a page is looked at once, as it opens: what one then does on it adds few words and no other layout.
    [
        pytest.param(look, language, id=f"{look.name}-{language}")
        for language in LANGUAGES
        for look in PAGES
        if language == "en" or look.act is None
    ],
)
def test_a_page_is_whole_in_both_widths_and_themes(opened, system, look: Look, language: str) -> None:
    reader = opened(look, language)
    page = reader.page
    looks = LOOKS[language]
    if look.act is None and page.viewport_size == looks[-1][0]:
        looks = looks[::-1]  # as the page before was left: drawing anew in another size is what costs
    show(page, *looks[0])

    answer = reader.open(look.path.format(system.stage["cases"].get(look.case)))
    assert answer.status == look.status
    if look.act:
        look.act(page)
    faults = {}
    for size, theme in looks:
        show(page, size, theme)
        too_wide = [f"{pixels} px too wide" for pixels in [wider_than_the_screen(page)] if pixels > 0]
        faults[size["width"], theme] = too_wide + (barriers(page) if language in SEARCHED else [])

    assert {where: found for where, found in faults.items() if found} == {}
    assert reader.complaints == []
    assert page.get_attribute("html", "lang") == language


def show(page: BrowserPage, size: dict[str, int], theme: str) -> None:
    if page.viewport_size != size:
        page.set_viewport_size(size)  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.evaluate("scrollTo(0, 0)")  # what a key scrolled to may leave half a link below the bar


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/bazarro/",
        "/bazarro/item/3000443757.html",
        "/lanqiao/goods?id=680114830974",
        "/nordmart/s/grey-fjord-goods",
        "/nordmart/nothing",
    ],
    ids=["front door", "marketplace", "listing", "removed listing", "shop", "no such page"],
)
def test_a_page_of_the_sandbox_is_whole(readers: Readers, system: System, path: str) -> None:
    reader = readers.visitor(viewport=PHONE)

    reader.open(system.sandbox + path)
    reader.page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    faults = barriers(reader.page)
    too_wide = [wider_than_the_screen(reader.page)]
    reader.page.set_viewport_size(DESKTOP)
    too_wide.append(wider_than_the_screen(reader.page))

    assert (faults, too_wide) == ([], [0, 0])
    assert reader.complaints == []
    reader.context.close()


def test_the_search_finds_what_is_wrong(readers: Readers) -> None:
    reader = readers.visitor(viewport=PHONE)
    page = reader.page
    reader.open("/accounts/login/")

    page.evaluate("document.querySelector('label[for=id_login]').remove()")
    page.evaluate(
        "document.querySelector('h1').setAttribute('class', 'ipp-nowrap ipp-hero-text'), document.querySelector('h1').append('word '.repeat(40))"
    )

    assert any("id_login" in barrier for barrier in barriers(page))
    assert wider_than_the_screen(page) > 0


def test_a_moment_is_told_in_the_readers_zone(readers: Readers, system: System) -> None:
    reader = readers.member(INGRID, timezone_id="Europe/Oslo")

    reader.open("/start/")
    reader.open(f"/identity/{system.stage['cases'][VERIFIED]}/")

    assert "Oslo" in reader.page.inner_text(".ipp-timeline")
    assert "Shanghai" in reader.page.inner_text(".ipp-daytime")

"""Driving pages: readers signed in once and opened again and again, what went wrong on a page, what axe finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

from rightsholders.management.story import PASSWORD
from tests.browser.system import System
from tests.browsing import app_code

AXE = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")
EVERYTHING = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
SEEN = {"include": [["html"]], "exclude": [["tbody > tr:nth-child(n+70)"]]}
"""What of a page is searched: of a table of hundreds of rows the first ones, which have every kind among them."""
PATIENCE = 30_000
"""Milliseconds a page may take to show what is expected of it; on a busy machine everything is slow."""
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
STAFF = "@ipp.example"


@dataclass
class Reader:
    """A browser context with one page, and what its pages complained of."""

    context: BrowserContext
    page: Page
    origin: str
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Keep every error and warning of the console, every exception, and every request that failed or broke."""
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._response)

    def open(self, path: str) -> Response:
        """Go to a page of the reader's own process and wait until everything on it has loaded."""
        answer = self.page.goto(path if path.startswith("http") else self.origin + path, wait_until="load")
        assert answer is not None
        return answer

    def _console(self, message: ConsoleMessage) -> None:
        # Chromium reports the status of every refusal as an error; `_response` judges those.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _failed(self, request: Request) -> None:
        # A page that asks how it goes on takes its question back when it is left.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"failed: {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 500 or (response.status >= 400 and not response.request.is_navigation_request()):
            self.complaints.append(f"{response.status}: {response.url}")


class Readers:
    """Opens contexts for people of the stage; each signs in once, by the form."""

    def __init__(self, browser: Browser, system: System) -> None:
        self.browser, self.system = browser, system
        self._kept: dict[str, list[Any]] = {}

    def visitor(self, origin: str = "", **options: Any) -> Reader:
        """Open a fresh context of nobody."""
        # Without motion: axe would measure a colour on its way from one theme to the other.
        usual = {"viewport": DESKTOP, "locale": "en-GB", "timezone_id": "Asia/Shanghai", "reduced_motion": "reduce"}
        context = self.browser.new_context(**{**usual, **options})
        context.set_default_timeout(PATIENCE)
        reader = Reader(context, context.new_page(), origin or self.system.portal)
        reader.listen()
        return reader

    def member(self, email: str, **options: Any) -> Reader:
        """Open a fresh context in which `email` is signed in."""
        reader = self.visitor(**options)
        self.become(reader, email, at_the_desk=email.endswith(STAFF))
        return reader

    def become(self, reader: Reader, email: str, *, at_the_desk: bool) -> None:
        """Make a reader somebody else, or nobody, in the same browser: what it has loaded once it need not load again."""
        reader.context.clear_cookies()
        reader.origin = self.system.staff if at_the_desk else self.system.portal
        if email in self._kept:
            reader.context.add_cookies(self._kept[email])
        elif email:
            self.sign_in(reader, email)
            self._kept[email] = reader.context.cookies()
        reader.complaints.clear()

    def sign_in(self, reader: Reader, email: str) -> None:
        """Sign in by the form, with the code app where one is asked for."""
        page = reader.page
        reader.open("/accounts/login/")
        page.fill("[name=login]", email)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        for _try in range(3 if email.endswith(STAFF) else 0):  # a code may run out on its way when the machine is busy
            page.fill("[name=code]", app_code(self.system.stage["apps"][email]))
            page.press("[name=code]", "Enter")
            page.wait_for_selector("nav#nav, .ipp-errors", state="attached")
            if page.locator("nav#nav").count():
                break
        page.wait_for_selector("nav#nav", state="attached")


def wider_than_the_screen(page: Page) -> int:
    """Return by how many pixels the page can be scrolled sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def barriers(page: Page) -> list[str]:
    """Return what axe finds against WCAG 2.2 AA, each with the element at fault."""
    if not page.evaluate("Boolean(window.axe)"):  # half a megabyte on its way through three processes: once for each page
        page.evaluate(f"(() => {{ {AXE} }})()")
    found = page.evaluate("([seen, runOnly]) => axe.run(seen, {runOnly, resultTypes: ['violations']})", [SEEN, EVERYTHING])
    return [f"{rule['id']}: {' '.join(node['target'])} {node['html'][:160]}" for rule in found["violations"] for node in rule["nodes"]]

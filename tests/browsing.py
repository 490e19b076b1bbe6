"""What a person does in front of a browser: read a page's forms, fill them in and send them, read the mail, look at the code app."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.core import mail

from tests.cast import PASSWORD, TOTP_SECRET


@dataclass
class PageForm:
    """A form as the browser sees it: where it goes, what it would send, and where its buttons send it instead."""

    action: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    detours: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    """Collects forms, their values, and the error beside each field."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.open: PageForm | None = None
        self.text_of: str = ""
        self.select: str = ""
        self.error_of: str = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = PageForm(at.get("action", ""))
            self.forms.append(self.open)
        if self.open is None:
            return
        if tag == "input" and at.get("name"):
            self._input(at)
        elif tag == "textarea":
            self.text_of = at["name"]
            self.open.fields[self.text_of] = ""
        elif tag == "select":
            self.select = at["name"]
        elif tag == "option" and (self.select not in self.open.fields or "selected" in at):
            self.open.fields[self.select] = at.get("value", "")
        elif tag == "button" and at.get("formaction"):
            self.open.detours.append(at["formaction"])
        elif at.get("id", "").endswith("_error"):
            self.error_of = at["id"].removeprefix("id_").removesuffix("_error")
            self.open.errors[self.error_of] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        if tag == "textarea":
            self.text_of = ""
        if tag == "div":
            self.error_of = ""

    def handle_data(self, data: str) -> None:
        if self.open is not None and self.text_of:
            self.open.fields[self.text_of] += data.removeprefix("\n")
        if self.open is not None and self.error_of:
            self.open.errors[self.error_of] = (self.open.errors[self.error_of] + " " + data.strip()).strip()

    def _input(self, at: dict[str, str]) -> None:
        assert self.open is not None
        kind, name = at.get("type", "text"), at["name"]
        if kind == "file":
            self.open.fields.setdefault(name, "")
        elif kind not in ("radio", "checkbox"):
            self.open.fields[name] = at.get("value", "")
        elif "checked" in at:
            self.open.fields[name] = at.get("value", "on")
        else:
            self.open.fields.setdefault(name, "")


def forms_of(response: Any) -> list[PageForm]:
    """Return every form of a page."""
    reader = _Reader()
    reader.feed(response.content.decode())
    return reader.forms


def form_with(response: Any, name: str) -> PageForm:
    """Return the page's form that has the field `name`; several or none fail the test."""
    found = [form for form in forms_of(response) if name in form.fields]
    assert len(found) == 1, f"{len(found)} forms with {name!r} on {response.request['PATH_INFO']}"
    return found[0]


def fill_in(client: Any, response: Any, name: str, /, **typed: Any) -> Any:
    """Send the form that has the field `name`, with what is typed over what stands there."""
    form = form_with(response, name)
    return client.post(form.action or response.request["PATH_INFO"], typed_over(form, **typed))


def press(client: Any, response: Any, ending: str, /, **typed: Any) -> Any:
    """Press the one button that leads to an address with this ending."""
    ways = {target: form for form in forms_of(response) for target in (form.action, *form.detours) if target.endswith(ending)}
    assert len(ways) == 1, f"{sorted(ways)} lead to …{ending} on {response.request['PATH_INFO']}"
    ((target, form),) = ways.items()
    return client.post(target, typed_over(form, **typed))


def typed_over(form: PageForm, /, **typed: Any) -> dict[str, Any]:
    """Return what a form sends: its own values without empty choices, and what was typed."""
    return {name: value for name, value in {**form.fields, **typed}.items() if value != ""}


def words_of(response: Any) -> str:
    """Return a page's text without its tags, white space folded."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def letters_to(address: str) -> list[Any]:
    """Return the mails that went out to somebody, oldest first."""
    return [letter for letter in mail.outbox if letter.to == [address]]


def code_in(letter: Any) -> str:
    """Return the code that stands alone on a line of a mail."""
    found = re.search(r"^([A-Z0-9-]{6,12})$", letter.body, re.MULTILINE)
    assert found, letter.body
    return found[1]


def app_code(secret: str = TOTP_SECRET, *, steps: int = 0) -> str:
    """Return what a code app shows now, or `steps` half minutes later."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


def sign_in(client: Any, email: str, password: str = PASSWORD, **more: Any) -> Any:
    """Send the sign-in form."""
    return fill_in(client, client.get("/accounts/login/"), "login", login=email, password=password, **more)


def is_in(client: Any) -> bool:
    """Tell whether a browser is signed in."""
    return not str(client.get("/start/").get("Location", "")).startswith("/accounts/login/")

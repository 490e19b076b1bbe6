"""A client that keeps its connection, as a machine with a key or as a person who signs in by the form."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPResponse
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.people import PASSWORD

KEPT_SECONDS = 1.0
"""The servers close a connection that was idle for two; one that was idle this long is opened anew."""


class Client:
    """One connection to one process."""

    def __init__(self, address: str, *, bearer: str = "") -> None:
        """Connect; `bearer` is the secret of an API key."""
        parts = urlsplit(address)
        self.connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self.headers = {"Host": f"localhost:{parts.port}"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        self.cookies: dict[str, str] = {}
        self.used_at = 0.0

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.connection.close()

    def request(self, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None, *, expected: int = 200) -> Any:
        """Send a request and return the JSON, or the text, of its answer.

        Raises:
            RuntimeError: another status came back than was expected.
        """
        status, text, kind = self._exchange(method, path, body, headers or {})
        if status != expected:
            raise RuntimeError(f"{method} {path} answered {status} instead of {expected}: {text[:500]}")
        return json.loads(text) if kind == "application/json" else text

    def sign_in(self, email: str) -> None:
        """Sign in as a member, by the page everybody uses.

        Raises:
            RuntimeError: the form refused it.
        """
        form = self.request("GET", "/accounts/login/")
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        fields = {"csrfmiddlewaretoken": found[1] if found else "", "login": email, "password": PASSWORD}
        self.request("POST", "/accounts/login/", urlencode(fields), {"Content-Type": "application/x-www-form-urlencoded"}, expected=302)

    def _exchange(self, method: str, path: str, body: str, headers: Mapping[str, str]) -> tuple[int, str, str]:
        if time.monotonic() - self.used_at > KEPT_SECONDS:
            self.connection.close()
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        self.connection.request(method, path, body.encode() or None, {**self.headers, **cookie, **headers})
        answer = self.connection.getresponse()
        self._keep_cookies(answer)
        text = answer.read().decode()
        self.used_at = time.monotonic()
        return answer.status, text, answer.headers.get_content_type()

    def _keep_cookies(self, answer: HTTPResponse) -> None:
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _sign, rest = line.partition("=")
            self.cookies[name] = rest.partition(";")[0]

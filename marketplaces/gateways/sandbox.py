"""The connector to the sandbox marketplaces, by the contract of their README: signed commands, JSON catalogue, pictures."""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from types import MappingProxyType
from urllib.parse import urlencode

import httpx
from standardwebhooks import Webhook

from marketplaces.gateways import answers
from marketplaces.gateways.connector import (
    LARGEST_PICTURE,
    Changes,
    Command,
    ConnectorRefused,
    ConnectorUnavailable,
    ListingSeen,
    Page,
    Receipt,
    ShopSeen,
)
from marketplaces.gateways.egress import GuardedTransport, origin_of, path_within

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
WHOLE_SECONDS = 20.0
LARGEST_JSON = 2_000_000
AT_A_TIME = 100
SHORTEST_SECRET = 16
LONGEST_REASON = 500
LONGEST_REFERENCE = 64
LONGEST_TEXT = 1000
LONGEST_LINK = 500
LINK = re.compile(r"https?://[A-Za-z0-9\[][!-~]*")
HEADERS = MappingProxyType({"Accept-Encoding": "identity", "User-Agent": "ipp-connector"})


class SandboxConnector:
    """A client of one running sandbox. Threads may share it.

    Args:
        origin: the public origin, under which it names its pages and pictures.
        secret: what signs commands, base64 in either alphabet, with or without `whsec_`.
        reached_at: where this process reaches it, when that is not the public origin (a container's name).
        connect_seconds, read_seconds: how long one connection and one read may take.
        whole_seconds: how long one answer's body may take, however steadily it drips.
    """

    def __init__(
        self,
        origin: str,
        secret: str,
        *,
        reached_at: str = "",
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        whole_seconds: float = WHOLE_SECONDS,
    ) -> None:
        self._origin = origin_of(origin)
        self._base = origin_of(reached_at or origin)
        self._webhook = Webhook(_decoded(secret))
        self._whole_seconds = whole_seconds
        timeout = httpx.Timeout(read_seconds, connect=connect_seconds)
        self._client = httpx.Client(
            transport=GuardedTransport(self._base), timeout=timeout, follow_redirects=False, trust_env=False, headers=dict(HEADERS)
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def send(self, command: Command) -> Receipt:
        """Have a command carried out; sending the same command again is safe and acts once."""
        body = json.dumps(_fields(command)).encode()
        status, answer = self._exchange("POST", "/api/commands", LARGEST_JSON, body, self._signature(command.id, body))
        if status != 200:
            raise answers.refusal(answer)
        return answers.receipt(answers.json_object(answer), command)

    def read_listings(self, marketplace: str, ids: Iterable[str]) -> list[ListingSeen]:
        """Return the listings that are there, in the order asked; missing ones are absent."""
        wanted = [one for one in dict.fromkeys(ids) if answers.EXTERNAL_ID.fullmatch(one)]
        seen: dict[str, ListingSeen] = {}
        for start in range(0, len(wanted), AT_A_TIME):
            some = wanted[start : start + AT_A_TIME]
            fields = self._read("/api/listings", marketplace=marketplace, ids=",".join(some))
            found = {one.external_id: one for one in answers.listings(fields, marketplace, self._origin)}
            if not found.keys() <= set(some):
                answers.bad_answer("a listing that was not asked for")
            seen |= found
        return [seen[one] for one in wanted if one in seen]

    def read_shop(self, marketplace: str, shop_id: str) -> ShopSeen | None:
        """Return a shop, or None where there is none."""
        if not (answers.EXTERNAL_ID.fullmatch(shop_id) and answers.EXTERNAL_ID.fullmatch(marketplace)):
            return None
        status, answer = self._exchange("GET", f"/api/shops/{marketplace}/{shop_id}", LARGEST_JSON)
        if status == 404:
            return None
        if status != 200:
            raise answers.refusal(answer)
        found = answers.shop(answers.json_object(answer), marketplace, self._origin)
        return found if found.external_id == shop_id else answers.bad_answer("a shop that was not asked for")

    def list_listings(self, marketplace: str, cursor: str | None = None) -> Page:
        """Return a page of all listings, whatever their state."""
        fields = self._read("/api/listings", marketplace=marketplace, limit=str(AT_A_TIME), cursor=cursor or "")
        return answers.page(fields, marketplace, self._origin)

    def read_changes(self, marketplace: str, cursor: str | None = None) -> Changes:
        """Return what changed behind a cursor (None: everything there is)."""
        fields = self._read("/api/changes", marketplace=marketplace, limit=str(AT_A_TIME), after=cursor or "")
        return answers.changes(fields, marketplace, self._origin)

    def fetch_picture(self, url: str, max_bytes: int = LARGEST_PICTURE) -> bytes:
        """Return the bytes of a picture that a listing named."""
        status, body = self._exchange("GET", path_within(url, self._origin), max_bytes, is_picture=True)
        if status != 200:
            raise ConnectorRefused("no_such_picture", f"The marketplace answers {status}.")
        return body

    def _read(self, path: str, **query: str) -> answers.Fields:
        given = {name: value for name, value in query.items() if value}
        status, answer = self._exchange("GET", f"{path}?{urlencode(given, safe=',')}", LARGEST_JSON)
        if status != 200:
            raise answers.refusal(answer)
        return answers.json_object(answer)

    def _exchange(
        self,
        method: str,
        path: str,
        most: int,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        *,
        is_picture: bool = False,
    ) -> tuple[int, bytes]:
        """Return status and body of a final answer: 200, or a 4xx that says no.

        Raises:
            ConnectorUnavailable: every other status, no connection, no time, or a body that is too long or packed.
        """
        try:
            with self._client.stream(method, f"{self._base}{path}", content=body, headers=headers) as response:
                _check_status(response.status_code)
                kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
                if is_picture and response.status_code == 200 and not kind.startswith("image/"):
                    raise ConnectorRefused("no_picture", "The marketplace sent something that is no picture.")
                return response.status_code, self._body(response, most, is_picture=is_picture)
        except httpx.TimeoutException as error:
            raise ConnectorUnavailable("timeout", type(error).__name__) from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise ConnectorUnavailable("connection", type(error).__name__) from error

    def _body(self, response: httpx.Response, most: int, *, is_picture: bool) -> bytes:
        if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
            answers.bad_answer("the body is packed although that was not asked for")
        until = time.monotonic() + self._whole_seconds
        body = bytearray()
        for piece in response.iter_raw():
            body += piece
            if len(body) > most:
                if is_picture:
                    raise ConnectorRefused("picture_too_large", f"It has more than {most} bytes.")
                answers.bad_answer(f"the body has more than {most} bytes")
            if time.monotonic() > until:
                raise ConnectorUnavailable("timeout", f"the body took more than {self._whole_seconds:g} seconds")
        return bytes(body)

    def _signature(self, command_id: str, body: bytes) -> dict[str, str]:
        now = datetime.now(UTC)  # the wall clock on purpose: the other side compares it with its own
        return {
            "content-type": "application/json",
            "webhook-id": command_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(command_id, now, body.decode()),
        }


def _fields(command: Command) -> dict[str, str]:
    """Return a command as the contract writes it.

    Raises:
        ConnectorRefused: the action or the id is none that can be sent.
    """
    if command.action not in answers.TARGETS:
        raise ConnectorRefused("unknown_action", f"There is no command {command.action}.")
    if not answers.EXTERNAL_ID.fullmatch(command.id):
        raise ConnectorRefused("bad_id", "A command's id has 1 to 64 letters, digits, '_' or '-'.")
    fields = {"action": command.action, "marketplace": command.marketplace, answers.TARGETS[command.action]: command.target}
    told = {"reason": _line(command.reason, LONGEST_REASON), "reference": _line(command.reference, LONGEST_REFERENCE)}
    if command.action == "message":
        told = {"text": _lines(command.text)[:LONGEST_TEXT], "link": _link(command.link), "reference": told["reference"]}
    return fields | {name: value for name, value in told.items() if value}


def _lines(text: str) -> str:
    """Return text of several printable lines, without further white space at their ends."""
    return "\n".join(_line(line, LONGEST_TEXT) for line in text.splitlines()).strip()


def _link(url: str) -> str:
    """Return the address that goes with a message.

    Raises:
        ConnectorRefused: it is none of the web, or longer than the contract takes.
    """
    if url and not (LINK.fullmatch(url) and len(url) <= LONGEST_LINK):
        raise ConnectorRefused("bad_link", f"A link is an address of the web of at most {LONGEST_LINK} characters.")
    return url


def _line(text: str, longest: int) -> str:
    """Return text as the one printable line that the contract takes."""
    words = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(words.split())[:longest]


def _check_status(status: int) -> None:
    if status == 200 or (400 <= status < 500 and status not in {401, 403, 408, 425, 429}):
        return
    if status >= 500:
        raise ConnectorUnavailable("server_error", f"status {status}")
    if 300 <= status < 400:
        raise ConnectorUnavailable("redirect", f"status {status}")
    if status in {401, 403}:
        raise ConnectorUnavailable("signature", f"status {status}: secrets or clocks differ")
    if status in {408, 425, 429}:
        raise ConnectorUnavailable("busy", f"status {status}")
    answers.bad_answer(f"status {status}")


def _decoded(secret: str) -> bytes:
    """Return a secret's bytes. `Webhook` reads one alphabet only and would drop the other's letters without a word."""
    packed = secret.strip().removeprefix("whsec_").rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        decoded = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if len(decoded) < SHORTEST_SECRET:
        raise ConnectorUnavailable("not configured", "SANDBOX_SECRET is missing or no base64 of at least 16 bytes")
    return decoded

"""The WSGI application: which address answers with what."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from sandbox import api, pages
from sandbox.addresses import target_of
from sandbox.commands import RefusedError, answer_command, problem
from sandbox.markup import Html
from sandbox.signing import SignatureError, verify
from sandbox.store import Listing, Marketplace, Shop, Store

Environ = dict[str, Any]
StartResponse = Callable[..., object]

HERE = Path(__file__).resolve().parent
LARGEST_BODY = 16 * 1024
DRAINED = 4 * 1024 * 1024
"""How much of a refused body is read away, so that the caller sees the answer instead of a broken connection."""

LONGEST_QUERY = 2048
SHOP_API = re.compile(r"/api/shops/([^/]{1,64})/([^/]{1,64})")
LISTING_API = re.compile(r"/api/listings/([^/]{1,64})/([^/]{1,64})")
GUARDS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Response:
    """An answer before it is written out."""

    status: int
    body: bytes
    kind: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Application:
    """The marketplace as a WSGI application over one store."""

    def __init__(self, store: Store, *, origin: str, secret: bytes | None, clock: Callable[[], float] = time.time) -> None:
        self.store = store
        self.origin = origin
        self.secret = secret
        self.clock = clock
        self.files = {f"/pictures/{path.name}": (path, "image/webp") for path in (HERE / "pictures").glob("*.webp")}
        self.files |= {f"/static/{path.name}": (path, "text/css; charset=utf-8") for path in (HERE / "static").glob("*.css")}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request; what goes wrong here is written to the log and answered with 500."""
        try:
            response = self._answer(environ)
        except RefusedError as refusal:
            response = _json(refusal.status, problem(refusal))
        except sqlite3.OperationalError as error:
            response = _json(503, problem(RefusedError(503, "busy", "The database does not answer; nothing was written, try again.")))
            print(f"sandbox: {error}", file=sys.stderr)  # noqa: T201
        except Exception:  # noqa: BLE001 - the last line of defence of a server thread
            traceback.print_exc()
            response = _json(500, problem(RefusedError(500, "bug", "This marketplace made a mistake; see its log.")))
        reason = HTTPStatus(response.status).phrase
        headers = {**GUARDS, **response.headers, "Content-Type": response.kind, "Content-Length": str(len(response.body))}
        start_response(f"{response.status} {reason}", list(headers.items()))
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else response.body]

    def _answer(self, environ: Environ) -> Response:
        method, path = environ["REQUEST_METHOD"], _path(environ)
        if path == "/api/commands":
            return self._command(environ) if method == "POST" else _not_allowed("POST")
        if method not in {"GET", "HEAD"}:
            return _not_allowed("GET, HEAD")
        query = _query(environ)
        if path == "/healthz":
            return self._health()
        if path in self.files:
            file, kind = self.files[path]
            return Response(200, file.read_bytes(), kind, {"Cache-Control": "public, max-age=3600"})
        if path.startswith("/api/"):
            return _json(200, self._read(path, query))
        return self._page(path, query)

    def _health(self) -> Response:
        self.store.shops(limit=1)
        return _json(200, {"status": "ok", "commands": "on" if self.secret else "off"})

    def _read(self, path: str, query: api.Query) -> dict[str, Any]:
        if path == "/api/marketplaces":
            return api.marketplaces(self.store, self.origin)
        if path == "/api/shops":
            return api.shops(self.store, self.origin, query)
        if path == "/api/listings":
            return api.listings(self.store, self.origin, query)
        if one := SHOP_API.fullmatch(path):
            return api.shop(self.store, self.origin, *one.groups())
        if one := LISTING_API.fullmatch(path):
            return api.listing(self.store, self.origin, *one.groups())
        raise RefusedError(404, "no_such_address", "There is nothing at this address; the README lists what there is.")

    def _page(self, path: str, query: api.Query) -> Response:
        if path == "/":
            markets = [(market, self.store.on_sale(market.key)) for market in self.store.marketplaces.values()]
            return _html(200, pages.front_door(markets))
        market = self.store.marketplaces.get(path.split("/")[1])
        if market is not None and path == f"/{market.key}":
            return Response(301, b"", "text/plain; charset=utf-8", {"Location": f"/{market.key}/"})
        if market is not None and path == f"/{market.key}/":
            return _html(200, pages.home(market, self.store.on_sale(market.key)))
        target = target_of(path, query)
        found = self._target_page(*target) if target else None
        return found or _html(404, pages.missing_page(market))

    def _target_page(self, key: str, kind: str, wanted: str) -> Response | None:
        """Return the page of a shop or a listing, or 410 where it was taken down; None where there never was one."""
        market = self.store.marketplaces[key]
        if kind == "shop":
            shop = self.store.shop(key, wanted)
            return self._shop_page(market, shop) if shop else None
        listing = self.store.listing(key, wanted)
        return self._listing_page(market, listing) if listing else None

    def _shop_page(self, market: Marketplace, shop: Shop) -> Response:
        if shop.state == "closed":
            return _html(410, pages.closed_page(market, shop))
        return _html(200, pages.shop_page(market, shop, self.store.listings(shop=shop.number, state="live")))

    def _listing_page(self, market: Marketplace, listing: Listing) -> Response:
        if listing.shop.state == "closed":
            return _html(410, pages.closed_page(market, listing.shop))
        if listing.state == "removed":
            return _html(410, pages.removed_page(market, listing))
        others = [one for one in self.store.listings(shop=listing.shop.number, state="live") if one.id != listing.id]
        return _html(200, pages.listing_page(market, listing, others))

    def _command(self, environ: Environ) -> Response:
        if self.secret is None:
            raise RefusedError(503, "commands_off", "This marketplace takes no commands; start it with SANDBOX_SECRET set.")
        body = _body(environ)
        command_id = str(environ.get("HTTP_WEBHOOK_ID", ""))
        try:
            verify(
                self.secret,
                command_id=command_id,
                timestamp=str(environ.get("HTTP_WEBHOOK_TIMESTAMP", "")),
                signatures=str(environ.get("HTTP_WEBHOOK_SIGNATURE", "")),
                body=body,
                now=self.clock(),
            )
        except SignatureError as error:
            raise RefusedError(401, "bad_signature", str(error)) from None
        answer = answer_command(self.store, command_id, body)
        return _json(answer.status, answer.body, {"Idempotent-Replayed": "true"} if answer.replayed else {})


def _path(environ: Environ) -> str:
    """Return the decoded path; bytes that are no UTF-8 become characters that no address has."""
    return str(environ.get("PATH_INFO", "")).encode("latin-1").decode("utf-8", "replace") or "/"


def _query(environ: Environ) -> api.Query:
    raw = str(environ.get("QUERY_STRING", ""))
    if len(raw) > LONGEST_QUERY:
        raise RefusedError(414, "query_too_long", f"The query may have {LONGEST_QUERY} characters.")
    try:
        return parse_qs(raw, max_num_fields=50)
    except ValueError:
        raise RefusedError(400, "bad_query", "The query has too many fields.") from None


def _body(environ: Environ) -> bytes:
    raw = str(environ.get("CONTENT_LENGTH") or "")
    if environ.get("HTTP_TRANSFER_ENCODING") or not raw:
        raise RefusedError(411, "length_required", "Send the body in one piece, with a Content-Length.")
    if not (raw.isascii() and raw.isdigit()):
        raise RefusedError(400, "bad_length", "Content-Length must be a number.")
    length = int(raw[:12])
    stream = environ["wsgi.input"]
    if length > LARGEST_BODY:
        _drain(stream, min(length, DRAINED))
        raise RefusedError(413, "too_large", f"A command has at most {LARGEST_BODY} bytes.")
    body = stream.read(length)
    if len(body) != length:
        raise RefusedError(400, "body_cut_short", "Fewer bytes came than Content-Length says.")
    return bytes(body)


def _drain(stream: Any, length: int) -> None:
    while length > 0:
        piece = stream.read(min(length, 65536))
        if not piece:
            return
        length -= len(piece)


def _html(status: int, page: Html) -> Response:
    return Response(status, page.encode(), "text/html; charset=utf-8")


def _json(status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    kind = "application/json" if status < 400 else "application/problem+json"
    return Response(status, json.dumps(body, ensure_ascii=False).encode(), kind, headers or {})


def _not_allowed(allowed: str) -> Response:
    refusal = RefusedError(405, "method_not_allowed", f"Only {allowed} here.")
    return _json(405, problem(refusal), {"Allow": allowed})

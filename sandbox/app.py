"""The WSGI application: which address answers with what."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from sandbox import api, office, pages
from sandbox.addresses import listing_path, office_of, target_of
from sandbox.commands import Answer, RefusedError, answer_command, answer_office, answer_once, marketplace_of, problem
from sandbox.faults import Faults, read_fault
from sandbox.markup import Html
from sandbox.signing import SignatureError, verify
from sandbox.store import Listing, Marketplace, Shop, Store

Environ = dict[str, Any]
StartResponse = Callable[..., object]

HERE = Path(__file__).resolve().parent
LARGEST_BODY = 16 * 1024
DRAINED = 4 * 1024 * 1024
"""How much of a refused body is read away, so that the caller sees the answer instead of a broken connection."""

LONGEST_QUERY = 4096
SHOP_API = re.compile(r"/api/shops/([^/]{1,64})/([^/]{1,64})")
LISTING_API = re.compile(r"/api/listings/([^/]{1,64})/([^/]{1,64})")
GUARDS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


PAGE = 48
"""How many goods a page shows before it leads to the next one."""

OTHERS = 12
PAGE_AFTER = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True)
class File:
    """A picture or style sheet, read once."""

    body: bytes
    kind: str
    etag: str


@dataclass(frozen=True)
class Response:
    """An answer before it is written out."""

    status: int
    body: bytes
    kind: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Application:
    """The marketplace as a WSGI application over one store."""

    def __init__(
        self,
        store: Store,
        *,
        origin: str,
        secret: bytes | None,
        portal: str = "http://localhost:8000",
        faults: Faults | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.store = store
        self.origin = origin
        self.secret = secret
        self.portal = portal
        self.faults = faults or Faults()
        self.clock = clock
        self.files = {f"/pictures/{path.name}": _file(path, "image/webp") for path in (HERE / "pictures").glob("*.webp")}
        self.files |= {f"/static/{path.name}": _file(path, "text/css; charset=utf-8") for path in (HERE / "static").glob("*.css")}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request; what goes wrong here is written to the log and answered with 500."""
        try:
            response = self._answer(environ)
        except RefusedError as refusal:
            response = _json(refusal.status, problem(refusal))
        except ConnectionAbortedError:
            raise  # the fault `drop`: the server closes the connection without an answer
        except sqlite3.OperationalError as error:
            response = _json(503, problem(RefusedError(503, "busy", "The database does not answer; nothing was written, try again.")))
            print(f"sandbox: {error}", file=sys.stderr)  # noqa: T201
        except Exception:  # noqa: BLE001 - the last line of defence of a server thread
            traceback.print_exc()
            response = _json(500, problem(RefusedError(500, "bug", "This marketplace made a mistake; see its log.")))
        reason = HTTPStatus(response.status).phrase
        headers = {**GUARDS, **response.headers}
        if response.status != HTTPStatus.NOT_MODIFIED:
            headers |= {"Content-Type": response.kind, "Content-Length": str(len(response.body))}
        start_response(f"{response.status} {reason}", list(headers.items()))
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else response.body]

    def _answer(self, environ: Environ) -> Response:
        method, path = environ["REQUEST_METHOD"], _path(environ)
        if path == "/api/commands":
            return self._command(environ) if method == "POST" else _not_allowed("POST")
        if path == "/api/faults" and method == "POST":
            return self._switch_fault(environ)
        if office := office_of(path, _query(environ)):
            return self._office(environ, method, *office)
        if method not in {"GET", "HEAD"}:
            return _not_allowed("GET, HEAD, POST" if path == "/api/faults" else "GET, HEAD")
        query = _query(environ)
        if path == "/healthz":
            return self._health()
        if path in self.files:
            return _file_response(self.files[path], str(environ.get("HTTP_IF_NONE_MATCH", "")))
        if path == "/api/faults":
            return _json(200, self.faults.fields())
        if path.startswith("/api/"):
            self.faults.meet(f"{method} {path}", marketplace=_named_marketplace(path, query), is_command=False)
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
        if path == "/api/changes":
            return api.changes(self.store, self.origin, query)
        if one := SHOP_API.fullmatch(path):
            return api.shop(self.store, self.origin, *one.groups())
        if one := LISTING_API.fullmatch(path):
            return api.listing(self.store, self.origin, *one.groups())
        raise RefusedError(404, "no_such_address", "There is nothing at this address; the README lists what there is.")

    def _page(self, path: str, query: api.Query) -> Response:
        if path == "/":
            markets = [
                (market, self.store.listings(marketplace=market.key, is_on_sale=True, limit=4))
                for market in self.store.marketplaces.values()
            ]
            return _html(200, pages.front_door(markets))
        market = self.store.marketplaces.get(path.split("/")[1])
        if market is not None and path == f"/{market.key}":
            return Response(301, b"", "text/plain; charset=utf-8", {"Location": f"/{market.key}/"})
        if market is not None and path == f"/{market.key}/":
            return self._home(market, _page_after(query))
        target = target_of(path, query)
        found = self._target_page(*target, after=_page_after(query)) if target else None
        return found or _html(404, pages.missing_page(market))

    def _home(self, market: Marketplace, after: int) -> Response:
        goods = self.store.listings(marketplace=market.key, is_on_sale=True, after=after, limit=PAGE + 1)
        shops = [] if after else [shop for shop in self.store.shops(marketplace=market.key) if shop.state != "closed"]
        return _html(200, pages.home(market, goods[:PAGE], shops, after=goods[PAGE - 1].number if len(goods) > PAGE else 0))

    def _target_page(self, key: str, kind: str, wanted: str, *, after: int) -> Response | None:
        """Return the page of a shop or a listing, or 410 where it was taken down; None where there never was one."""
        market = self.store.marketplaces[key]
        if kind == "shop":
            shop = self.store.shop(key, wanted)
            return self._shop_page(market, shop, after) if shop else None
        listing = self.store.listing(key, wanted)
        return self._listing_page(market, listing) if listing else None

    def _shop_page(self, market: Marketplace, shop: Shop, after: int) -> Response:
        if shop.state == "closed":
            return _html(410, pages.closed_page(market, shop))
        goods = self.store.listings(shop=shop.number, state="live", after=after, limit=PAGE + 1)
        return _html(200, pages.shop_page(market, shop, goods[:PAGE], after=goods[PAGE - 1].number if len(goods) > PAGE else 0))

    def _listing_page(self, market: Marketplace, listing: Listing) -> Response:
        if listing.shop.state == "closed":
            return _html(410, pages.closed_page(market, listing.shop))
        if listing.state == "removed":
            return _html(410, pages.removed_page(market, listing))
        others = [one for one in self.store.listings(shop=listing.shop.number, state="live", limit=OTHERS + 1) if one.id != listing.id]
        page = pages.listing_page(market, listing, others[:OTHERS], url=self.origin + listing_path(market, listing), portal=self.portal)
        guards = {
            "Content-Security-Policy": GUARDS["Content-Security-Policy"].replace("form-action 'none'", f"form-action {self.portal}"),
            # The portal may ask where a report comes from; it is told this marketplace and not which page.
            "Referrer-Policy": "strict-origin",
        }
        return _html(200, page, guards)

    def _office(self, environ: Environ, method: str, key: str, shop_id: str) -> Response:
        """Show a shop's back office, or put up what was typed in there."""
        if method not in {"GET", "HEAD", "POST"}:
            return _not_allowed("GET, HEAD, POST")
        market, shop = self.store.marketplaces[key], self.store.shop(key, shop_id)
        if shop is None:
            return _html(404, pages.missing_page(market))
        return self._put_up(environ, market, shop) if method == "POST" else self._office_page(200, market, shop)

    def _office_page(self, status: int, market: Marketplace, shop: Shop, *, wrong: str = "", **typed: str) -> Response:
        letters = self.store.messages(shop.number)
        page = office.office_page(market, shop, letters, self.store.pictures, typed=typed, wrong=wrong)
        policy = GUARDS["Content-Security-Policy"].replace("form-action 'none'", "form-action 'self'")
        # So that the browser says where the form comes from: it is taken from nowhere else.
        return _html(status, page, {"Content-Security-Policy": policy, "Referrer-Policy": "same-origin"})

    def _put_up(self, environ: Environ, market: Marketplace, shop: Shop) -> Response:
        _check_same_site(environ)
        given = _form(environ)
        typed = {name: given.get(name, "") for name in office.FIELDS}
        try:
            answer = answer_office(self.store, given.get("form", ""), shop, typed)
        except RefusedError:
            return self._office_page(409, market, shop, wrong="stale", **typed)
        if answer.status == 200:
            listing = self.store.listing(market.key, answer.body["listing"])
            assert listing is not None
            return Response(303, b"", "text/plain; charset=utf-8", {"Location": listing_path(market, listing)})
        if answer.status == 409:
            return _html(409, office.refused_page(market, shop, typed["title"]))
        return self._office_page(422, market, shop, wrong=office.wrong_of(str(answer.body["detail"])), **typed)

    def _command(self, environ: Environ) -> Response:
        command_id, body = self._signed(environ)
        mode = self.faults.meet(f"command {command_id}", marketplace=marketplace_of(body), is_command=True)
        answer = answer_command(self.store, command_id, body, is_lie=mode == "lie")
        if mode == "drop":
            raise ConnectionAbortedError
        return _answered(answer)

    def _switch_fault(self, environ: Environ) -> Response:
        command_id, body = self._signed(environ)
        marketplaces = set(self.store.marketplaces)
        answer = answer_once(self.store, command_id, body, lambda _connection, _now: asdict(read_fault(body, marketplaces)))
        if answer.status == 200 and not answer.replayed:
            self.faults.switch(read_fault(body, marketplaces))
        return _answered(answer)

    def _signed(self, environ: Environ) -> tuple[str, bytes]:
        """Return the id and the body of a request that is signed with the secret."""
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
        return command_id, body


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


def _page_after(query: api.Query) -> int:
    raw = query.get("after", ["0"])[0]
    return int(raw) if PAGE_AFTER.fullmatch(raw) else 0


def _named_marketplace(path: str, query: api.Query) -> str | None:
    """Return the marketplace that a reading of the catalogue names, in its address or its query."""
    one = SHOP_API.fullmatch(path) or LISTING_API.fullmatch(path)
    return one.group(1) if one else query.get("marketplace", [None])[0]


def _file(path: Path, kind: str) -> File:
    body = path.read_bytes()
    return File(body, kind, f'"{hashlib.sha256(body).hexdigest()}"')


def _file_response(file: File, known: str) -> Response:
    headers = {"Cache-Control": "public, max-age=3600", "ETag": file.etag}
    is_known = file.etag in [word.strip().removeprefix("W/") for word in known.split(",")]
    return Response(304 if is_known else 200, b"" if is_known else file.body, file.kind, headers)


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


def _form(environ: Environ) -> dict[str, str]:
    """Return the fields of a form, line breaks and other white space at their ends left out."""
    try:
        fields = parse_qs(_body(environ).decode(), max_num_fields=20)
    except ValueError:
        raise RefusedError(400, "bad_form", "The form cannot be read.") from None
    return {name: values[0].strip() for name, values in fields.items()}


def _check_same_site(environ: Environ) -> None:
    """Refuse a form that another site sends through a visitor's browser."""
    origin = str(environ.get("HTTP_ORIGIN", ""))
    if origin and origin.partition("://")[2] != str(environ.get("HTTP_HOST", "")):
        raise RefusedError(403, "foreign_form", "This form was sent by another site; open the back office itself.")


def _drain(stream: Any, length: int) -> None:
    while length > 0:
        piece = stream.read(min(length, 65536))
        if not piece:
            return
        length -= len(piece)


def _answered(answer: Answer) -> Response:
    return _json(answer.status, answer.body, {"Idempotent-Replayed": "true"} if answer.replayed else {})


def _html(status: int, page: Html, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, page.encode(), "text/html; charset=utf-8", headers or {})


def _json(status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    kind = "application/json" if status < 400 else "application/problem+json"
    return Response(status, json.dumps(body, ensure_ascii=False).encode(), kind, headers or {})


def _not_allowed(allowed: str) -> Response:
    refusal = RefusedError(405, "method_not_allowed", f"Only {allowed} here.")
    return _json(405, problem(refusal), {"Allow": allowed})

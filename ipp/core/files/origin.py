"""The file origin's only view: a stored file for a good link, in an answer that cannot run anything."""

from __future__ import annotations

from itertools import chain
from typing import Final

import structlog
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from ipp.core.errors import NotFound, Text, Unavailable
from ipp.core.files.links import ORIGINAL, Link, LinkExpired, LinkInvalid, read_link
from ipp.core.files.names import content_disposition
from ipp.core.files.sealing import SealBroken, open_original
from ipp.core.files.storage import Reading, open_page

log = structlog.get_logger(__name__)

HEADERS: Final = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",  # pages are pictures inside the portal and the staff console
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",  # the address is the permission
    "X-Robots-Tag": "noindex",
}


@require_safe
def serve(request: HttpRequest, token: str) -> HttpResponseBase:
    """Answer with the file the link names, or say in words why not."""
    try:
        link = read_link(token)
        reading = _open(link)
    except LinkExpired:
        return _words(request, 404, _("This link has expired. Go back to the page it came from and reload it to get a fresh one."))
    except LinkInvalid:
        return _words(request, 404, _("This link is not valid. Copy it again in full, or open the file from the page it came from."))
    except NotFound:
        return _words(request, 404, _("This file is no longer stored."))
    except Unavailable as error:
        return _words(request, error.status, error.message)
    except SealBroken as error:
        log.exception("seal_broken", reason=str(error))
        return _words(request, 500, _("This file cannot be opened: its seal is broken. Tell the operator of the platform."))
    return _answer(link, reading, with_body=request.method == "GET")


def _open(link: Link) -> Reading:
    if link.kind != ORIGINAL:
        return open_page(link.storage_key)
    original = open_original(link.storage_key)
    # The first part is opened before the answer begins, so that a broken seal is told and not a download that stops.
    try:
        original.parts = chain([next(original.parts, b"")], original.parts)
    except SealBroken:
        original.close()
        raise
    return original


def _answer(link: Link, reading: Reading, *, with_body: bool) -> HttpResponseBase:
    response: HttpResponseBase
    if with_body:
        response = StreamingHttpResponse(reading, content_type=link.media_type)
    else:
        reading.close()
        response = HttpResponse(content_type=link.media_type)
    response.headers["Content-Length"] = str(reading.size)
    response.headers["Content-Disposition"] = content_disposition(link.disposition, link.filename)
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response


def _words(request: HttpRequest, status: int, words: Text) -> HttpResponse:
    with override(get_language_from_request(request)):  # this process has no sessions and so no locale middleware
        return HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8", headers=HEADERS)

"""The edge's outer frame: a request id, one honest log line, and headers every answer carries. Needs no account and no database."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from ipp.core.frame import frame_of

log = structlog.get_logger(__name__)


class RequestMiddleware:
    """Outermost: gives each request an id (shown in every error), one log line, and `no-store` on everything private."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request, with its id on everything said about it."""
        request_id = frame_of(request).request_id = uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began = time.monotonic()
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
        milliseconds = round((time.monotonic() - began) * 1000)
        # On the file origin the path is the signed link itself: whoever reads the log could open the file.
        path = "(signed link)" if settings.IPP_AUDIENCE == "files" else request.path
        log.info("request", method=request.method, path=path, status=response.status_code, ms=milliseconds)
        return response

"""How REST endpoints read and answer: problem documents, idempotent creation, cursor pages, rate limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import models
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from ipp.core import errors, ratelimit
from ipp.core.actors import Actor
from ipp.core.edge import actor_of
from ipp.core.encryption import InvalidToken, decrypt, encrypt
from ipp.core.frame import frame_of
from ipp.core.prepared import Asked, Slot
from ipp.core.problems import PROBLEM_TYPE, add_headers, problem_of
from ipp.core.services.idempotency import Answer, check_key, once, request_hash

PAGE_SIZE, PAGE_MAX = 50, 200
RATE_LIMIT, RATE_SECONDS = 600, 60

KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="New for each new request, the same on a retry: the same key and body get the same answer for 7 days.",
)
"""How the documentation describes the header that `created_once` reads."""

PAGING = [
    OpenApiParameter("after", str, description="`next` of the page before."),
    OpenApiParameter(
        "limit", {"type": "integer", "minimum": 1, "maximum": PAGE_MAX, "default": PAGE_SIZE}, description="How many to answer with."
    ),
]
"""How the documentation describes what `page_of` reads."""


class BodyParser(JSONParser):
    """Reads a JSON body; one nested so deeply that Python gives up is unreadable, not a failure of ours."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """Return the body as Python values.

        Raises:
            ParseError: it is no JSON, or nested beyond any use.
        """
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise exceptions.ParseError from error


class Endpoint(APIView):
    """An API view: `self.actor` acts, and each key has an allowance whose state every answer carries."""

    parser_classes = [BodyParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Spend one request of the key's allowance, and look at the size of a body that is read whole, before anything else."""
        super().initial(request, *args, **kwargs)
        if request.auth is not None:
            self.allowance = ratelimit.spend("api", str(self.actor.api_key_id), limit=RATE_LIMIT, seconds=RATE_SECONDS)
        if MultiPartParser not in self.parser_classes and _length_of(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise _too_large()

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Add the RateLimit headers."""
        final = super().finalize_response(request, response, *args, **kwargs)
        allowance: ratelimit.Allowance | None = getattr(self, "allowance", None)
        if allowance is not None:
            final["RateLimit-Limit"] = str(allowance.limit)
            final["RateLimit-Remaining"] = str(allowance.remaining)
            final["RateLimit-Reset"] = str(allowance.reset_seconds)
        return final

    @property
    def actor(self) -> Actor:
        """Who calls."""
        return actor_of(self.request._request)

    @property
    def _key(self) -> str:
        return str(self.request.headers.get("Idempotency-Key", ""))

    def read(self, serializer_class: type[BaseSerializer[Any]]) -> dict[str, Any]:
        """Return the validated body.

        Raises:
            InvalidInput: with a pointer for each wrong value.
        """
        serializer = serializer_class(data=self.request.data)
        if not serializer.is_valid():
            raise errors.InvalidInput(
                "invalid_body", _("Some values are missing or wrong; each is named below."), errors=_field_errors(serializer.errors)
            )
        return dict(serializer.validated_data)

    def require_key(self) -> None:
        """Refuse a creating POST without a usable Idempotency-Key.

        Raises:
            BadRequest: the header is missing or no such key.
        """
        check_key(self._key)

    def created_once(self, fingerprint: Any, effect: Callable[[], Answer]) -> Response:
        """Answer a creating POST at most once per Idempotency-Key."""
        try:
            answer = once(
                actor=self.actor,
                key=self._key,
                route=f"{self.request.method} {self.request.path}",
                fingerprint=request_hash(fingerprint),
                effect=effect,
            )
        except errors.DomainError as error:  # services name fields, this edge points into the body
            error.errors = tuple(replace(item, pointer=f"/{item.pointer.removeprefix('/')}") for item in error.errors)
            raise
        response = Response(answer.body, status=answer.status)
        if answer.location:
            response["Location"] = answer.location
        if answer.replayed:
            response["Idempotent-Replayed"] = "true"
        return response


def page_of(
    request: Request, rows: models.QuerySet[Any] | Asked[Any], write: Callable[[Any], dict[str, Any]], *, oldest_first: bool = False
) -> Response:
    """Answer a list, newest first, by cursor: `{"data": [...], "next": cursor or null}`. No count, so depth costs nothing.

    Raises:
        InvalidInput: a cursor or limit that was not made here.
    """
    limit = _limit(request)
    after = _cursor(request)
    beyond, order = ("pk__gt", "pk") if oldest_first else ("pk__lt", "-pk")

    def cut(rows: models.QuerySet[Any], start: object) -> models.QuerySet[Any]:
        return (rows.filter(**{beyond: start}) if after else rows).order_by(order)[: limit + 1]

    if isinstance(rows, Asked):
        start = Slot("after", rows.model._meta.pk)
        found = rows.changed((order, bool(after), limit), lambda rows: cut(rows, start), after=after).fetch()
    else:
        found = list(cut(rows, after))
    page = found[:limit]
    following = encrypt(str(page[-1].pk)) if len(found) > limit else None
    return Response({"data": [write(row) for row in page], "next": following})


def problem_response(exception: Exception, context: Mapping[str, Any]) -> Response | None:
    """Answer every refusal as a problem document; anything else is a bug and goes up."""
    error = _domain_error(exception)
    if error is None:
        return None
    request: HttpRequest = context["request"]._request
    response = Response(problem_of(error, frame_of(request).request_id), status=error.status, content_type=PROBLEM_TYPE)
    add_headers(response, error)
    return response


def _domain_error(exception: Exception) -> errors.DomainError | None:
    if isinstance(exception, errors.DomainError):
        return exception
    if isinstance(exception, Http404 | exceptions.NotFound):
        return errors.NotFound()
    if isinstance(exception, exceptions.MethodNotAllowed):
        return errors.MethodNotAllowed("method_not_allowed", _("This address does not take that method; see the API documentation."))
    if isinstance(exception, exceptions.UnsupportedMediaType):
        return errors.UnsupportedType("unsupported_media_type", _("Send the body with the Content-Type the documentation names."))
    if isinstance(exception, exceptions.ParseError):
        return errors.BadRequest(
            "unreadable_body", _("The body is not valid JSON (or not a valid upload). Check quotes, commas and encoding.")
        )
    if isinstance(exception, exceptions.ValidationError):
        return errors.InvalidInput("invalid_body", _("Some values are wrong."), errors=_field_errors(exception.detail))
    if isinstance(exception, exceptions.NotAcceptable):
        return errors.NotAcceptable("not_acceptable", _("Answers come as application/json. Accept that, or leave Accept out."))
    if isinstance(exception, RequestDataTooBig):
        return _too_large()
    if isinstance(exception, SuspiciousOperation):
        return errors.BadRequest("bad_request", _("The request holds something no client of this API sends; nothing was done."))
    return None


def _length_of(request: Request) -> int:
    """Return the length a body claims; no server reads more of it than that."""
    claimed = str(request.META.get("CONTENT_LENGTH") or "")
    return int(claimed) if claimed.isascii() and claimed.isdigit() else 0


def _too_large() -> errors.TooLarge:
    return errors.TooLarge("body_too_large", _("The body is larger than allowed here. Files go to /api/v1/files, each alone."))


def _field_errors(detail: Any, pointer: str = "") -> list[errors.FieldError]:
    if isinstance(detail, Mapping):
        found = []
        for name, inner in detail.items():
            found += _field_errors(inner, pointer if name == "non_field_errors" else f"{pointer}/{name}")
        return found
    if isinstance(detail, list) and any(isinstance(item, Mapping | list) for item in detail):
        return [error for number, item in enumerate(detail) for error in _field_errors(item, f"{pointer}/{number}")]
    items = detail if isinstance(detail, list) else [detail]
    return [errors.FieldError(pointer, getattr(item, "code", "invalid"), str(item)) for item in items]


def _limit(request: Request) -> int:
    raw = request.query_params.get("limit", str(PAGE_SIZE))
    if not raw.isascii() or not raw.isdigit() or not 1 <= int(raw[:9]) <= PAGE_MAX:
        raise errors.InvalidInput(
            "bad_limit", _("`limit` is a whole number from 1 to 200."), errors=[errors.FieldError("limit", "invalid", _("1 to 200."))]
        )
    return int(raw)


def _cursor(request: Request) -> int:
    raw = request.query_params.get("after", "")
    if not raw:
        return 0
    try:
        return int(decrypt(raw))
    except (InvalidToken, ValueError) as error:
        message = _("Use the `next` value of the page before, unchanged, or leave `after` out to start at the newest.")
        raise errors.InvalidInput("bad_cursor", message, errors=[errors.FieldError("after", "invalid", message)]) from error

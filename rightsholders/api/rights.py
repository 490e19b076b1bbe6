"""REST endpoints of the rights library: list, add, read, take out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ipp.core.errors import FieldError, InvalidInput, NotFound
from ipp.core.rest import KEY, PAGING, Endpoint, page_of
from ipp.core.services.files import find_file
from ipp.core.services.idempotency import Answer
from rightsholders import queries, services
from rightsholders.serializers import RightIn, RightOut, RightPage, write_right

SENT = {
    "kind": "trademark",
    "name": "TARNHOLT",
    "owner_name": "Tarnholt AS",
    "office": "CNIPA",
    "number": "48126377",
    "nice_classes": [11, 21],
    "goods": "lanterns; drinking bottles",
    "registered_on": "2021-03-07",
    "expires_on": "2031-03-06",
    "documents": [
        {"kind": "certificate", "file": "Qz9s4TtEuAb6LhVwGm2yq0"},
        {"kind": "classes", "file": "uAb6LhVwGm2yq0Qz9s4TtE"},
    ],
}
EXAMPLE = {
    "code": "m2yq0Qz9s4TtEuAb6LhVwG",
    "reference": "RT-7Q4M-2F9",
    "status": "waiting",
    "in_force": True,
    "kind": "trademark",
    "name": "TARNHOLT",
    "owner_name": "Tarnholt AS",
    "office": "CNIPA",
    "number": "48126377",
    "territories": ["CN"],
    "nice_classes": [11, 21],
    "locarno_class": "",
    "goods": "lanterns; drinking bottles",
    "filed_on": None,
    "registered_on": "2021-03-07",
    "expires_on": "2031-03-06",
    "author": "",
    "created_on": None,
    "published_on": None,
    "work_link": "",
    "documents": [{"kind": "certificate", "file": "Qz9s4TtEuAb6LhVwGm2yq0"}, {"kind": "classes", "file": "uAb6LhVwGm2yq0Qz9s4TtE"}],
    "added_at": "2026-11-24T08:42:10.120000Z",
    "due_at": "2026-12-01T15:59:59Z",
    "question": "",
    "validated_at": None,
    "reason": None,
    "message": "",
}


class RightsView(Endpoint):
    """The organization's rights."""

    operation = "rights"
    is_list = True

    @extend_schema(
        responses=RightPage,
        parameters=PAGING,
        examples=[OpenApiExample("One page", {"data": [EXAMPLE], "next": None}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """List rights, newest first."""
        return page_of(request, queries.told_rights(self.actor), write_right)

    @extend_schema(
        request=RightIn,
        responses={201: RightOut},
        parameters=[KEY],
        examples=[
            OpenApiExample("A trademark", SENT, request_only=True),
            OpenApiExample("Accepted", EXAMPLE, response_only=True, status_codes=["201"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """Add a right, to be checked within five business days. The organization must be verified."""
        data = self.read(RightIn)

        def effect() -> Answer:
            body = dict(data)
            documents = self._documents(body.pop("documents"))
            row = services.add_right(actor=self.actor, details=services.RightDetails(**body), documents=documents)
            return Answer(201, write_right(queries.told_right(self.actor, row.code)), location=f"/api/v1/rights/{row.code}")

        return self.created_once(request.data, effect)

    def _documents(self, named: Sequence[Mapping[str, str]]) -> list[services.DocumentUpload]:
        """Return the files named by code.

        Raises:
            InvalidInput: one is not there, with its place.
        """
        found, errors = [], []
        for place, document in enumerate(named):
            try:
                found.append(services.DocumentUpload(document["kind"], find_file(actor=self.actor, code=document["file"])))
            except NotFound:
                unknown = "No file of yours has this code. Upload it first and send its `code`."
                errors.append(FieldError(f"/documents/{place}/file", "not_found", unknown))
        if errors:
            raise InvalidInput("unknown_file", "A file named is not there.", errors=errors)
        return found


class RightView(Endpoint):
    """One right."""

    operation = "right"

    @extend_schema(responses=RightOut, examples=[OpenApiExample("Being checked", EXAMPLE, response_only=True)])
    def get(self, request: Request, code: str) -> Response:
        """Read one right."""
        return Response(write_right(queries.told_right(self.actor, code)))


class RightWithdrawView(Endpoint):
    """Taking a right out of the library."""

    operation = "right_withdraw"

    @extend_schema(
        request=None,
        responses=RightOut,
        examples=[OpenApiExample("Withdrawn", EXAMPLE | {"status": "withdrawn"}, response_only=True)],
    )
    def post(self, request: Request, code: str) -> Response:
        """Take a right out of the library; nothing new can be based on it. Doing it twice is refused with 409 and changes nothing."""
        services.withdraw_right(actor=self.actor, code=code)
        return Response(write_right(queries.told_right(self.actor, code)))

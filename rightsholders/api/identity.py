"""REST endpoints of identity: the organization, files, verifications, and the event feed."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from ipp.core import tenancy
from ipp.core.clock import now
from ipp.core.errors import FieldError, InvalidInput, NotFound
from ipp.core.models import Event
from ipp.core.rest import KEY, PAGING, Endpoint, page_of
from ipp.core.services.files import find_file, keep_file, prepared_upload
from ipp.core.services.idempotency import Answer
from rightsholders import queries, services
from rightsholders.serializers import (
    EventPage,
    FileIn,
    FileOut,
    OrganizationOut,
    VerificationIn,
    VerificationOut,
    VerificationPage,
    write_event,
    write_file,
    write_verification,
)

EXAMPLE = {
    "code": "b6LhVwGm2yq0Qz9s4TtEuA",
    "reference": "VER-7Q4M-2F9",
    "status": "submitted",
    "kind": "business_licence",
    "holder_name": "Tarnholt AS",
    "number": "NO 914 778 271",
    "country": "NO",
    "expires_on": None,
    "submitted_at": "2026-11-24T08:42:10.120000Z",
    "due_at": "2026-11-27T15:59:59Z",
    "question": "",
    "decided_at": None,
    "reason": None,
    "message": "",
}


class OrganizationView(Endpoint):
    """The organization behind the key."""

    operation = "organization"

    @extend_schema(
        responses=OrganizationOut,
        examples=[
            OpenApiExample(
                "A verified company",
                {
                    "code": "x5bXq0s4TtEuAb6LhVwGm2",
                    "name": "Tarnholt AS",
                    "kind": "rights_holder",
                    "account_kind": "entity",
                    "verified_at": "2026-11-25T03:12:00Z",
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """Read the organization the key belongs to and whether it is verified."""
        found = queries.organization_of(self.actor)
        verified = found.verified_at.isoformat() if found.verified_at else None
        return Response({name: getattr(found, name) for name in ("code", "name", "kind", "account_kind")} | {"verified_at": verified})


class FilesView(Endpoint):
    """Uploads."""

    operation = "files"
    parser_classes = [MultiPartParser]
    outside_transaction = True

    @extend_schema(
        request={"multipart/form-data": FileIn},
        responses={201: FileOut},
        parameters=[KEY],
        examples=[
            OpenApiExample(
                "Stored",
                {
                    "code": "Qz9s4TtEuAb6LhVwGm2yq0",
                    "name": "licence.pdf",
                    "media_type": "application/pdf",
                    "size": 182044,
                    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    "pages": 2,
                    "scan": "unscanned",
                    "created_at": "2026-11-24T08:41:59Z",
                },
                response_only=True,
                status_codes=["201"],
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Upload a JPEG, PNG, WebP or PDF of at most 20 MB. It is decoded and re-encoded before it is accepted."""
        self.require_key()  # before the file is worked on, not after
        with prepared_upload(self.read(FileIn)["file"]) as prepared:

            def effect() -> Answer:
                file = keep_file(actor=self.actor, prepared=prepared)
                file.refresh_from_db()
                return Answer(201, write_file(file))

            with tenancy.acting(self.actor):
                response = self.created_once([prepared.name, prepared.examined.sha256], effect)
            prepared.is_kept = "Idempotent-Replayed" not in response.headers
        return response


class VerificationsView(Endpoint):
    """The organization's verifications."""

    operation = "verifications"
    is_list = True

    @extend_schema(
        responses=VerificationPage,
        parameters=PAGING,
        examples=[OpenApiExample("One page", {"data": [EXAMPLE], "next": None}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """List verifications of the organization's identity, newest first; a right's check is told by the right."""
        moment = now()
        return page_of(request, queries.own_verifications(self.actor), lambda row: write_verification(row, moment))

    @extend_schema(
        request=VerificationIn,
        responses={201: VerificationOut},
        parameters=[KEY],
        examples=[
            OpenApiExample(
                "A business licence",
                {
                    "file": "Qz9s4TtEuAb6LhVwGm2yq0",
                    "kind": "business_licence",
                    "holder_name": "Tarnholt AS",
                    "number": "NO 914 778 271",
                    "country": "NO",
                },
                request_only=True,
            ),
            OpenApiExample("Accepted", EXAMPLE, response_only=True, status_codes=["201"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """Send an identity paper in to be checked within three business days."""
        data = self.read(VerificationIn)

        def effect() -> Answer:
            body = dict(data)
            try:
                file = find_file(actor=self.actor, code=body.pop("file"))
            except NotFound as error:
                unknown = FieldError("/file", "not_found", "No file of yours has this code. Upload it first and send its `code`.")
                raise InvalidInput("unknown_file", "The file named is not there.", errors=[unknown]) from error
            row = services.submit_identity_paper(actor=self.actor, file=file, details=services.PaperDetails(**body))
            fresh = queries.own_verification(self.actor, row.code)
            return Answer(201, write_verification(fresh, now()), location=f"/api/v1/verifications/{row.code}")

        return self.created_once(request.data, effect)


class VerificationView(Endpoint):
    """One verification."""

    operation = "verification"

    @extend_schema(responses=VerificationOut, examples=[OpenApiExample("In the queue", EXAMPLE, response_only=True)])
    def get(self, request: Request, code: str) -> Response:
        """Read one verification."""
        return Response(write_verification(queries.own_verification(self.actor, code), now()))


class WithdrawView(Endpoint):
    """Taking a paper back."""

    operation = "verification_withdraw"

    @extend_schema(
        request=None,
        responses=VerificationOut,
        examples=[OpenApiExample("Withdrawn", EXAMPLE | {"status": "withdrawn"}, response_only=True)],
    )
    def post(self, request: Request, code: str) -> Response:
        """Take a paper back before it is decided. Doing it twice is refused with 409 and changes nothing."""
        services.withdraw_verification(actor=self.actor, code=code)
        return Response(write_verification(queries.own_verification(self.actor, code), now()))


class EventsView(Endpoint):
    """The feed of the organization's own events."""

    operation = "events"
    is_list = True

    @extend_schema(
        responses=EventPage,
        parameters=PAGING,
        examples=[
            OpenApiExample(
                "One event",
                {
                    "data": [
                        {
                            "id": "1c2f8a2e-5b7e-4a38-9c0e-2f0f5b8d4e11",
                            "name": "rightsholders.verification.submitted",
                            "occurred_at": "2026-11-24T08:42:10.120000Z",
                            "subject": "VER-7Q4M-2F9",
                            "data": {"code": "b6LhVwGm2yq0Qz9s4TtEuA"},
                        }
                    ],
                    "next": None,
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """List what the organization's people and keys did, newest first."""
        rows: Any = Event.objects.filter(organization_id=self.actor.organization_id)
        return page_of(request, rows, write_event)

"""REST endpoints of rights holders: what sellers answered, accepting or rejecting it, and the reasons of a rejection."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ipp.core.clock import now
from ipp.core.edge import language_in_force
from ipp.core.errors import FieldError, InvalidInput
from ipp.core.models import StoredFile
from ipp.core.rest import KEY, PAGING, Endpoint, page_of
from ipp.core.services.idempotency import Answer
from takedowns import services
from takedowns.queries import counter_notices as queries
from takedowns.queries.notices import page_address
from takedowns.serializers.counter_notices import (
    AcceptIn,
    AnswerReasonsOut,
    CounterNoticeCaseOut,
    CounterNoticeOut,
    CounterNoticePage,
    RejectIn,
    write_answer_reason,
    write_counter_case,
    write_counter_notice,
)

TURN_CODES = [turn for turn, _label in queries.TURNS]
STATUS = OpenApiParameter("status", str, enum=TURN_CODES, description="Only those in which it is this side's turn.")
COUNTER: dict[str, Any] = {
    "code": "Rm3Gm8wzS5yTn4XbVtLr0A",
    "reference": "CN-7Q4M-2F9",
    "complaint": "Q2hGm8wzS5yTn4XbVtLr0A",
    "status": "to_answer",
    "shop": {"marketplace": "bazarro", "shop_id": "911204507", "name": "Lumaway Trading"},
    "grounds": ["AUTHORISED"],
    "listing_count": 1,
    "filed_at": "2026-11-25T03:20:00Z",
    "answer_until": "2026-11-30T15:59:59Z",
    "platform_decides_until": None,
}
CASE = COUNTER | {
    "statement": "We buy from your distributor in Ningbo; the invoice is attached.",
    "goods_location": "Yiwu, China",
    "signature": {"name": "Sunny Sun", "role": "Owner"},
    "listings": [
        {
            "position": 1,
            "listing_id": "3000425919",
            "url": "https://www.bazarro.example/item/3000425919.html",
            "title": "Steel vacuum bottle 500 ml",
            "listing_status": "countered",
            "status": "waiting",
            "outcome": "",
            "answer_until": "2026-11-30T15:59:59Z",
            "platform_decides_until": None,
            "closed_at": None,
            "ruling": None,
            "ruling_message": "",
        }
    ],
    "exhibits": [
        {"side": "seller", "name": "invoice.pdf", "requirement": "invoice", "pages": ["https://files.example/eyJrZXkiOiJw:1uE:Zk"]}
    ],
    "answers": [],
}
REJECTION = {
    "reasons": ["NOT_AUTHORISED_BY_US"],
    "message": "The distributor named has no contract with us since March.",
    "positions": [1],
    "files": ["Qz9s4TtEuAb6LhVwGm2yq0"],
}


class CounterNoticesView(Endpoint):
    """Counter-notices to the organization's complaints."""

    operation = "counter_notices"
    is_list = True

    @extend_schema(
        responses=CounterNoticePage,
        parameters=[*PAGING, STATUS],
        examples=[OpenApiExample("One page", {"data": [COUNTER], "next": None}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """List what sellers answered, newest first."""
        rows = queries.own_counter_notices(self.actor)
        status = request.query_params.get("status", "")
        if status:
            rows = queries.in_turn(rows, _known(status))
        moment = now()
        return page_of(request, rows, lambda row: write_counter_notice(row, moment))


class CounterNoticeView(Endpoint):
    """One counter-notice."""

    operation = "counter_notice"

    @extend_schema(responses=CounterNoticeCaseOut, examples=[OpenApiExample("To answer", CASE, response_only=True)])
    def get(self, request: Request, code: str) -> Response:
        """Read one counter-notice: what the seller says and shows, and how each listing stands. Links to pages expire in minutes."""
        case = queries.case_of(queries.own_counter_notice(self.actor, code))
        return Response(write_counter_case(case, now(), language_in_force(), page_address))


class AcceptView(Endpoint):
    """Accepting a counter-notice."""

    operation = "counter_notice_accept"

    @extend_schema(
        request=AcceptIn,
        responses={201: CounterNoticeOut},
        parameters=[KEY],
        examples=[
            OpenApiExample("One listing", {"positions": [1], "message": "Your papers are in order."}, request_only=True),
            OpenApiExample("Accepted", COUNTER | {"status": "closed"}, response_only=True, status_codes=["201"]),
        ],
    )
    def post(self, request: Request, code: str) -> Response:
        """Accept a counter-notice: the claim is withdrawn and the listing comes back at once. This cannot be taken back."""
        queries.own_counter_notice(self.actor, code)  # before the body is looked at: what is not theirs is not there
        self.require_key()
        data = self.read(AcceptIn)

        def effect() -> Answer:
            services.accept_counter_notice(actor=self.actor, code=code, positions=data.get("positions"), message=data.get("message", ""))
            return Answer(201, _written(self, code), location=f"/api/v1/counter-notices/{code}")

        return self.created_once(request.data, effect)


class RejectView(Endpoint):
    """Rejecting a counter-notice."""

    operation = "counter_notice_reject"

    @extend_schema(
        request=RejectIn,
        responses={201: CounterNoticeOut},
        parameters=[KEY],
        examples=[
            OpenApiExample("With a file", REJECTION, request_only=True),
            OpenApiExample(
                "With the platform",
                COUNTER | {"status": "with_platform", "platform_decides_until": "2026-12-07T15:59:59Z"},
                response_only=True,
                status_codes=["201"],
            ),
        ],
    )
    def post(self, request: Request, code: str) -> Response:
        """Reject a counter-notice with reasons; a reviewer who did not decide before decides between both sides."""
        queries.own_counter_notice(self.actor, code)
        self.require_key()
        data = self.read(RejectIn)
        files = self._files(data.get("files", []))

        def effect() -> Answer:
            services.reject_counter_notice(
                actor=self.actor,
                code=code,
                positions=data.get("positions"),
                reasons=data["reasons"],
                message=data["message"],
                files=files,
            )
            return Answer(201, _written(self, code), location=f"/api/v1/counter-notices/{code}")

        return self.created_once(request.data, effect)

    def _files(self, codes: list[str]) -> list[StoredFile]:
        found = {file.code: file for file in StoredFile.objects.filter(organization_id=self.actor.organization_id, code__in=codes)}
        words = gettext("No file of yours has this code. Upload it first and send its `code`.")
        missing = [FieldError(f"/files/{number}", "not_found", words) for number, code in enumerate(codes) if code not in found]
        if missing:
            raise InvalidInput("unknown_file", gettext("A file named is not there."), errors=missing)
        return [found[code] for code in dict.fromkeys(codes)]


class AnswerReasonsView(Endpoint):
    """Reasons to reject a counter-notice."""

    operation = "answer_reasons"

    @extend_schema(
        responses=AnswerReasonsOut,
        examples=[
            OpenApiExample(
                "One reason",
                {"data": [{"code": "NOT_AUTHORISED_BY_US", "label": "We gave no such authorisation, licence or consent", "help": ""}]},
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """List the reasons a counter-notice can be rejected for."""
        return Response({"data": [write_answer_reason(row, language_in_force()) for row in services.answer_reasons_in_force()]})


def _written(view: Endpoint, code: str) -> dict[str, Any]:
    """Return a counter-notice as it is now; without links to pages, for this answer is remembered and they expire."""
    return write_counter_notice(queries.own_counter_notice(view.actor, code), now())


def _known(status: str) -> str:
    if status in TURN_CODES:
        return status
    message = gettext("Choose one of: %(choices)s.") % {"choices": ", ".join(TURN_CODES)}
    raise InvalidInput("bad_status", message, errors=[FieldError("status", "invalid_choice", message)])

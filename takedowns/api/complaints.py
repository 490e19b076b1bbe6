"""REST endpoints of complaints: file, pre-flight, follow, answer, withdraw; links and rules readable by machine."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ipp.core.actors import Actor
from ipp.core.edge import language_in_force
from ipp.core.errors import FieldError, InvalidInput
from ipp.core.models import StoredFile
from ipp.core.rest import KEY, PAGING, Endpoint, page_of
from ipp.core.services.idempotency import Answer
from marketplaces.queries import marketplaces_in_force, rulebook
from takedowns import services
from takedowns.lifecycle import ComplaintStatus
from takedowns.models import ReasonCode, RejectionCode
from takedowns.queries import own
from takedowns.queries.counter_notices import AnswerMoments, LazyDisputes
from takedowns.serializers import (
    AnswerIn,
    ComplaintIn,
    ComplaintOut,
    ComplaintPage,
    FiledOut,
    LinksIn,
    LinksOut,
    ListingPage,
    MarketplacesOut,
    PreflightOut,
    ReasonsOut,
    RejectionsOut,
    WithdrawIn,
    point_into_body,
    read_filing,
    read_links,
    write_checked,
    write_complaint,
    write_complaint_line,
    write_link,
    write_listing,
    write_marketplace,
    write_reason,
    write_rejection,
    write_row,
)
from takedowns.services.checking import platform_day

STATUS = OpenApiParameter("status", str, enum=ComplaintStatus.values, description="Only complaints that read so.")
COMPLAINT = {
    "code": "Q2hGm8wzS5yTn4XbVtLr0A",
    "reference": "TK-7Q4M-2F9",
    "status": "filed",
    "right": "b6LhVwGm2yq0Qz9s4TtEuA",
    "reason": "TM-FEATURES",
    "listing_count": 2,
    "counts": {"accepted": 0, "rejected": 0, "withdrawn": 0, "removed": 0, "disputed": 0, "upheld": 0, "overturned": 0},
    "filed_at": "2026-11-24T08:42:10.120000Z",
    "due_at": "2026-11-25T08:42:10.120000Z",
    "answer_until": None,
    "question": "",
}
FILING = {
    "right": "b6LhVwGm2yq0Qz9s4TtEuA",
    "reason": "TM-FEATURES",
    "listings": ["https://www.bazarro.example/item/3000425919.html", "bazarro 3000425920"],
    "seen_on": "2026-11-23",
    "explanation": "The bottle carries our mark in a colour we never made.",
    "statements": {"differences": "The cap is threaded; ours has a bayonet."},
    "evidence": [{"requirement": "genuine_image", "file": "Qz9s4TtEuAb6LhVwGm2yq0"}],
    "declarations": ["good_faith", "accuracy", "authority", "liability"],
    "signature": {"name": "Sam Rivera", "role": "Brand protection manager"},
    "on_row_error": "accept_valid",
}
ROW = {
    "row": 2,
    "input": "https://e.tb.cn/h.abc",
    "result": "remedy",
    "code": "needs_resolution",
    "message": "This short link hides where it leads. Open it and paste the address of the page you land on.",
    "marketplace": "taobao_family",
    "listing_id": None,
    "key": None,
}
LINK = {
    "input": "https://item.taobao.com/item.htm?id=564176654249&spm=a1",
    "status": "listing",
    "marketplace": "taobao",
    "listing_id": "564176654249",
    "canonical_url": "https://item.taobao.com/item.htm?id=564176654249",
    "key": "taobao_family:564176654249",
    "message": "",
}


class ComplaintsView(Endpoint):
    """The organization's complaints."""

    operation = "complaints"
    is_list = True

    @extend_schema(
        responses=ComplaintPage,
        parameters=[*PAGING, STATUS],
        examples=[OpenApiExample("One page", {"data": [COMPLAINT], "next": None}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """List complaints, newest first."""
        rows = own.complaint_lines(self.actor)
        if status := request.query_params.get("status", ""):
            known = _known(status)
            rows = rows.changed(known, lambda found: own.reading_as(found, known))
        moments = AnswerMoments(self.actor)
        return page_of(request, rows, lambda row: write_complaint_line(row, moments.of(row)))

    @extend_schema(
        request=ComplaintIn,
        responses={201: FiledOut},
        parameters=[KEY],
        examples=[
            OpenApiExample("Two listings", FILING, request_only=True),
            OpenApiExample("Filed", COMPLAINT | {"left_out": [ROW]}, response_only=True, status_codes=["201"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """File a complaint of up to 300 listings against one right; it is checked within seconds and decided by `due_at`."""
        self.require_key()
        filing = read_filing(request.data, platform_day())

        def effect() -> Answer:
            try:
                filed = services.file_complaint(actor=self.actor, filing=filing)
            except InvalidInput as error:
                error.errors = point_into_body(error.errors)
                raise
            body = write_complaint(filed.complaint) | {"left_out": [write_row(row) for row in filed.left_out]}
            return Answer(201, body, location=f"/api/v1/complaints/{filed.complaint.code}")

        return self.created_once(request.data, effect)


def _written(actor: Actor, code: str) -> dict[str, Any]:
    """Return one of the organization's complaints as it is now."""
    complaint = own.own_complaint(actor, code)
    return write_complaint(complaint, answer_until=AnswerMoments(actor).of(complaint))


def _known(status: str) -> str:
    if status in ComplaintStatus.values:
        return status
    message = gettext("Choose one of: %(choices)s.") % {"choices": ", ".join(ComplaintStatus.values)}
    raise InvalidInput("bad_status", message, errors=[FieldError("status", "invalid_choice", message)])


class PreflightView(Endpoint):
    """What filing would do."""

    operation = "complaint_preflight"

    @extend_schema(
        request=ComplaintIn,
        responses=PreflightOut,
        examples=[
            OpenApiExample("Two listings", FILING, request_only=True),
            OpenApiExample("One row needs something", {"would_file": 2, "errors": [], "rows": [ROW]}, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """Say, row by row, what filing the same body would do. Nothing is written, nothing is counted."""
        filing = read_filing(request.data, platform_day())
        return Response(write_checked(services.preflight(actor=self.actor, filing=filing)))


class ComplaintView(Endpoint):
    """One complaint."""

    operation = "complaint"

    @extend_schema(responses=ComplaintOut, examples=[OpenApiExample("Just filed", COMPLAINT, response_only=True)])
    def get(self, request: Request, code: str) -> Response:
        """Read one complaint."""
        return Response(_written(self.actor, code))


class ListingsView(Endpoint):
    """The listings of a complaint."""

    operation = "complaint_listings"
    is_list = True

    @extend_schema(
        responses=ListingPage,
        parameters=PAGING,
        examples=[
            OpenApiExample(
                "One listing",
                {
                    "data": [
                        {
                            "position": 1,
                            "input": "bazarro 3000425919",
                            "marketplace": "bazarro",
                            "listing_id": "3000425919",
                            "url": "https://www.bazarro.example/item/3000425919.html",
                            "key": "bazarro:3000425919",
                            "title": "Steel vacuum bottle 500 ml",
                            "seller": "Lumaway Trading",
                            "status": "countered",
                            "ending": "",
                            "seller_answers_until": "2026-11-27T15:59:59Z",
                            "answer_until": "2026-11-30T15:59:59Z",
                            "platform_decides_until": None,
                            "counter_notice": "Rm3Gm8wzS5yTn4XbVtLr0A",
                            "ruling": None,
                            "ruling_message": "",
                            "rejection": None,
                            "message": "",
                            "removed_at": "2026-11-24T09:12:00Z",
                            "restored_at": None,
                        }
                    ],
                    "next": None,
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request, code: str) -> Response:
        """List a complaint's listings in order. A decision shows once it took effect."""
        rows = own.own_listings(own.own_complaint(self.actor, code))
        decisions, disputes, language = own.LazyDecisions(rows), LazyDisputes(rows), language_in_force()
        return page_of(request, rows, lambda row: write_listing(row, decisions.of(row), *disputes.of(row), language), oldest_first=True)


class WithdrawView(Endpoint):
    """Withdrawing a complaint."""

    operation = "complaint_withdraw"

    @extend_schema(
        request=WithdrawIn,
        responses=ComplaintOut,
        examples=[
            OpenApiExample("Two listings", {"positions": [1, 2], "why": "Settled with the seller."}, request_only=True),
            OpenApiExample("Withdrawn", COMPLAINT | {"status": "withdrawn"}, response_only=True),
        ],
    )
    def post(self, request: Request, code: str) -> Response:
        """Withdraw a complaint or some of its listings. What was taken down comes back. Doing it twice is refused with 409."""
        own.own_complaint(self.actor, code)
        data = self.read(WithdrawIn)
        services.withdraw_listings(actor=self.actor, code=code, positions=data.get("positions"), why=data.get("why", ""))
        return Response(_written(self.actor, code))


class AnswerView(Endpoint):
    """Answering a reviewer."""

    operation = "complaint_answer"

    @extend_schema(
        request=AnswerIn,
        responses=ComplaintOut,
        examples=[
            OpenApiExample("An answer", {"answer": "The genuine cap is shown on page 2.", "files": []}, request_only=True),
            OpenApiExample("Back in the queue", COMPLAINT | {"status": "queued"}, response_only=True),
        ],
    )
    def post(self, request: Request, code: str) -> Response:
        """Answer what a reviewer asked; the complaint goes back to the queue and its clock goes on."""
        own.own_complaint(self.actor, code)  # before the body is looked at: what is not theirs is not there, whatever they send
        data = self.read(AnswerIn)
        files = self._files(data.get("files", []))
        services.answer_question(actor=self.actor, code=code, answer=data["answer"], files=files)
        return Response(_written(self.actor, code))

    def _files(self, codes: list[str]) -> list[StoredFile]:
        found = {file.code: file for file in StoredFile.objects.filter(organization_id=self.actor.organization_id, code__in=codes)}
        missing = [
            FieldError(f"/files/{number}", "not_found", gettext("No file of yours has this code. Upload it first and send its `code`."))
            for number, code in enumerate(codes)
            if code not in found
        ]
        if missing:
            raise InvalidInput("unknown_file", gettext("A file named is not there."), errors=missing)
        return [found[code] for code in codes]


class LinksView(Endpoint):
    """Understanding links."""

    operation = "listing_links_resolve"

    @extend_schema(
        request=LinksIn,
        responses=LinksOut,
        examples=[
            OpenApiExample("One link", {"links": [LINK["input"]]}, request_only=True),
            OpenApiExample("Understood", {"rows": [LINK]}, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """Say what each link names, in order. Nothing is fetched and nothing is written."""
        links = rulebook().resolve_many(read_links(request.data))
        return Response({"rows": [write_link(link, gettext(link.message) if link.message else "") for link in links]})


class ReasonCodesView(Endpoint):
    """Reason codes in force."""

    operation = "reason_codes"

    @extend_schema(
        responses=ReasonsOut,
        examples=[
            OpenApiExample(
                "One reason",
                {
                    "data": [
                        {
                            "code": "TM-JARGON",
                            "label": "Coded words for fakes",
                            "help": "Words that buyers read as fake.",
                            "right_kinds": ["trademark"],
                            "severity": "serious",
                            "max_listings": 300,
                            "aliases": ["TM-03"],
                            "evidence": [
                                {"key": "quoted_words", "kind": "text", "required": True, "label": "The words, and where they stand"}
                            ],
                        }
                    ]
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """List the reasons a listing can be reported for, with the evidence each asks of a standard filer."""
        rows = ReasonCode.objects.in_force(platform_day())
        return Response({"data": [write_reason(row, language_in_force()) for row in rows]})


class RejectionCodesView(Endpoint):
    """Rejection codes in force."""

    operation = "rejection_codes"

    @extend_schema(
        responses=RejectionsOut,
        examples=[
            OpenApiExample(
                "One code",
                {"data": [{"code": "R13", "label": "The listing is down already", "remedy": "Nothing is left to take down."}]},
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """List why a listing may not be accepted, and what would pass."""
        rows = RejectionCode.objects.in_force(platform_day())
        return Response({"data": [write_rejection(row, language_in_force()) for row in rows]})


class MarketplacesView(Endpoint):
    """Marketplaces in force."""

    operation = "marketplaces"

    @extend_schema(
        responses=MarketplacesOut,
        examples=[
            OpenApiExample(
                "One marketplace",
                {
                    "data": [
                        {
                            "key": "taobao",
                            "name": "Taobao",
                            "family": "taobao_family",
                            "territory": {"any_of": ["CN"]},
                            "takes_commands": False,
                        }
                    ]
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """List the marketplaces complaints are taken for, and where a right must be in force for each."""
        known: Any = marketplaces_in_force(platform_day()).values()
        return Response({"data": [write_marketplace(row, language_in_force()) for row in known]})

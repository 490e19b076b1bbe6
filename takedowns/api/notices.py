"""REST endpoints of sellers: what was reported of their shops, answering it, and the grounds of an answer."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ipp.core.clock import now
from ipp.core.edge import language_in_force
from ipp.core.errors import FieldError, InvalidInput, NotFound
from ipp.core.models import StoredFile
from ipp.core.rest import KEY, PAGING, Endpoint, page_of
from ipp.core.services.idempotency import Answer as Reply
from rightsholders.models import RightKind
from takedowns import services
from takedowns.models import DisputeCode, SellerNotice
from takedowns.queries import notices as queries
from takedowns.rules import FILE_KINDS
from takedowns.serializers.notices import (
    CounterNoticeIn,
    GroundsOut,
    NoticeCaseOut,
    NoticePage,
    OwnCounterNoticeOut,
    point_into_answer,
    write_case,
    write_counter,
    write_ground,
    write_notice,
)
from takedowns.services.checking import platform_day

STATUS = OpenApiParameter("status", str, enum=queries.PLACES, description="Only notices in which it is this side's turn.")
RIGHT_KIND = OpenApiParameter("right_kind", str, enum=RightKind.values, description="Only grounds that hold against this kind of right.")
NOTICE: dict[str, Any] = {
    "code": "Rm3Gm8wzS5yTn4XbVtLr0A",
    "reference": "NT-7Q4M-2F9",
    "status": "to_answer",
    "shop": {"code": "b6LhVwGm2yq0Qz9s4TtEuA", "marketplace": "bazarro", "shop_id": "911204507", "name": "Lumaway Trading"},
    "complainant": "Tarnholt AS",
    "right": {
        "kind": "trademark",
        "name": "TARNHOLT",
        "office": "CN",
        "number": "99004127",
        "owner": "Tarnholt AS",
        "territories": ["CN"],
    },
    "reason": {"code": "TM-FEATURES", "label": "Copied features of the mark"},
    "listing_count": 1,
    "open_count": 1,
    "notified_at": "2026-11-24T08:42:10.120000Z",
    "due_at": "2026-11-27T15:59:59Z",
}
COUNTER: dict[str, Any] = {
    "code": "Cn3Gm8wzS5yTn4XbVtLr0A",
    "reference": "CN-7Q4M-2F9",
    "positions": [1],
    "grounds": ["LAWFUL_PURCHASE"],
    "statement": "Bought in September from a wholesaler whose papers are attached.",
    "goods_location": "Yiwu, CN",
    "filed_at": "2026-11-25T02:10:00Z",
    "listings": [{"status": "waiting", "outcome": "", "positions": [1]}],
    "exhibits": [],
    "answers": [],
}
CASE: dict[str, Any] = NOTICE | {
    "explanation": "The bottle carries our mark in a colour we never made.",
    "listings": [
        {
            "position": 1,
            "listing_id": "3000425919",
            "url": "https://www.bazarro.example/item/3000425919.html",
            "title": "Steel vacuum bottle 500 ml",
            "price": "39.90",
            "currency": "CNY",
            "status": "accepted",
            "ending": "",
            "is_open": True,
            "answer_until": "2026-11-27T15:59:59Z",
            "holder_answers_until": None,
            "platform_decides_until": None,
            "removed_at": "2026-11-24T09:12:00Z",
            "restored_at": None,
        }
    ],
    "statements": [
        {
            "positions": [1],
            "decision": "removed",
            "ground": "illegal_content",
            "reason": "Copied features of the mark",
            "explanation": "The bottle carries our mark in a colour we never made.",
            "message": "",
            "automated_detection": False,
            "automated_decision": False,
            "territories": ["CN"],
            "redress": ["counter_notice", "court"],
            "stated_at": "2026-11-24T08:42:10.120000Z",
        }
    ],
    "exhibits": [],
    "counter_notices": [],
}
ANSWER: dict[str, Any] = {
    "positions": [1],
    "grounds": ["LAWFUL_PURCHASE"],
    "statement": COUNTER["statement"],
    "details": {},
    "evidence": [{"requirement": "proof_of_purchase", "file": "Qz9s4TtEuAb6LhVwGm2yq0"}],
    "goods_location": "Yiwu, CN",
    "declarations": ["truth", "good_faith", "liability"],
    "signature": {"name": "Chen Siyuan", "role": "Owner"},
}


class NoticesView(Endpoint):
    """Notices to the organization's shops."""

    operation = "notices"
    is_list = True

    @extend_schema(
        responses=NoticePage,
        parameters=[*PAGING, STATUS],
        examples=[OpenApiExample("One page", {"data": [NOTICE], "next": None}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """List what was reported of your shops, newest first."""
        rows = queries.own_notices(self.actor)
        status = request.query_params.get("status", "")
        if status:
            rows = queries.notices_in(rows, _one_of(status, "status", queries.PLACES))
        language, moment = language_in_force(), now()
        return page_of(request, rows, lambda row: write_notice(row, queries.standing_of(row, moment), language))


class NoticeView(Endpoint):
    """One notice."""

    operation = "notice"

    @extend_schema(responses=NoticeCaseOut, examples=[OpenApiExample("To answer", CASE, response_only=True)])
    def get(self, request: Request, code: str) -> Response:
        """Read one notice: the listings as they were reported, the statement of reasons, what is shown, the answers so far."""
        notice = _own(self, code)
        case, moment = queries.case_of(notice), now()
        open_positions = {row.position for row in case.rows if queries.place_of(row, moment) == queries.TO_ANSWER}
        return Response(write_case(notice, case, open_positions, language_in_force(), queries.page_address))


class CounterNoticesOfNoticeView(Endpoint):
    """Answering a notice."""

    operation = "notice_counter_notices"

    @extend_schema(
        request=CounterNoticeIn,
        responses={201: OwnCounterNoticeOut},
        parameters=[KEY],
        examples=[
            OpenApiExample("One listing", ANSWER, request_only=True),
            OpenApiExample("Filed", COUNTER, response_only=True, status_codes=["201"]),
        ],
    )
    def post(self, request: Request, code: str) -> Response:
        """Answer a notice for some of its listings, before `answer_until`. Late is refused with 409 and `closed_since`."""
        notice = _own(self, code)  # before the body is looked at: what is not theirs is not there, whatever they send
        self.require_key()
        data = self.read(CounterNoticeIn)
        said = self._answer(data)
        grounds = services.grounds_in_force(notice.body["right"]["kind"])
        typed = {item["key"] for ground in grounds for item in ground.evidence if item["kind"] not in FILE_KINDS}

        def effect() -> Reply:
            try:
                counter = services.file_counter_notice(actor=self.actor, notice_code=notice.code, positions=data["positions"], answer=said)
            except InvalidInput as error:
                error.errors = point_into_answer(error.errors, typed)
                raise
            case = next(item for item in queries.case_of(notice).counters if item.counter.pk == counter.pk)
            # Links to pages grow old within minutes; a repeated request must not be answered with dead ones.
            return Reply(201, write_counter(case, queries.page_address) | {"exhibits": []}, location=f"/api/v1/notices/{notice.code}")

        return self.created_once(request.data, effect)

    def _answer(self, data: dict[str, Any]) -> services.Answer:
        return services.Answer(
            grounds=data["grounds"],
            statement=data["statement"],
            details=data.get("details", {}),
            files=self._files(data.get("evidence", [])),
            goods_location=data.get("goods_location", ""),
            declarations=data["declarations"],
            signed_name=data["signature"]["name"],
            signed_role=data["signature"]["role"],
        )

    def _files(self, brought: list[dict[str, str]]) -> list[tuple[str, StoredFile]]:
        codes = [item["file"] for item in brought]
        found = {file.code: file for file in StoredFile.objects.filter(organization_id=self.actor.organization_id, code__in=codes)}
        words = gettext("No file of yours has this code. Upload it first and send its `code`.")
        missing = [FieldError(f"/evidence/{number}/file", "not_found", words) for number, code in enumerate(codes) if code not in found]
        if missing:
            raise InvalidInput("unknown_file", gettext("A file named is not there."), errors=missing)
        return [(item["requirement"], found[item["file"]]) for item in brought]


class CounterGroundsView(Endpoint):
    """Grounds in force."""

    operation = "counter_grounds"

    @extend_schema(
        responses=GroundsOut,
        parameters=[RIGHT_KIND],
        examples=[
            OpenApiExample(
                "One ground",
                {
                    "data": [
                        {
                            "code": "LAWFUL_PURCHASE",
                            "label": "I bought genuine goods lawfully",
                            "help": "You can show where the goods come from.",
                            "right_kinds": [],
                            "evidence": [{"key": "proof_of_purchase", "kind": "file", "required": True, "label": "Matching invoice"}],
                        }
                    ]
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """List the grounds a counter-notice can stand on, with what each asks for."""
        kind = request.query_params.get("right_kind", "")
        if kind:
            rows = services.grounds_in_force(_one_of(kind, "right_kind", RightKind.values))
        else:
            rows = list(DisputeCode.objects.in_force(platform_day()).filter(about=DisputeCode.About.GROUND))
        return Response({"data": [write_ground(row, language_in_force()) for row in rows]})


def _own(view: Endpoint, code: str) -> SellerNotice:
    found = queries.own_notice(view.actor, code)
    if found is None:
        raise NotFound
    return found


def _one_of(value: str, name: str, known: Any) -> str:
    if value in known:
        return value
    message = gettext("Choose one of: %(choices)s.") % {"choices": ", ".join(known)}
    raise InvalidInput(f"bad_{name}", message, errors=[FieldError(name, "invalid_choice", message)])

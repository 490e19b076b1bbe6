"""REST endpoints of shops' records: violations, strikes and sanctions of the shops an organization has claimed."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ipp.core.rest import PAGING, Endpoint, page_of
from penalties.queries import own
from penalties.serializers import SanctionPage, StrikePage, ViolationPage, write_sanction, write_strike, write_violation

POLICY = {"marketplace": "bazarro", "version": 2}
VIOLATION = {
    "code": "bTq7Yc0wRzG5pXn2kLs9Vd",
    "shop": "Zr8mK2vXw4TqLh6NfYc3Pa",
    "reference": "TK-7Q4M-2F9",
    "listing_id": "3000425919",
    "title": "Steel vacuum bottle 500 ml",
    "url": "https://www.bazarro.example/item/3000425919.html",
    "reason": "TM-JARGON",
    "severity": "serious",
    "right_kind": "trademark",
    "received_at": "2026-11-20T02:10:00Z",
    "confirmed_at": "2026-11-26T00:00:00Z",
    "strike": "Hs5wJd9QxN3mUe7RtBk1Ca",
    "taken_back_at": None,
    "policy": POLICY,
}
STRIKE = {
    "code": "Hs5wJd9QxN3mUe7RtBk1Ca",
    "shop": "Zr8mK2vXw4TqLh6NfYc3Pa",
    "level": 1,
    "violations": ["bTq7Yc0wRzG5pXn2kLs9Vd"],
    "opened_at": "2026-11-20T02:10:00Z",
    "expires_at": "2027-11-20T02:10:00Z",
    "taken_back_at": None,
    "policy": POLICY,
}
SANCTION = {
    "code": "Ep2fVg6YzM8kSa4WnXj7Rc",
    "reference": "SN-4H7K-QX2",
    "shop": "Zr8mK2vXw4TqLh6NfYc3Pa",
    "strike": "Hs5wJd9QxN3mUe7RtBk1Ca",
    "measure": "warning",
    "status": "in_force",
    "in_force_at": "2026-11-26T00:00:04Z",
    "ends_at": None,
    "over_at": None,
    "lesson_read_at": None,
    "policy": POLICY,
}


class ViolationsView(Endpoint):
    """Violations of one's shops."""

    operation = "violations"
    is_list = True

    @extend_schema(
        responses=ViolationPage,
        parameters=PAGING,
        examples=[OpenApiExample("One violation", {"data": [VIOLATION], "next": None}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """List the violations of your shops, newest first; those taken back stay in the list and say since when."""
        return page_of(request, own.own_violations(self.actor), write_violation)


class StrikesView(Endpoint):
    """Strikes of one's shops."""

    operation = "strikes"
    is_list = True

    @extend_schema(
        responses=StrikePage,
        parameters=PAGING,
        examples=[OpenApiExample("One strike", {"data": [STRIKE], "next": None}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """List the strikes of your shops, newest first. One counts while now is before `expires_at` and it is not taken back."""
        return page_of(request, own.own_strikes(self.actor), write_strike)


class SanctionsView(Endpoint):
    """Measures against one's shops."""

    operation = "sanctions"
    is_list = True

    @extend_schema(
        responses=SanctionPage,
        parameters=PAGING,
        examples=[OpenApiExample("One sanction", {"data": [SANCTION], "next": None}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """List the measures your shops were given, newest first, each with the version of the rules it rests on."""
        return page_of(request, own.own_sanctions(self.actor), write_sanction)

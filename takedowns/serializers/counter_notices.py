"""The shape of the API bodies of counter-notices as the rights holder reads and answers them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from rest_framework import serializers

from takedowns.lifecycle import DisputeStatus, ListingStatus
from takedowns.models import CounterNotice, CounterNoticeListing, DisputeCode, Exhibit
from takedowns.queries.counter_notices import TURNS, Case, Disputed, turn_of
from takedowns.rules import MAX_STATEMENT
from takedowns.serializers.notices import ExhibitOut, HolderAnswerOut, utc

MAX_FILES = 10
"""Files with one rejection."""

PageLink = Callable[[Mapping[str, Any], str], str]


class AnsweringShopOut(serializers.Serializer[Any]):
    """The shop that answered."""

    marketplace = serializers.CharField()
    shop_id = serializers.CharField(help_text="As its marketplace numbers it.")
    name = serializers.CharField()


class CounterNoticeOut(serializers.Serializer[Any]):
    """A seller's answer to one of your complaints."""

    code = serializers.CharField()
    reference = serializers.CharField()
    complaint = serializers.CharField(help_text="`code` of the complaint it answers.")
    status = serializers.ChoiceField(TURNS, help_text="Whose turn it is: yours, the platform's, or nobody's.")
    shop = AnsweringShopOut()
    grounds = serializers.ListField(child=serializers.CharField())
    listing_count = serializers.IntegerField()
    filed_at = serializers.DateTimeField()
    answer_until = serializers.DateTimeField(
        help_text="Until when you may answer; what you have not answered by then is withdrawn and comes back."
    )
    platform_decides_until = serializers.DateTimeField(allow_null=True, help_text="Set once you rejected it.")


class CounterNoticePage(serializers.Serializer[Any]):
    """A page of counter-notices, newest first."""

    data = CounterNoticeOut(many=True)  # type: ignore[assignment]
    next = serializers.CharField(allow_null=True, help_text="Send it as `after` to get the next page.")


class DisputedOut(serializers.Serializer[Any]):
    """One listing a counter-notice is about, and how the answer to it stands."""

    position = serializers.IntegerField(help_text="Its place in the complaint; names it in an answer.")
    listing_id = serializers.CharField()
    url = serializers.CharField()
    title = serializers.CharField(allow_null=True, help_text="As it was when the claim was decided.")
    listing_status = serializers.ChoiceField(ListingStatus.choices)
    status = serializers.ChoiceField(DisputeStatus.choices)
    outcome = serializers.ChoiceField(CounterNoticeListing.Outcome.choices, allow_blank=True, help_text="How it ended, once it did.")
    answer_until = serializers.DateTimeField(allow_null=True)
    platform_decides_until = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    ruling = serializers.CharField(allow_null=True, help_text="The second reviewer's reason, in the language asked for.")
    ruling_message = serializers.CharField(allow_blank=True)


class SignedByOut(serializers.Serializer[Any]):
    """Who signed."""

    name = serializers.CharField()
    role = serializers.CharField(allow_blank=True)


class CounterNoticeCaseOut(CounterNoticeOut):
    """One counter-notice with all that both sides said and showed."""

    statement = serializers.CharField()
    goods_location = serializers.CharField(allow_blank=True)
    signature = SignedByOut()
    listings = DisputedOut(many=True)
    exhibits = ExhibitOut(many=True, help_text="What the seller shows.")
    answers = HolderAnswerOut(many=True)


class AnswerReasonOut(serializers.Serializer[Any]):
    """A reason to reject a counter-notice."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    help = serializers.CharField(allow_blank=True)


class AnswerReasonsOut(serializers.Serializer[Any]):
    """Reasons in force."""

    data = AnswerReasonOut(many=True)  # type: ignore[assignment]


class AcceptIn(serializers.Serializer[Any]):
    """Accepting a counter-notice, which withdraws the claim."""

    positions = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=300),
        min_length=1,
        max_length=300,
        required=False,
        help_text="Every listing that waits when left out.",
    )
    message = serializers.CharField(required=False, allow_blank=True, max_length=MAX_STATEMENT, help_text="The seller reads it.")


class RejectIn(AcceptIn):
    """Rejecting a counter-notice; a second reviewer decides between both sides."""

    reasons = serializers.ListField(child=serializers.CharField(max_length=20), max_length=20, help_text="Codes of `/answer-reasons`.")
    message = serializers.CharField(max_length=MAX_STATEMENT, help_text="The seller and the second reviewer read it.")
    files = serializers.ListField(
        child=serializers.CharField(max_length=22),
        required=False,
        max_length=MAX_FILES,
        help_text="`code` of uploaded files; both sides see them.",
    )


def write_counter_notice(counter: CounterNotice, moment: datetime) -> dict[str, Any]:
    """Return a counter-notice as it stands in a list at a moment; it comes with its listings, complaint and shop."""
    turn = turn_of(counter, moment)
    return {
        "code": counter.code,
        "reference": counter.reference,
        "complaint": counter.complaint.code,
        "status": turn,
        "shop": {"marketplace": counter.seller.marketplace_id, "shop_id": counter.seller.external_id, "name": counter.seller.name},
        "grounds": counter.grounds,
        "listing_count": counter.listing_count,
        "filed_at": utc(counter.filed_at),
        "answer_until": utc(counter.holder_due_at),
        "platform_decides_until": utc(counter.platform_due_at),
    }


def write_counter_case(case: Case, moment: datetime, language: str, link: PageLink) -> dict[str, Any]:
    """Return a counter-notice with all its rights holder may know; `link` makes an address of a stored page."""
    counter = case.counter
    return {
        **write_counter_notice(counter, moment),
        "statement": counter.statement,
        "goods_location": counter.goods_location,
        "signature": {"name": counter.signed_name, "role": counter.signed_role},
        "listings": [_write_disputed(item, language) for item in case.listings],
        "exhibits": [_write_exhibit(item, link) for item in case.exhibits if item.answer_id is None],
        "answers": [
            {
                "kind": answer.kind,
                "positions": answer.positions,
                "reasons": answer.reasons,
                "message": answer.message,
                "answered_at": utc(answer.answered_at),
                "exhibits": [_write_exhibit(item, link) for item in case.exhibits if item.answer_id == answer.pk],
            }
            for answer in case.answers
        ],
    }


def write_answer_reason(code: DisputeCode, language: str) -> dict[str, Any]:
    """Return a reason to reject a counter-notice."""
    return {"code": code.pk, "label": code.label(language), "help": code.help(language)}


def _write_disputed(item: Disputed, language: str) -> dict[str, Any]:
    row, dispute = item.row, item.dispute
    seen = row.snapshot_decided or row.snapshot_filed
    ruled = item.ruling.body if item.ruling is not None else {}
    return {
        "position": row.position,
        "listing_id": row.external_id,
        "url": row.url,
        "title": seen.title if seen else None,
        "listing_status": row.shown_status,
        "status": dispute.status,
        "outcome": dispute.outcome,
        "answer_until": utc(row.holder_due_at),
        "platform_decides_until": utc(row.platform_due_at),
        "closed_at": utc(dispute.closed_at),
        "ruling": ruled["ruling"]["zh" if language.startswith("zh") else "en"] if ruled else None,
        "ruling_message": ruled.get("message", ""),
    }


def _write_exhibit(exhibit: Exhibit, link: PageLink) -> dict[str, Any]:
    return {
        "side": exhibit.side,
        "name": exhibit.name,
        "requirement": exhibit.requirement,
        "pages": [link(page, f"{exhibit.pk}-{number}") for number, page in enumerate(exhibit.pages, start=1)],
    }

"""The shape of the API bodies of notices: what a seller is told of cases about its shops, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from ipp.core.errors import FieldError
from takedowns.lifecycle import DisputeStatus, Ending, ListingStatus
from takedowns.models import CounterNoticeAnswer, CounterNoticeListing, DisputeCode, Exhibit, ReportedListing, SellerNotice
from takedowns.queries.notices import PLACES, CounterCase, ExhibitShown, NoticeCase, Standing, StatementGroup
from takedowns.rules import COUNTER_DECLARATIONS, MAX_STATEMENT
from takedowns.serializers.shapes import EvidenceIn, RequirementOut, SignatureIn
from takedowns.services.countering import MAX_FILES


# -- what is told ---------------------------------------------------------------------------------------------------------------
class ShopOut(serializers.Serializer[Any]):
    """One of your shops."""

    code = serializers.CharField()
    marketplace = serializers.CharField()
    shop_id = serializers.CharField(help_text="As its marketplace numbers it.")
    name = serializers.CharField()


class NoticeRightOut(serializers.Serializer[Any]):
    """The right a complaint relies on."""

    kind = serializers.CharField()
    name = serializers.CharField()
    office = serializers.CharField(allow_blank=True)
    number = serializers.CharField(allow_blank=True)
    owner = serializers.CharField(allow_blank=True)
    territories = serializers.ListField(child=serializers.CharField())


class NoticeReasonOut(serializers.Serializer[Any]):
    """What the listings were reported for."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class NoticeOut(serializers.Serializer[Any]):
    """What was reported of one shop by one complaint."""

    code = serializers.CharField()
    reference = serializers.CharField()
    status = serializers.ChoiceField(PLACES, help_text="Whose turn it is: yours, the rights holder's, the platform's, or nobody's.")
    shop = ShopOut()
    complainant = serializers.CharField()
    right = NoticeRightOut()
    reason = NoticeReasonOut()
    listing_count = serializers.IntegerField()
    open_count = serializers.IntegerField(help_text="Listings you can answer for now.")
    notified_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True, help_text="When the turn it stands in ends.")


class NoticePage(serializers.Serializer[Any]):
    """A page of notices, newest first."""

    data = NoticeOut(many=True)  # type: ignore[assignment]
    next = serializers.CharField(allow_null=True, help_text="Send it as `after` to get the next page.")


class NoticeListingOut(serializers.Serializer[Any]):
    """One listing a notice tells of, as it was when it was reported."""

    position = serializers.IntegerField(help_text="Names it in a counter-notice.")
    listing_id = serializers.CharField()
    url = serializers.CharField()
    title = serializers.CharField(allow_null=True)
    price = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    currency = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(ListingStatus.choices)
    ending = serializers.ChoiceField(Ending.choices, allow_blank=True, help_text="How it ended, once it did.")
    is_open = serializers.BooleanField(help_text="Whether you can answer for it now.")
    answer_until = serializers.DateTimeField(allow_null=True)
    holder_answers_until = serializers.DateTimeField(allow_null=True)
    platform_decides_until = serializers.DateTimeField(allow_null=True)
    removed_at = serializers.DateTimeField(allow_null=True)
    restored_at = serializers.DateTimeField(allow_null=True)


class StatementOut(serializers.Serializer[Any]):
    """A statement of reasons (DSA art. 17), the same for the listings at `positions`."""

    positions = serializers.ListField(child=serializers.IntegerField())
    decision = serializers.ChoiceField(["removed", "notice_first", "upheld", "overturned"])
    ground = serializers.CharField()
    reason = serializers.CharField(help_text="What was found, in the language asked for; a ruling's own reason where it is one.")
    explanation = serializers.CharField(allow_blank=True, help_text="The rights holder's words.")
    message = serializers.CharField(allow_blank=True, help_text="The reviewer's words.")
    automated_detection = serializers.BooleanField()
    automated_decision = serializers.BooleanField()
    territories = serializers.ListField(child=serializers.CharField())
    redress = serializers.ListField(child=serializers.CharField())
    stated_at = serializers.DateTimeField()


class ExhibitOut(serializers.Serializer[Any]):
    """A file both sides may look at, as pictures of its pages. The links are good for ten minutes."""

    side = serializers.ChoiceField(Exhibit.Side.choices)
    name = serializers.CharField()
    requirement = serializers.CharField()
    pages = serializers.ListField(child=serializers.URLField())


class HolderAnswerOut(serializers.Serializer[Any]):
    """What the rights holder said to a counter-notice."""

    kind = serializers.ChoiceField(CounterNoticeAnswer.Kind.choices)
    positions = serializers.ListField(child=serializers.IntegerField())
    reasons = serializers.ListField(child=serializers.CharField())
    message = serializers.CharField(allow_blank=True)
    answered_at = serializers.DateTimeField()
    exhibits = ExhibitOut(many=True)


class OutcomeOut(serializers.Serializer[Any]):
    """Where the answer to some listings stands, or how it ended."""

    status = serializers.ChoiceField(DisputeStatus.choices)
    outcome = serializers.ChoiceField(CounterNoticeListing.Outcome.choices, allow_blank=True)
    positions = serializers.ListField(child=serializers.IntegerField())


class OwnCounterNoticeOut(serializers.Serializer[Any]):
    """One of your counter-notices."""

    code = serializers.CharField()
    reference = serializers.CharField()
    positions = serializers.ListField(child=serializers.IntegerField())
    grounds = serializers.ListField(child=serializers.CharField())
    statement = serializers.CharField()
    goods_location = serializers.CharField(allow_blank=True)
    filed_at = serializers.DateTimeField()
    listings = OutcomeOut(many=True)
    exhibits = ExhibitOut(many=True)
    answers = HolderAnswerOut(many=True)


class NoticeCaseOut(NoticeOut):
    """One notice with everything you may know of it."""

    explanation = serializers.CharField(allow_blank=True, help_text="The rights holder's words.")
    listings = NoticeListingOut(many=True)
    statements = StatementOut(many=True)
    exhibits = ExhibitOut(many=True, help_text="What the rights holder shows sellers.")
    counter_notices = OwnCounterNoticeOut(many=True)


class GroundOut(serializers.Serializer[Any]):
    """A ground a counter-notice can stand on."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    help = serializers.CharField(allow_blank=True)
    right_kinds = serializers.ListField(child=serializers.CharField(), help_text="Empty: against any right.")
    evidence = RequirementOut(many=True)


class GroundsOut(serializers.Serializer[Any]):
    """Grounds in force."""

    data = GroundOut(many=True)  # type: ignore[assignment]


# -- what is answered -----------------------------------------------------------------------------------------------------------
class CounterNoticeIn(serializers.Serializer[Any]):
    """An answer to a notice, for some of its listings."""

    positions = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=300), max_length=300, help_text="Of listings that are open."
    )
    grounds = serializers.ListField(child=serializers.CharField(max_length=20), max_length=20, help_text="Codes of `/counter-grounds`.")
    statement = serializers.CharField(max_length=MAX_STATEMENT, allow_blank=True)
    details = serializers.DictField(
        child=serializers.CharField(max_length=MAX_STATEMENT, allow_blank=True),
        required=False,
        help_text="What the grounds ask to be typed, by requirement key.",
    )
    evidence = EvidenceIn(many=True, required=False, help_text="Uploaded files, each for a requirement of a ground whose `kind` is file.")
    goods_location = serializers.CharField(max_length=200, required=False, allow_blank=True)
    declarations = serializers.ListField(child=serializers.ChoiceField(COUNTER_DECLARATIONS), max_length=9, help_text="All are needed.")
    signature = SignatureIn()

    def validate_evidence(self, value: list[Any]) -> list[Any]:
        """Refuse more files than one answer takes."""
        if len(value) > MAX_FILES:
            raise serializers.ValidationError("At most twenty files.", code="too_many")
        return value


def point_into_answer(errors: Sequence[FieldError], text_keys: set[str]) -> tuple[FieldError, ...]:
    """Return refusals of an answer with pointers into the body sent: services name fields."""
    return tuple(replace(item, pointer=f"/{_place(item.pointer, text_keys)}") for item in errors)


def _place(name: str, text_keys: set[str]) -> str:
    if name in ("signed_name", "signed_role"):
        return f"signature/{name.removeprefix('signed_')}"
    if name.startswith("evidence."):
        key = name.removeprefix("evidence.")
        return f"details/{key}" if key in text_keys else "evidence"
    return "evidence" if name == "files" else name


# -- writing ----------------------------------------------------------------------------------------------------------------------
def write_notice(notice: SellerNotice, standing: Standing, language: str) -> dict[str, Any]:
    """Return a notice as it stands in a list."""
    body, shop = notice.body, notice.seller
    return {
        "code": notice.code,
        "reference": notice.reference,
        "status": standing.place,
        "shop": {"code": shop.code, "marketplace": notice.marketplace_id, "shop_id": shop.external_id, "name": shop.name},
        "complainant": body["complainant"],
        "right": body["right"],
        "reason": {"code": body["reason"]["code"], "label": _worded(body["reason"], language)},
        "listing_count": len(notice.listings.all()),  # as prefetched: those that arrived
        "open_count": standing.open_count,
        "notified_at": utc(notice.notified_at),
        "due_at": utc(standing.due_at),
    }


def write_case(notice: SellerNotice, case: NoticeCase, open_positions: set[int], language: str, link: Any) -> dict[str, Any]:
    """Return a notice with everything its seller may know; `link` makes an address of a stored page."""
    return {
        **write_notice(notice, case.standing, language),
        "explanation": notice.body["explanation"],
        "listings": [_write_row(row, row.position in open_positions) for row in case.rows],
        "statements": [_write_statement(group, language) for group in (*case.statements, *case.rulings)],
        "exhibits": [_write_exhibit(item, link) for item in case.exhibits],
        "counter_notices": [write_counter(item, link) for item in case.counters],
    }


def write_counter(case: CounterCase, link: Any) -> dict[str, Any]:
    """Return one counter-notice as its own shop sees it."""
    counter = case.counter
    still = [{"status": status, "outcome": "", "positions": list(places)} for status, places in case.open.items()]
    over = [
        {"status": DisputeStatus.CLOSED.value, "outcome": outcome, "positions": list(places)} for outcome, places in case.outcomes.items()
    ]
    return {
        "code": counter.code,
        "reference": counter.reference,
        "positions": list(case.positions),
        "grounds": counter.grounds,
        "statement": counter.statement,
        "goods_location": counter.goods_location,
        "filed_at": utc(counter.filed_at),
        "listings": still + over,
        "exhibits": [_write_exhibit(item, link) for item in case.exhibits],
        "answers": [
            {
                "kind": answer.kind,
                "positions": answer.positions,
                "reasons": answer.reasons,
                "message": answer.message,
                "answered_at": utc(answer.answered_at),
                "exhibits": [_write_exhibit(item, link) for item in exhibits],
            }
            for answer, _reasons, exhibits in case.answers
        ],
    }


def write_ground(ground: DisputeCode, language: str) -> dict[str, Any]:
    """Return a ground with what it asks for."""
    return {
        "code": ground.pk,
        "label": ground.label(language),
        "help": ground.help(language),
        "right_kinds": ground.right_kinds,
        "evidence": [
            {"key": item["key"], "kind": item["kind"], "required": item.get("required", True), "label": _worded(item, language)}
            for item in ground.evidence
        ],
    }


def utc(moment: datetime | None) -> str | None:
    """Return a moment as the API writes it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def _write_row(row: ReportedListing, is_open: bool) -> dict[str, Any]:
    seen = row.snapshot_filed
    return {
        "position": row.position,
        "listing_id": row.external_id,
        "url": row.url,
        "title": seen.title if seen else None,
        "price": str(seen.price_amount) if seen and seen.price_amount is not None else None,
        "currency": seen.price_currency if seen else "",
        "status": row.shown_status.value,
        "ending": row.ending,
        "is_open": is_open,
        "answer_until": utc(row.seller_due_at),
        "holder_answers_until": utc(row.holder_due_at),
        "platform_decides_until": utc(row.platform_due_at),
        "removed_at": utc(row.removed_at),
        "restored_at": utc(row.restored_at),
    }


def _write_statement(group: StatementGroup, language: str) -> dict[str, Any]:
    body = group.statement.body
    facts, automated = body.get("facts", {}), body.get("automated", {})
    found = body["ruling"] if "ruling" in body else {"en": facts.get("reason_en", ""), "zh": facts.get("reason_zh", "")}
    return {
        "positions": list(group.positions),
        "decision": body["decision"],
        "ground": body.get("ground", ""),
        "reason": _worded(found, language),
        "explanation": facts.get("explanation", ""),
        "message": body.get("message", ""),
        "automated_detection": bool(automated.get("detection")),
        "automated_decision": bool(automated.get("decision")),
        "territories": body.get("scope", {}).get("territories", []),
        "redress": body.get("redress", []),
        "stated_at": utc(group.statement.created_at),
    }


def _write_exhibit(item: ExhibitShown, link: Any) -> dict[str, Any]:
    exhibit = item.exhibit
    return {
        "side": exhibit.side,
        "name": exhibit.name,
        "requirement": exhibit.requirement,
        "pages": [link(page, f"exhibit-{number}") for number, page in enumerate(exhibit.pages, start=1)],
    }


def _worded(item: Mapping[str, Any], language: str) -> str:
    return str(item["zh" if language.startswith("zh") else "en"])

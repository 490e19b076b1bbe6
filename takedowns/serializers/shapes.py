"""The shape of complaints' API bodies: the classes describe them, the functions write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from marketplaces.models import Marketplace
from marketplaces.rules.links import Link
from takedowns.lifecycle import ComplaintStatus, Ending, ListingStatus
from takedowns.models import Complaint, Decision, ReasonCode, RejectionCode, ReportedListing, StatementOfReasons
from takedowns.models.complaints import MAX_LINK
from takedowns.queries.own import ComplaintLine, public_status
from takedowns.rules import DECLARATIONS, MAX_ENTRIES
from takedowns.serializers.reading import MAX_TEXT, point_into_body
from takedowns.services.checking import ACCEPT_VALID, REJECT_ALL, Checked, CheckedRow

LINK_STATUSES = ("listing", "store", "needs_resolution", "unsupported", "invalid")


class EvidenceIn(serializers.Serializer[Any]):
    """A file for one requirement of the reason code."""

    requirement = serializers.CharField(max_length=40, help_text="`key` of a requirement of the reason code whose `kind` is file.")
    file = serializers.CharField(max_length=22, help_text="`code` of an uploaded file.")


class SignatureIn(serializers.Serializer[Any]):
    """Who signs."""

    name = serializers.CharField(max_length=200)
    role = serializers.CharField(max_length=120)


class ComplaintIn(serializers.Serializer[Any]):
    """A complaint about up to 300 listings against one right, for one reason."""

    right = serializers.CharField(max_length=22, help_text="`code` of a validated right.")
    reason = serializers.CharField(max_length=20, help_text="A reason code that fits the kind of the right.")
    listings = serializers.ListField(
        child=serializers.CharField(max_length=MAX_LINK),
        max_length=MAX_ENTRIES,
        help_text="Links in any form. The same listing twice is counted once; at most 300 different ones.",
    )
    seen_on = serializers.DateField(required=False, help_text="When you looked at the listings; today when left out.")
    explanation = serializers.CharField(required=False, allow_blank=True, max_length=MAX_TEXT)
    statements = serializers.DictField(
        required=False, help_text="What the reason asks to be typed, by requirement key: text, date (YYYY-MM-DD), link, or true for a tick."
    )
    evidence = EvidenceIn(many=True, required=False)
    declarations = serializers.ListField(child=serializers.ChoiceField(DECLARATIONS), help_text="All four are needed.")
    signature = SignatureIn()
    on_row_error = serializers.ChoiceField(
        [REJECT_ALL, ACCEPT_VALID],
        required=False,
        default=REJECT_ALL,
        help_text="With `reject_all` one bad link refuses the whole; with `accept_valid` the good ones are filed and the others named.",
    )


class RowOut(serializers.Serializer[Any]):
    """A link that is not among the listings filed, or what a pre-flight says of it."""

    row = serializers.IntegerField(help_text="Counted from 0, as sent.")
    input = serializers.CharField()
    result = serializers.ChoiceField(["pass", "merged", "remedy", "block"])
    code = serializers.CharField(allow_blank=True)
    message = serializers.CharField(allow_blank=True, help_text="What is wrong and how to mend it.")
    marketplace = serializers.CharField(allow_null=True)
    listing_id = serializers.CharField(allow_null=True)
    key = serializers.CharField(allow_null=True)


class CountsOut(serializers.Serializer[Any]):
    """Listings by how they were decided, and how the disputes about accepted ones go; the rest is under way."""

    accepted = serializers.IntegerField(
        help_text="And not overturned or withdrawn since; those in dispute and those upheld are among them."
    )
    rejected = serializers.IntegerField()
    withdrawn = serializers.IntegerField()
    removed = serializers.IntegerField(help_text="Down on the marketplace now.")
    disputed = serializers.IntegerField(help_text="The seller answered, and that is not settled yet.")
    upheld = serializers.IntegerField(help_text="The claim stands for good.")
    overturned = serializers.IntegerField(help_text="Decided for the seller, restored.")


class ComplaintOut(serializers.Serializer[Any]):
    """A complaint as its rights holder sees it."""

    code = serializers.CharField()
    reference = serializers.CharField()
    status = serializers.ChoiceField(ComplaintStatus.choices)
    right = serializers.CharField()
    reason = serializers.CharField()
    listing_count = serializers.IntegerField()
    counts = CountsOut()
    filed_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="Decided by then; stands still while information is asked.")
    answer_until = serializers.DateTimeField(
        allow_null=True, help_text="When your time ends for the first counter-notice that waits for you; see `/counter-notices`."
    )
    question = serializers.CharField(allow_blank=True, help_text="What the reviewer asked, when status is information_asked.")


class FiledOut(ComplaintOut):
    """A complaint that was filed just now."""

    left_out = RowOut(many=True, help_text="Rows of the request that are not in the complaint, and why.")


class ComplaintPage(serializers.Serializer[Any]):
    """A page of complaints, newest first."""

    data = ComplaintOut(many=True)  # type: ignore[assignment]
    next = serializers.CharField(allow_null=True, help_text="Send it as `after` to get the next page.")


class ListingOut(serializers.Serializer[Any]):
    """One listing of a complaint."""

    position = serializers.IntegerField()
    input = serializers.CharField()
    marketplace = serializers.CharField()
    listing_id = serializers.CharField()
    url = serializers.CharField()
    key = serializers.CharField()
    title = serializers.CharField(allow_null=True, help_text="As seen when the complaint was filed.")
    seller = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(ListingStatus.choices, help_text="What can still be undone has not happened.")
    ending = serializers.ChoiceField(Ending.choices, allow_blank=True, help_text="How an accepted claim ended, once it did.")
    seller_answers_until = serializers.DateTimeField(allow_null=True, help_text="Null until the shop was told.")
    answer_until = serializers.DateTimeField(allow_null=True, help_text="Until when you may answer the counter-notice.")
    platform_decides_until = serializers.DateTimeField(allow_null=True, help_text="Set once you rejected the counter-notice.")
    counter_notice = serializers.CharField(allow_null=True, help_text="`code` of the seller's answer.")
    ruling = serializers.CharField(allow_null=True, help_text="The second reviewer's reason, in the language asked for.")
    ruling_message = serializers.CharField(allow_blank=True)
    rejection = serializers.CharField(allow_null=True, help_text="A rejection code.")
    message = serializers.CharField(allow_blank=True)
    removed_at = serializers.DateTimeField(allow_null=True)
    restored_at = serializers.DateTimeField(allow_null=True)


class ListingPage(serializers.Serializer[Any]):
    """A page of a complaint's listings, in order."""

    data = ListingOut(many=True)  # type: ignore[assignment]
    next = serializers.CharField(allow_null=True)


class PreflightOut(serializers.Serializer[Any]):
    """What filing would do."""

    would_file = serializers.IntegerField(help_text="How many listings.")
    errors = serializers.ListField(child=serializers.DictField(), help_text="As in a problem document: pointer, code, detail.")  # type: ignore[assignment]
    rows = RowOut(many=True)


class WithdrawIn(serializers.Serializer[Any]):
    """What to withdraw."""

    positions = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=300),
        required=False,
        allow_null=True,
        help_text="The whole complaint when left out.",
    )
    why = serializers.CharField(required=False, allow_blank=True, max_length=500)


class AnswerIn(serializers.Serializer[Any]):
    """The answer to a reviewer's question."""

    answer = serializers.CharField(max_length=MAX_TEXT)
    files = serializers.ListField(child=serializers.CharField(max_length=22), required=False, max_length=10)


class LinksIn(serializers.Serializer[Any]):
    """Links to be understood."""

    links = serializers.ListField(child=serializers.CharField(), max_length=MAX_ENTRIES)


class LinkOut(serializers.Serializer[Any]):
    """What a link names."""

    input = serializers.CharField()
    status = serializers.ChoiceField(LINK_STATUSES)
    marketplace = serializers.CharField(allow_null=True)
    listing_id = serializers.CharField(allow_null=True)
    canonical_url = serializers.CharField(allow_null=True)
    key = serializers.CharField(allow_null=True, help_text="Two links with the same key name the same listing.")
    message = serializers.CharField(allow_blank=True)


class LinksOut(serializers.Serializer[Any]):
    """Links as they were understood, in order."""

    rows = LinkOut(many=True)


class RequirementOut(serializers.Serializer[Any]):
    """Something a reason asks for."""

    key = serializers.CharField()
    kind = serializers.ChoiceField(["text", "date", "link", "tick", "file"])
    required = serializers.BooleanField()  # type: ignore[assignment]
    label = serializers.CharField()  # type: ignore[assignment]


class ReasonOut(serializers.Serializer[Any]):
    """A reason code."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    help = serializers.CharField()
    right_kinds = serializers.ListField(child=serializers.CharField())
    severity = serializers.CharField()
    max_listings = serializers.IntegerField()
    aliases = serializers.ListField(child=serializers.CharField(), help_text="What other systems call it.")
    evidence = RequirementOut(many=True)


class ReasonsOut(serializers.Serializer[Any]):
    """Reason codes in force."""

    data = ReasonOut(many=True)  # type: ignore[assignment]


class RejectionOut(serializers.Serializer[Any]):
    """A rejection code."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    remedy = serializers.CharField(help_text="What would pass.")


class RejectionsOut(serializers.Serializer[Any]):
    """Rejection codes in force."""

    data = RejectionOut(many=True)  # type: ignore[assignment]


class MarketplaceOut(serializers.Serializer[Any]):
    """A marketplace complaints are taken for."""

    key = serializers.CharField()
    name = serializers.CharField()
    family = serializers.CharField()
    territory = serializers.DictField()
    takes_commands = serializers.BooleanField(help_text="Whether listings are taken down by machine; else a person does it.")


class MarketplacesOut(serializers.Serializer[Any]):
    """Marketplaces in force."""

    data = MarketplaceOut(many=True)  # type: ignore[assignment]


def write_row(row: CheckedRow) -> dict[str, Any]:
    """Return what came of one link of a filing."""
    return {
        "row": row.number,
        "input": row.link.input.replace("\x00", "\ufffd"),  # an answer is remembered, and the database takes no NUL
        "result": row.result,
        "code": row.found.facts.get("code", row.found.check) if row.found else "",
        "message": row.message,
        "marketplace": row.link.marketplace,
        "listing_id": row.link.listing_id,
        "key": row.link.key,
    }


def write_link(link: Link, message: str) -> dict[str, Any]:
    """Return one link as it was understood."""
    return {
        "input": link.input,
        "status": link.status,
        "marketplace": link.marketplace,
        "listing_id": link.listing_id,
        "canonical_url": link.canonical_url,
        "key": link.key,
        "message": message,
    }


def write_complaint(complaint: Complaint, *, answer_until: datetime | None = None) -> dict[str, Any]:
    """Return a complaint as its rights holder may see it."""
    return _complaint(complaint, complaint.right.code, answer_until)


def write_complaint_line(line: ComplaintLine, answer_until: datetime | None) -> dict[str, Any]:
    """Return a complaint of a list, as `write_complaint` does."""
    return _complaint(line, line.right_code, answer_until)


def _complaint(complaint: Complaint | ComplaintLine, right: str, answer_until: datetime | None) -> dict[str, Any]:
    return {
        "code": complaint.code,
        "reference": complaint.reference,
        "status": public_status(complaint),
        "right": right,
        "reason": complaint.reason_id,
        "listing_count": complaint.listing_count,
        "counts": {
            "accepted": complaint.accepted_count,
            "rejected": complaint.rejected_count,
            "withdrawn": complaint.withdrawn_count,
            "removed": complaint.removed_count,
            "disputed": complaint.disputed_count,
            "upheld": complaint.upheld_count,
            "overturned": complaint.overturned_count,
        },
        "filed_at": _utc(complaint.filed_at),
        "due_at": _utc(complaint.due_at),
        "answer_until": _utc(answer_until),
        "question": complaint.question if complaint.status == ComplaintStatus.INFORMATION_ASKED else "",
    }


def write_listing(
    row: ReportedListing, decision: Decision | None, counter_notice: str | None, ruling: StatementOfReasons | None, language: str
) -> dict[str, Any]:
    """Return one listing of a complaint as its rights holder may see it."""
    ruled = ruling.body if ruling is not None else {}
    return {
        "position": row.position,
        "input": row.input,
        "marketplace": row.marketplace_id,
        "listing_id": row.external_id,
        "url": row.url,
        "key": row.key,
        "title": row.snapshot_filed.title if row.snapshot_filed else None,
        "seller": row.seller.name if row.seller else None,
        "status": row.shown_status,
        "ending": row.ending,
        "seller_answers_until": _utc(row.seller_due_at),
        "answer_until": _utc(row.holder_due_at),
        "platform_decides_until": _utc(row.platform_due_at),
        "counter_notice": counter_notice,
        "ruling": ruled["ruling"]["zh" if language.startswith("zh") else "en"] if ruled else None,
        "ruling_message": ruled.get("message", ""),
        "rejection": decision.rejection_id if decision else None,
        "message": decision.message if decision else "",
        "removed_at": _utc(row.removed_at),
        "restored_at": _utc(row.restored_at),
    }


def write_checked(checked: Checked) -> dict[str, Any]:
    """Return what a pre-flight found."""
    pointed = point_into_body(checked.errors)
    errors = [{"pointer": item.pointer, "code": item.code, "detail": str(item.message)} for item in pointed]
    return {"would_file": 0 if errors else len(checked.usable), "errors": errors, "rows": [write_row(row) for row in checked.rows]}


def write_reason(reason: ReasonCode, language: str) -> dict[str, Any]:
    """Return a reason code with what it asks of a standard filer."""
    return {
        "code": reason.code,
        "label": reason.label(language),
        "help": reason.help(language),
        "right_kinds": reason.right_kinds,
        "severity": reason.severity,
        "max_listings": reason.max_listings,
        "aliases": reason.aliases,
        "evidence": [
            {
                "key": item["key"],
                "kind": item["kind"],
                "required": item.get("required", True),
                "label": item["zh" if language.startswith("zh") else "en"],
            }
            for item in reason.requirements("standard")
        ],
    }


def write_rejection(code: RejectionCode, language: str) -> dict[str, Any]:
    """Return a rejection code."""
    return {"code": code.code, "label": code.label(language), "remedy": code.help(language)}


def write_marketplace(marketplace: Marketplace, language: str) -> dict[str, Any]:
    """Return a marketplace."""
    return {
        "key": marketplace.key,
        "name": marketplace.name(language),
        "family": marketplace.family,
        "territory": marketplace.territory,
        "takes_commands": marketplace.connector != "none",
    }


def _utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None

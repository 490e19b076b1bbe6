"""The shape of rights holders' API bodies."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from rest_framework import serializers

from ipp.core.clock import now as clock_now
from ipp.core.models import Event, StoredFile
from rightsholders.lifecycle import RightStatus
from rightsholders.models import DocumentKind, PaperKind, Right, RightKind, Verification
from rightsholders.queries import latest_decision, public_status
from rightsholders.rules import is_in_force


class FileOut(serializers.Serializer[Any]):
    """A stored file."""

    code = serializers.CharField()
    name = serializers.CharField()
    media_type = serializers.ChoiceField(["image/jpeg", "image/png", "image/webp", "application/pdf"])
    size = serializers.IntegerField(help_text="Bytes.")
    sha256 = serializers.CharField(help_text="Of the bytes as sent.")
    pages = serializers.IntegerField()
    scan = serializers.ChoiceField(["clean", "unscanned"])
    created_at = serializers.DateTimeField()


class FileIn(serializers.Serializer[Any]):
    """An upload: JPEG, PNG, WebP or PDF, at most 20 MB."""

    file = serializers.FileField()


class VerificationIn(serializers.Serializer[Any]):
    """An identity paper to be checked."""

    file = serializers.CharField(max_length=22, help_text="`code` of an uploaded file.")
    kind = serializers.ChoiceField(PaperKind.choices)
    holder_name = serializers.CharField(max_length=200)
    number = serializers.CharField(max_length=60)
    country = serializers.RegexField("^[A-Za-z]{2}$", help_text="ISO 3166-1 alpha-2.")
    expires_on = serializers.DateField(required=False, allow_null=True, default=None)


class VerificationOut(serializers.Serializer[Any]):
    """A verification as its applicant sees it."""

    code = serializers.CharField()
    reference = serializers.CharField()
    status = serializers.ChoiceField(["submitted", "in_review", "information_asked", "approved", "refused", "withdrawn"])
    kind = serializers.ChoiceField(PaperKind.choices)
    holder_name = serializers.CharField()
    number = serializers.CharField()
    country = serializers.CharField()
    expires_on = serializers.DateField(allow_null=True)
    submitted_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="Promised by then; stands still while information is asked.")
    question = serializers.CharField(allow_blank=True, help_text="What the verifier asked, when status is information_asked.")
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="Why it was refused, a stable code.")
    message = serializers.CharField(allow_blank=True)


class VerificationPage(serializers.Serializer[Any]):
    """A page of verifications, newest first."""

    data = VerificationOut(many=True)  # type: ignore[assignment]
    next = serializers.CharField(allow_null=True, help_text="Send it as `after` to get the next page.")


class DocumentRef(serializers.Serializer[Any]):
    """A document of a right."""

    kind = serializers.ChoiceField(DocumentKind.choices)
    file = serializers.CharField(max_length=22, help_text="`code` of an uploaded file.")


class RightIn(serializers.Serializer[Any]):
    """A right to be checked. Which fields are needed depends on `kind`; what is missing is named in the answer."""

    kind = serializers.ChoiceField(RightKind.choices)
    name = serializers.CharField(max_length=200, help_text="Words of the mark, or the title.")
    owner_name = serializers.CharField(max_length=200, help_text="As it stands on the document.")
    office = serializers.CharField(max_length=16, required=False, allow_blank=True, default="", help_text="Empty: unregistered copyright.")
    number = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    territories = serializers.ListField(
        child=serializers.CharField(max_length=2), required=False, default=list, max_length=150, help_text="WIPO only: what was designated."
    )
    nice_classes = serializers.ListField(child=serializers.IntegerField(), required=False, default=list, max_length=45)
    locarno_class = serializers.CharField(max_length=5, required=False, allow_blank=True, default="", help_text="Such as 07-01.")
    goods = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")
    filed_on = serializers.DateField(required=False, allow_null=True, default=None)
    registered_on = serializers.DateField(required=False, allow_null=True, default=None, help_text="The day of grant for patents.")
    expires_on = serializers.DateField(required=False, allow_null=True, default=None)
    author = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    created_on = serializers.DateField(required=False, allow_null=True, default=None)
    published_on = serializers.DateField(required=False, allow_null=True, default=None)
    work_link = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    claim_statement = serializers.BooleanField(required=False, default=False, help_text="True: you made the work or hold the right in it.")
    documents = DocumentRef(many=True)


class RightOut(serializers.Serializer[Any]):
    """A right as its holder sees it."""

    code = serializers.CharField()
    reference = serializers.CharField()
    status = serializers.ChoiceField(RightStatus.choices)
    in_force = serializers.BooleanField(help_text="By its dates, today. Only a validated right in force can be used.")
    kind = serializers.ChoiceField(RightKind.choices)
    name = serializers.CharField()
    owner_name = serializers.CharField()
    office = serializers.CharField(allow_blank=True)
    number = serializers.CharField(allow_blank=True)
    territories = serializers.ListField(child=serializers.CharField(), help_text="Country codes; EU: its members, *: everywhere.")
    nice_classes = serializers.ListField(child=serializers.IntegerField())
    locarno_class = serializers.CharField(allow_blank=True)
    goods = serializers.CharField(allow_blank=True)
    filed_on = serializers.DateField(allow_null=True)
    registered_on = serializers.DateField(allow_null=True)
    expires_on = serializers.DateField(allow_null=True)
    author = serializers.CharField(allow_blank=True)
    created_on = serializers.DateField(allow_null=True)
    published_on = serializers.DateField(allow_null=True)
    work_link = serializers.CharField(allow_blank=True)
    documents = DocumentRef(many=True)
    added_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="Promised by then; stands still while information is asked.")
    question = serializers.CharField(allow_blank=True, help_text="What the verifier asked, when status is information_asked.")
    validated_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="Why it was refused, a stable code.")
    message = serializers.CharField(allow_blank=True)


class RightPage(serializers.Serializer[Any]):
    """A page of rights, newest first."""

    data = RightOut(many=True)  # type: ignore[assignment]
    next = serializers.CharField(allow_null=True, help_text="Send it as `after` to get the next page.")


class OrganizationOut(serializers.Serializer[Any]):
    """The organization the key belongs to."""

    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    account_kind = serializers.CharField()
    verified_at = serializers.DateTimeField(allow_null=True)


class EventOut(serializers.Serializer[Any]):
    """Something that happened in the organization."""

    id = serializers.CharField()
    name = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    subject = serializers.CharField(allow_blank=True)
    data = serializers.DictField()  # type: ignore[assignment]


class EventPage(serializers.Serializer[Any]):
    """A page of the feed, newest first."""

    data = EventOut(many=True)  # type: ignore[assignment]
    next = serializers.CharField(allow_null=True)


def write_file(file: StoredFile) -> dict[str, Any]:
    """Return a stored file as the API shows it."""
    return {
        "code": file.code,
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "sha256": file.sha256,
        "pages": file.page_count,
        "scan": file.scan,
        "created_at": file.created_at.isoformat(),
    }


def write_event(event: Event) -> dict[str, Any]:
    """Return one of the organization's own events as the API shows it."""
    return {
        "id": str(event.code),
        "name": event.name,
        "occurred_at": event.occurred_at.isoformat(),
        "subject": event.payload.get("reference", ""),
        "data": event.payload,
    }


def write_verification(verification: Verification, now: datetime) -> dict[str, Any]:
    """Return a verification as its applicant may see it: a decision shows once its undo time is over."""
    status = public_status(verification, now)
    paper = verification.identity_paper
    shown = status == verification.status and status in ("approved", "refused")
    decision = next((item for item in verification.decisions.all() if item.round == verification.round), None) if shown else None
    return {
        "code": verification.code,
        "reference": verification.reference,
        "status": status,
        "kind": paper.kind,
        "holder_name": paper.holder_name,
        "number": paper.number,
        "country": paper.country,
        "expires_on": paper.expires_on.isoformat() if paper.expires_on else None,
        "submitted_at": verification.submitted_at.isoformat(),
        "due_at": verification.due_at.isoformat(),
        "question": verification.question,
        "decided_at": verification.decided_at.isoformat() if decision and verification.decided_at else None,
        "reason": decision.reason_id if decision else None,
        "message": decision.message if decision else "",
    }


def write_right(right: Right) -> dict[str, Any]:
    """Return a right of `queries.told_rights` as its holder may see it."""
    check = max(right.verifications.all(), key=lambda row: row.pk)
    is_decided = right.status in (RightStatus.VALIDATED, RightStatus.REFUSED)
    decision = latest_decision(check) if is_decided else None
    work = right.details
    return {
        "code": right.code,
        "reference": right.reference,
        "status": right.status,
        "in_force": is_in_force(right.registered_on, right.expires_on, clock_now().date()),
        **{name: getattr(right, name) for name in ("kind", "name", "owner_name", "office", "number", "locarno_class", "goods")},
        **{name: list(getattr(right, name)) for name in ("territories", "nice_classes")},
        **{name: _day(getattr(right, name)) for name in ("filed_on", "registered_on", "expires_on")},
        **{name: work.get(name, "") for name in ("author", "work_link")},
        **{name: work.get(name) or None for name in ("created_on", "published_on")},
        "documents": [{"kind": document.kind, "file": document.file.code} for document in right.documents.all()],
        "added_at": right.created_at.isoformat(),
        "due_at": check.due_at.isoformat(),
        "question": check.question if right.status == RightStatus.INFORMATION_ASKED else "",
        "validated_at": right.validated_at.isoformat() if right.validated_at else None,
        "reason": decision.reason_id if decision else None,
        "message": decision.message if decision else "",
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None

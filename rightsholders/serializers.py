"""The shape of rights holders' API bodies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers

from ipp.core.models import Event, StoredFile
from rightsholders.models import PaperKind, Verification
from rightsholders.queries import public_status


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
    paper = verification.paper
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

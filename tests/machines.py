"""What a machine sends to the REST API, and what every refusal it gets looks like."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from ipp.core import tenancy
from ipp.core.models import Event, IdempotencyRecord, StoredFile
from rightsholders.models import IdentityPaper, Verification
from tests.core.files import corpus

ABSENT = "A" * 22
PROBLEM = "application/problem+json"
ENDPOINTS = [
    ("GET", "/api/v1/organization", "organization:read"),
    ("POST", "/api/v1/files", "files:write"),
    ("GET", "/api/v1/verifications", "verifications:read"),
    ("POST", "/api/v1/verifications", "verifications:write"),
    ("GET", f"/api/v1/verifications/{ABSENT}", "verifications:read"),
    ("POST", f"/api/v1/verifications/{ABSENT}/withdraw", "verifications:write"),
    ("GET", "/api/v1/rights", "rights:read"),
    ("POST", "/api/v1/rights", "rights:write"),
    ("GET", f"/api/v1/rights/{ABSENT}", "rights:read"),
    ("POST", f"/api/v1/rights/{ABSENT}/withdraw", "rights:write"),
    ("GET", "/api/v1/reason-codes", "complaints:read"),
    ("GET", "/api/v1/rejection-codes", "complaints:read"),
    ("GET", "/api/v1/marketplaces", "complaints:read"),
    ("POST", "/api/v1/listing-links/resolve", "complaints:read"),
    ("GET", "/api/v1/complaints", "complaints:read"),
    ("POST", "/api/v1/complaints", "complaints:write"),
    ("POST", "/api/v1/complaints/preflight", "complaints:write"),
    ("GET", f"/api/v1/complaints/{ABSENT}", "complaints:read"),
    ("GET", f"/api/v1/complaints/{ABSENT}/listings", "complaints:read"),
    ("POST", f"/api/v1/complaints/{ABSENT}/withdraw", "complaints:write"),
    ("POST", f"/api/v1/complaints/{ABSENT}/answer", "complaints:write"),
    ("GET", "/api/v1/events", "events:read"),
]


def body(file: str, **changes: Any) -> dict[str, Any]:
    """Return the body of a verification."""
    return {"file": file, "kind": "business_licence", "holder_name": "Acme Tools Ltd", "number": "L-1", "country": "GB"} | changes


def send(client: Any, sent: Any, *, key: str = "k-1", path: str = "/api/v1/verifications", **more: Any) -> Any:
    """POST a JSON body with an Idempotency-Key."""
    return client.post(path, sent, content_type="application/json", headers={"Idempotency-Key": key} if key else {}, **more)


def upload(client: Any, *, key: str = "f-1", content: bytes | None = None, name: str = "licence.png") -> Any:
    """POST a file."""
    file = SimpleUploadedFile(name, corpus.png() if content is None else content, "image/png")
    return client.post("/api/v1/files", {"file": file}, headers={"Idempotency-Key": key} if key else {})


def assert_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """Assert that an answer is an RFC 9457 problem with this status and code; return it."""
    assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM), answer.content
    problem: dict[str, Any] = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert set(problem) - {"details"} == {"type", "title", "status", "detail", "code", "errors", "request_id"}
    assert problem["type"] == f"urn:ipp:problem:{code}"
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == answer["X-Request-Id"]
    return problem


def rows(actor: Any) -> tuple[int, ...]:
    """Return how many rows of each kind an organization has; a refusal leaves them alone."""
    with tenancy.acting(actor):
        tables: tuple[Any, ...] = (StoredFile, IdentityPaper, Verification, IdempotencyRecord, Event)
        return tuple(table.objects.filter(organization_id=actor.organization_id).count() for table in tables)

"""Answers a refusal in the caller's own form: a problem document (RFC 9457), a page, or an htmx fragment, always with the same status."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from ipp.core.errors import DomainError
from ipp.core.frame import frame_of

PROBLEM_TYPE = "application/problem+json"


def is_api(request: HttpRequest) -> bool:
    """Whether the path belongs to the REST API."""
    return request.path_info.startswith("/api/v1/")


def wants_machine_answer(request: HttpRequest) -> bool:
    """Whether a problem document is the right form of an error."""
    return is_api(request) or request.path_info.startswith("/api/")


def problem_of(error: DomainError, request_id: str) -> dict[str, Any]:
    """Return the RFC 9457 members of a refusal."""
    return {
        "type": f"urn:ipp:problem:{error.code}",
        "title": str(error.title),
        "status": error.status,
        "detail": str(error.message),
        "code": error.code,
        "errors": [{"pointer": item.pointer, "code": item.code, "detail": str(item.message)} for item in error.errors],
        "request_id": request_id,
        **({"details": error.details} if error.details else {}),
    }


def answer_problem(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return the response for a refusal."""
    problem = problem_of(error, frame_of(request).request_id)
    if wants_machine_answer(request):
        response: HttpResponse = JsonResponse(problem, status=error.status, content_type=PROBLEM_TYPE)
    else:
        template = "errors/fragment.html" if getattr(request, "htmx", False) else "errors/error.html"
        response = render(request, template, {"problem": problem}, status=error.status)
    add_headers(response, error)
    return response


def add_headers(response: HttpResponse, error: DomainError) -> None:
    """Add the headers a status asks for."""
    if "retry_after" in error.details:
        response["Retry-After"] = str(error.details["retry_after"])
    if error.status == 405:
        response["Allow"] = ", ".join(error.details.get("allowed", []))
    if error.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="IPP"'

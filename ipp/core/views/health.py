"""What machines ask a running process: alive, ready, and the figures of the operations contract."""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from ipp.core.middleware import outside_transaction
from ipp.core.services import health


@require_safe
@outside_transaction
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that the process runs; asks nobody else."""
    return JsonResponse({"status": "ok", "audience": settings.IPP_AUDIENCE})


@require_safe
@outside_transaction
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer whether the process can serve: 200, or 503 naming what is missing. A broker away is told, but is no reason to refuse."""
    problems = health.readiness()
    waiting = {part: words for part, words in problems.items() if part != "broker"}
    return JsonResponse({"status": "not ready" if waiting else "ready", "problems": problems}, status=503 if waiting else 200)


@require_safe
@outside_transaction
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer the figures of the status page in Prometheus' text format."""
    try:
        health.beat_heart(settings.IPP_AUDIENCE)
        return HttpResponse(health.metrics(), content_type=CONTENT_TYPE_LATEST)
    except DatabaseError:
        return HttpResponse("# the database does not answer\n", status=503, content_type=CONTENT_TYPE_LATEST)


@require_safe
@outside_transaction
def statusz(request: HttpRequest) -> HttpResponse:
    """Answer totals and ages: due deliveries, dead letters, cases at risk, and each process's database login."""
    try:
        health.beat_heart(settings.IPP_AUDIENCE)
        return JsonResponse(health.status())
    except DatabaseError:
        return JsonResponse({"audience": settings.IPP_AUDIENCE, "problem": "the database does not answer"}, status=503)

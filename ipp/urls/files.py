"""The file origin: signed links, nothing else; no session, no database."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe

from ipp.core.files.origin import serve


@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """Answer that the process runs; it needs nothing else to be ready."""
    return JsonResponse({"status": "ok", "audience": "files"})


urlpatterns = [
    path("healthz", alive, name="healthz"),
    path("readyz", alive, name="readyz"),
    path("<str:token>", serve, name="file"),
]

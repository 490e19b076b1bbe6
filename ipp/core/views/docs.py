"""The API's documentation as a page: drawn on the server from the same OpenAPI document that machines read."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import resolve
from django.utils import translation
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from ipp.core import api_reference
from ipp.core.access import KEY_PREFIX, policy_of

PORTAL = "ipp.urls.portal"
SOME_CODE = "A" * 22
"""Stands in for a path's code where only its route is asked for."""


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Show every operation with what it takes, an example, and how it refuses."""
    document, subjects = _described()
    return render(request, "core/api_docs.html", {"info": document["info"], "base": document["servers"][0]["url"], "subjects": subjects})


@cache
def _described() -> tuple[dict[str, Any], list[api_reference.Subject]]:
    """Return the document, which is English, and its operations; neither changes while the process runs."""
    with translation.override("en"):
        generator = SchemaGenerator(urlconf=PORTAL)  # type: ignore[no-untyped-call]
        document: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    calls = [(path, method.upper()) for path, methods in document["paths"].items() for method in methods]
    return document, api_reference.read(document, {call: _scopes(*call) for call in calls})


def _scopes(path: str, method: str) -> tuple[str, ...]:
    policy = policy_of("portal", resolve(path.replace("{code}", SOME_CODE), PORTAL).view_name)
    roles = policy.roles.items() if policy else ()
    return tuple(role.removeprefix(KEY_PREFIX) for role, methods in roles if role.startswith(KEY_PREFIX) and method in methods)

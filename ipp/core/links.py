"""Absolute links to the portal from anywhere: mails, the staff console, the API."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse


def portal_url(route: str, **arguments: Any) -> str:
    """Return the absolute address of a portal page."""
    return settings.PORTAL_ORIGIN + reverse(route, urlconf="ipp.urls.portal", kwargs=arguments)

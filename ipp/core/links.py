"""Links: absolute ones to the portal from anywhere (mails, the staff console, the API), and those of lists by the dozen."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import get_script_prefix, get_urlconf, reverse

ANY_CODE = "0" * 22
"""A code nothing has, for finding out where a route puts one."""


def portal_url(route: str, **arguments: Any) -> str:
    """Return the absolute address of a portal page."""
    return settings.PORTAL_ORIGIN + reverse(route, urlconf="ipp.urls.portal", kwargs=arguments)


def addresses(route: str) -> Callable[[str], str]:
    """Return what makes the path of the page about one thing from its code, as `reverse` does; the route is looked up once."""
    before, after = _around(route, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())
    return lambda code: f"{before}{code}{after}"  # a code is made of what needs no quoting (`core.codes`)


def path_of(route: str) -> str:
    """Return the path of a route that takes nothing, as `reverse` does; it is looked up once."""
    return _path(route, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())


@lru_cache(maxsize=256)
def _path(route: str, urlconf: str, prefix: str) -> str:
    return reverse(route, urlconf)


@lru_cache(maxsize=256)
def _around(route: str, urlconf: str, prefix: str) -> tuple[str, str]:
    before, _code, after = reverse(route, urlconf, args=[ANY_CODE]).rpartition(ANY_CODE)
    return before, after

"""Public pages: the rules of every marketplace by version, and the lessons that go with them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ipp.core.edge import language_in_force
from ipp.core.errors import NotFound
from marketplaces.models import Policy
from penalties.models import PenaltyPolicy
from penalties.presentation.policies import VersionWords, dates_of, steps_of, strike_facts, window_facts
from penalties.presentation.words import LESSONS
from penalties.queries.policies import Rulebook, is_in_force, rulebook_of, rulebooks
from takedowns.services.checking import platform_day

LONGEST_VERSION = 9


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """List the marketplaces with what a shop risks at each."""
    language = language_in_force()
    listed = [
        {
            "book": book,
            "name": book.marketplace.name(language),
            "steps": steps_of(book.penalty.pack) if book.penalty else [],
            "dates": dates_of(book.penalty) if book.penalty else "",
        }
        for book in rulebooks(platform_day())
    ]
    return render(request, "penalties/rules.html", {"listed": listed})


@require_safe
def marketplace_rules(request: HttpRequest, marketplace: str) -> HttpResponse:
    """Show a marketplace's rules in words: the versions in force, or those the address names."""
    day = platform_day()
    asked = {name: _version(request, name) for name in ("version", "windows")}
    book = rulebook_of(marketplace, day, version=asked["version"], windows=asked["windows"])
    pack = book.penalty.pack if book.penalty else None
    context: dict[str, Any] = {
        "book": book,
        "name": book.marketplace.name(language_in_force()),
        "steps": steps_of(pack) if pack else [],
        "strike_facts": strike_facts(pack) if pack else [],
        "window_facts": window_facts(book.window) if book.window else [],
        "penalty_dates": dates_of(book.penalty) if book.penalty else "",
        "window_dates": dates_of(book.window) if book.window else "",
        "is_old": book.penalty is not None and not is_in_force(book.penalty, day),
        "penalty_versions": _versions(request, book, "version"),
        "window_versions": _versions(request, book, "windows"),
    }
    return render(request, "penalties/marketplace_rules.html", context)


@require_safe
def lesson(request: HttpRequest, name: str) -> HttpResponse:
    """Show a lesson to whoever wants to read it."""
    if name not in LESSONS:
        raise NotFound
    return render(request, "penalties/lesson.html", {"title": LESSONS[name], "template": f"penalties/lessons/{name}.html"})


def _version(request: HttpRequest, name: str) -> int | None:
    raw = request.GET.get(name, "")
    if not raw:
        return None
    if not (raw.isascii() and raw.isdigit() and len(raw) <= LONGEST_VERSION):
        raise NotFound
    return int(raw)


def _versions(request: HttpRequest, book: Rulebook, name: str) -> list[VersionWords]:
    shown = book.penalty if name == "version" else book.window
    rows: list[PenaltyPolicy | Policy] = list(book.penalties if name == "version" else book.windows)
    kept = {key: value for key, value in request.GET.items() if key in ("version", "windows")}
    day = platform_day()
    return [
        VersionWords(
            version=row.version,
            dates=dates_of(row),
            is_shown=shown is not None and row.pk == shown.pk,
            is_in_force=is_in_force(row, day),
            url=f"{request.path}?{urlencode(kept | {name: row.version})}",
        )
        for row in rows
    ]

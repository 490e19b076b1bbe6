"""Pages everybody may meet: home, theme, language, organization switch, notices, styleguide, the development mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.parser import BytesParser
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from ipp.core import styleguide as guide
from ipp.core.codes import is_code
from ipp.core.edge import actor_of
from ipp.core.errors import Forbidden, NotFound
from ipp.core.frame import frame_of
from ipp.core.identity import ORGANIZATION_KEY
from ipp.core.models import Notification, Organization
from ipp.core.problems import answer_problem
from ipp.core.services.notices import mark_read
from ipp.core.tables import Column, KeysetTable
from ipp.core.timeline import SENTENCES, page_of, read_sentence
from ipp.core.ui import Empty

THEMES = ("light", "dark", "auto")
MAILBOX_SIZE = 50

NOTICES: KeysetTable[Notification] = KeysetTable(
    "notices",
    columns=[
        Column(
            "name",
            _("What happened"),
            value=lambda row: read_sentence(row.name, row.facts),
            second=lambda row: row.facts.get("message") or row.facts.get("reference", ""),
        ),
        Column("occurred_at", _("When"), kind="time"),
        Column("read_at", _("State"), kind="state", axis="core.notice", value=lambda row: "read" if row.read_at else "new"),
    ],
    order="-id",
    row_url=lambda row: page_of(row.name, row.facts),
    empty=Empty("bell", _("Nothing yet"), _("When something happens to a record of yours, it is told here and by mail.")),
)


@dataclass(frozen=True)
class Letter:
    """A mail in the development mailbox."""

    to: str
    subject: str
    body: str
    sent_at: datetime


@require_safe
def welcome(request: HttpRequest) -> HttpResponse:
    """Show the front door to visitors; send those who are signed in to their own start page."""
    if frame_of(request).actor is not None:
        return redirect("core:start")
    return render(request, "core/landing_staff.html" if settings.IPP_AUDIENCE == "staff" else "core/landing.html")


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme in a cookie for a year."""
    theme = request.POST.get("theme", "auto")
    response = HttpResponseRedirect(_safe_next(request))
    response.set_cookie(
        "ipp_theme", theme if theme in THEMES else "auto", max_age=365 * 86400, samesite="Lax", secure=settings.SECURE_ORIGIN
    )
    return response


@require_POST
def switch_organization(request: HttpRequest) -> HttpResponse:
    """Act for another organization one belongs to."""
    actor = actor_of(request)
    code = request.POST.get("organization", "")
    chosen = Organization.objects.filter(code=code, pk__in=actor.organization_ids).first() if is_code(code) else None
    if chosen is None:
        raise NotFound
    request.session[ORGANIZATION_KEY] = chosen.pk
    return redirect("core:start")


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """List what the organization was told, newest first."""
    rows = Notification.objects.filter(organization_id=actor_of(request).organization_id, name__in=SENTENCES)
    return render(request, "core/notices.html", {"page": NOTICES.page(rows, request.GET, request.path)})


@require_POST
def read_notices(request: HttpRequest) -> HttpResponse:
    """Mark every notice as read."""
    mark_read(actor=actor_of(request))
    return redirect("core:notices")


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every token and component of the design system."""
    return render(request, "core/styleguide.html", guide.samples(request.path))


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """Show the mails this installation wrote to its data folder; development only (DEV_MAILBOX)."""
    if not settings.DEV_MAILBOX:
        raise NotFound
    wanted = request.GET.get("to", "").strip().lower()
    letters = [letter for letter in _letters(settings.IPP_MAIL_FOLDER) if wanted in letter.to.lower()]
    return render(request, "core/mailbox.html", {"letters": letters[:MAILBOX_SIZE], "wanted": wanted})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Explain a form that was opened too long ago or in another session."""
    words = _("This page was opened in another session. Go back, reload it and send it again; your browser keeps what you typed.")
    return answer_problem(request, Forbidden("csrf_failed", words))


def _safe_next(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return wanted if safe and wanted else "/"


def _letters(folder: Path) -> list[Letter]:
    files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)[: MAILBOX_SIZE * 4]
    return [_letter(file) for file in files]


def _letter(file: Path) -> Letter:
    message = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
    sent = datetime.fromtimestamp(file.stat().st_mtime, tz=timezone.get_current_timezone())
    body = message.get_body(("plain",))
    return Letter(str(message["To"] or ""), str(message["Subject"] or ""), body.get_content().rstrip("-\n ") if body else "", sent)

"""What every page's frame needs: navigation by role, the organization switch, notices, the time at the platform."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_urlconf
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ipp.core.access import policy_of
from ipp.core.actors import Actor
from ipp.core.frame import frame_of
from ipp.core.links import path_of
from ipp.core.models import Organization
from ipp.core.navigation import MENUS, Link
from ipp.core.services.glance import Glance, glance
from ipp.core.ui import AccountLink, DayTime, NavGroup, NavItem, OrgChoice, Shell, short_moment, zone_name


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's context; visitors get a page without a shell."""
    actor = frame_of(request).actor
    return {"shell": _shell(request, actor) if actor is not None else None, "dev_mailbox": settings.DEV_MAILBOX}


def _shell(request: HttpRequest, actor: Actor) -> Shell:
    staff = actor.is_staff
    organization = frame_of(request).organization
    seen = glance(None if staff else actor.organization_id)
    language = get_language() or "en"
    return Shell(
        audience="staff" if staff else "portal",
        brand="IPP",
        organization_name=_("Platform") if staff or organization is None else organization.name,
        organization_caption=_caption(actor, organization),
        organizations=[] if staff else _choices(actor),
        groups=tuple(_groups(request, actor, language)),
        notifications_url="" if staff else path_of("core:notices"),
        notifications_new=seen.unread,
        user_name=actor.label,
        account_links=_account_links(language, get_urlconf()),
        daytime=_daytime(seen),
        home_url=path_of("core:start"),
        switch_url="" if staff else path_of("core:switch_organization"),
    )


@lru_cache(maxsize=16)
def _account_links(language: str, urlconf: str | None) -> tuple[AccountLink, ...]:
    """Return the account menu in the language, which is the active one."""
    return (
        AccountLink(_("Password"), path_of("account_change_password"), "key"),
        AccountLink(_("Two-factor sign-in"), path_of("mfa_index"), "fingerprint"),
        AccountLink(_("Sessions"), path_of("usersessions_list"), "history"),
    )


def _groups(request: HttpRequest, actor: Actor, language: str) -> Iterator[NavGroup]:
    organization = frame_of(request).organization
    for title, links in _menu(settings.IPP_AUDIENCE, actor.role, language):
        shown = [(link, label, path_of(link.route)) for link, label in links if link.shown is None or link.shown(organization)]
        here = max((url for link, _label, url in shown if _is_here(link, url, request.path)), key=len, default="")
        if shown:
            yield NavGroup(title, tuple(_item(link, label, url, is_current=url == here) for link, label, url in shown))


def _item(link: Link, label: str, url: str, *, is_current: bool) -> NavItem:
    count = link.count() if link.count else None
    return NavItem(label, url, link.icon, count=count or None, due=link.due and bool(count), current=is_current)


def _is_here(link: Link, url: str, path: str) -> bool:
    return path == url if link.exact else path.startswith(url)


@lru_cache(maxsize=128)
def _menu(audience: str, role: str, language: str) -> tuple[tuple[str, tuple[tuple[Link, str], ...]], ...]:
    """Return the menu as far as the access policy opens it to a role, in the language, which is the active one."""
    return tuple(
        (str(title), tuple((link, str(link.label)) for link in links if _is_open(audience, link.route, role)))
        for title, links in MENUS[audience]
    )


def _is_open(audience: str, route: str, role: str) -> bool:
    policy = policy_of(audience, route)
    return policy is not None and "GET" in policy.methods_of(role)


def _caption(actor: Actor, organization: Organization | None) -> str:
    if organization is None or actor.is_staff:
        return str(dict(_role_names()).get(actor.role, actor.role))
    return _("Verified") if organization.verified_at else _("Not verified yet")


def _role_names() -> list[tuple[str, str]]:
    return [
        ("verifier", _("Verification desk")),
        ("reviewer", _("Review")),
        ("approver", _("Approval")),
        ("operations", _("Operations")),
        ("auditor", _("Audit")),
    ]


def _choices(actor: Actor) -> list[OrgChoice]:
    if len(actor.organization_ids) < 2:
        return []
    found = Organization.objects.filter(pk__in=actor.organization_ids).order_by("name")
    return [OrgChoice(item.code, item.name, item.get_kind_display(), item.pk == actor.organization_id) for item in found]


def _daytime(seen: Glance) -> DayTime:
    calendar = seen.calendar
    local = timezone.localtime(seen.now, calendar.zone)
    return DayTime(short_moment(seen.now, calendar.zone), zone_name(calendar.timezone), calendar.is_business_day(local.date()))

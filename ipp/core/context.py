"""What every page's frame needs: navigation by role, the organization switch, notices, the time at the platform."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ipp.core.access import policy_of
from ipp.core.actors import Actor
from ipp.core.clock import now
from ipp.core.frame import frame_of
from ipp.core.models import Notification, Organization
from ipp.core.navigation import MENUS, Link
from ipp.core.services.clocks import calendar_in_force
from ipp.core.ui import AccountLink, DayTime, NavGroup, NavItem, OrgChoice, Shell, short_moment, zone_name


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's context; visitors get a page without a shell."""
    actor = frame_of(request).actor
    return {"shell": _shell(request, actor) if actor is not None else None, "dev_mailbox": settings.DEV_MAILBOX}


def _shell(request: HttpRequest, actor: Actor) -> Shell:
    staff = actor.is_staff
    organization = frame_of(request).organization
    unread = 0 if staff else Notification.objects.filter(organization_id=actor.organization_id, read_at=None)[:100].count()
    return Shell(
        audience="staff" if staff else "portal",
        brand="IPP",
        organization_name=_("Platform") if staff or organization is None else organization.name,
        organization_caption=_caption(actor, organization),
        organizations=[] if staff else _choices(actor),
        groups=[group for group in (_group(request, actor, title, links) for title, links in MENUS[settings.IPP_AUDIENCE]) if group.items],
        notifications_url="" if staff else reverse("core:notices"),
        notifications_new=unread,
        user_name=actor.label,
        account_links=[
            AccountLink(_("Password"), reverse("account_change_password"), "key"),
            AccountLink(_("Two-factor sign-in"), reverse("mfa_index"), "fingerprint"),
            AccountLink(_("Sessions"), reverse("usersessions_list"), "history"),
        ],
        daytime=_daytime(),
        home_url=reverse("core:start"),
        switch_url="" if staff else reverse("core:switch_organization"),
    )


def _group(request: HttpRequest, actor: Actor, title: Any, links: tuple[Link, ...]) -> NavGroup:
    items = []
    organization = frame_of(request).organization
    for link in links:
        policy = policy_of(settings.IPP_AUDIENCE, link.route)
        fits = link.shown is None or link.shown(organization)
        if fits and policy is not None and "GET" in policy.methods_of(actor.role):
            count = link.count() if link.count else None
            current = request.path.startswith(reverse(link.route)) if not link.exact else request.path == reverse(link.route)
            items.append(
                NavItem(str(link.label), reverse(link.route), link.icon, count=count or None, due=link.due and bool(count), current=current)
            )
    here = max((item.url for item in items if item.current), key=len, default="")
    return NavGroup(str(title), [replace(item, current=item.url == here) if item.current else item for item in items])


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


def _daytime() -> DayTime:
    moment = now()
    calendar = calendar_in_force(settings.PLATFORM_CALENDAR, moment.year)
    local = timezone.localtime(moment, calendar.zone)
    return DayTime(short_moment(moment, calendar.zone), zone_name(calendar.timezone), calendar.is_business_day(local.date()))

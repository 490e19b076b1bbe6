"""The menus, by audience. Apps above add their own links at start; a link shows where the access policy opens its route to the role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipp.core.models import Organization

Text = str | Promise


@dataclass(frozen=True)
class Link:
    """A menu entry; `count` says how much waits there, `due` marks a count that is the reader's to do.

    `shown` says for which organization the entry makes sense; for every one if it is not given.
    """

    route: str
    label: Text
    icon: str
    count: Callable[[], int] | None = None
    due: bool = False
    exact: bool = False
    shown: Callable[[Organization | None], bool] | None = None


Group = tuple[Text, tuple[Link, ...]]

MENUS: dict[str, list[Group]] = {
    "portal": [
        ("", (Link("core:start", _("Start"), "layout-dashboard"), Link("core:notices", _("Notices"), "bell"))),
        (_("Organization"), (Link("core:api_keys", _("Developer"), "code"),)),
    ],
    "staff": [
        (
            _("Running the desk"),
            (
                Link("core:operations", _("Operations"), "bolt"),
                Link("core:audit", _("Audit search"), "history"),
                Link("core:calendar_days", _("Business calendar"), "calendar-due"),
                Link("core:role_policies", _("Roles"), "user-check"),
            ),
        ),
    ],
}


def add_group(audience: str, group: Group, *, position: int) -> None:
    """Put a group of links into a menu; where there is a group of that name already, they join it."""
    menu = MENUS[audience]
    for place, (title, links) in enumerate(menu):
        if title and title == group[0]:
            menu[place] = (title, links + group[1])
            return
    menu.insert(position, group)

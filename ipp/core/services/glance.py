"""What the frame of every page asks the database, in one statement: the time, what is new, and by which calendar the platform works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.db import connection

from ipp.core.rules import Calendar
from ipp.core.services.clocks import calendar_in_force

MAX_NEW = 100
GLANCE = """
    SELECT ipp_now(),
        (SELECT count(*) FROM (
            SELECT FROM core_notification WHERE organization_id = %(organization)s AND read_at IS NULL LIMIT %(most)s) AS unread),
        (SELECT max(id) FROM core_calendarday WHERE calendar = %(calendar)s)
"""


@dataclass(frozen=True)
class Glance:
    """The time, how many notices an organization has not read (100 at most), and the platform's calendar in force."""

    now: datetime
    unread: int
    calendar: Calendar


def glance(organization_id: int | None) -> Glance:
    """Return what the frame shows; None for those who get no notices."""
    values = {"organization": organization_id, "most": MAX_NEW, "calendar": settings.PLATFORM_CALENDAR}
    with connection.cursor() as cursor:
        cursor.execute(GLANCE, values)
        now, unread, last_entered = cursor.fetchone()
    return Glance(now, unread, _calendar(settings.PLATFORM_CALENDAR, now.year, last_entered))


@lru_cache(maxsize=16)
def _calendar(key: str, year: int, last_entered: int | None) -> Calendar:
    """Return the calendar in force; days are only ever added to it, so the last one entered says which it is."""
    return calendar_in_force(key, year)

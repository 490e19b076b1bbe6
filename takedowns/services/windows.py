"""Until when a side may answer: business days of the marketplace's calendar, by the policy a reported listing was filed under."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from ipp.core.clock import now
from ipp.core.models import Clock
from ipp.core.services.clocks import calendar_in_force, due_moment
from marketplaces.models import Policy
from takedowns.models import ReportedListing
from takedowns.rules import window_days


def due_moments(rows: Iterable[ReportedListing], side: str) -> dict[datetime, list[int]]:
    """Return when a window that opens now ends, with the ids of the rows it ends for: one entry per policy and calendar.

    A policy that gives no day gives no time at all.

    Args:
        side: whose window: `seller`, `holder` or `platform` (domain.md 2.3).
    """
    by_policy: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        by_policy[row.policy_id].append(row.pk)
    started = now()
    ends: dict[datetime, list[int]] = defaultdict(list)
    for policy in Policy.objects.filter(pk__in=by_policy).select_related("marketplace"):
        calendar = calendar_in_force(policy.marketplace.calendar, started.year)
        days = window_days(policy.data, side)
        due = due_moment(calendar, Clock.Unit.BUSINESS_DAYS, days, started) if days else started
        ends[due] += by_policy[policy.pk]
    return dict(ends)

"""Counts requests in Valkey by fixed windows, so that guessing and flooding get slower answers, never other tenants."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ipp.core.cache import scratch_pad
from ipp.core.errors import TooManyRequests


@dataclass(frozen=True)
class Allowance:
    """What a caller has left: for the RateLimit headers."""

    limit: int
    remaining: int
    reset_seconds: int


def spend(name: str, caller: str, *, limit: int, seconds: int) -> Allowance:
    """Count one request of `caller` against `limit` per `seconds`. While the broker is away nothing is counted.

    Raises:
        TooManyRequests: the allowance is used up; `retry_after` says when it is whole again.
    """
    limit *= settings.RATE_SCALE
    window = int(time.time()) // seconds
    reset = (window + 1) * seconds - int(time.time())
    used = scratch_pad().count(f"rate:{name}:{caller}:{window}", seconds)
    if used > limit:
        raise TooManyRequests(
            "too_many_requests",
            _("That was too much at once. Wait a moment and send it again; nothing was changed."),
            retry_after=reset,
        )
    return Allowance(limit, max(limit - used, 0), reset)

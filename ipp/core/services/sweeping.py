"""Housekeeping that loses nothing: what has expired is removed, in small set-based statements."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from ipp.core.clock import IppNow
from ipp.core.models import IdempotencyRecord
from ipp.core.tenancy import engine_scope


def sweep() -> int:
    """Remove remembered answers older than IDEMPOTENCY_DAYS; return how many."""
    with engine_scope("sweep remembered answers"):
        old = IdempotencyRecord.objects.filter(created_at__lt=IppNow() - timedelta(days=settings.IDEMPOTENCY_DAYS))
        return old.delete()[0]

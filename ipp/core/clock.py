"""The one clock. Services ask it for the time, SQL compares with `ipp_now()`; both are the database's clock plus the offset in force."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models


class IppNow(models.Func):
    """`ipp_now()` in queries and as a column's `db_default`."""

    function = "ipp_now"
    template = "%(function)s()"
    arity = 0
    output_field = models.DateTimeField()


def now() -> datetime:
    """Return the time, UTC, as the database sees it: the start of the transaction in force, plus the clock's offset."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ipp_now()")
        moment: datetime = cursor.fetchone()[0]
    return moment


@contextmanager
def moved(by: timedelta) -> Iterator[None]:
    """Move the clock of this connection by `by` while the block runs.

    Raises:
        ImproperlyConfigured: outside tests and demo loading (CLOCK_MOVABLE).
    """
    if not settings.CLOCK_MOVABLE:
        raise ImproperlyConfigured("The clock is moved only in tests and while demo data is loaded (CLOCK_MOVABLE).")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.clock_offset', true)")
        before = cursor.fetchone()[0] or "0"
        cursor.execute(
            "SELECT set_config('app.clock_offset', (%s::interval + make_interval(secs => %s::float))::text, false)",
            [before, str(by.total_seconds())],
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.clock_offset', %s, false)", [before])

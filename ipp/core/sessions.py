"""Sessions in PostgreSQL, one audience each, with an idle and an absolute end."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from ipp.core.models import Session

BEGAN, SEEN = "_began", "_seen"
TOUCH_SECONDS = 60


class SessionStore(DatabaseStore):
    """Django's database session over `core.Session`. A session ends when idle (SESSION_COOKIE_AGE) or old (SESSION_MAX_AGE)."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Return our table."""
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Return the row for `data`, marked with audience and user so that both can be ended by one statement."""
        began = data.setdefault(BEGAN, timezone.now().isoformat())
        row = cast(Session, super().create_model_instance(data))
        row.audience = settings.IPP_AUDIENCE
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.started_at = datetime.fromisoformat(began)
        return row

    def touch(self) -> None:
        """Note that the session is in use, once a minute at most, so that its idle end moves on."""
        now = int(timezone.now().timestamp())
        if now - self.get(SEEN, 0) >= TOUCH_SECONDS:
            self[SEEN] = now

    def _validate_session_key(self, key: str | None) -> bool:
        """Tell a key Django made from what a cookie can be forged to hold; the database refuses some of it with an error."""
        return bool(key) and str(key).isascii() and str(key).isalnum() and len(str(key)) >= 8

    def _get_session_from_db(self) -> Session | None:
        row: Session | None = super()._get_session_from_db()  # type: ignore[misc]  # the stubs do not know it
        if row is not None and timezone.now() - row.started_at > settings.SESSION_MAX_AGE:
            self._session_key = None
            return None
        return row

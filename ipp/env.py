"""The environment: every setting an operator can change, with its default and its check. Imports no Django.

`PROBLEMS` collects what is wrong in words; `ipp.core.checks` shows them as system checks, so a bad value is explained, not a traceback.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
MODES = ("local", "production", "test")
AUDIENCES = ("portal", "staff", "engine", "files", "owner")
LOGINS = {"portal": "ipp_portal", "staff": "ipp_staff", "engine": "ipp_engine"}
LOGIN_URLS = {audience: f"{audience.upper()}_DATABASE_URL" for audience in LOGINS}
LOCAL_SECRET = "local-only-secret-key-that-production-refuses-0123456789"  # noqa: S105 (no secret: everybody may read it)
"""What commands fall back on that need no secret (`manage.py check`, mypy); `make run` always hands down a random one."""


@dataclass
class Env:
    """The environment as typed values. `problems` holds (id, message, hint) for each value that cannot be right."""

    # Not a copy: `manage.py` adds the running system's settings after this module was imported.
    values: Mapping[str, str] = field(default_factory=lambda: os.environ)
    problems: list[tuple[str, str, str]] = field(default_factory=list)

    def text(self, name: str, default: str = "") -> str:
        """Return the value, stripped; an empty one counts as unset."""
        return self.values.get(name, "").strip() or default

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a yes/no value (`1 true yes on` / `0 false no off`)."""
        raw = self.text(name).lower()
        if raw in ("1", "true", "yes", "on"):
            return True
        if raw not in ("", "0", "false", "no", "off"):
            self.problems.append(("E002", f"{name}={raw!r} is neither yes nor no.", f"Set {name} to 1 or 0."))
        return default if raw == "" else False

    def number(self, name: str, default: int) -> int:
        """Return a whole number."""
        raw = self.text(name)
        if not raw:
            return default
        try:
            return int(raw)
        except ValueError:
            self.problems.append(("E003", f"{name}={raw!r} is not a whole number.", f"Set {name} to a number such as {default}."))
            return default

    def choice(self, name: str, options: tuple[str, ...], default: str) -> str:
        """Return one of `options`."""
        raw = self.text(name, default)
        if raw not in options:
            self.problems.append(("E004", f"{name}={raw!r} is not known.", f"Choose one of: {', '.join(options)}."))
            return default
        return raw

    def words(self, name: str) -> list[str]:
        """Return a comma-separated list."""
        return [word.strip() for word in self.text(name).split(",") if word.strip()]

    def origin(self, name: str, default: str) -> str:
        """Return an origin (`https://host[:port]`, no path)."""
        raw = self.text(name, default).rstrip("/")
        parts = urlsplit(raw)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query:
            self.problems.append(("E005", f"{name}={raw!r} is not an origin.", "Write it as https://portal.example.org, no path."))
            return default
        return raw


def role_password(secret: str, role: str) -> str:
    """Return the password of a database login that no URL names: derived from LOGINS_SECRET, else from SECRET_KEY."""
    digest = hmac.new(secret.encode(), f"database-login:{role}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def login_url(owner_url: str, secret: str, audience: str) -> str:
    """Return the owner's database URL with the login of `audience` in place of the owner."""
    role = LOGINS[audience]
    parts = urlsplit(owner_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(role_password(secret, role), safe='')}@{host}"))


def derived_key(secret_key: str, purpose: str) -> str:
    """Return a Fernet key (32 bytes, urlsafe base64) for `purpose`, derived from the secret key."""
    return base64.urlsafe_b64encode(hmac.new(secret_key.encode(), purpose.encode(), hashlib.sha256).digest()).decode()


ENV = Env()

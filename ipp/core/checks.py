"""System checks that explain what is wrong with this installation, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from ipp.core.files.limits import current_limits
from ipp.core.files.scanner import scanner
from ipp.core.files.sealing import check_keys
from ipp.core.services.health import beat_heart
from ipp.env import ENV, LOCAL_SECRET


@register()
def environment(app_configs: Iterable[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Tell each environment value that cannot be right."""
    found: list[CheckMessage] = [Error(message, hint=hint, id=f"ipp.{code}") for code, message, hint in ENV.problems]
    if settings.IPP_AUDIENCE in ("portal", "staff", "engine") and settings.DATABASES["default"]["ENGINE"].endswith("dummy"):
        found.append(
            Error(
                f"The {settings.IPP_AUDIENCE} has no database.",
                hint=f"Set {settings.IPP_AUDIENCE.upper()}_DATABASE_URL, or DATABASE_URL (the owner's) with SECRET_KEY.",
                id="ipp.E010",
            )
        )
    for read in (current_limits, scanner, check_keys):
        try:
            read()
        except ImproperlyConfigured as error:
            found.append(Error(str(error), hint="See docs/uploads.md.", id="ipp.E011"))
    return found


@register(Tags.security, deploy=True)
def production(app_configs: Iterable[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse in production what exists for development and tests only."""
    wrong = [
        (settings.IPP_MODE != "production", "IPP_MODE is not production.", "Set IPP_MODE=production."),
        (settings.SECRET_KEY == LOCAL_SECRET, "SECRET_KEY is the public default.", "Set SECRET_KEY to 50 or more random characters."),
        (settings.CLOCK_MOVABLE, "CLOCK_MOVABLE is on.", "Unset it: deadlines must not move."),
        (settings.RATE_SCALE != 1, "RATE_SCALE is not 1.", "Unset it."),
        (settings.DEV_MAILBOX, "DEV_MAILBOX shows everybody's mail to everybody.", "Unset it and set EMAIL_URL to a mail server."),
        (not settings.SECURE_ORIGIN, "The origins are not https.", "Set PORTAL_ORIGIN, STAFF_ORIGIN and FILES_ORIGIN to https addresses."),
        (settings.TEST_SET_ROLE, "TEST_SET_ROLE is on.", "It belongs to the test settings."),
    ]
    return [Error(message, hint=hint, id=f"ipp.E1{number:02}") for number, (bad, message, hint) in enumerate(wrong) if bad]


@register(Tags.database)
def database_login(app_configs: Iterable[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a serving process whose login could step over row-level security (run by `manage.py check --database default`)."""
    return check_login() if kwargs.get("databases") else []


def check_login() -> list[CheckMessage]:
    """Return what makes this process's database login too strong; every serving process asks at start and stops on an answer."""
    if settings.IPP_AUDIENCE not in ("portal", "staff", "engine"):
        return []
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT current_user, rolsuper, rolbypassrls,
                       EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                               WHERE c.relowner = r.oid AND n.nspname = 'public')
                FROM pg_roles r WHERE rolname = current_user
                """
            )
            login, superuser, bypass, owner = cursor.fetchone()
    except DatabaseError as error:
        return [Warning(f"The database does not answer: {error}", hint="Check the address and that it runs.", id="ipp.W011")]
    if not (superuser or bypass or owner):
        return []
    return [
        Error(
            f"The {settings.IPP_AUDIENCE} is logged in as {login}, which is a superuser, bypasses row-level security or owns tables.",
            hint="Run `manage.py roles` as the owner and start this process with its own login.",
            id="ipp.E012",
        )
    ]


def report_login(process: str = "") -> None:
    """Stop a serving process whose login row-level security does not bind; else write its first heartbeat.

    Raises:
        ImproperlyConfigured: with the way to mend it.
    """
    problems = check_login()
    for problem in problems:
        if isinstance(problem, Error):
            raise ImproperlyConfigured(f"{problem.msg} {problem.hint}")
    if settings.IPP_AUDIENCE in ("portal", "staff", "engine") and not problems:
        with suppress(DatabaseError):  # migrations may still be on their way
            beat_heart(process or settings.IPP_AUDIENCE)

"""`manage.py roles`: creates the database logins of portal, staff and engine; run it as the owner, before `migrate`."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from ipp.env import ENV, LOGIN_URLS, LOGINS, role_password


class Command(BaseCommand):
    """Idempotent: run it again after an address or LOGINS_SECRET changed, and the passwords follow."""

    help = "Create or update the database logins ipp_portal, ipp_staff and ipp_engine."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Create each login with no right beyond connecting; migrations grant the rest, table by table.

        Raises:
            CommandError: an audience's address names another login than its own, or holds no password.
        """
        passwords = {login: _password(audience, login) for audience, login in LOGINS.items()}
        logins = ", ".join(passwords)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('ipp roles', 0))")
            for login, password in passwords.items():
                cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [login])
                if not cursor.fetchone()[0]:
                    cursor.execute(f"CREATE ROLE {login} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT")
                cursor.execute(f"ALTER ROLE {login} PASSWORD %s", [password])
            cursor.execute("SELECT current_database()")
            database = connection.ops.quote_name(cursor.fetchone()[0])
            cursor.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
            cursor.execute(f"GRANT CONNECT ON DATABASE {database} TO {logins}")
            cursor.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
            cursor.execute(f"GRANT USAGE ON SCHEMA public TO {logins}")
        self.stdout.write(f"Database logins ready: {logins}.")


def _password(audience: str, login: str) -> str:
    """Return the password in the audience's own address, else the derived one. No message shows an address: it holds a password."""
    name = LOGIN_URLS[audience]
    url = ENV.text(name)
    if not url:
        return role_password(settings.LOGINS_SECRET, login)
    hint = f"Write it as postgresql://{login}:PASSWORD@HOST/DATABASE, with % codes for signs such as / and @."
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise CommandError(f"{name} is not an address. {hint}") from error
    named = unquote(parts.username or "")
    if named != login:
        whom = f"the login {named}" if named else "no login"
        raise CommandError(f"{name} names {whom}, and the {audience} must log in as {login}. {hint}")
    if not parts.password:
        raise CommandError(f"{name} holds no password. {hint}")
    return unquote(parts.password)

"""`manage.py roles`: creates the database logins of portal, staff and engine; run it as the owner, before `migrate`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection, transaction

from ipp.core.walls import LOGINS
from ipp.env import role_password


class Command(BaseCommand):
    """Idempotent: run it again after SECRET_KEY changed, and the passwords follow."""

    help = "Create or update the database logins ipp_portal, ipp_staff and ipp_engine."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Create each login with no right beyond connecting; migrations grant the rest, table by table."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('ipp roles', 0))")
            for login in LOGINS:
                cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [login])
                if not cursor.fetchone()[0]:
                    cursor.execute(f"CREATE ROLE {login} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT")
                cursor.execute(f"ALTER ROLE {login} PASSWORD %s", [role_password(settings.SECRET_KEY, login)])
            cursor.execute("SELECT current_database()")
            database = connection.ops.quote_name(cursor.fetchone()[0])
            cursor.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
            cursor.execute(f"GRANT CONNECT ON DATABASE {database} TO {', '.join(LOGINS)}")
            cursor.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
            cursor.execute(f"GRANT USAGE ON SCHEMA public TO {', '.join(LOGINS)}")
        self.stdout.write(f"Database logins ready: {', '.join(LOGINS)}.")

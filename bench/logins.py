"""Being one of the house's logins for a while: Django's connection, or a plain one with the settings that policies look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from django.db import connections

# What `ipp.core.tenancy` sets once per transaction.
SCOPE = """
    SELECT set_config('app.organization', %s, true), set_config('app.user', '', true), set_config('app.scope', %s, true),
        set_config('app.organizations', %s, true), set_config('app.key_digest', '', true)
"""


@contextmanager
def logged_in(url: str) -> Iterator[None]:
    """Give Django's connection another login while the block runs."""
    parts, connection = urlsplit(url), connections["default"]
    before = {name: connection.settings_dict[name] for name in ("NAME", "USER", "PASSWORD")}
    connection.close()
    connection.settings_dict |= {"NAME": parts.path[1:], "USER": parts.username, "PASSWORD": unquote(parts.password or "")}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict |= before


def scoped(connection: Any, scope: str, organization: int | None, statement: str, values: Sequence[Any]) -> list[Any]:
    """Run a statement in a transaction of its own, with the scope set first; return its rows."""
    inside = str(organization or "")
    with connection, connection.cursor() as cursor:
        cursor.execute(SCOPE, [inside, scope, f"{{{inside}}}"])
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []

"""Table classes: who may do what to which table, as data that writes grants and row-level policies and that the catalogue test compares.

Letters as in PostgreSQL's own privilege lists: r select, a insert, w update, d delete. A table says its class once (`Model.wall`);
the migration operation `secure()` writes it to the database; `T-CATALOG` compares both.

Context arrives in transaction-local settings (see `ipp.core.tenancy`); unset and empty both mean "nobody".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import migrations

PORTAL, STAFF, ENGINE = "ipp_portal", "ipp_staff", "ipp_engine"
LOGINS = (PORTAL, STAFF, ENGINE)
COMMANDS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}

OWN = "organization_id = (SELECT app_organization())"
AS_STAFF = "(SELECT app_scope()) = 'staff'"
AS_ENGINE = "(SELECT app_scope()) = 'engine'"
OWN_SHOP = "seller_id = ANY ((SELECT app_shops())::bigint[])"


@dataclass(frozen=True)
class Policy:
    """One row-level policy: `clause` is USING for what is read or changed and WITH CHECK for what is written."""

    table: str
    name: str
    command: str
    login: str
    clause: str

    def sql(self) -> str:
        """Return the CREATE POLICY statement."""
        parts = [f"CREATE POLICY {self.name} ON {self.table} FOR {self.command} TO {self.login}"]
        if self.command != "INSERT":
            parts.append(f"USING ({self.clause})")
        if self.command in ("INSERT", "UPDATE"):
            parts.append(f"WITH CHECK ({self.clause})")
        return " ".join(parts)


@dataclass(frozen=True)
class Wall:
    """The class of one table. `kind` names it; the letters say what each login may do; `reads` widens only the portal's SELECT."""

    kind: str
    portal: str = ""
    staff: str = ""
    engine: str = ""
    reads: str = ""
    user_column: str = ""
    party: str = ""
    """The condition under which a shared row is the other party's as well."""
    adds: tuple[str, ...] = ()
    """Who of the two parties may add shared rows: `owner`, `party`."""
    columns: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """(login, letter, columns): this right of this login covers these columns only."""

    @property
    def letters(self) -> dict[str, str]:
        """Letters by login."""
        return {PORTAL: self.portal, STAFF: self.staff, ENGINE: self.engine}

    @property
    def is_forced(self) -> bool:
        """Whether rows are guarded by policies (reference data is guarded by grants alone)."""
        return self.kind != "reference"

    def policies(self, table: str) -> Iterator[Policy]:
        """Yield every policy this table must have, and no other."""
        if not self.is_forced:
            return
        for login, letters in self.letters.items():
            for letter in letters:
                clause = self._clause(login, letter)
                if login == PORTAL and letter == "r" and self.reads:
                    clause = f"{clause} OR {self.reads}"
                yield Policy(table, f"{login.removeprefix('ipp_')}_{COMMANDS[letter].lower()}", COMMANDS[letter], login, clause)

    def statements(self, table: str) -> Iterator[str]:
        """Yield the SQL that puts this wall around `table`."""
        yield f"REVOKE ALL ON {table} FROM PUBLIC, {', '.join(LOGINS)}"
        for login, letters in self.letters.items():
            if letters:
                yield f"GRANT {', '.join(self._right(login, letter) for letter in letters)} ON {table} TO {login}"
        if self.is_forced:
            yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
            yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
        for policy in self.policies(table):
            yield policy.sql()

    def columns_of(self, login: str, letter: str) -> tuple[str, ...]:
        """Return the columns a right is limited to; empty means all of them."""
        return next((columns for who, what, columns in self.columns if (who, what) == (login, letter)), ())

    def _right(self, login: str, letter: str) -> str:
        columns = self.columns_of(login, letter)
        return f"{COMMANDS[letter]} ({', '.join(columns)})" if columns else COMMANDS[letter]

    def _clause(self, login: str, letter: str) -> str:
        own = "id = (SELECT app_organization())" if self.kind == "organization" else OWN
        if self.kind in ("tenant", "organization", "engine"):
            return {PORTAL: own, STAFF: AS_STAFF, ENGINE: f"{own} OR {AS_ENGINE}"}[login]
        if self.kind == "staff":
            return {PORTAL: "false", STAFF: AS_STAFF, ENGINE: AS_ENGINE}[login]
        if self.kind == "shop":
            return {PORTAL: OWN_SHOP, STAFF: AS_STAFF, ENGINE: AS_ENGINE}[login]
        if self.kind == "shared":
            return {PORTAL: self._either_party(letter), STAFF: AS_STAFF, ENGINE: f"{OWN} OR {AS_ENGINE}"}[login]
        if self.kind == "account":
            platform = "is_staff" if self.user_column == "id" else f"(SELECT ipp_is_platform_user({self.user_column}))"
            # The engine tells an organization's members; it needs their addresses while it works inside one.
            inside = "(SELECT app_organization()) IS NOT NULL"
            return {PORTAL: f"NOT {platform}", STAFF: f"{platform} OR {AS_STAFF}", ENGINE: f"{AS_ENGINE} OR {inside}"}[login]
        if self.kind == "mail":
            # Codes are mailed before anybody is known, so adding is free.
            return {PORTAL: "true", STAFF: "true" if letter == "a" else AS_STAFF, ENGINE: f"{OWN} OR {AS_ENGINE}"}[login]
        if self.kind == "inbox":
            return {PORTAL: "true", STAFF: AS_STAFF, ENGINE: AS_ENGINE}[login]
        if self.kind == "session":
            return f"audience = '{login.removeprefix('ipp_')}'"
        raise ValueError(f"unknown table class {self.kind!r}")

    def _either_party(self, letter: str) -> str:
        parties = {"owner": OWN, "party": f"({self.party})"}
        return " OR ".join(clause for name, clause in parties.items() if letter != "a" or name in self.adds)


def tenant(portal: str = "", staff: str = "", engine: str = "", *, reads: str = "") -> Wall:
    """One organization's rows: the portal sees the organization in context, staff and engine what their explicit scope opens."""
    return Wall("tenant", portal, staff, engine, reads)


def shared(
    portal: str = "",
    staff: str = "",
    engine: str = "",
    *,
    party: str = f"notified_at IS NOT NULL AND {OWN_SHOP}",
    adds: tuple[str, ...] = ("owner",),
    changes: tuple[str, ...] = (),
) -> Wall:
    """A case between two: rows of the complainant's organization that the seller's shops read and lock too, once they were notified.

    Args:
        party: when a row is the seller's as well.
        adds: who of `owner` and `party` may add rows.
        changes: the columns the portal may change; what only one side may change belongs into a table of its own.
    """
    columns = ((PORTAL, "w", changes),) if changes else ()
    return Wall("shared", portal, staff, engine, party=party, adds=adds, columns=columns)


def shop(portal: str = "", staff: str = "", engine: str = "", *, changes: tuple[str, ...] = ()) -> Wall:
    """What belongs to a shop, claimed or not: the portal sees those of the shops its organization has claimed."""
    return Wall("shop", portal, staff, engine, columns=((PORTAL, "w", changes),) if changes else ())


def organization(portal: str = "", staff: str = "", engine: str = "") -> Wall:
    """The organizations themselves: one's own, and the names of those one belongs to (the organization switch)."""
    return Wall("organization", portal, staff, engine, reads="id = ANY ((SELECT app_organizations())::bigint[])")


def account(user_column: str, portal: str = "", staff: str = "", engine: str = "") -> Wall:
    """Accounts and what hangs on them. They are read before anybody is known, so the wall stands between staff and all others."""
    return Wall("account", portal, staff, engine, user_column=user_column)


def session() -> Wall:
    """Sessions of one audience, invisible to the other."""
    return Wall("session", "rawd", "rawd", "")


def engine(portal: str = "", staff: str = "", engine: str = "") -> Wall:
    """Machinery: web logins may only add rows of their own context; the engine works on them."""
    return Wall("engine", portal, staff, engine)


def mail() -> Wall:
    """Outgoing mail: any process may add one, only the engine reads it back; staff see what is stuck and may retry it, never a body."""
    seen = ("id", "code", "organization_id", "subject", "due_at", "attempts", "sent_at", "dead_at", "last_error", "created_at")
    retry = ("due_at", "attempts", "dead_at", "lease_until")
    return Wall("mail", "a", "arw", "raw", columns=((STAFF, "r", seen), (STAFF, "w", retry)))


def inbox(staff: str = "", engine: str = "") -> Wall:
    """What anybody may drop in, without an account: the portal adds and never reads it back."""
    return Wall("inbox", "a", staff, engine)


def staff(staff: str = "", engine: str = "") -> Wall:
    """The platform's own: no tenant login has any right on it."""
    return Wall("staff", "", staff, engine)


def reference(portal: str = "r", staff: str = "r", engine: str = "r") -> Wall:
    """Public rules and catalogue data: readable by every login, written by few."""
    return Wall("reference", portal, staff, engine)


FOREIGN_WALLS: dict[str, Wall] = {
    "django_migrations": reference(),
    "django_content_type": reference(),
    "auth_permission": reference("", "", ""),
    "auth_group": reference("", "", ""),
    "auth_group_permissions": reference("", "", ""),
    "account_emailaddress": account("user_id", "rawd", "rawd", ""),
    "account_emailconfirmation": reference("", "", ""),
    "mfa_authenticator": account("user_id", "rawd", "rawd", ""),
    "usersessions_usersession": account("user_id", "rawd", "rawd", ""),
}
"""The class of each table that belongs to a library. (E-mail confirmation is by code, so its link table stays empty and closed.)"""


def secure(table: str, wall: Wall) -> migrations.RunSQL:
    """Return the migration operation that puts `wall` around `table`; every new table needs one, or T-CATALOG fails."""
    return migrations.RunSQL(sql=list(wall.statements(table)), reverse_sql=migrations.RunSQL.noop)


def resecure(table: str, wall: Wall) -> migrations.RunSQL:
    """Return the operation that puts another wall around a table that had one."""
    names = [f"{login.removeprefix('ipp_')}_{command.lower()}" for login in LOGINS for command in COMMANDS.values()]
    dropped = [f"DROP POLICY IF EXISTS {name} ON {table}" for name in names]
    return migrations.RunSQL(sql=[*dropped, *wall.statements(table)], reverse_sql=migrations.RunSQL.noop)


def composite_fk(table: str, columns: tuple[str, ...], target: str, target_columns: tuple[str, ...]) -> migrations.RunSQL:
    """Return the operation for a key over several columns, the organization's first: a row can never point into another organization.

    A plain key cannot stop it: key checks do not go through row-level security.
    """
    name = f"{table}_{columns[1]}_same_org"
    return migrations.RunSQL(
        sql=(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({', '.join(columns)}) "
            f"REFERENCES {target} ({', '.join(target_columns)}) DEFERRABLE INITIALLY DEFERRED"
        ),
        reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )

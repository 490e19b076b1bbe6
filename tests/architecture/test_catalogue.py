"""T-CATALOG: the database's own catalogue against what the models declare; a table, policy or key that was forgotten fails here."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from ipp.core.walls import COMMANDS, FOREIGN_WALLS, LOGINS, Wall

DEFINERS = {"ipp_shop_invitation", "ipp_claim_shop", "ipp_is_platform_user", "ipp_status"}
SINGLE_KEYS_BETWEEN_TENANT_TABLES = {
    ("core_notification", "event_id"),  # the event may be the platform's, the notice is the tenant's
}


def declared_walls() -> dict[str, Wall]:
    """Return the wall of every table, by table."""
    ours = {model._meta.db_table: model.wall for model in apps.get_models() if hasattr(model, "wall")}
    return {**ours, **FOREIGN_WALLS}


def rows(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


@pytest.fixture
def tables(db: None) -> dict[str, tuple[bool, bool]]:
    found = rows(
        "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
        "WHERE nspname = 'public' AND relkind IN ('r', 'p', 'v', 'm', 'f')"
    )
    return {name: (on, forced) for name, on, forced in found}


def test_every_table_declares_its_class(tables):
    assert set(tables) == set(declared_walls())


def test_row_level_security_is_forced_on_all_but_reference_tables(tables):
    wrong = {name: state for name, state in tables.items() if state != (declared_walls()[name].is_forced,) * 2}

    assert wrong == {}


def test_the_policies_are_exactly_the_declared_ones(db):
    expected = {
        (policy.table, policy.name, policy.command, policy.login)
        for table, wall in declared_walls().items()
        for policy in wall.policies(table)
    }
    found = {
        (table, name, command, roles[0])
        for table, name, command, roles in rows(
            "SELECT tablename, policyname, cmd, roles::text[] FROM pg_policies WHERE schemaname = 'public'"
        )
    }

    assert found == expected


def test_every_policy_says_what_it_was_declared_to_say(db):
    """Compared by letting PostgreSQL print the declared clause itself."""
    found = {
        (table, name): (using, check)
        for table, name, using, check in rows("SELECT tablename, policyname, qual, with_check FROM pg_policies WHERE schemaname = 'public'")
    }
    for table, wall in declared_walls().items():
        for policy in wall.policies(table):
            using, check = found[table, policy.name]
            for clause in (using, check):
                if clause is not None:
                    assert squeezed(clause) == squeezed(policy.clause), (table, policy.name)


def squeezed(clause: str) -> str:
    """Fold a clause to what matters: PostgreSQL adds brackets, casts and aliases when it prints one."""
    text = clause.replace("::text", "").replace("::bigint[]", "").replace("::bigint", "")
    for noise in (
        "AS app_organizations",
        "AS app_organization",
        "AS app_shops",
        "AS app_scope",
        "AS app_user",
        "AS app_key_digest",
        "AS ipp_is_platform_user",
    ):
        text = text.replace(noise, "")
    for table in sorted(declared_walls(), key=len, reverse=True):
        text = text.replace(f"{table}.", "")
    return "".join(character for character in text if character not in " ()\n").lower()


def test_each_login_has_exactly_the_declared_rights(db):
    granted = rows(
        "SELECT table_name, grantee, privilege_type FROM information_schema.table_privileges "
        "WHERE table_schema = 'public' AND grantee = ANY (%s)",
        [*LOGINS, "PUBLIC"],
    )
    by_column = rows(
        "SELECT DISTINCT table_name, grantee, privilege_type FROM information_schema.column_privileges "
        "WHERE table_schema = 'public' AND grantee = ANY (%s)",
        [*LOGINS, "PUBLIC"],
    )
    expected = {
        (table, login, COMMANDS[letter])
        for table, wall in declared_walls().items()
        for login, letters in wall.letters.items()
        for letter in letters
    }
    narrow = {
        (table, login, COMMANDS[letter])
        for table, wall in declared_walls().items()
        for login, letters in wall.letters.items()
        for letter in letters
        if wall.columns_of(login, letter)
    }

    assert set(granted) == expected - narrow
    assert narrow <= set(by_column)


def test_column_rights_are_exactly_the_declared_columns(db):
    for table, wall in declared_walls().items():
        for login, letter, columns in wall.columns:
            found = rows(
                "SELECT column_name FROM information_schema.column_privileges WHERE table_name = %s AND grantee = %s AND privilege_type = %s",
                table,
                login,
                COMMANDS[letter],
            )
            assert {name for (name,) in found} == set(columns), (table, login)


def test_no_serving_login_owns_anything_or_steps_over_policies(db):
    found = rows(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, EXISTS (SELECT FROM pg_class WHERE relowner = r.oid) "
        "FROM pg_roles r WHERE rolname = ANY (%s)",
        list(LOGINS),
    )

    assert len(found) == 3
    assert all(not any(flags) for _name, *flags in found)


def test_only_listed_functions_run_as_their_owner(db):
    found = rows("SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'public' AND prosecdef")

    assert {name for (name,) in found} == DEFINERS


def test_keys_between_tenant_tables_carry_the_organization(db):
    """A plain key would let a row point into another organization: key checks step over row-level security."""
    tenant = {table for table, wall in declared_walls().items() if wall.kind in ("tenant", "shared")}
    keys = rows(
        "SELECT conrelid::regclass::text, confrelid::regclass::text, "
        "array(SELECT attname::text FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY (conkey)) "
        "FROM pg_constraint WHERE contype = 'f'"
    )
    composite = {(table, column) for table, _target, columns in keys if "organization_id" in columns for column in columns}
    single = {
        (table, columns[0])
        for table, target, columns in keys
        if table in tenant and target in tenant and len(columns) == 1 and columns[0] != "organization_id"
    }

    assert single - composite - SINGLE_KEYS_BETWEEN_TENANT_TABLES == set()


def test_no_unique_rule_lets_one_tenant_feel_another(db):
    """A duplicate-key error is an oracle: unique rules a tenant can write into must start at its own organization or be random."""
    tenant = {table for table, wall in declared_walls().items() if wall.kind in ("tenant", "shared") and "a" in wall.portal}
    found = rows(
        "SELECT indrelid::regclass::text, array(SELECT attname::text FROM pg_attribute WHERE attrelid = indrelid AND attnum = ANY (indkey)) "
        "FROM pg_index WHERE indisunique AND NOT indisprimary"
    )
    random = {"code", "reference", "digest", "sealed_key", "storage_key"}
    owned_by_parent = {
        ("core_storedpage", "file_id"),
        ("core_clockpause", "clock_id"),
        # Their walls let nobody name a listing or a counter-notice that is not theirs.
        ("takedowns_counternoticelisting", "reported_listing_id"),
        ("takedowns_counternoticelisting", "counter_notice_id"),
    }
    wrong = [
        (table, columns)
        for table, columns in found
        if table in tenant
        and "organization_id" not in columns
        and not set(columns) <= random
        and (table, columns[0]) not in owned_by_parent
    ]

    assert wrong == []


def test_history_cannot_be_changed_even_by_the_login_that_writes_it(alice):
    from django.db import DatabaseError, transaction

    from ipp.core import tenancy
    from ipp.core.core_events import ApiKeyRevoked
    from ipp.core.events import record
    from ipp.core.models import Event

    with tenancy.acting(alice):
        stored = record(ApiKeyRevoked(key="k", key_name="n"), actor=alice)
        for change in (lambda: Event.objects.filter(pk=stored.pk).update(name="x"), lambda: Event.objects.filter(pk=stored.pk).delete()):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                change()

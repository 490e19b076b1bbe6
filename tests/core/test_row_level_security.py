"""T-RLS: what each login can read and write, generated from the declared table classes, through the true logins over TCP."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.apps import apps

from ipp.core.walls import LOGINS
from ipp.env import role_password
from tests import database

TENANT_TABLES = sorted(
    model._meta.db_table
    for model in apps.get_models()
    if getattr(getattr(model, "wall", None), "kind", "") in ("tenant", "shared") and "r" in model.wall.portal
)
WRITABLE = sorted(table for table in TENANT_TABLES if table in {"core_apikey", "core_membership", "core_event", "core_clock"})


@pytest.fixture(scope="module")
def peopled(django_db_setup: None, worker_id: str) -> Iterator[dict[str, int]]:
    """A database with a row of Acme and a row of Globex in every tenant table, written by the owner."""
    name = database.named(f"rls_{worker_id}")
    with database.copied(name):
        owner = psycopg2.connect(database.url_of(name))
        with owner, owner.cursor() as cursor:
            cursor.execute("SELECT name, id FROM core_organization WHERE kind <> 'platform'")
            ids = {"name": name, **dict(cursor.fetchall())}
            ids = {"database": name, "acme": ids["Acme Tools Ltd"], "globex": ids["Gus Globex"]}
            for organization in (ids["acme"], ids["globex"]):
                fill(cursor, organization)
        owner.close()
        yield ids


OF_COMPLAINTS = [
    "INSERT INTO marketplaces_action (code, organization_id, marketplace_id, target, target_external_id, kind, status, command_no, reason,"
    " reference, source, source_id, round, attempts, contradictions, last_error, note)"
    " VALUES (%(c)s, %(o)s, 'bazarro', 'listing', '1', 'remove', 'proposed', 1, '', '', 'x', %(o)s, 1, 0, 0, '', '')",
    "INSERT INTO takedowns_complaint (code, reference, organization_id, right_id, reason_id, tier, channel, explanation, statements, seen_on,"
    " declarations, signed_name, signed_role, status, version, clock_id, due_at, question, answer, listing_count, accepted_count,"
    " rejected_count, withdrawn_count, removed_count, disputed_count, upheld_count, overturned_count)"
    " SELECT %(c)s, left(%(c)s, 16), %(o)s, r.id, 'TM-JARGON', 'standard', 'api', '', '{}', now(), '{}', 'x', 'x', 'filed', 1, c.id, now(),"
    " '', '', 1, 0, 0, 0, 0, 0, 0, 0 FROM rightsholders_right r, core_clock c WHERE r.organization_id = %(o)s AND c.organization_id = %(o)s",
    "INSERT INTO takedowns_reportedlisting (organization_id, complaint_id, right_id, reason_id, position, input, marketplace_id, external_id,"
    " site, key, url, policy_id, removal, status, round)"
    " SELECT %(o)s, c.id, c.right_id, c.reason_id, 1, 'x', 'bazarro', '1', '', 'bazarro:1', 'x', p.id, 'on_accept', 'received', 1"
    " FROM takedowns_complaint c, marketplaces_policy p WHERE c.organization_id = %(o)s AND p.marketplace_id = 'bazarro'",
    "INSERT INTO takedowns_transition (organization_id, reported_listing_id, action, from_status, to_status)"
    " SELECT %(o)s, id, 'screen', 'received', 'under_review' FROM takedowns_reportedlisting WHERE organization_id = %(o)s",
    "INSERT INTO takedowns_evidence (organization_id, complaint_id, requirement, file_id, position, for_seller)"
    " SELECT %(o)s, c.id, 'x', f.id, 1, true FROM takedowns_complaint c, core_storedfile f"
    " WHERE c.organization_id = %(o)s AND f.organization_id = %(o)s",
    "INSERT INTO takedowns_complaintdraft (code, organization_id, author_id, links, data) VALUES (%(c)s, %(o)s, %(u)s, '', '{}')",
    "INSERT INTO takedowns_draftfile (organization_id, draft_id, requirement, file_id)"
    " SELECT %(o)s, d.id, 'x', f.id FROM takedowns_complaintdraft d, core_storedfile f"
    " WHERE d.organization_id = %(o)s AND f.organization_id = %(o)s",
    "INSERT INTO takedowns_finding (organization_id, complaint_id, check_name, result, positions, facts)"
    " SELECT %(o)s, id, 'x', 'warn', '{}', '{}' FROM takedowns_complaint WHERE organization_id = %(o)s",
    "INSERT INTO takedowns_decision (organization_id, reported_listing_id, round, batch, outcome, message, rule, decided_by_id, seen_version)"
    " SELECT %(o)s, id, 1, 'x', 'accepted', '', '', %(u)s, 1 FROM takedowns_reportedlisting WHERE organization_id = %(o)s",
    "INSERT INTO takedowns_statementofreasons (code, organization_id, reported_listing_id, decision_id, body)"
    " SELECT %(c)s, %(o)s, reported_listing_id, id, '{}' FROM takedowns_decision WHERE organization_id = %(o)s",
]

OF_DISPUTES = [
    "INSERT INTO marketplaces_seller (code, marketplace_id, external_id, name, url, place, state)"
    " VALUES (%(c)s, 'bazarro', %(c)s, 'x', '', '', 'open')",
    "INSERT INTO takedowns_sellernotice (code, reference, organization_id, complaint_id, seller_id, marketplace_id, policy_id, status, round,"
    " body, listing_count, notified_at)"
    " SELECT %(c)s, left(%(c)s, 16), %(o)s, c.id, s.id, 'bazarro', l.policy_id, 'open', 1, '{}', 1, now()"
    " FROM takedowns_complaint c JOIN takedowns_reportedlisting l ON l.complaint_id = c.id, marketplaces_seller s"
    " WHERE c.organization_id = %(o)s AND s.code = %(c)s",
    "INSERT INTO takedowns_counternotice (code, reference, organization_id, complaint_id, notice_id, seller_id, author_organization_id,"
    " author_label, status, version, grounds, statement, goods_location, declarations, signed_name, signed_role, listing_count,"
    " holder_due_at)"
    " SELECT %(c)s, left(%(c)s, 16), %(o)s, complaint_id, id, seller_id, %(o)s, '', 'waiting', 1, '{}', '', '', '{}', '', '', 1, now()"
    " FROM takedowns_sellernotice WHERE organization_id = %(o)s",
    "INSERT INTO takedowns_counternoticelisting (organization_id, counter_notice_id, reported_listing_id, seller_id, status, outcome)"
    " SELECT %(o)s, c.id, l.id, c.seller_id, 'waiting', '' FROM takedowns_counternotice c, takedowns_reportedlisting l"
    " WHERE c.organization_id = %(o)s AND l.organization_id = %(o)s",
    "INSERT INTO takedowns_counternoticeanswer (code, organization_id, counter_notice_id, seller_id, kind, reasons, message, positions,"
    " author_label) SELECT %(c)s, %(o)s, id, seller_id, 'rejected', '{}', '', '{1}', '' FROM takedowns_counternotice"
    " WHERE organization_id = %(o)s",
    "INSERT INTO takedowns_exhibit (organization_id, notice_id, seller_id, side, requirement, name, sha256, pages)"
    " SELECT %(o)s, id, seller_id, 'complainant', 'x', 'x', 'x', '[]' FROM takedowns_sellernotice WHERE organization_id = %(o)s",
]


def fill(cursor: Any, organization: int) -> None:
    """Write one row of each tenant table."""
    cursor.execute("SELECT id FROM core_user WHERE email = 'alice@people.example'")
    user = cursor.fetchone()[0]
    code = f"code-{organization}"
    values = {"o": organization, "u": user, "c": code}
    statements = [
        "INSERT INTO core_event (code, organization_id, about_id, name, subject_type, payload, actor_kind, actor_label, request_id)"
        " VALUES (gen_random_uuid(), %(o)s, %(o)s, 'x', '', '{}', 'user', 'x', '')",
        "INSERT INTO core_notification (code, organization_id, event_id, name, subject_type, facts, occurred_at)"
        " SELECT %(c)s, %(o)s, max(id), 'x', '', '{}', now() FROM core_event WHERE organization_id = %(o)s",
        "INSERT INTO core_apikey (code, organization_id, name, prefix, last_four, digest, scopes, created_by_id, expires_at)"
        " VALUES (%(c)s, %(o)s, 'x', 'x', 'x', %(c)s, '{}', %(u)s, now())",
        "INSERT INTO core_idempotencyrecord (organization_id, key, route, request_hash, status, location)"
        " VALUES (%(o)s, 'k', 'r', 'h', 201, '')",
        "INSERT INTO core_storedfile (code, organization_id, name, media_type, size, sha256, sealed_key, page_count, scan, warnings)"
        " VALUES (%(c)s, %(o)s, 'x', 'image/png', 1, 'x', %(c)s, 1, 'clean', '[]')",
        "INSERT INTO core_storedpage (organization_id, file_id, number, storage_key, media_type, width, height, sha256)"
        " SELECT %(o)s, id, 1, %(c)s, 'image/png', 1, 1, 'x' FROM core_storedfile WHERE organization_id = %(o)s",
        "INSERT INTO core_clock (organization_id, calendar, calendar_version, unit, budget, due_at)"
        " VALUES (%(o)s, 'CN', 'v', 'business_days', 3, now() + interval '1 day')",
        "INSERT INTO core_clockpause (organization_id, clock_id, cause) SELECT %(o)s, id, 'x' FROM core_clock WHERE organization_id = %(o)s",
        "INSERT INTO rightsholders_identitypaper (code, organization_id, file_id, kind, holder_name, number, country)"
        " SELECT %(c)s, %(o)s, id, 'passport', 'x', '1', 'CN' FROM core_storedfile WHERE organization_id = %(o)s",
        "INSERT INTO rightsholders_verification"
        " (code, reference, organization_id, paper_id, status, round, version, clock_id, due_at, question)"
        " SELECT %(c)s, left(%(c)s, 16), %(o)s, p.id, 'submitted', 1, 1, c.id, now(), ''"
        " FROM rightsholders_identitypaper p, core_clock c WHERE p.organization_id = %(o)s AND c.organization_id = %(o)s",
        "INSERT INTO rightsholders_right (code, reference, organization_id, kind, name, office, number, normalized_number, owner_name,"
        " territories, nice_classes, locarno_class, goods, details, is_examined, status, version)"
        " VALUES (%(c)s, left(%(c)s, 16), %(o)s, 'trademark', 'x', 'CNIPA', '1', '1', 'x', '{CN}', '{1}', '', '', '{}', true, 'waiting', 1)",
        "INSERT INTO rightsholders_rightdocument (organization_id, right_id, file_id, kind)"
        " SELECT %(o)s, r.id, f.id, 'other' FROM rightsholders_right r, core_storedfile f"
        " WHERE r.organization_id = %(o)s AND f.organization_id = %(o)s",
        "INSERT INTO rightsholders_decision (organization_id, verification_id, round, outcome, message, seen_version, decided_by_id)"
        " SELECT %(o)s, id, 1, 'approved', '', 1, %(u)s FROM rightsholders_verification WHERE organization_id = %(o)s",
        *OF_COMPLAINTS,
        *OF_DISPUTES,
    ]
    for statement in statements:
        cursor.execute(statement, values)


@contextmanager
def logged_in(login: str, name: str, **context: Any) -> Iterator[Any]:
    """Connect with a true login, in one transaction under a context, and roll it back."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    secret = os.environ.get("SECRET_KEY") or "local-only-secret-key-that-production-refuses-0123456789"
    connection = psycopg2.connect(host=parts.hostname, port=parts.port, dbname=name, user=login, password=role_password(secret, login))
    try:
        with connection.cursor() as cursor:
            for key, value in context.items():
                cursor.execute("SELECT set_config(%s, %s, true)", [f"app.{key}", str(value)])
            yield cursor
    finally:
        connection.rollback()
        connection.close()


def seen(cursor: Any, table: str) -> set[int]:
    cursor.execute(f"SELECT DISTINCT organization_id FROM {table}")
    return {row[0] for row in cursor.fetchall()}


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_without_context_the_portal_sees_nothing(peopled, table):
    with logged_in("ipp_portal", peopled["database"]) as cursor:
        assert seen(cursor, table) == set()


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_with_a_context_the_portal_sees_that_organization_only(peopled, table):
    with logged_in("ipp_portal", peopled["database"], organization=peopled["acme"]) as cursor:
        assert seen(cursor, table) == {peopled["acme"]}


@pytest.mark.parametrize("login", ["ipp_staff", "ipp_engine"])
@pytest.mark.parametrize("table", TENANT_TABLES)
def test_staff_and_engine_see_nothing_without_their_explicit_scope(peopled, login, table):
    with logged_in(login, peopled["database"]) as cursor:
        with suppress(psycopg2.errors.InsufficientPrivilege):  # no right on the table at all is the stronger answer
            assert seen(cursor, table) == set()


def test_the_tables_of_the_matrix_are_all_filled(peopled):
    owner = psycopg2.connect(database.url_of(peopled["database"]))
    with owner, owner.cursor() as cursor:
        assert [table for table in TENANT_TABLES if not {peopled["acme"], peopled["globex"]} <= seen(cursor, table)] == []
    owner.close()


def test_a_portal_login_that_claims_the_staff_scope_still_sees_nothing(peopled):
    """A setting can be rewritten by injected SQL; it cannot become another login."""
    with logged_in("ipp_portal", peopled["database"], scope="staff") as cursor:
        assert all(seen(cursor, table) == set() for table in TENANT_TABLES)


@pytest.mark.parametrize("role", ["ipp_staff", "ipp_engine", "ipp_owner", "postgres"])
def test_a_portal_login_cannot_become_anybody_else(peopled, role):
    with logged_in("ipp_portal", peopled["database"]) as cursor, pytest.raises(psycopg2.Error, match="permission denied|does not exist"):
        cursor.execute(f"SET ROLE {role}")


@pytest.mark.parametrize("table", WRITABLE)
def test_a_row_cannot_be_moved_into_another_organization(peopled, table):
    with logged_in("ipp_portal", peopled["database"], organization=peopled["acme"]) as cursor:
        with pytest.raises(psycopg2.Error, match="row-level security|permission denied"):
            cursor.execute(f"UPDATE {table} SET organization_id = %s", [peopled["globex"]])


def test_a_row_cannot_be_written_into_another_organization(peopled):
    with logged_in("ipp_portal", peopled["database"], organization=peopled["acme"]) as cursor:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="row-level security"):
            cursor.execute(
                "INSERT INTO core_event (code, organization_id, about_id, name, subject_type, payload, actor_kind, actor_label, request_id)"
                " VALUES (gen_random_uuid(), %s, %s, 'x', '', '{}', 'user', 'x', '')",
                [peopled["globex"], peopled["globex"]],
            )


def test_a_row_cannot_point_at_another_organizations_record(peopled):
    with logged_in("ipp_portal", peopled["database"], organization=peopled["acme"]) as cursor:
        owner = psycopg2.connect(database.url_of(peopled["database"]))
        with owner.cursor() as reading:
            reading.execute("SELECT id FROM core_storedfile WHERE organization_id = %s", [peopled["globex"]])
            foreign = reading.fetchone()[0]
        owner.close()
        cursor.execute(
            "INSERT INTO rightsholders_identitypaper (code, organization_id, file_id, kind, holder_name, number, country)"
            " VALUES ('x', %s, %s, 'passport', 'x', '1', 'CN')",
            [peopled["acme"], foreign],
        )
        with pytest.raises(psycopg2.errors.ForeignKeyViolation, match="same_org"):
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_portal_sees_no_platform_accounts_and_staff_sign_in_only_as_staff(peopled):
    with logged_in("ipp_portal", peopled["database"]) as cursor:
        cursor.execute("SELECT bool_or(is_staff), count(*) > 0 FROM core_user")
        assert cursor.fetchone() == (False, True)
        cursor.execute("SELECT count(*) FROM mfa_authenticator")
        assert cursor.fetchone() == (0,)
    with logged_in("ipp_staff", peopled["database"]) as cursor:
        cursor.execute("SELECT bool_and(is_staff) FROM core_user")
        assert cursor.fetchone() == (True,)


def test_the_portal_can_queue_mail_but_never_read_one_back(peopled):
    with logged_in("ipp_portal", peopled["database"]) as cursor:
        cursor.execute(
            'INSERT INTO core_outgoingmail (code, dedupe_key, "to", language, subject, body, attempts, last_error)'
            " VALUES ('m', 'k', 'a@b.example', 'en', 's', 'b', 0, '')"
        )
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("SELECT * FROM core_outgoingmail")


def test_sessions_of_one_audience_are_invisible_to_the_other(peopled):
    with logged_in("ipp_portal", peopled["database"]) as cursor:
        cursor.execute("INSERT INTO core_session VALUES ('p', '', now(), 'portal', NULL)")
        cursor.execute("SELECT count(*) FROM core_session")
        assert cursor.fetchone() == (1,)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("INSERT INTO core_session VALUES ('s', '', now(), 'staff', NULL)")


def test_nothing_of_a_context_outlives_its_transaction(peopled):
    parts = urlsplit(os.environ["DATABASE_URL"])
    secret = os.environ.get("SECRET_KEY") or "local-only-secret-key-that-production-refuses-0123456789"
    connection = psycopg2.connect(
        host=parts.hostname, port=parts.port, dbname=peopled["database"], user=LOGINS[0], password=role_password(secret, LOGINS[0])
    )
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.organization', %s, true)", [str(peopled["acme"])])
        assert seen(cursor, "core_apikey") == {peopled["acme"]}

    with connection, connection.cursor() as cursor:
        assert seen(cursor, "core_apikey") == set()
    connection.close()


@pytest.mark.parametrize("table", ["core_apikey", "rightsholders_verification"])
def test_dropping_a_policy_or_forcing_nothing_is_seen(peopled, table):
    """The matrix has teeth: with row-level security off, the same question gives another answer."""
    owner = psycopg2.connect(database.url_of(peopled["database"]))
    owner.autocommit = True
    with owner.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        try:
            with logged_in("ipp_portal", peopled["database"]) as reading:
                assert seen(reading, table) == {peopled["acme"], peopled["globex"]}
        finally:
            cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    owner.close()

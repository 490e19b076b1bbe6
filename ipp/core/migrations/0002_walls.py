"""Grants, row-level policies and keys across columns for every table of the ground floor and of its libraries."""

from __future__ import annotations

from django.db import migrations

from ipp.core import schema, walls
from ipp.core.walls import composite_fk, secure


def seed_role_policies(apps, schema_editor):  # type: ignore[no-untyped-def]
    """Staff always need a second factor; tenant owners are asked to have one by policy, which is data."""
    policy = apps.get_model("core", "RolePolicy")
    staff = ("verifier", "reviewer", "approver", "operations", "auditor")
    policy.objects.bulk_create(policy(role=role, mfa_required=role in staff) for role in ("owner", "filer", "viewer", *staff))


def found_platform(apps, schema_editor):  # type: ignore[no-untyped-def]
    """Create the one platform organization, so that staff always have a place and every key a target."""
    apps.get_model("core", "Organization").objects.create(kind="platform", name="Platform")


class Migration(migrations.Migration):
    """Runs after the libraries' tables exist, so that no table is ever open."""

    dependencies = [
        ("core", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("usersessions", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunSQL(schema.DEFINERS, migrations.RunSQL.noop),
        secure("core_organization", walls.organization("raw", "r", "rw")),
        secure("core_user", walls.account("id", "raw", "raw", "r")),
        secure("core_membership", walls.tenant("raw", "raw", "r", reads="user_id = (SELECT app_user())")),
        secure("core_rolepolicy", walls.reference("r", "rw", "r")),
        secure("core_session", walls.session()),
        secure("core_event", walls.tenant("ra", "ra", "ra")),
        secure("core_delivery", walls.engine("a", "raw", "raw")),
        secure("core_heartbeat", walls.reference("raw", "raw", "raw")),
        secure("core_notification", walls.tenant("rw", "r", "ra")),
        secure("core_outgoingmail", walls.mail()),
        secure("core_apikey", walls.tenant("raw", "", "", reads="digest = (SELECT app_key_digest())")),
        secure("core_idempotencyrecord", walls.tenant("ra", "", "rd")),
        secure("core_storedfile", walls.tenant("ra", "r", "r")),
        secure("core_storedpage", walls.tenant("ra", "r", "r")),
        secure("core_calendarday", walls.reference("r", "ra", "r")),
        secure("core_clock", walls.tenant("raw", "rw", "raw")),
        secure("core_clockpause", walls.tenant("rw", "raw", "raw")),
        *(secure(table, wall) for table, wall in walls.FOREIGN_WALLS.items()),
        composite_fk("core_storedpage", ("organization_id", "file_id"), "core_storedfile", ("organization_id", "id")),
        composite_fk("core_clockpause", ("organization_id", "clock_id"), "core_clock", ("organization_id", "id")),
        migrations.RunSQL(schema.SIDES, migrations.RunSQL.noop),
        migrations.RunSQL(schema.APPEND_ONLY, migrations.RunSQL.noop),
        migrations.RunPython(seed_role_policies, migrations.RunPython.noop),
        migrations.RunPython(found_platform, migrations.RunPython.noop),
    ]

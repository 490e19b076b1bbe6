"""Grants, row-level policies, keys across columns and append-only history of complaints; the first catalogue of reasons."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

from django.db import migrations

from ipp.core import walls
from ipp.core.walls import composite_fk, secure

DATA = Path(__file__).resolve().parent.parent / "data" / "reason_codes.toml"
SINCE = date(2026, 1, 1)

APPEND_ONLY = ("takedowns_transition", "takedowns_decision", "takedowns_statementofreasons", "takedowns_finding", "takedowns_evidence")


def seed(apps, schema_editor):  # type: ignore[no-untyped-def]
    """Write the first catalogue; later ones are changed in the console or by migration, never in code."""
    catalogue = tomllib.loads(DATA.read_text(encoding="utf-8"))
    evidence = catalogue["evidence"]
    reason = apps.get_model("takedowns", "ReasonCode")
    reason.objects.bulk_create(
        reason(
            code=row["code"],
            position=number,
            label_en=row["en"],
            label_zh=row["zh"],
            help_en=row["help_en"],
            help_zh=row["help_zh"],
            right_kinds=row["kinds"],
            target=row.get("target", "listing"),
            severity=row["severity"],
            tiers=row.get("tiers", ["standard", "good_faith"]),
            evidence={
                tier: [{"key": name.removesuffix("_optional"), **evidence[name]} for name in row[tier]]
                for tier in ("standard", "good_faith")
                if tier in row
            },
            max_listings=row.get("max_listings", 300),
            aliases=row.get("aliases", []),
            effective_from=SINCE,
        )
        for number, row in enumerate(catalogue["reason"], start=1)
    )
    rejection = apps.get_model("takedowns", "RejectionCode")
    rejection.objects.bulk_create(
        rejection(
            code=row["code"],
            position=number,
            label_en=row["en"],
            label_zh=row["zh"],
            help_en=row["help_en"],
            help_zh=row["help_zh"],
            effective_from=SINCE,
        )
        for number, row in enumerate(catalogue["rejection"], start=1)
    )


def never_changed(table: str) -> migrations.RunSQL:
    """Return the operation that refuses changes of a table's rows, whoever tries."""
    return migrations.RunSQL(
        sql=f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION ipp_refuse_change()",
        reverse_sql=f"DROP TRIGGER {table}_append_only ON {table}",
    )


def same_org(table: str, column: str, target: str) -> migrations.RunSQL:
    """Return the key that keeps `column` inside the row's own organization."""
    return composite_fk(table, ("organization_id", column), target, ("organization_id", "id"))


class Migration(migrations.Migration):
    """Needs the ground floor's logins and functions."""

    dependencies = [("takedowns", "0001_initial"), ("core", "0002_walls"), ("marketplaces", "0002_walls")]

    operations = [
        secure("takedowns_reasoncode", walls.reference("r", "raw", "r")),
        secure("takedowns_rejectioncode", walls.reference("r", "raw", "r")),
        secure("takedowns_complaint", walls.tenant("raw", "rw", "rw")),
        secure("takedowns_reportedlisting", walls.tenant("raw", "rw", "rw")),
        secure("takedowns_transition", walls.tenant("ra", "ra", "ra")),
        secure("takedowns_evidence", walls.tenant("ra", "r", "r")),
        secure("takedowns_complaintdraft", walls.tenant("rawd", "", "")),
        secure("takedowns_draftfile", walls.tenant("rad", "", "")),
        secure("takedowns_finding", walls.tenant("r", "r", "ra")),
        secure("takedowns_privatefinding", walls.staff("r", "ra")),
        secure("takedowns_decision", walls.tenant("r", "ra", "ra")),
        secure("takedowns_reviewnote", walls.staff("ra", "")),
        secure("takedowns_statementofreasons", walls.tenant("r", "r", "ra")),
        secure("takedowns_lead", walls.inbox("r", "r")),
        same_org("takedowns_complaint", "right_id", "rightsholders_right"),
        same_org("takedowns_complaint", "clock_id", "core_clock"),
        # One key says three things at once: the complaint is the organization's, and right and reason are the complaint's own.
        composite_fk(
            "takedowns_reportedlisting",
            ("organization_id", "complaint_id", "right_id", "reason_id"),
            "takedowns_complaint",
            ("organization_id", "id", "right_id", "reason_id"),
        ),
        # None for takedowns_transition: its rows are written from the very rows that move, by the same statement, and a key would be
        # checked 300 times for nothing.
        same_org("takedowns_evidence", "complaint_id", "takedowns_complaint"),
        same_org("takedowns_evidence", "file_id", "core_storedfile"),
        same_org("takedowns_complaintdraft", "right_id", "rightsholders_right"),
        same_org("takedowns_draftfile", "file_id", "core_storedfile"),
        same_org("takedowns_draftfile", "draft_id", "takedowns_complaintdraft"),
        same_org("takedowns_finding", "complaint_id", "takedowns_complaint"),
        same_org("takedowns_decision", "reported_listing_id", "takedowns_reportedlisting"),
        same_org("takedowns_decision", "supersedes_id", "takedowns_decision"),
        same_org("takedowns_statementofreasons", "reported_listing_id", "takedowns_reportedlisting"),
        same_org("takedowns_statementofreasons", "decision_id", "takedowns_decision"),
        *(never_changed(table) for table in APPEND_ONLY),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]

"""Walls of shared cases, keys across columns, history that is never changed; the first grounds and reasons of disputes."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

from django.db import migrations

from ipp.core import walls
from ipp.core.walls import OWN_SHOP, resecure, secure

DATA = Path(__file__).resolve().parent.parent / "data" / "dispute_codes.toml"
SINCE = date(2026, 1, 1)
APPEND_ONLY = ("takedowns_counternoticeanswer", "takedowns_exhibit")
OF_OWN_SHOP = (
    f"EXISTS (SELECT 1 FROM takedowns_reportedlisting l WHERE l.id = reported_listing_id AND l.notified_at IS NOT NULL AND l.{OWN_SHOP})"  # noqa: S608
)
OF_OWN_NOTICE = f"EXISTS (SELECT 1 FROM takedowns_sellernotice n WHERE n.id = notice_id AND n.notified_at IS NOT NULL AND n.{OWN_SHOP})"  # noqa: S608
ANSWERS = ("status", "version", "contested_at", "platform_due_at", "closed_at", "claimed_by_id", "claim_expires_at")


def seed(apps, schema_editor):  # type: ignore[no-untyped-def]
    """Write the first codes; later ones are changed in the console or by migration, never in code."""
    code = apps.get_model("takedowns", "DisputeCode")
    rows = tomllib.loads(DATA.read_text(encoding="utf-8"))
    evidence = rows.pop("evidence")
    code.objects.bulk_create(
        code(
            code=row["code"],
            about=about,
            position=number,
            label_en=row["en"],
            label_zh=row["zh"],
            help_en=row.get("help_en", ""),
            help_zh=row.get("help_zh", ""),
            right_kinds=row.get("kinds", []),
            evidence=[{"key": name, **evidence[name]} for name in row.get("evidence", [])],
            effective_from=SINCE,
        )
        for about, entries in rows.items()
        for number, row in enumerate(entries, start=1)
    )


def never_changed(table: str) -> migrations.RunSQL:
    """Return the operation that refuses changes of a table's rows, whoever tries."""
    return migrations.RunSQL(
        sql=f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION ipp_refuse_change()",
        reverse_sql=f"DROP TRIGGER {table}_append_only ON {table}",
    )


def same_org(table: str, column: str, target: str) -> migrations.RunSQL:
    """Return the key that keeps `column` inside the row's own organization."""
    return walls.composite_fk(table, ("organization_id", column), target, ("organization_id", "id"))


class Migration(migrations.Migration):
    """Needs to know which shops are one's own."""

    dependencies = [("takedowns", "0003_disputes"), ("marketplaces", "0003_own_shops"), ("core", "0003_person")]

    operations = [
        resecure(
            "takedowns_reportedlisting",
            walls.shared("raw", "rw", "rw", changes=("status", "round", "holder_due_at", "platform_due_at", "settled_at", "ending")),
        ),
        resecure("takedowns_transition", walls.shared("ra", "ra", "ra", party=OF_OWN_SHOP, adds=("owner", "party"))),
        resecure("takedowns_statementofreasons", walls.shared("r", "r", "ra", party=OF_OWN_SHOP)),
        secure("takedowns_disputecode", walls.reference("r", "raw", "r")),
        secure("takedowns_sellernotice", walls.shared("r", "r", "raw")),
        secure("takedowns_counternotice", walls.shared("raw", "rw", "rw", party=OF_OWN_NOTICE, adds=("party",), changes=ANSWERS)),
        secure(
            "takedowns_counternoticelisting",
            walls.shared("raw", "rw", "rw", party=OF_OWN_SHOP, adds=("party",), changes=("status", "outcome", "closed_at")),
        ),
        secure("takedowns_counternoticeanswer", walls.shared("ra", "r", "r", party=OWN_SHOP)),
        secure("takedowns_exhibit", walls.shared("ra", "r", "ra", party=OF_OWN_NOTICE, adds=("owner", "party"))),
        same_org("takedowns_sellernotice", "complaint_id", "takedowns_complaint"),
        same_org("takedowns_reportedlisting", "notice_id", "takedowns_sellernotice"),
        same_org("takedowns_counternotice", "notice_id", "takedowns_sellernotice"),
        same_org("takedowns_counternoticelisting", "counter_notice_id", "takedowns_counternotice"),
        same_org("takedowns_counternoticelisting", "reported_listing_id", "takedowns_reportedlisting"),
        same_org("takedowns_counternoticeanswer", "counter_notice_id", "takedowns_counternotice"),
        same_org("takedowns_exhibit", "notice_id", "takedowns_sellernotice"),
        same_org("takedowns_exhibit", "counter_notice_id", "takedowns_counternotice"),
        same_org("takedowns_exhibit", "answer_id", "takedowns_counternoticeanswer"),
        *(never_changed(table) for table in APPEND_ONLY),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]

"""Walls around shops' records, keys across columns, policies that are never edited; the first penalty policies."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

from django.db import migrations

from ipp.core import walls
from ipp.core.codes import new_code
from ipp.core.walls import composite_fk, secure

DATA = Path(__file__).resolve().parent.parent / "data" / "policies.toml"

SEEN_BY_SELLERS = (
    "id",
    "created_at",
    "code",
    "seller_id",
    "reference",
    "strike_id",
    "policy_id",
    "step",
    "measure",
    "lesson",
    "status",
    "due_at",
    "in_force_at",
    "ends_at",
    "over_at",
    "read_at",
)

# A version may be given an end, and that is all: what a sanction rests on stays what was published.
NEVER_EDITED = """
CREATE TRIGGER penalties_penaltypolicy_published
    BEFORE UPDATE OF code, marketplace_id, version, effective_from, published_on, data OR DELETE ON penalties_penaltypolicy
    FOR EACH ROW EXECUTE FUNCTION ipp_refuse_change()
"""


def seed(apps, schema_editor):  # type: ignore[no-untyped-def]
    """Write the first versions; later ones are rows as well, never code."""
    policy = apps.get_model("penalties", "PenaltyPolicy")
    document = tomllib.loads(DATA.read_text(encoding="utf-8"))
    policy.objects.bulk_create(
        policy(
            code=new_code(),
            marketplace_id=marketplace,
            version=row["version"],
            effective_from=row["effective_from"],
            effective_to=row.get("effective_to"),
            published_on=row["published_on"],
            data=document["pack"][row["pack"]],
        )
        for row in document["policy"]
        for marketplace in row["marketplaces"]
    )


def same_shop(table: str, column: str, target: str) -> migrations.RunSQL:
    """Return the key that keeps `column` inside the row's own shop."""
    return composite_fk(table, ("seller_id", column), target, ("seller_id", "id"))


class Migration(migrations.Migration):
    """Needs to know which shops are one's own, and the marketplaces the first policies are for."""

    dependencies = [("penalties", "0001_initial"), ("marketplaces", "0003_own_shops"), ("core", "0003_person")]

    operations = [
        secure("penalties_penaltypolicy", walls.reference("r", "r", "raw")),
        secure("penalties_violation", walls.shop("r", "r", "raw")),
        secure("penalties_strike", walls.shop("r", "r", "raw")),
        secure(
            "penalties_sanction",
            replace(walls.shop("rw", "rw", "raw"), columns=((walls.PORTAL, "r", SEEN_BY_SELLERS), (walls.PORTAL, "w", ("read_at",)))),
        ),
        same_shop("penalties_violation", "strike_id", "penalties_strike"),
        same_shop("penalties_strike", "anchor_id", "penalties_violation"),
        same_shop("penalties_sanction", "strike_id", "penalties_strike"),
        migrations.RunSQL(NEVER_EDITED, "DROP TRIGGER penalties_penaltypolicy_published ON penalties_penaltypolicy"),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]

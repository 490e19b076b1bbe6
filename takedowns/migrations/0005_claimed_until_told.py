"""A listing stays claimed until what was decided about it takes effect: an undo finds its place free, and nobody learns of it before."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Widens the condition of one index."""

    dependencies = [("takedowns", "0004_dispute_walls")]

    operations = [
        migrations.RemoveConstraint(model_name="reportedlisting", name="one_open_claim_per_listing"),
        migrations.AddConstraint(
            model_name="reportedlisting",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("status__in", ["accepted", "contested", "countered", "received", "under_review"]),
                    models.Q(("settled_at__isnull", True), ("status__in", ["overturned", "upheld"])),
                    models.Q(("effective_at__isnull", True), ("status", "rejected")),
                    _connector="OR",
                ),
                fields=("organization", "right", "reason", "key"),
                name="one_open_claim_per_listing",
            ),
        ),
    ]

"""An organization is told once of an event and record, no longer once of an event: it may be news about two of its shops."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Widens one rule; what was told stays as it is."""

    dependencies = [("core", "0003_person")]

    operations = [
        migrations.RemoveConstraint(model_name="notification", name="told_once"),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.UniqueConstraint(
                fields=("organization", "event", "subject_type", "subject_id"), name="told_once", nulls_distinct=False
            ),
        ),
    ]

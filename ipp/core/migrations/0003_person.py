"""The human behind a staff account, so that two accounts of one person never count as two."""

from __future__ import annotations

from django.db import migrations, models

import ipp.core.codes


class Migration(migrations.Migration):
    """Every account so far is a person of its own."""

    dependencies = [("core", "0002_walls")]

    operations = [
        migrations.AddField(model_name="user", name="person", field=models.CharField(default="", max_length=40), preserve_default=False),
        migrations.RunSQL("UPDATE core_user SET person = 'account-' || id", migrations.RunSQL.noop),
        migrations.AlterField(model_name="user", name="person", field=models.CharField(default=ipp.core.codes.new_code, max_length=40)),
    ]

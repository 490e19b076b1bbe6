"""Invitations to claim a shop, and actions that hand one over with a message."""

import django.db.models.deletion
from django.db import migrations, models

import ipp.core.clock
import ipp.core.codes


class Migration(migrations.Migration):
    """The wall follows in 0005."""

    dependencies = [
        ("marketplaces", "0003_own_shops"),
    ]

    operations = [
        migrations.AddField(
            model_name="action",
            name="route",
            field=models.CharField(blank=True, db_default="", max_length=60),
        ),
        migrations.AddField(
            model_name="action",
            name="text",
            field=models.CharField(blank=True, db_default="", max_length=1000),
        ),
        migrations.AlterField(
            model_name="action",
            name="kind",
            field=models.CharField(
                choices=[
                    ("remove", "Take the listing down"),
                    ("restore", "Put the listing back"),
                    ("restrict", "Restrict the shop"),
                    ("close", "Close the shop"),
                    ("reopen", "Reopen the shop"),
                    ("message", "Hand the shop a message"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(db_default=ipp.core.clock.IppNow(), editable=False)),
                ("code", models.CharField(default=ipp.core.codes.new_code, editable=False, max_length=22, unique=True)),
                ("expires_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "seller",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="invitations", to="marketplaces.seller"),
                ),
                (
                    "used_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.organization"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="action",
            name="invitation",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="marketplaces.invitation"
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(condition=models.Q(("closed_at", None)), fields=("seller",), name="one_open_invitation"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("used_at", None), ("used_by", None)),
                    models.Q(("closed_at__isnull", False), ("used_at__isnull", False), ("used_by__isnull", False)),
                    _connector="OR",
                ),
                name="invitation_used_by_somebody",
            ),
        ),
    ]

"""Tables of rights and their documents; a verification is about a paper or about a right."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import ipp.core.clock
import ipp.core.codes
import rightsholders.models


class Migration(migrations.Migration):
    """Needs the tables of identity verification."""

    dependencies = [
        ("core", "0002_walls"),
        ("rightsholders", "0002_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Right",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(db_default=ipp.core.clock.IppNow(), editable=False)),
                ("code", models.CharField(default=ipp.core.codes.new_code, editable=False, max_length=22, unique=True)),
                (
                    "reference",
                    models.CharField(default=rightsholders.models.new_right_reference, editable=False, max_length=16, unique=True),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("trademark", "Trademark"),
                            ("copyright", "Copyright"),
                            ("design", "Design"),
                            ("utility_model", "Utility model"),
                            ("invention", "Invention patent"),
                        ],
                        max_length=16,
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("office", models.CharField(blank=True, max_length=16)),
                ("number", models.CharField(blank=True, max_length=60)),
                ("normalized_number", models.CharField(blank=True, max_length=60)),
                ("owner_name", models.CharField(max_length=200)),
                (
                    "territories",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=2), default=list, size=None),
                ),
                (
                    "nice_classes",
                    django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), default=list, size=None),
                ),
                ("locarno_class", models.CharField(blank=True, max_length=5)),
                ("goods", models.TextField(blank=True)),
                ("filed_on", models.DateField(blank=True, null=True)),
                ("registered_on", models.DateField(blank=True, null=True)),
                ("expires_on", models.DateField(blank=True, null=True)),
                ("details", models.JSONField(default=dict)),
                ("is_examined", models.BooleanField(default=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Being checked"),
                            ("information_asked", "Waiting for you"),
                            ("validated", "Validated"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="waiting",
                        max_length=20,
                    ),
                ),
                ("validated_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name="RightDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(db_default=ipp.core.clock.IppNow(), editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("certificate", "Certificate"),
                            ("classes", "Pages showing the classes"),
                            ("mark", "Picture of the mark"),
                            ("work", "Work sample"),
                            ("report", "Evaluation report"),
                            ("extension", "Proof of territorial extension"),
                            ("other", "Other document"),
                        ],
                        max_length=12,
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="verification",
            name="one_open_verification",
        ),
        migrations.AddField(
            model_name="refusalreason",
            name="about",
            field=models.CharField(choices=[("identity", "Identity paper"), ("right", "Right")], default="identity", max_length=10),
        ),
        migrations.AlterField(
            model_name="verification",
            name="paper",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="verifications",
                to="rightsholders.identitypaper",
            ),
        ),
        migrations.AddField(
            model_name="right",
            name="organization",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.organization"),
        ),
        migrations.AddField(
            model_name="verification",
            name="right",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="verifications", to="rightsholders.right"
            ),
        ),
        migrations.AddConstraint(
            model_name="verification",
            constraint=models.UniqueConstraint(
                condition=models.Q(("paper__isnull", False), ("status__in", ["in_review", "information_asked", "submitted"])),
                fields=("organization",),
                name="one_open_verification",
            ),
        ),
        migrations.AddConstraint(
            model_name="verification",
            constraint=models.UniqueConstraint(
                condition=models.Q(("right__isnull", False), ("status__in", ["in_review", "information_asked", "submitted"])),
                fields=("organization", "right"),
                name="one_open_verification_per_right",
            ),
        ),
        migrations.AddConstraint(
            model_name="verification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("paper__isnull", False), ("right__isnull", True)),
                    models.Q(("paper__isnull", True), ("right__isnull", False)),
                    _connector="OR",
                ),
                name="paper_or_right",
            ),
        ),
        migrations.AddField(
            model_name="rightdocument",
            name="file",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile"),
        ),
        migrations.AddField(
            model_name="rightdocument",
            name="organization",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.organization"),
        ),
        migrations.AddField(
            model_name="rightdocument",
            name="right",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="documents", to="rightsholders.right"),
        ),
        migrations.AddIndex(
            model_name="right",
            index=models.Index(fields=["organization", "-id"], name="right_of_organization"),
        ),
        migrations.AddIndex(
            model_name="right",
            index=models.Index(
                condition=models.Q(("normalized_number", ""), _negated=True), fields=["office", "normalized_number"], name="right_by_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="right",
            constraint=models.UniqueConstraint(fields=("organization", "id"), name="right_organization_id"),
        ),
        migrations.AddConstraint(
            model_name="right",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["refused", "withdrawn"]), _negated=True), models.Q(("normalized_number", ""), _negated=True)
                ),
                fields=("organization", "office", "kind", "normalized_number"),
                name="one_right_per_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="right",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("status", "validated"), _negated=True), ("validated_at__isnull", False), _connector="OR"),
                name="validated_has_a_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="rightdocument",
            constraint=models.UniqueConstraint(fields=("organization", "id"), name="right_document_organization_id"),
        ),
        migrations.AddConstraint(
            model_name="rightdocument",
            constraint=models.UniqueConstraint(fields=("organization", "right", "file"), name="one_document_per_file"),
        ),
    ]

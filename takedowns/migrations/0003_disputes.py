"""Notices to shops, counter-notices and their answers, exhibits of both sides, rulings."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import ipp.core.clock
import ipp.core.codes
import takedowns.models.disputes


class Migration(migrations.Migration):
    """Tables of the dispute; their walls come next."""

    dependencies = [
        ("core", "0003_person"),
        ("marketplaces", "0005_claiming"),
        ("rightsholders", "0004_right_walls"),
        ("takedowns", "0002_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CounterNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(db_default=ipp.core.clock.IppNow(), editable=False)),
                ("code", models.CharField(default=ipp.core.codes.new_code, editable=False, max_length=22, unique=True)),
                ("author_label", models.CharField(max_length=200)),
                (
                    "reference",
                    models.CharField(
                        default=takedowns.models.disputes.new_counter_notice_reference, editable=False, max_length=16, unique=True
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for the rights holder"),
                            ("contested", "With the platform"),
                            ("in_review", "Being decided"),
                            ("closed", "Closed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("grounds", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None)),
                ("statement", models.TextField()),
                ("goods_location", models.CharField(blank=True, max_length=200)),
                ("declarations", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None)),
                ("signed_name", models.CharField(max_length=200)),
                ("signed_role", models.CharField(max_length=120)),
                ("listing_count", models.PositiveSmallIntegerField()),
                ("filed_at", models.DateTimeField(db_default=ipp.core.clock.IppNow())),
                ("holder_due_at", models.DateTimeField()),
                ("contested_at", models.DateTimeField(blank=True, null=True)),
                ("platform_due_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("claim_expires_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="CounterNoticeAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(db_default=ipp.core.clock.IppNow(), editable=False)),
                ("code", models.CharField(default=ipp.core.codes.new_code, editable=False, max_length=22, unique=True)),
                ("kind", models.CharField(choices=[("conceded", "Accepted"), ("rejected", "Rejected")], max_length=10)),
                ("reasons", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                ("message", models.TextField(blank=True)),
                ("positions", django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), size=None)),
                ("author_label", models.CharField(max_length=200)),
                ("answered_at", models.DateTimeField(db_default=ipp.core.clock.IppNow())),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="CounterNoticeListing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[("waiting", "Waiting for the rights holder"), ("contested", "With the platform"), ("closed", "Closed")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("conceded", "Accepted by the rights holder"),
                            ("lapsed", "Not answered in time: the claim was withdrawn"),
                            ("overturned", "Counter-notice upheld, listing restored"),
                            ("withdrawn", "Complaint withdrawn"),
                            ("upheld", "Claim upheld, counter-notice dismissed"),
                        ],
                        max_length=10,
                    ),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="DisputeCode",
            fields=[
                ("code", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("position", models.PositiveSmallIntegerField()),
                ("label_en", models.CharField(max_length=160)),
                ("label_zh", models.CharField(max_length=160)),
                ("help_en", models.TextField(blank=True)),
                ("help_zh", models.TextField(blank=True)),
                ("effective_from", models.DateField()),
                ("effective_to", models.DateField(blank=True, null=True)),
                (
                    "about",
                    models.CharField(
                        choices=[
                            ("ground", "Ground of a counter-notice"),
                            ("answer", "Reason to reject a counter-notice"),
                            ("upheld", "Reason to uphold a claim"),
                            ("overturned", "Reason to overturn a claim"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "right_kinds",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None),
                ),
                ("evidence", models.JSONField(default=list)),
            ],
            options={
                "ordering": ["about", "position"],
            },
        ),
        migrations.CreateModel(
            name="Exhibit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(db_default=ipp.core.clock.IppNow(), editable=False)),
                ("side", models.CharField(choices=[("complainant", "Rights holder"), ("seller", "Seller")], max_length=12)),
                ("requirement", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("pages", models.JSONField(default=list)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="SellerNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(db_default=ipp.core.clock.IppNow(), editable=False)),
                ("code", models.CharField(default=ipp.core.codes.new_code, editable=False, max_length=22, unique=True)),
                (
                    "reference",
                    models.CharField(default=takedowns.models.disputes.new_notice_reference, editable=False, max_length=16, unique=True),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("sending", "On its way"), ("open", "Open"), ("closed", "Closed")], default="sending", max_length=10
                    ),
                ),
                ("round", models.PositiveSmallIntegerField(default=1)),
                ("body", models.JSONField(default=dict)),
                ("listing_count", models.PositiveSmallIntegerField(default=0)),
                ("notified_at", models.DateTimeField(blank=True, null=True)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="decision",
            name="a_rejection_has_a_code",
        ),
        migrations.RemoveConstraint(
            model_name="reportedlisting",
            name="one_open_claim_per_listing",
        ),
        migrations.AddField(
            model_name="complaint",
            name="disputed_count",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="complaint",
            name="overturned_count",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="complaint",
            name="upheld_count",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="decision",
            name="earlier_person",
            field=models.CharField(blank=True, db_default="", max_length=40),
        ),
        migrations.AddField(
            model_name="decision",
            name="person",
            field=models.CharField(blank=True, db_default="", max_length=40),
        ),
        migrations.AddField(
            model_name="reportedlisting",
            name="ending",
            field=models.CharField(
                blank=True,
                choices=[
                    ("silence", "The seller did not answer"),
                    ("upheld", "Claim upheld, counter-notice dismissed"),
                    ("overturned", "Counter-notice upheld, listing restored"),
                    ("conceded", "The rights holder accepted the counter-notice"),
                    ("lapsed", "The rights holder did not answer the counter-notice in time"),
                    ("withdrawn", "The rights holder withdrew"),
                ],
                db_default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="reportedlisting",
            name="holder_due_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="reportedlisting",
            name="notified_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="reportedlisting",
            name="platform_due_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="reportedlisting",
            name="seller_due_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="reportedlisting",
            name="settled_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="decision",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("accepted", "Accepted"),
                    ("rejected", "Not accepted"),
                    ("upheld", "Claim upheld, counter-notice dismissed"),
                    ("overturned", "Counter-notice upheld, listing restored"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="reportedlisting",
            name="status",
            field=models.CharField(
                choices=[
                    ("received", "Received"),
                    ("under_review", "Under review"),
                    ("accepted", "Accepted"),
                    ("rejected", "Not accepted"),
                    ("countered", "Seller answered"),
                    ("contested", "With the platform"),
                    ("upheld", "Claim upheld"),
                    ("overturned", "Overturned"),
                    ("withdrawn", "Withdrawn"),
                ],
                default="received",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="counternotice",
            name="author_organization",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.organization"),
        ),
        migrations.AddField(
            model_name="counternotice",
            name="claimed_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="counternotice",
            name="complaint",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="counter_notices", to="takedowns.complaint"
            ),
        ),
        migrations.AddField(
            model_name="counternotice",
            name="organization",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.organization"),
        ),
        migrations.AddField(
            model_name="counternotice",
            name="seller",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="marketplaces.seller"),
        ),
        migrations.AddField(
            model_name="counternoticeanswer",
            name="counter_notice",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="answers", to="takedowns.counternotice"),
        ),
        migrations.AddField(
            model_name="counternoticeanswer",
            name="organization",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.organization"),
        ),
        migrations.AddField(
            model_name="counternoticeanswer",
            name="seller",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="marketplaces.seller"),
        ),
        migrations.AddField(
            model_name="counternoticelisting",
            name="counter_notice",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="listings", to="takedowns.counternotice"),
        ),
        migrations.AddField(
            model_name="counternoticelisting",
            name="organization",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.organization"),
        ),
        migrations.AddField(
            model_name="counternoticelisting",
            name="reported_listing",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="counter_notices", to="takedowns.reportedlisting"
            ),
        ),
        migrations.AddField(
            model_name="counternoticelisting",
            name="seller",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="marketplaces.seller"
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="ruling",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="takedowns.disputecode",
            ),
        ),
        migrations.AddConstraint(
            model_name="counternoticeanswer",
            constraint=models.UniqueConstraint(fields=("organization", "id"), name="answer_organization_id"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("outcome", "rejected"), _negated=True), ("rejection__isnull", False), _connector="OR"),
                name="a_rejection_has_a_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome__in", ["upheld", "overturned"]), _negated=True),
                    models.Q(("ruling__isnull", False), ("supersedes__isnull", False)),
                    _connector="OR",
                ),
                name="a_ruling_has_a_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("earlier_person", ""), models.Q(("person", models.F("earlier_person")), _negated=True), _connector="OR"
                ),
                name="another_person_rules",
            ),
        ),
        migrations.AddField(
            model_name="exhibit",
            name="answer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="exhibits",
                to="takedowns.counternoticeanswer",
            ),
        ),
        migrations.AddField(
            model_name="exhibit",
            name="counter_notice",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="exhibits", to="takedowns.counternotice"
            ),
        ),
        migrations.AddField(
            model_name="exhibit",
            name="organization",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.organization"),
        ),
        migrations.AddField(
            model_name="exhibit",
            name="seller",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="marketplaces.seller"
            ),
        ),
        migrations.AddField(
            model_name="sellernotice",
            name="complaint",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="notices", to="takedowns.complaint"),
        ),
        migrations.AddField(
            model_name="sellernotice",
            name="marketplace",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="marketplaces.marketplace"),
        ),
        migrations.AddField(
            model_name="sellernotice",
            name="organization",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.organization"),
        ),
        migrations.AddField(
            model_name="sellernotice",
            name="policy",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="marketplaces.policy"),
        ),
        migrations.AddField(
            model_name="sellernotice",
            name="seller",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="marketplaces.seller"),
        ),
        migrations.AddField(
            model_name="exhibit",
            name="notice",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="exhibits", to="takedowns.sellernotice"),
        ),
        migrations.AddField(
            model_name="counternotice",
            name="notice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="counter_notices", to="takedowns.sellernotice"
            ),
        ),
        migrations.AddField(
            model_name="reportedlisting",
            name="notice",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="listings",
                to="takedowns.sellernotice",
            ),
        ),
        migrations.AddIndex(
            model_name="reportedlisting",
            index=models.Index(
                condition=models.Q(("notice__isnull", False)), fields=["notice", "position"], name="reported_listing_notice"
            ),
        ),
        migrations.AddIndex(
            model_name="reportedlisting",
            index=models.Index(
                condition=models.Q(("seller_due_at__isnull", False), ("status", "accepted")),
                fields=["seller_due_at"],
                name="seller_window_open",
            ),
        ),
        migrations.AddIndex(
            model_name="reportedlisting",
            index=models.Index(condition=models.Q(("status", "countered")), fields=["holder_due_at"], name="holder_window_open"),
        ),
        migrations.AddConstraint(
            model_name="reportedlisting",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["accepted", "contested", "countered", "received", "under_review"])),
                fields=("organization", "right", "reason", "key"),
                name="one_open_claim_per_listing",
            ),
        ),
        migrations.AddIndex(
            model_name="counternoticelisting",
            index=models.Index(fields=["reported_listing", "-id"], name="counter_notices_of_listing"),
        ),
        migrations.AddConstraint(
            model_name="counternoticelisting",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["contested", "waiting"])),
                fields=("reported_listing",),
                name="one_open_counter_notice_per_listing",
            ),
        ),
        migrations.AddConstraint(
            model_name="counternoticelisting",
            constraint=models.UniqueConstraint(fields=("counter_notice", "reported_listing"), name="counter_notice_listing_once"),
        ),
        migrations.AddConstraint(
            model_name="counternoticelisting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", False), ("status", "closed"), models.Q(("outcome", ""), _negated=True)),
                    models.Q(models.Q(("status", "closed"), _negated=True), ("outcome", "")),
                    _connector="OR",
                ),
                name="closed_with_an_outcome",
            ),
        ),
        migrations.AddIndex(
            model_name="sellernotice",
            index=models.Index(fields=["seller", "-id"], name="notice_of_shop"),
        ),
        migrations.AddIndex(
            model_name="sellernotice",
            index=models.Index(fields=["organization", "-id"], name="notice_of_organization"),
        ),
        migrations.AddConstraint(
            model_name="sellernotice",
            constraint=models.UniqueConstraint(fields=("complaint", "seller"), name="one_notice_per_shop"),
        ),
        migrations.AddConstraint(
            model_name="sellernotice",
            constraint=models.UniqueConstraint(fields=("organization", "id"), name="notice_organization_id"),
        ),
        migrations.AddIndex(
            model_name="counternotice",
            index=models.Index(
                condition=models.Q(("status__in", ["contested", "in_review"])),
                fields=["platform_due_at", "id"],
                name="counter_notice_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="counternotice",
            index=models.Index(fields=["organization", "status", "holder_due_at"], name="counter_notice_of_holder"),
        ),
        migrations.AddIndex(
            model_name="counternotice",
            index=models.Index(fields=["organization", "-id"], name="counter_notice_by_age"),
        ),
        migrations.AddIndex(
            model_name="counternotice",
            index=models.Index(fields=["seller", "-id"], name="counter_notice_of_shop"),
        ),
        migrations.AddIndex(
            model_name="counternotice",
            index=models.Index(condition=models.Q(("status", "in_review")), fields=["claimed_by"], name="counter_notice_claims"),
        ),
        migrations.AddConstraint(
            model_name="counternotice",
            constraint=models.UniqueConstraint(fields=("organization", "id"), name="counter_notice_organization_id"),
        ),
        migrations.AddConstraint(
            model_name="counternotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "in_review"), _negated=True),
                    models.Q(("claim_expires_at__isnull", False), ("claimed_by__isnull", False)),
                    _connector="OR",
                ),
                name="counter_notice_review_claim",
            ),
        ),
    ]

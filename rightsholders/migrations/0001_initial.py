"""Tables of identity papers and their verification."""

import django.db.models.deletion
import ipp.core.clock
import ipp.core.codes
import rightsholders.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RefusalReason',
            fields=[
                ('code', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('position', models.PositiveSmallIntegerField()),
                ('label_en', models.CharField(max_length=120)),
                ('label_zh', models.CharField(max_length=120)),
                ('remedy_en', models.TextField()),
                ('remedy_zh', models.TextField()),
                ('effective_from', models.DateField()),
                ('effective_to', models.DateField(blank=True, null=True)),
            ],
            options={
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='IdentityPaper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=ipp.core.clock.IppNow(), editable=False)),
                ('code', models.CharField(default=ipp.core.codes.new_code, editable=False, max_length=22, unique=True)),
                ('kind', models.CharField(choices=[('passport', 'Passport'), ('driving_licence', 'Driving licence'), ('identity_card', 'Identity card'), ('business_licence', 'Business licence')], max_length=20)),
                ('holder_name', models.CharField(max_length=200)),
                ('number', models.CharField(max_length=60)),
                ('country', models.CharField(max_length=2)),
                ('expires_on', models.DateField(blank=True, null=True)),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.storedfile')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
            ],
        ),
        migrations.CreateModel(
            name='Verification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=ipp.core.clock.IppNow(), editable=False)),
                ('code', models.CharField(default=ipp.core.codes.new_code, editable=False, max_length=22, unique=True)),
                ('reference', models.CharField(default=rightsholders.models.new_verification_reference, editable=False, max_length=16, unique=True)),
                ('status', models.CharField(choices=[('submitted', 'In the queue'), ('in_review', 'Being checked'), ('information_asked', 'Waiting for you'), ('approved', 'Verified'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='submitted', max_length=20)),
                ('round', models.PositiveSmallIntegerField(default=1)),
                ('version', models.PositiveIntegerField(default=1)),
                ('due_at', models.DateTimeField()),
                ('submitted_at', models.DateTimeField(db_default=ipp.core.clock.IppNow())),
                ('claim_expires_at', models.DateTimeField(blank=True, null=True)),
                ('question', models.TextField(blank=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('claimed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('clock', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.clock')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
                ('paper', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='verifications', to='rightsholders.identitypaper')),
            ],
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=ipp.core.clock.IppNow(), editable=False)),
                ('round', models.PositiveSmallIntegerField()),
                ('outcome', models.CharField(choices=[('approved', 'Verified'), ('refused', 'Refused')], max_length=10)),
                ('message', models.TextField(blank=True)),
                ('seen_version', models.PositiveIntegerField()),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
                ('reason', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rightsholders.refusalreason')),
                ('verification', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='rightsholders.verification')),
            ],
        ),
        migrations.CreateModel(
            name='VerifierNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=ipp.core.clock.IppNow(), editable=False)),
                ('text', models.TextField()),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('verification', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='rightsholders.verification')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='identitypaper',
            constraint=models.UniqueConstraint(fields=('organization', 'id'), name='identity_paper_organization_id'),
        ),
        migrations.AddIndex(
            model_name='verification',
            index=models.Index(condition=models.Q(('status__in', ['in_review', 'submitted'])), fields=['due_at', 'id'], name='verification_queue'),
        ),
        migrations.AddIndex(
            model_name='verification',
            index=models.Index(fields=['organization', '-id'], name='verification_of_organization'),
        ),
        migrations.AddIndex(
            model_name='verification',
            index=models.Index(condition=models.Q(('status', 'in_review')), fields=['claimed_by'], name='verification_claims'),
        ),
        migrations.AddConstraint(
            model_name='verification',
            constraint=models.UniqueConstraint(fields=('organization', 'id'), name='verification_organization_id'),
        ),
        migrations.AddConstraint(
            model_name='verification',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['in_review', 'information_asked', 'submitted'])), fields=('organization',), name='one_open_verification'),
        ),
        migrations.AddConstraint(
            model_name='verification',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'in_review'), _negated=True), models.Q(('claim_expires_at__isnull', False), ('claimed_by__isnull', False)), _connector='OR'), name='in_review_has_a_claim'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.UniqueConstraint(fields=('verification', 'round'), name='one_decision_per_round'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.UniqueConstraint(fields=('organization', 'id'), name='decision_organization_id'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('outcome', 'approved'), ('reason__isnull', False), _connector='OR'), name='a_refusal_has_a_reason'),
        ),
    ]

"""Tables of the ground floor."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
import ipp.core.clock
from ipp.core import schema
import ipp.core.codes
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.RunSQL(schema.CONTEXT, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Clock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('calendar', models.CharField(max_length=24)),
                ('calendar_version', models.CharField(max_length=60)),
                ('unit', models.CharField(choices=[('business_hours', 'business hours'), ('business_days', 'business days'), ('calendar_days', 'calendar days')], max_length=16)),
                ('budget', models.PositiveIntegerField()),
                ('started_at', models.DateTimeField(db_default=ipp.core.clock.IppNow())),
                ('due_at', models.DateTimeField()),
                ('stopped_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('process', models.CharField(max_length=24, primary_key=True, serialize=False)),
                ('database_login', models.CharField(max_length=63)),
                ('pid', models.IntegerField()),
                ('at', models.DateTimeField(db_default=ipp.core.clock.IppNow())),
            ],
        ),
        migrations.CreateModel(
            name='RolePolicy',
            fields=[
                ('role', models.CharField(choices=[('owner', 'Owner'), ('filer', 'Filer'), ('viewer', 'Viewer'), ('verifier', 'Verifier'), ('reviewer', 'Reviewer'), ('approver', 'Approver'), ('operations', 'Operations'), ('auditor', 'Auditor')], max_length=16, primary_key=True, serialize=False)),
                ('mfa_required', models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('session_key', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='session key')),
                ('session_data', models.TextField(verbose_name='session data')),
                ('expire_date', models.DateTimeField(db_index=True, verbose_name='expire date')),
                ('audience', models.CharField(max_length=8)),
                ('user_id', models.BigIntegerField(db_index=True, null=True)),
                ('started_at', models.DateTimeField(db_default=ipp.core.clock.IppNow(), editable=False)),
            ],
            options={
                'verbose_name': 'session',
                'verbose_name_plural': 'sessions',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('email', models.EmailField(max_length=254)),
                ('full_name', models.CharField(blank=True, max_length=120)),
                ('language', models.CharField(default='en', max_length=10)),
                ('timezone', models.CharField(default='Asia/Shanghai', max_length=40)),
                ('is_active', models.BooleanField(default=True)),
                ('is_staff', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(db_default=ipp.core.clock.IppNow(), editable=False)),
            ],
            options={
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), models.F('is_staff'), name='one_account_per_email_and_audience'), models.UniqueConstraint(fields=('id', 'is_staff'), name='user_id_is_staff')],
            },
        ),
        migrations.CreateModel(
            name='Organization',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=ipp.core.clock.IppNow(), editable=False)),
                ('code', models.CharField(default=ipp.core.codes.new_code, editable=False, max_length=22, unique=True)),
                ('kind', models.CharField(choices=[('rights_holder', 'Rights holder'), ('agency', 'Agency'), ('seller', 'Seller'), ('marketplace', 'Marketplace'), ('platform', 'Platform')], max_length=16)),
                ('account_kind', models.CharField(choices=[('individual', 'Individual'), ('entity', 'Company or other entity')], default='entity', max_length=12)),
                ('name', models.CharField(max_length=200)),
                ('country', models.CharField(blank=True, max_length=2)),
                ('verified_at', models.DateTimeField(blank=True, null=True)),
                ('is_platform', models.GeneratedField(db_persist=True, expression=models.ExpressionWrapper(models.Q(('kind', 'platform')), models.BooleanField()), output_field=models.BooleanField())),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('kind', 'platform')), fields=('kind',), name='one_platform'), models.UniqueConstraint(fields=('id', 'is_platform'), name='organization_id_is_platform')],
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('subject_type', models.CharField(max_length=60)),
                ('subject_id', models.BigIntegerField(null=True)),
                ('payload', models.JSONField(default=dict)),
                ('actor_kind', models.CharField(max_length=8)),
                ('actor_id', models.BigIntegerField(null=True)),
                ('actor_label', models.CharField(max_length=200)),
                ('request_id', models.CharField(blank=True, max_length=40)),
                ('occurred_at', models.DateTimeField(db_default=ipp.core.clock.IppNow())),
                ('about', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
            ],
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('handler', models.CharField(max_length=120)),
                ('due_at', models.DateTimeField(db_default=ipp.core.clock.IppNow())),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('lease_token', models.UUIDField(blank=True, null=True)),
                ('delivered_at', models.DateTimeField(blank=True, null=True)),
                ('dead_at', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.TextField(blank=True)),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='core.event')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
            ],
        ),
        migrations.CreateModel(
            name='ClockPause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(max_length=40)),
                ('from_at', models.DateTimeField(db_default=ipp.core.clock.IppNow())),
                ('to_at', models.DateTimeField(blank=True, null=True)),
                ('clock', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pauses', to='core.clock')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
            ],
        ),
        migrations.AddField(
            model_name='clock',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization'),
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=ipp.core.clock.IppNow(), editable=False)),
                ('code', models.CharField(default=ipp.core.codes.new_code, editable=False, max_length=22, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('prefix', models.CharField(max_length=24)),
                ('last_four', models.CharField(max_length=4)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('expires_at', models.DateTimeField()),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
            ],
        ),
        migrations.CreateModel(
            name='OutgoingMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=ipp.core.clock.IppNow(), editable=False)),
                ('code', models.CharField(default=ipp.core.codes.new_code, editable=False, max_length=22, unique=True)),
                ('dedupe_key', models.CharField(max_length=120, unique=True)),
                ('to', models.EmailField(max_length=254)),
                ('language', models.CharField(default='en', max_length=10)),
                ('subject', models.CharField(max_length=200)),
                ('body', models.TextField()),
                ('due_at', models.DateTimeField(db_default=ipp.core.clock.IppNow())),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('lease_token', models.UUIDField(blank=True, null=True)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('dead_at', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.TextField(blank=True)),
                ('organization', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
            ],
        ),
        migrations.CreateModel(
            name='StoredFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=ipp.core.clock.IppNow(), editable=False)),
                ('code', models.CharField(default=ipp.core.codes.new_code, editable=False, max_length=22, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('media_type', models.CharField(max_length=40)),
                ('size', models.PositiveBigIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('sealed_key', models.CharField(max_length=120, unique=True)),
                ('page_count', models.PositiveSmallIntegerField()),
                ('scan', models.CharField(max_length=12)),
                ('warnings', models.JSONField(default=list)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
            ],
        ),
        migrations.CreateModel(
            name='StoredPage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('storage_key', models.CharField(max_length=120, unique=True)),
                ('media_type', models.CharField(max_length=40)),
                ('width', models.PositiveIntegerField()),
                ('height', models.PositiveIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pages', to='core.storedfile')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='CalendarDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=ipp.core.clock.IppNow(), editable=False)),
                ('calendar', models.CharField(max_length=24)),
                ('day', models.DateField()),
                ('is_working', models.BooleanField()),
                ('note', models.CharField(max_length=200)),
                ('entered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['calendar', 'day', '-id'], name='calendar_day_latest')],
            },
        ),
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=ipp.core.clock.IppNow(), editable=False)),
                ('code', models.CharField(default=ipp.core.codes.new_code, editable=False, max_length=22, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('subject_type', models.CharField(max_length=60)),
                ('subject_id', models.BigIntegerField(null=True)),
                ('facts', models.JSONField(default=dict)),
                ('occurred_at', models.DateTimeField()),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.event')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
            ],
            options={
                'indexes': [models.Index(fields=['organization', '-id'], name='notification_inbox'), models.Index(condition=models.Q(('read_at', None)), fields=['organization'], name='notification_unread')],
                'constraints': [models.UniqueConstraint(fields=('organization', 'event'), name='told_once')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=ipp.core.clock.IppNow(), editable=False)),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('filer', 'Filer'), ('viewer', 'Viewer'), ('verifier', 'Verifier'), ('reviewer', 'Reviewer'), ('approver', 'Approver'), ('operations', 'Operations'), ('auditor', 'Auditor')], max_length=16)),
                ('is_platform', models.BooleanField(default=False)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='core.organization')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization', 'user'), name='one_membership_per_organization'), models.CheckConstraint(condition=models.Q(models.Q(('is_platform', False), ('role__in', ('owner', 'filer', 'viewer'))), models.Q(('is_platform', True), ('role__in', ('verifier', 'reviewer', 'approver', 'operations', 'auditor'))), _connector='OR'), name='role_fits_the_side')],
            },
        ),
        migrations.CreateModel(
            name='IdempotencyRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=255)),
                ('route', models.CharField(max_length=120)),
                ('request_hash', models.CharField(max_length=64)),
                ('status', models.PositiveSmallIntegerField()),
                ('body', models.JSONField(null=True)),
                ('location', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(db_default=ipp.core.clock.IppNow(), db_index=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization', 'key'), name='one_answer_per_key')],
            },
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['organization', 'id'], name='event_feed'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['subject_type', 'subject_id', 'id'], name='event_subject'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['occurred_at', 'id'], name='event_time'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('dead_at', None), ('delivered_at', None)), fields=['due_at'], name='delivery_due'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('dead_at__isnull', False)), fields=['dead_at'], name='delivery_dead'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('event', 'handler'), name='one_delivery_per_handler'),
        ),
        migrations.AddConstraint(
            model_name='clockpause',
            constraint=models.UniqueConstraint(condition=models.Q(('to_at', None)), fields=('clock',), name='one_open_pause'),
        ),
        migrations.AddIndex(
            model_name='clock',
            index=models.Index(condition=models.Q(('stopped_at', None)), fields=['due_at'], name='clock_running'),
        ),
        migrations.AddConstraint(
            model_name='clock',
            constraint=models.UniqueConstraint(fields=('organization', 'id'), name='clock_organization_id'),
        ),
        migrations.AddConstraint(
            model_name='clock',
            constraint=models.CheckConstraint(condition=models.Q(('due_at__gte', models.F('started_at'))), name='clock_due_after_start'),
        ),
        migrations.AddIndex(
            model_name='apikey',
            index=models.Index(fields=['organization', '-id'], name='api_key_list'),
        ),
        migrations.AddIndex(
            model_name='outgoingmail',
            index=models.Index(condition=models.Q(('dead_at', None), ('sent_at', None)), fields=['due_at'], name='mail_due'),
        ),
        migrations.AddIndex(
            model_name='storedfile',
            index=models.Index(fields=['sha256'], name='stored_file_sha256'),
        ),
        migrations.AddConstraint(
            model_name='storedfile',
            constraint=models.UniqueConstraint(fields=('organization', 'id'), name='stored_file_organization_id'),
        ),
        migrations.AddConstraint(
            model_name='storedpage',
            constraint=models.UniqueConstraint(fields=('file', 'number'), name='one_picture_per_page'),
        ),
    ]

import accounts.models.user
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_list_names_and_logos'),
        ('organizations', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Connection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('service', models.CharField(choices=[('MICROSOFT_365', 'Microsoft 365')], default='MICROSOFT_365', max_length=20)),
                ('state', models.CharField(choices=[('NOT_CONNECTED', 'Not connected'), ('CONNECTED', 'Connected'), ('NEEDS_CONSENT', 'Permissions missing'), ('ACCESS_LOST', 'Access withdrawn'), ('DISCONNECTED', 'Disconnected')], max_length=13)),
                ('tenant_id', models.CharField(max_length=64)),
                ('tenant_name', models.CharField(blank=True, max_length=200)),
                ('domains', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=253), default=list, size=None)),
                ('sharepoint_host', models.CharField(blank=True, max_length=253)),
                ('login_url', models.CharField(max_length=200)),
                ('graph_url', models.CharField(max_length=200)),
                ('is_simulated', models.BooleanField(default=False)),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), default=list, size=None)),
                ('restore_roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), default=list, size=None)),
                ('restore_consented_at', models.DateTimeField(blank=True, null=True)),
                ('connected_at', models.DateTimeField()),
                ('connected_by', models.CharField(max_length=200)),
                ('disconnected_at', models.DateTimeField(blank=True, null=True)),
                ('problem', models.CharField(blank=True, max_length=300)),
                ('problem_at', models.DateTimeField(blank=True, null=True)),
                ('discovery', models.CharField(choices=[('IDLE', 'Not running'), ('QUEUED', 'Waiting for a worker'), ('RUNNING', 'Looking'), ('WAITING', 'The provider asked for a pause'), ('FAILED', 'Stopped')], default='IDLE', max_length=7)),
                ('discovery_started_at', models.DateTimeField(blank=True, null=True)),
                ('discovered_at', models.DateTimeField(blank=True, null=True)),
                ('reconciled_at', models.DateTimeField(blank=True, null=True)),
                ('discovery_seen', models.PositiveIntegerField(default=0)),
                ('discovery_problem', models.CharField(blank=True, max_length=300)),
                ('discovery_continues_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('service', models.CharField(choices=[('MICROSOFT_365', 'Microsoft 365')], default='MICROSOFT_365', max_length=20)),
                ('purpose', models.CharField(choices=[('BACKUP', 'Backup (read only)'), ('RESTORE', 'Restore (write)')], max_length=7)),
                ('state', models.CharField(choices=[('STARTED', 'At Microsoft'), ('CONSENTED', 'Consent given, sign-in follows'), ('PROVING', 'Being checked'), ('PROVED', 'Waiting for confirmation'), ('DONE', 'Connected'), ('REFUSED', 'Refused')], default='STARTED', max_length=9)),
                ('started_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('session_fingerprint', models.CharField(max_length=64)),
                ('consent_fingerprint', models.CharField(max_length=64)),
                ('sign_in_fingerprint', models.CharField(blank=True, max_length=64)),
                ('nonce', models.CharField(blank=True, max_length=64)),
                ('sealed_verifier', models.TextField(blank=True)),
                ('sealed_code', models.TextField(blank=True)),
                ('tenant_id', models.CharField(blank=True, max_length=64)),
                ('tenant_name', models.CharField(blank=True, max_length=200)),
                ('domains', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=253), default=list, size=None)),
                ('administrator', models.CharField(blank=True, max_length=254)),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), default=list, size=None)),
                ('problem', models.CharField(blank=True, max_length=500)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='DigestSetting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_on', models.BooleanField(default=False)),
                ('recipients', django.contrib.postgres.fields.ArrayField(base_field=models.EmailField(max_length=254), blank=True, default=list, size=20)),
                ('frequency', models.CharField(choices=[('DAILY', 'Every day'), ('WEEKLY', 'Every week'), ('MONTHLY', 'Every month')], default='DAILY', max_length=7)),
                ('weekday', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(6)])),
                ('month_day', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(31)])),
                ('hour', models.PositiveSmallIntegerField(default=7, validators=[django.core.validators.MaxValueValidator(23)])),
                ('time_zone', models.CharField(default='UTC', max_length=64, validators=[accounts.models.user.validate_time_zone])),
                ('content', models.CharField(choices=[('ALWAYS', 'Always'), ('TROUBLE', 'Only when there is trouble')], default='ALWAYS', max_length=7)),
                ('revision', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Group',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('remote_id', models.CharField(db_collation='C', max_length=255)),
                ('name', models.CharField(max_length=256)),
                ('is_gone', models.BooleanField(default=False)),
                ('seen_in_round', models.PositiveIntegerField(default=0)),
                ('members_read_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='GroupMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('remote_id', models.CharField(db_collation='C', max_length=255)),
            ],
        ),
        migrations.CreateModel(
            name='Item',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('USER', 'User'), ('SITE', 'Site'), ('TEAM', 'Team')], max_length=4)),
                ('remote_id', models.CharField(db_collation='C', max_length=255)),
                ('name', models.CharField(blank=True, max_length=256)),
                ('address', models.CharField(blank=True, max_length=500)),
                ('list_name', models.CharField(blank=True, editable=False, max_length=256)),
                ('is_external', models.BooleanField(default=False)),
                ('is_enabled', models.BooleanField(default=True)),
                ('has_mail_plan', models.BooleanField(default=False)),
                ('mailbox', models.CharField(blank=True, choices=[('USER', 'Personal'), ('SHARED', 'Shared'), ('ROOM', 'Room'), ('EQUIPMENT', 'Equipment'), ('OTHER', 'Other'), ('NONE', 'No mailbox')], max_length=9)),
                ('presence', models.CharField(choices=[('PRESENT', 'At the source'), ('DELETED', 'Deleted at the source, can still be brought back there'), ('GONE', 'Gone from the source')], default='PRESENT', max_length=7)),
                ('gone_at', models.DateTimeField(blank=True, null=True)),
                ('first_seen_at', models.DateTimeField()),
                ('is_new', models.BooleanField(default=False)),
                ('seen_in_round', models.PositiveIntegerField(default=0)),
                ('is_chosen', models.BooleanField(default=False)),
                ('chosen_by', models.CharField(blank=True, choices=[('PERSON', 'By hand'), ('AUTOMATION', 'Automatically')], max_length=10)),
                ('decided_by', models.CharField(blank=True, max_length=200)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('skipped_as', models.CharField(blank=True, choices=[('EXTERNAL', 'external user'), ('SHARED_MAILBOX', 'shared mailbox'), ('DISABLED', 'disabled user'), ('GROUP', 'member of a skipped group'), ('PATTERN', 'address fits a skipped pattern')], max_length=14)),
                ('backup_status', models.CharField(choices=[('NONE', 'No report'), ('SUCCESS', 'Success'), ('IN_PROGRESS', 'In progress'), ('PARTIAL', 'Partial'), ('FAILED', 'Failed'), ('ONBOARDING', 'Onboarding')], default='NONE', max_length=11)),
                ('last_good_at', models.DateTimeField(blank=True, null=True)),
                ('stored_bytes', models.PositiveBigIntegerField(default=0)),
                ('protection', models.GeneratedField(db_persist=True, expression=models.Case(models.When(models.Q(('presence', 'PRESENT'), _negated=True), then=models.Value('NOT_AVAILABLE')), models.When(models.Q(('skipped_as', ''), _negated=True), then=models.Value('SKIPPED')), models.When(is_chosen=True, then=models.Value('PROTECTED')), default=models.Value('NOT_PROTECTED')), output_field=models.CharField(choices=[('PROTECTED', 'Protected'), ('NOT_PROTECTED', 'Not protected'), ('SKIPPED', 'Skipped'), ('NOT_AVAILABLE', 'N/A')], max_length=13))),
                ('tab', models.GeneratedField(db_persist=True, expression=models.Case(models.When(kind='SITE', then=models.Value('SITES')), models.When(kind='TEAM', then=models.Value('TEAMS')), models.When(mailbox__in=['SHARED', 'ROOM', 'EQUIPMENT'], then=models.Value('SHARED_MAILBOXES')), default=models.Value('USERS')), output_field=models.CharField(choices=[('USERS', 'Users'), ('SHARED_MAILBOXES', 'Shared mailboxes'), ('SITES', 'Sites'), ('TEAMS', 'Teams')], max_length=16))),
            ],
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mail', models.BooleanField(default=True)),
                ('calendar', models.BooleanField(default=True)),
                ('contacts', models.BooleanField(default=True)),
                ('onedrive', models.BooleanField(default=True)),
                ('sharepoint', models.BooleanField(default=True)),
                ('teams', models.BooleanField(default=True)),
                ('skip_external', models.BooleanField(default=True)),
                ('skip_shared_mailboxes', models.BooleanField(default=False)),
                ('skip_disabled', models.BooleanField(default=False)),
                ('skip_patterns', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), blank=True, default=list, size=None)),
                ('auto_users', models.BooleanField(default=False)),
                ('auto_users_since', models.DateTimeField(blank=True, null=True)),
                ('auto_sites', models.BooleanField(default=False)),
                ('auto_sites_since', models.DateTimeField(blank=True, null=True)),
                ('auto_teams', models.BooleanField(default=False)),
                ('auto_teams_since', models.DateTimeField(blank=True, null=True)),
                ('revision', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='SiteAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('url', models.CharField(max_length=400)),
                ('state', models.CharField(choices=[('CHECKING', 'Being checked'), ('FOUND', 'Found'), ('REFUSED', 'Not added')], default='CHECKING', max_length=8)),
                ('problem', models.CharField(blank=True, max_length=300)),
                ('added_by', models.CharField(max_length=200)),
                ('added_at', models.DateTimeField()),
                ('checked_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='SourceApp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('service', models.CharField(choices=[('MICROSOFT_365', 'Microsoft 365')], default='MICROSOFT_365', max_length=20)),
                ('purpose', models.CharField(choices=[('BACKUP', 'Backup (read only)'), ('RESTORE', 'Restore (write)')], max_length=7)),
                ('client_id', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name='SourceCredential',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('CERTIFICATE', 'Certificate'), ('SECRET', 'Secret')], max_length=11)),
                ('sealed', models.TextField()),
                ('hint', models.CharField(max_length=64)),
                ('added_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name='organization',
            name='backup_note',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='organization',
            name='backup_status',
            field=models.CharField(choices=[('NONE', 'No report'), ('SUCCESS', 'Success'), ('IN_PROGRESS', 'In progress'), ('PARTIAL', 'Partial'), ('FAILED', 'Failed'), ('ONBOARDING', 'Onboarding')], default='NONE', max_length=11),
        ),
        migrations.AddField(
            model_name='organization',
            name='billing_contact',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='organization',
            name='billing_email',
            field=models.EmailField(blank=True, max_length=254),
        ),
        migrations.AddField(
            model_name='organization',
            name='billing_phone',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='organization',
            name='connection_state',
            field=models.CharField(choices=[('NOT_CONNECTED', 'Not connected'), ('CONNECTED', 'Connected'), ('NEEDS_CONSENT', 'Permissions missing'), ('ACCESS_LOST', 'Access withdrawn'), ('DISCONNECTED', 'Disconnected')], default='NOT_CONNECTED', max_length=13),
        ),
        migrations.AddField(
            model_name='organization',
            name='days',
            field=models.CharField(blank=True, max_length=14),
        ),
        migrations.AddField(
            model_name='organization',
            name='days_until',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='organization',
            name='domain',
            field=models.CharField(blank=True, max_length=253),
        ),
        migrations.AddField(
            model_name='organization',
            name='is_simulated',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='organization',
            name='mailboxes_eligible',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='organization',
            name='sites_eligible',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='organization',
            name='teams_eligible',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='organization',
            name='users_eligible',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='organization',
            name='mailboxes_protected',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='organization',
            name='sites_protected',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='organization',
            name='teams_protected',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='organization',
            name='users_protected',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='organization',
            name='items_skipped',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='organization',
            name='last_good_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='organization',
            name='service',
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name='organization',
            name='stored_bytes',
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='organization',
            name='subdivision',
            field=models.CharField(blank=True, max_length=6),
        ),
        migrations.AddIndex(
            model_name='organization',
            index=models.Index(models.F('partner'), django.db.models.functions.text.Lower('name'), models.F('id'), name='organizations_by_name'),
        ),
        migrations.AddField(
            model_name='connection',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='connections', to='organizations.organization'),
        ),
        migrations.AddField(
            model_name='consent',
            name='connection',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='organizations.connection'),
        ),
        migrations.AddField(
            model_name='consent',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='organizations.organization'),
        ),
        migrations.AddField(
            model_name='consent',
            name='started_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='digestsetting',
            name='organization',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='digest_setting', to='organizations.organization'),
        ),
        migrations.AddField(
            model_name='group',
            name='connection',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='groups', to='organizations.connection'),
        ),
        migrations.AddField(
            model_name='group',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='groups', to='organizations.organization'),
        ),
        migrations.AddField(
            model_name='groupmember',
            name='group',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='organizations.group'),
        ),
        migrations.AddField(
            model_name='item',
            name='connection',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='organizations.connection'),
        ),
        migrations.AddField(
            model_name='item',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='organizations.organization'),
        ),
        migrations.AddField(
            model_name='policy',
            name='organization',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='policy', to='organizations.organization'),
        ),
        migrations.AddField(
            model_name='policy',
            name='skip_groups',
            field=models.ManyToManyField(blank=True, related_name='+', to='organizations.group'),
        ),
        migrations.AddField(
            model_name='siteaddress',
            name='connection',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='site_addresses', to='organizations.connection'),
        ),
        migrations.AddField(
            model_name='siteaddress',
            name='item',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='site_addresses', to='organizations.item'),
        ),
        migrations.AddField(
            model_name='siteaddress',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='site_addresses', to='organizations.organization'),
        ),
        migrations.AddConstraint(
            model_name='sourceapp',
            constraint=models.UniqueConstraint(fields=('service', 'purpose'), name='organizations_one_app_per_purpose'),
        ),
        migrations.AddField(
            model_name='sourcecredential',
            name='app',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='credentials', to='organizations.sourceapp'),
        ),
        migrations.AddField(
            model_name='organization',
            name='urgency',
            field=models.GeneratedField(db_persist=True, expression=models.Case(models.When(models.Q(('connection_state', 'ACCESS_LOST'), ('backup_status', 'FAILED'), _connector='OR'), then=models.Value(0)), models.When(models.Q(('connection_state', 'NEEDS_CONSENT'), ('backup_status', 'PARTIAL'), _connector='OR'), then=models.Value(1)), models.When(models.Q(('connection_state__in', ['NOT_CONNECTED', 'DISCONNECTED'])), then=models.Value(2)), models.When(models.Q(('backup_status', 'ONBOARDING')), then=models.Value(3)), default=models.Value(4)), output_field=models.PositiveSmallIntegerField()),
        ),
        migrations.AddField(
            model_name='organization',
            name='items_eligible',
            field=models.GeneratedField(db_persist=True, expression=django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('users_eligible'), '+', models.F('mailboxes_eligible')), '+', models.F('sites_eligible')), '+', models.F('teams_eligible')), output_field=models.PositiveIntegerField()),
        ),
        migrations.AddField(
            model_name='organization',
            name='items_protected',
            field=models.GeneratedField(db_persist=True, expression=django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('users_protected'), '+', models.F('mailboxes_protected')), '+', models.F('sites_protected')), '+', models.F('teams_protected')), output_field=models.PositiveIntegerField()),
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'DISCONNECTED'), _negated=True), fields=('service', 'tenant_id'), name='organizations_one_organization_per_tenant'),
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'DISCONNECTED'), _negated=True), fields=('organization', 'service'), name='organizations_one_connection_per_service'),
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=models.UniqueConstraint(fields=('id', 'organization'), name='organizations_connection_and_organization'),
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('disconnected_at__isnull', False), ('state', 'DISCONNECTED')), models.Q(models.Q(('state', 'DISCONNECTED'), _negated=True), ('disconnected_at', None)), _connector='OR'), name='organizations_disconnected_connections_say_when'),
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'NOT_CONNECTED'), _negated=True), name='organizations_a_connection_was_connected_once'),
        ),
        migrations.AddIndex(
            model_name='consent',
            index=models.Index(fields=['organization', '-started_at'], name='organizations_newest_consents'),
        ),
        migrations.AddConstraint(
            model_name='digestsetting',
            constraint=models.CheckConstraint(condition=models.Q(('hour__lte', 23), ('month_day__gte', 1), ('month_day__lte', 31), ('weekday__lte', 6)), name='organizations_digest_times_exist'),
        ),
        migrations.AddConstraint(
            model_name='group',
            constraint=models.UniqueConstraint(fields=('connection', 'remote_id'), name='organizations_groups_have_one_row'),
        ),
        migrations.AddConstraint(
            model_name='groupmember',
            constraint=models.UniqueConstraint(fields=('group', 'remote_id'), name='organizations_one_row_per_group_member'),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(fields=['organization', 'tab', 'list_name', 'id'], name='organizations_items_by_name'),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(fields=['organization', 'tab', 'protection'], name='organizations_items_by_state'),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(condition=models.Q(('kind', 'USER'), ('mailbox', ''), ('presence', 'PRESENT')), fields=['connection', 'id'], name='organizations_items_unasked'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.UniqueConstraint(fields=('connection', 'kind', 'remote_id'), name='organizations_items_have_one_row'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(('is_chosen', False), models.Q(('chosen_by', ''), _negated=True), _connector='OR'), name='organizations_somebody_chose_what_is_chosen'),
        ),
        migrations.AddConstraint(
            model_name='siteaddress',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'REFUSED'), _negated=True), fields=('connection', 'url'), name='organizations_site_addresses_are_unique'),
        ),
        migrations.AddConstraint(
            model_name='sourcecredential',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'SECRET'), ('expires_at__isnull', False), _connector='OR'), name='organizations_certificates_expire'),
        ),
        migrations.AddIndex(
            model_name='organization',
            index=models.Index(models.F('partner'), models.F('urgency'), models.OrderBy(models.F('last_good_at'), nulls_first=True), models.F('id'), name='organizations_urgent'),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('backups', '0001_discovery'),
    ]

    operations = [
        migrations.CreateModel(
            name='VaultCommit',
            fields=[
                ('pk', models.CompositePrimaryKey('organization', 'number', blank=True, editable=False, primary_key=True, serialize=False)),
                ('organization', models.UUIDField()),
                ('number', models.BigIntegerField()),
                ('made_at', models.DateTimeField()),
                ('kind', models.CharField(max_length=12)),
                ('packs', models.IntegerField(default=0)),
                ('versions', models.IntegerField(default=0)),
                ('deleted', models.IntegerField(default=0)),
                ('stored_bytes', models.BigIntegerField(default=0)),
                ('digest', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='VaultOrganization',
            fields=[
                ('organization', models.UUIDField(primary_key=True, serialize=False)),
                ('head_number', models.BigIntegerField(default=0)),
                ('head_digest', models.BinaryField()),
                ('created_at', models.DateTimeField()),
                ('erased_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='VaultTombstone',
            fields=[
                ('pk', models.CompositePrimaryKey('organization', 'digest', blank=True, editable=False, primary_key=True, serialize=False)),
                ('organization', models.UUIDField()),
                ('digest', models.BinaryField()),
                ('commit', models.BigIntegerField()),
                ('erased_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='VaultBlob',
            fields=[
                ('pk', models.CompositePrimaryKey('organization', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('organization', models.UUIDField()),
                ('pack', models.UUIDField()),
                ('start', models.IntegerField()),
                ('length', models.IntegerField()),
                ('plain_length', models.IntegerField()),
                ('flags', models.SmallIntegerField()),
                ('id', models.BinaryField()),
            ],
            options={
                'indexes': [models.Index(models.F('organization'), models.F('pack'), name='backups_vault_blobs_of_a_pack')],
            },
        ),
        migrations.CreateModel(
            name='VaultKey',
            fields=[
                ('pk', models.CompositePrimaryKey('organization', 'epoch', blank=True, editable=False, primary_key=True, serialize=False)),
                ('organization', models.UUIDField()),
                ('epoch', models.IntegerField()),
                ('record', models.BinaryField(blank=True, null=True)),
                ('root_name', models.BinaryField()),
                ('created_at', models.DateTimeField()),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
                ('destroyed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('destroyed_at__isnull', False), ('record__isnull', True)), models.Q(('destroyed_at__isnull', True), ('record__isnull', False)), _connector='OR'), name='backups_vault_key_is_there_until_destroyed')],
            },
        ),
        migrations.CreateModel(
            name='VaultManifest',
            fields=[
                ('pk', models.CompositePrimaryKey('organization', 'commit', 'position', blank=True, editable=False, primary_key=True, serialize=False)),
                ('organization', models.UUIDField()),
                ('commit', models.BigIntegerField()),
                ('position', models.IntegerField()),
                ('account', models.TextField()),
                ('blob', models.BinaryField()),
            ],
            options={
                'indexes': [models.Index(models.F('organization'), models.F('account'), models.F('commit'), name='backups_vault_manifests_of_one')],
            },
        ),
        migrations.CreateModel(
            name='VaultObject',
            fields=[
                ('pk', models.CompositePrimaryKey('organization', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('organization', models.UUIDField()),
                ('id', models.UUIDField()),
                ('account', models.TextField()),
                ('external_id', models.TextField()),
            ],
            options={
                'indexes': [models.Index(models.F('organization'), models.F('account'), name='backups_vault_objects_of_one')],
            },
        ),
        migrations.CreateModel(
            name='VaultPack',
            fields=[
                ('pk', models.CompositePrimaryKey('organization', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('organization', models.UUIDField()),
                ('id', models.UUIDField()),
                ('commit', models.BigIntegerField()),
                ('size', models.IntegerField()),
                ('live_bytes', models.IntegerField()),
                ('blobs', models.IntegerField()),
                ('epoch', models.IntegerField()),
                ('digest', models.BinaryField()),
                ('slip', models.BinaryField()),
                ('wrapped_key', models.BinaryField(blank=True, null=True)),
                ('key_destroyed_at', models.DateTimeField(blank=True, null=True)),
                ('lock_until', models.DateTimeField(blank=True, null=True)),
                ('doomed_at', models.DateTimeField(blank=True, null=True)),
                ('checked_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(models.F('organization'), models.F('doomed_at'), condition=models.Q(('doomed_at__isnull', False)), name='backups_vault_doomed_packs')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('key_destroyed_at__isnull', False), ('wrapped_key__isnull', True)), models.Q(('key_destroyed_at__isnull', True), ('wrapped_key__isnull', False)), _connector='OR'), name='backups_vault_pack_has_a_key_until_destroyed'), models.CheckConstraint(condition=models.Q(('key_destroyed_at', None), ('doomed_at__isnull', False), _connector='OR'), name='backups_vault_pack_without_key_is_doomed')],
            },
        ),
        migrations.CreateModel(
            name='VaultVersion',
            fields=[
                ('pk', models.CompositePrimaryKey('organization', 'object', 'to_commit', blank=True, editable=False, primary_key=True, serialize=False)),
                ('organization', models.UUIDField()),
                ('object', models.UUIDField()),
                ('from_commit', models.BigIntegerField()),
                ('to_commit', models.BigIntegerField(default=9223372036854775807)),
                ('size', models.BigIntegerField()),
                ('sha256', models.BinaryField()),
                ('recipe', models.BinaryField()),
                ('meta', models.BinaryField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('from_commit__lt', models.F('to_commit'))), name='backups_vault_version_begins_before_it_ends')],
            },
        ),
    ]

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('organizations', '0002_connections_and_items'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProviderPause',
            fields=[
                ('scope', models.CharField(max_length=300, primary_key=True, serialize=False)),
                ('not_before', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='DiscoveryFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(choices=[('USERS', 'Users'), ('GROUPS', 'Groups and teams'), ('SITES', 'Sites')], max_length=6)),
                ('sealed_cursor', models.TextField(blank=True)),
                ('is_listing', models.BooleanField(default=True)),
                ('round', models.PositiveIntegerField(default=1)),
                ('listed_at', models.DateTimeField(blank=True, null=True)),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='discovery_feeds', to='organizations.connection')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('connection', 'name'), name='backups_one_row_per_discovery_feed')],
            },
        ),
    ]

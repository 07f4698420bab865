"""Since when and why a listing of a tenant is not believed, kept until one is: rules that remove stop for it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("backups", "0014_deletions"),
    ]

    operations = [
        migrations.AddField(
            model_name="discoveryfeed",
            name="doubt",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="discoveryfeed",
            name="doubted_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="discoveryfeed",
            name="missing",
            field=models.PositiveIntegerField(default=0),
        ),
    ]

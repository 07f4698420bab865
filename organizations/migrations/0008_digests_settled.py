"""Until when digests are settled, and what is owed after an edit."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organizations", "0007_incidents"),
    ]

    operations = [
        migrations.AddField(
            model_name="digestsetting",
            name="owed",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="digestsetting",
            name="settled_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="incident",
            name="about",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.EmailField(max_length=254), blank=True, default=list, size=None
            ),
        ),
        migrations.AlterField(
            model_name="incident",
            name="kind",
            field=models.CharField(
                choices=[("OVERDUE", "No good backup for a day"), ("DIGEST", "Summary Digests do not arrive")],
                max_length=8,
            ),
        ),
    ]

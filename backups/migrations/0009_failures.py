"""How failures ended, and which of them somebody excluded."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("backups", "0008_previews")]

    operations = [
        migrations.AddField(
            model_name="failure",
            name="closed_as",
            field=models.CharField(
                blank=True, choices=[("SAVED", "Saved"), ("GONE", "Gone at the source")], default="", max_length=5
            ),
            preserve_default=False,
        ),
        migrations.AddField("failure", "excluded_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "failure", "excluded_by", models.CharField(blank=True, default="", max_length=200), preserve_default=False
        ),
    ]

"""Whom two dead workers in a row had in hand."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("backups", "0003_runs")]

    operations = [
        migrations.AddField(
            model_name="runitem",
            name="suspected",
            field=models.CharField(blank=True, db_collation="C", default="", max_length=400),
            preserve_default=False,
        ),
    ]

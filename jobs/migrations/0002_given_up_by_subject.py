"""Jobs that were given up are found by what they are about."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                models.F("kind"),
                models.F("subject_id"),
                condition=models.Q(("state", "QUARANTINED")),
                name="jobs_given_up",
            ),
        ),
    ]

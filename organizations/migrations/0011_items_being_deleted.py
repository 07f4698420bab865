"""What is being deleted for good at this moment is not protected meanwhile."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organizations", "0010_alert_rules"),
    ]

    operations = [
        migrations.AddField(
            model_name="item",
            name="is_being_deleted",
            field=models.BooleanField(default=False),
        ),
    ]

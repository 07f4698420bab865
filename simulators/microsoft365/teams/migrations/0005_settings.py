from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("teams", "0004_threads")]

    operations = [
        migrations.AddField(model_name="workspace", name="settings", field=models.JSONField(default=dict)),
    ]

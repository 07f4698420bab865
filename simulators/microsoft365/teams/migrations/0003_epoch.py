from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("teams", "0002_longer_targets")]

    operations = [
        migrations.AddField(model_name="workspace", name="epoch", field=models.PositiveIntegerField(default=0)),
    ]

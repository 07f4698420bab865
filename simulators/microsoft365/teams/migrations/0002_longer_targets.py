from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("teams", "0001_initial")]

    operations = [
        migrations.AlterField(model_name="operation", name="target", field=models.CharField(max_length=200)),
    ]

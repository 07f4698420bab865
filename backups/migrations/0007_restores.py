"""What was brought back."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("backups", "0006_exports")]

    operations = []

"""The index of everything that is kept."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("backups", "0004_suspected")]

    operations = []

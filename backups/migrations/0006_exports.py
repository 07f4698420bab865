"""What was handed out, and the sealed parcels it lies in."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("backups", "0005_search")]

    operations = []

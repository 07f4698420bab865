"""The index of everything that is kept."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

# An entry belongs to a version and goes with it: erased, let go by retention, or taken away with a whole catalogue. A
# version that ends changes its key, and the entry's with it. Both happen in the transaction that does it to the vault.
FOLLOW = """
ALTER TABLE backups_searchentry ADD CONSTRAINT backups_searchentry_of_version
    FOREIGN KEY (organization, object, to_commit) REFERENCES backups_vaultversion (organization, object, to_commit)
    ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE backups_searchprogress ADD CONSTRAINT backups_searchprogress_of_vault
    FOREIGN KEY (organization) REFERENCES backups_vaultorganization (organization) ON DELETE CASCADE;
"""
NO_LONGER = """
ALTER TABLE backups_searchprogress DROP CONSTRAINT backups_searchprogress_of_vault;
ALTER TABLE backups_searchentry DROP CONSTRAINT backups_searchentry_of_version;
"""
# A search that meets thousands of rows should read few pages, so what is wide lies elsewhere. The database moves it
# there only out of rows above 2 kB, and then until they are as short as is wished: the padding, of which a few bytes
# remain, makes every row one of those. Pages keep room for the versions that end.
NARROW = """
ALTER TABLE backups_searchentry ADD COLUMN padding text DEFAULT repeat(' ', 2100);
ALTER TABLE backups_searchentry SET (toast_tuple_target = 256, fillfactor = 90);
ALTER TABLE backups_searchentry ALTER COLUMN object_id SET STORAGE EXTERNAL, ALTER COLUMN feed_key SET STORAGE EXTERNAL;
"""
WIDE = "ALTER TABLE backups_searchentry DROP COLUMN padding"


class Migration(migrations.Migration):
    dependencies = [("backups", "0004_suspected")]

    operations = [
        migrations.CreateModel(
            name="SearchProgress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("organization", models.UUIDField(unique=True)),
                ("commit", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("organization", models.UUIDField()),
                ("object", models.UUIDField()),
                ("from_commit", models.BigIntegerField()),
                ("to_commit", models.BigIntegerField(default=9223372036854775807)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("MAIL", "Mail"),
                            ("CALENDAR", "Calendar"),
                            ("CONTACTS", "Contacts"),
                            ("ONEDRIVE", "OneDrive"),
                            ("SHAREPOINT", "SharePoint"),
                            ("TEAMS", "Teams"),
                        ],
                        max_length=10,
                    ),
                ),
                ("feed_key", models.CharField(blank=True, db_collation="C", max_length=400)),
                ("object_id", models.TextField(db_collation="C")),
                ("name", models.CharField(blank=True, max_length=400)),
                ("people", models.CharField(blank=True, max_length=400)),
                ("at", models.DateTimeField()),
                ("size", models.BigIntegerField(default=0)),
                ("has_attachments", models.BooleanField(default=False)),
                ("is_folder", models.BooleanField(default=False)),
                ("text_state", models.CharField(blank=True, max_length=20)),
                ("words", django.contrib.postgres.search.SearchVectorField()),
                ("text", models.TextField(blank=True)),
                (
                    "container",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="search_entries",
                        to="backups.container",
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["words"], name="backups_search_by_words"
                    ),
                    models.Index(fields=["organization", "at"], name="backups_search_by_time"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "object", "from_commit"), name="backups_one_search_entry_per_version"
                    )
                ],
            },
        ),
        migrations.RunSQL(FOLLOW, NO_LONGER),
        migrations.RunSQL(NARROW, WIDE),
    ]

"""What the database itself promises: rows of a connection stay inside its organization; every client has its settings."""

from django.db import migrations

_TABLES = ("organizations_item", "organizations_group", "organizations_siteaddress")


def _same_organization(table: str) -> migrations.RunSQL:
    name = f"{table}_stays_inside_its_organization"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (connection_id, organization_id)"
        " REFERENCES organizations_connection (id, organization_id) DEFERRABLE INITIALLY DEFERRED;",
        f"ALTER TABLE {table} DROP CONSTRAINT {name};",
    )


def furnish(apps, schema_editor) -> None:
    """Give the organizations that exist already the settings a new one is born with."""
    organizations = list(apps.get_model("organizations", "Organization").objects.select_related("partner"))
    apps.get_model("organizations", "Policy").objects.bulk_create(
        apps.get_model("organizations", "Policy")(organization=one) for one in organizations
    )
    apps.get_model("organizations", "DigestSetting").objects.bulk_create(
        apps.get_model("organizations", "DigestSetting")(organization=one, time_zone=one.partner.time_zone)
        for one in organizations
    )


class Migration(migrations.Migration):
    dependencies = [("organizations", "0002_connections_and_items")]

    operations = [
        *[_same_organization(table) for table in _TABLES],
        migrations.RunPython(furnish, migrations.RunPython.noop),
    ]

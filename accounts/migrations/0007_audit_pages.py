"""Every way to ask for a page of the audit log has an index in the order of that page."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_verified_chains"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="auditentry",
            name="accounts_audit_chain_at",
        ),
        migrations.RemoveIndex(
            model_name="auditentry",
            name="accounts_audit_chain_action",
        ),
        migrations.RemoveIndex(
            model_name="auditentry",
            name="accounts_audit_chain_actor",
        ),
        migrations.RemoveIndex(
            model_name="auditentry",
            name="accounts_audit_organization",
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["chain", "-at", "-number"], name="accounts_audit_newest"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["chain", "action", "-at", "-number"], name="accounts_audit_action"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["chain", "actor_id", "-at", "-number"], name="accounts_audit_actor"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                condition=models.Q(("organization_id__isnull", False)),
                fields=["organization_id", "-at", "-number"],
                name="accounts_audit_client",
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                condition=models.Q(("organization_id__isnull", False)),
                fields=["organization_id", "action", "-at", "-number"],
                name="accounts_audit_client_action",
            ),
        ),
    ]

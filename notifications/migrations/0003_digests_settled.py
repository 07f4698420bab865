"""Each mail says until when its text is kept."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0002_alert_opt_outs"),
    ]

    operations = [
        migrations.AddField(
            model_name="outgoingemail",
            name="erase_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="outgoingemail",
            index=models.Index(
                condition=models.Q(("erase_at__isnull", False)),
                fields=["erase_at"],
                name="notifications_bodies_to_erase",
            ),
        ),
        migrations.AddIndex(
            model_name="outgoingemail",
            index=models.Index(
                condition=models.Q(("state__in", ["QUEUED", "HANDING_OVER"])),
                fields=["state"],
                name="notifications_open_mails",
            ),
        ),
        migrations.RunSQL(
            "UPDATE notifications_outgoingemail SET erase_at = created_at"
            " + CASE kind WHEN 'summary_digest' THEN interval '365 days' ELSE interval '7 days' END"
            " WHERE sealed_text <> ''",
            migrations.RunSQL.noop,
        ),
    ]

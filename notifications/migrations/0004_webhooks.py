"""Webhooks: addresses of partners' own programs, and what is delivered to them."""

import django.contrib.postgres.fields
import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_verified_chains"),
        ("notifications", "0003_digests_settled"),
    ]

    operations = [
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("url", models.CharField(max_length=500)),
                (
                    "events",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("incident.opened", "An incident began"),
                                ("incident.recovered", "An incident is over"),
                                ("report.ready", "A backup report was taken"),
                                ("restore.ended", "A restore ended"),
                                ("run.failed", "A backup failed"),
                            ],
                            max_length=30,
                        ),
                        default=list,
                        size=None,
                    ),
                ),
                ("is_on", models.BooleanField(default=True)),
                ("sealed_secret", models.TextField()),
                ("sealed_old_secret", models.TextField(blank=True)),
                ("old_secret_until", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                ("failing_since", models.DateTimeField(blank=True, null=True)),
                ("rests_until", models.DateTimeField(blank=True, null=True)),
                ("silences", models.PositiveSmallIntegerField(default=0)),
                ("off_because", models.CharField(blank=True, max_length=200)),
                ("off_told_at", models.DateTimeField(blank=True, null=True)),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="webhook_endpoints",
                        to="accounts.partner",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("event", models.CharField(max_length=30)),
                ("payload", models.TextField()),
                ("created_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("QUEUED", "Waiting"), ("DELIVERED", "Delivered"), ("FAILED", "Failed")],
                        default="QUEUED",
                        max_length=9,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("attempts_in_row", models.PositiveSmallIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(blank=True, null=True)),
                ("last_tried_at", models.DateTimeField(blank=True, null=True)),
                ("last_code", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("last_answer", models.CharField(blank=True, max_length=500)),
                ("problem", models.CharField(blank=True, max_length=300)),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="notifications.webhookendpoint",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="webhookendpoint",
            constraint=models.UniqueConstraint(
                fields=("partner", "name"), name="notifications_webhook_names_are_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookendpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_on", False), ("off_because", ""), _connector="OR"),
                name="notifications_no_reason_to_be_off_while_on",
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(fields=["endpoint", "-created_at"], name="notifications_newest_webhooks"),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(
                condition=models.Q(("state", "QUEUED")),
                fields=["endpoint", "next_try_at"],
                name="notifications_due_webhooks",
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(fields=["created_at"], name="notifications_webhooks_by_age"),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("next_try_at__isnull", False), ("state", "QUEUED")),
                    models.Q(models.Q(("state", "QUEUED"), _negated=True), ("next_try_at", None)),
                    _connector="OR",
                ),
                name="notifications_waiting_deliveries_say_when",
            ),
        ),
    ]

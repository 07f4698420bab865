"""Alert rules, and incidents that say who was told of them."""

import django.contrib.postgres.fields
import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_verified_chains"),
        ("notifications", "0004_webhooks"),
        ("organizations", "0009_life_of_data"),
    ]

    operations = [
        migrations.CreateModel(
            name="AlertRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("is_on", models.BooleanField(default=True)),
                ("covers_all", models.BooleanField(default=True)),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("OVERDUE", "No good backup"),
                            ("FAILURES", "Something cannot be saved"),
                            ("NO_ACCESS", "Service not accessible"),
                        ],
                        max_length=9,
                    ),
                ),
                ("hours", models.PositiveSmallIntegerField()),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=10), blank=True, default=list, size=None
                    ),
                ),
                ("at_least", models.PositiveIntegerField(default=1)),
                (
                    "addresses",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.EmailField(max_length=254), blank=True, default=list, size=None
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("revision", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="IncidentNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "moment",
                    models.CharField(
                        choices=[("OPENED", "Began"), ("STILL_OPEN", "Still open"), ("RECOVERED", "Over")],
                        max_length=10,
                    ),
                ),
                ("channel", models.CharField(choices=[("MAIL", "Mail"), ("WEBHOOK", "Webhook")], max_length=7)),
                ("to", models.CharField(max_length=254)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="incident",
            name="organizations_one_open_incident_of_a_kind",
        ),
        migrations.AddField(
            model_name="incident",
            name="acknowledged_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="incident",
            name="acknowledged_by",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="incident",
            name="ended_as",
            field=models.CharField(
                blank=True, choices=[("RECOVERED", "Over"), ("DROPPED", "No longer watched")], max_length=9
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="is_built_in",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="incident",
            name="muted_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="incident",
            name="muted_by",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="incident",
            name="muted_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="incident",
            name="rule_name",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="incident",
            name="uuid",
            field=models.UUIDField(default=uuid.uuid4, editable=False, null=True),
        ),
        # Rows of before get an id each, and had one way to end.
        migrations.RunSQL(
            "UPDATE organizations_incident SET uuid = gen_random_uuid(),"
            " ended_as = CASE WHEN ended_at IS NULL THEN '' ELSE 'RECOVERED' END",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="incident",
            name="uuid",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
        migrations.AddField(
            model_name="incident",
            name="what",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name="incident",
            name="kind",
            field=models.CharField(
                choices=[
                    ("OVERDUE", "No good backup"),
                    ("FAILURES", "Something cannot be saved"),
                    ("NO_ACCESS", "Service not accessible"),
                    ("DIGEST", "Summary Digests do not arrive"),
                ],
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="alertrule",
            name="endpoints",
            field=models.ManyToManyField(blank=True, related_name="alert_rules", to="notifications.webhookendpoint"),
        ),
        migrations.AddField(
            model_name="alertrule",
            name="members",
            field=models.ManyToManyField(blank=True, related_name="+", to="accounts.membership"),
        ),
        migrations.AddField(
            model_name="alertrule",
            name="organizations",
            field=models.ManyToManyField(blank=True, related_name="alert_rules", to="organizations.organization"),
        ),
        migrations.AddField(
            model_name="alertrule",
            name="partner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="alert_rules", to="accounts.partner"
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="rule",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="incidents",
                to="organizations.alertrule",
            ),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(fields=["organization", "-began_at"], name="organizations_incidents_newest"),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.UniqueConstraint(
                models.F("organization"),
                models.F("kind"),
                condition=models.Q(("ended_at", None), ("is_built_in", True)),
                name="organizations_one_open_incident_of_a_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.UniqueConstraint(
                models.F("organization"),
                models.F("rule"),
                condition=models.Q(("ended_at", None), ("is_built_in", False)),
                name="organizations_one_open_incident_of_a_rule",
            ),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_as", ""), ("ended_at", None)),
                    models.Q(("ended_at__isnull", False), models.Q(("ended_as", ""), _negated=True)),
                    _connector="OR",
                ),
                name="organizations_ended_incidents_say_how",
            ),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_built_in", False), ("rule", None), _connector="OR"),
                name="organizations_built_in_incidents_have_no_rule",
            ),
        ),
        migrations.AddField(
            model_name="incidentnotice",
            name="incident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="notices", to="organizations.incident"
            ),
        ),
        migrations.AddConstraint(
            model_name="alertrule",
            constraint=models.UniqueConstraint(
                fields=("partner", "name"), name="organizations_alert_rule_names_are_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="alertrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("hours__gte", 0),
                    ("hours__lte", 720),
                    models.Q(models.Q(("what", "OVERDUE"), _negated=True), ("hours__gte", 1), _connector="OR"),
                ),
                name="organizations_alert_rules_wait_up_to_a_month",
            ),
        ),
        migrations.AddConstraint(
            model_name="alertrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("at_least__gte", 1)), name="organizations_alert_rules_count_from_one"
            ),
        ),
    ]

"""Backed-up data is deleted when two people and a month agree."""

import datetime
import django.db.models.deletion
import django.db.models.expressions
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("backups", "0013_digests_settled"),
        ("organizations", "0009_life_of_data"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Deletion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "scope",
                    models.CharField(
                        choices=[("ITEMS", "Chosen accounts"), ("ORGANIZATION", "The whole client")], max_length=12
                    ),
                ),
                ("reason", models.CharField(max_length=1000)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("REQUESTED", "Waiting for a second person"),
                            ("AUTHORIZED", "Held"),
                            ("EXECUTING", "Being deleted"),
                            ("DONE", "Deleted"),
                            ("DECLINED", "Declined"),
                            ("CANCELLED", "Cancelled"),
                        ],
                        default="REQUESTED",
                        max_length=10,
                    ),
                ),
                ("requested_by", models.CharField(max_length=200)),
                ("requester_email", models.EmailField(max_length=254)),
                ("requested_at", models.DateTimeField()),
                ("authorized_by", models.CharField(blank=True, max_length=200)),
                ("authorizer_email", models.EmailField(blank=True, max_length=254)),
                ("authorized_at", models.DateTimeField(blank=True, null=True)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("warned_at", models.DateTimeField(blank=True, null=True)),
                ("began_at", models.DateTimeField(blank=True, null=True)),
                ("stuck_because", models.CharField(blank=True, max_length=500)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_by", models.CharField(blank=True, max_length=200)),
                ("ended_because", models.CharField(blank=True, max_length=500)),
                ("accounts", models.PositiveIntegerField(default=0)),
                ("objects_kept", models.PositiveBigIntegerField(default=0)),
                ("versions_kept", models.PositiveBigIntegerField(default=0)),
                ("bytes_kept", models.PositiveBigIntegerField(default=0)),
                ("oldest_at", models.DateTimeField(blank=True, null=True)),
                ("newest_at", models.DateTimeField(blank=True, null=True)),
                ("certificate", models.JSONField(blank=True, null=True)),
                (
                    "authorizer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deletions",
                        to="organizations.organization",
                    ),
                ),
                (
                    "requester",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DeletionItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=256)),
                ("address", models.CharField(blank=True, max_length=500)),
                ("is_open", models.BooleanField(default=True)),
                ("certificates", models.JSONField(default=dict)),
                (
                    "deletion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="backups.deletion"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deletion_items",
                        to="organizations.item",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="deletion",
            index=models.Index(fields=["organization", "-requested_at"], name="backups_deletions_by_time"),
        ),
        migrations.AddIndex(
            model_name="deletion",
            index=models.Index(
                condition=models.Q(("ended_at", None)), fields=["state", "due_at"], name="backups_open_deletions"
            ),
        ),
        migrations.AddConstraint(
            model_name="deletion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("authorizer_email", ""),
                    models.Q(("authorizer_email", models.F("requester_email")), _negated=True),
                    _connector="OR",
                ),
                name="backups_deletions_need_two_addresses",
            ),
        ),
        migrations.AddConstraint(
            model_name="deletion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("authorizer", None),
                    ("requester", None),
                    models.Q(("authorizer", models.F("requester")), _negated=True),
                    _connector="OR",
                ),
                name="backups_deletions_need_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="deletion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("authorized_at", None), ("authorized_by", ""), ("authorizer_email", ""), ("due_at", None)
                    ),
                    models.Q(
                        (
                            "due_at__gte",
                            django.db.models.expressions.CombinedExpression(
                                models.F("authorized_at"), "+", models.Value(datetime.timedelta(days=30))
                            ),
                        ),
                        models.Q(("authorized_by", ""), _negated=True),
                        models.Q(("authorizer_email", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="backups_authorized_deletions_are_held",
            ),
        ),
        migrations.AddConstraint(
            model_name="deletion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["AUTHORIZED", "EXECUTING", "DONE"]), _negated=True),
                    ("authorized_at__isnull", False),
                    _connector="OR",
                ),
                name="backups_only_authorized_deletions_go_on",
            ),
        ),
        migrations.AddConstraint(
            model_name="deletion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("began_at__gte", models.F("due_at")), ("state__in", ["EXECUTING", "DONE"])),
                    models.Q(models.Q(("state__in", ["EXECUTING", "DONE"]), _negated=True), ("began_at", None)),
                    _connector="OR",
                ),
                name="backups_deletions_begin_when_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="deletion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("began_at", None),
                    models.Q(
                        (
                            "began_at__gte",
                            django.db.models.expressions.CombinedExpression(
                                models.F("warned_at"), "+", models.Value(datetime.timedelta(days=3))
                            ),
                        ),
                        ("warned_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="backups_deletions_begin_after_a_warning",
            ),
        ),
        migrations.AddConstraint(
            model_name="deletion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", False), ("state__in", ["DONE", "DECLINED", "CANCELLED"])),
                    models.Q(("ended_at", None), ("state__in", ["REQUESTED", "AUTHORIZED", "EXECUTING"])),
                    _connector="OR",
                ),
                name="backups_ended_deletions_say_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="deletion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("certificate__isnull", False), ("state", "DONE")),
                    models.Q(models.Q(("state", "DONE"), _negated=True), ("certificate", None)),
                    _connector="OR",
                ),
                name="backups_done_deletions_have_a_certificate",
            ),
        ),
        migrations.AddConstraint(
            model_name="deletion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None), ("scope", "ORGANIZATION")),
                fields=("organization",),
                name="backups_one_open_deletion_of_everything",
            ),
        ),
        migrations.AddConstraint(
            model_name="deletionitem",
            constraint=models.UniqueConstraint(
                fields=("deletion", "item"), name="backups_one_row_per_item_of_a_deletion"
            ),
        ),
        migrations.AddConstraint(
            model_name="deletionitem",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_open", True)), fields=("item",), name="backups_one_open_deletion_per_item"
            ),
        ),
    ]

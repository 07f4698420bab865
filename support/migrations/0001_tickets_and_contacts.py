"""Contacts, tickets, what is said on them, and mails that answer ours."""

import accounts.models.user
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0006_verified_chains"),
        ("organizations", "0007_incidents"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CannedAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=120, unique=True)),
                ("body", models.TextField(help_text="Markdown.")),
            ],
        ),
        migrations.CreateModel(
            name="Ticket",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("subject", models.CharField(max_length=200)),
                (
                    "topic",
                    models.CharField(
                        choices=[
                            ("CLOUD_BACKUP", "Cloud Backup"),
                            ("PORTAL", "Partner portal"),
                            ("BILLING", "Billing"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "priority",
                    models.CharField(
                        choices=[("LOW", "Low"), ("NORMAL", "Normal"), ("HIGH", "High"), ("URGENT", "Urgent")],
                        default="NORMAL",
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "Open"),
                            ("WAITING_FOR_PARTNER", "Waiting for partner"),
                            ("WAITING_FOR_SUPPORT", "Waiting for support"),
                            ("SOLVED", "Solved"),
                            ("CLOSED", "Closed"),
                        ],
                        default="OPEN",
                        max_length=20,
                    ),
                ),
                ("requester_name", models.CharField(max_length=170)),
                (
                    "requester_role",
                    models.CharField(
                        choices=[
                            ("ADMINISTRATOR", "Administrator"),
                            ("ACCOUNTANT", "Accountant"),
                            ("BASIC", "Basic"),
                            ("ORGANIZATION_USER", "Organization user"),
                        ],
                        max_length=20,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("last_word_at", models.DateTimeField()),
                ("first_answered_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("submission", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="assigned_tickets",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="tickets",
                        to="organizations.organization",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tickets", to="accounts.partner"
                    ),
                ),
                (
                    "requester",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tickets", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReceivedMail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("message_id", models.CharField(max_length=300)),
                ("person_id", models.BigIntegerField()),
                ("sender", models.CharField(max_length=320)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("POSTED", "Posted"),
                            ("LOOP", "Sent by a program"),
                            ("STRANGER", "Not from the person the address was made for"),
                            ("TOO_MANY", "Too many in an hour"),
                            ("EMPTY", "Nothing in it"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("received_at", models.DateTimeField()),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="received_mails", to="support.ticket"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("COMMENT", "Comment"),
                            ("ANSWER", "Answer"),
                            ("NOTE", "Internal note"),
                            ("EVENT", "Event"),
                        ],
                        max_length=10,
                    ),
                ),
                ("author_name", models.CharField(blank=True, max_length=170)),
                (
                    "author_role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("ADMINISTRATOR", "Administrator"),
                            ("ACCOUNTANT", "Accountant"),
                            ("BASIC", "Basic"),
                            ("ORGANIZATION_USER", "Organization user"),
                        ],
                        max_length=20,
                    ),
                ),
                ("body", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("is_by_mail", models.BooleanField(default=False)),
                ("submission", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="support.ticket"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Watcher",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("added_at", models.DateTimeField()),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="watchers", to="support.ticket"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "function",
                    models.CharField(
                        choices=[
                            ("ACCOUNT_MANAGER", "Account Manager"),
                            ("PARTNER_SUCCESS", "Partner Success Manager"),
                            ("SUPPORT", "Support"),
                            ("CUSTOMER_SERVICE", "Customer Service"),
                            ("BILLING", "Billing"),
                        ],
                        max_length=20,
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("phone", models.CharField(blank=True, max_length=40)),
                (
                    "hours",
                    models.CharField(blank=True, help_text="Such as: Monday to Friday, 09:00 to 17:30", max_length=120),
                ),
                (
                    "time_zone",
                    models.CharField(
                        default="UTC",
                        help_text="The zone of the hours.",
                        max_length=64,
                        validators=[accounts.models.user.validate_time_zone],
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: for all partners.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contacts",
                        to="accounts.partner",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("partner", "function"),
                        name="support_one_contact_per_function",
                        nulls_distinct=False,
                        violation_error_message="There is a contact for this function already. Change that one.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("email", ""), ("phone", ""), _negated=True),
                        name="support_contacts_can_be_reached",
                        violation_error_message="Enter an email address or a phone number.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=255)),
                ("size", models.PositiveBigIntegerField()),
                ("stored_as", models.CharField(max_length=100, unique=True)),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="attachments", to="support.message"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("size__gt", 0)), name="support_files_hold_something")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["partner", "-last_word_at", "-id"], name="support_newest_words"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["partner", "state"], name="support_ticket_states"),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.UniqueConstraint(fields=("requester", "submission"), name="support_one_ticket_per_form"),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", False), ("state__in", ("SOLVED", "CLOSED"))),
                    models.Q(models.Q(("state__in", ("SOLVED", "CLOSED")), _negated=True), ("ended_at", None)),
                    _connector="OR",
                ),
                name="support_ended_tickets_say_when",
            ),
        ),
        migrations.AddIndex(
            model_name="receivedmail",
            index=models.Index(fields=["-received_at"], name="support_newest_mails"),
        ),
        migrations.AddConstraint(
            model_name="receivedmail",
            constraint=models.UniqueConstraint(
                fields=("ticket", "person_id", "message_id"), name="support_each_mail_counts_once"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["ticket", "created_at", "id"], name="support_thread"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("author__isnull", False)),
                fields=("author", "submission"),
                name="support_one_message_per_form",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "EVENT"), ("author__isnull", False), _connector="OR"),
                name="support_messages_have_an_author",
            ),
        ),
        migrations.AddConstraint(
            model_name="watcher",
            constraint=models.UniqueConstraint(fields=("ticket", "user"), name="support_one_watcher_per_person"),
        ),
    ]

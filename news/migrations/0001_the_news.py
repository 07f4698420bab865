"""News items, and who has read which."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0007_audit_pages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="NewsItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("title", models.CharField(max_length=120)),
                (
                    "summary",
                    models.CharField(help_text="One or two sentences, for the dashboard and lists.", max_length=300),
                ),
                (
                    "body",
                    models.TextField(
                        help_text="Markdown: *emphasis*, **weight**, lists, tables, links. Headings, pictures and HTML are not shown.",
                        validators=[django.core.validators.MaxLengthValidator(20000)],
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("PRODUCT", "Product updates"),
                            ("RELEASES", "Release notes"),
                            ("STATUS", "Service status and maintenance"),
                            ("TRAINING", "Training and events"),
                            ("MARKETING", "Offers"),
                        ],
                        help_text="Who is mailed: those who want this kind of newsletter.",
                        max_length=10,
                    ),
                ),
                (
                    "publish_at",
                    models.DateTimeField(default=django.utils.timezone.now, help_text="Until then nobody sees it."),
                ),
                ("is_for_all", models.BooleanField(default=True, verbose_name="for all partners")),
                (
                    "is_mailed",
                    models.BooleanField(
                        default=False,
                        help_text="Each person once. A correction afterwards mails nobody again.",
                        verbose_name="mail it",
                    ),
                ),
                (
                    "is_withdrawn",
                    models.BooleanField(
                        default=False,
                        help_text="It vanishes from the portal, and no more mails of it are sent.",
                        verbose_name="withdrawn",
                    ),
                ),
                ("created_at", models.DateTimeField(editable=False)),
                ("corrected_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("mailed_up_to", models.BigIntegerField(default=0, editable=False)),
                ("mailed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "only_for",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Only where it is not for all partners.",
                        related_name="+",
                        to="accounts.partner",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "news",
            },
        ),
        migrations.CreateModel(
            name="Reading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("read_at", models.DateTimeField()),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="readings", to="news.newsitem"
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
        migrations.AddIndex(
            model_name="newsitem",
            index=models.Index(fields=["-publish_at", "-id"], name="news_newest_first"),
        ),
        migrations.AddIndex(
            model_name="newsitem",
            index=models.Index(
                condition=models.Q(("is_mailed", True), ("is_withdrawn", False), ("mailed_at", None)),
                fields=["publish_at"],
                name="news_to_be_mailed",
            ),
        ),
        migrations.AddConstraint(
            model_name="reading",
            constraint=models.UniqueConstraint(fields=("user", "item"), name="news_read_once_per_person"),
        ),
    ]

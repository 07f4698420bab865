"""Something the platform tells its partners, once, for the portal and for mail."""

import uuid
from datetime import datetime
from typing import Self

from django.apps import apps
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Partner
from notifications.models import EmailPreference


class NewsItemQuerySet(models.QuerySet):
    def visible_to(self, membership: Membership) -> Self:
        """Return what was written for the member's company, withdrawn items excepted; clients' people get none."""
        if not membership.sees_every_organization:
            return self.none()
        chosen = NewsItem.only_for.through.objects.filter(newsitem=OuterRef("pk"), partner=membership.partner_id)
        return self.filter(Q(is_for_all=True) | Exists(chosen), is_withdrawn=False)

    def published(self, now: datetime) -> Self:
        """Return those whose time has come."""
        return self.filter(publish_at__lte=now)

    def to_be_mailed(self, now: datetime) -> Self:
        """Return those that are published and whose mails are not all in the outbox."""
        return self.published(now).filter(is_mailed=True, is_withdrawn=False, mailed_at=None)

    def with_unread(self, membership: Membership) -> Self:
        """Add ``is_unread``: not opened by this person, and not older than the person's time at the company."""
        read = apps.get_model("news", "Reading").objects.filter(item=OuterRef("pk"), user=membership.user_id)
        is_new = Q(publish_at__gt=membership.joined_at) if membership.joined_at else Value(True)
        return self.annotate(
            is_unread=models.ExpressionWrapper(~Exists(read) & is_new, output_field=models.BooleanField())
        )

    def newest_first(self) -> Self:
        return self.order_by("-publish_at", "-id")


class NewsItem(models.Model):
    """News shows from ``publish_at`` on until it is withdrawn.

    Who gets the mail is asked once, from the lowest person to the highest: ``mailed_up_to`` says how far that is, and
    ``mailed_at`` that it is over. What is corrected afterwards is corrected in the portal only.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=300, help_text="One or two sentences, for the dashboard and lists.")
    body = models.TextField(
        validators=[MaxLengthValidator(20_000)],
        help_text="Markdown: *emphasis*, **weight**, lists, tables, links. Headings, pictures and HTML are not shown.",
    )
    category = models.CharField(
        max_length=10,
        choices=EmailPreference.OF_NEWS,
        help_text="Who is mailed: those who want this kind of newsletter.",
    )
    publish_at = models.DateTimeField(default=timezone.now, help_text="Until then nobody sees it.")
    is_for_all = models.BooleanField("for all partners", default=True)
    only_for = models.ManyToManyField(
        Partner, blank=True, related_name="+", help_text="Only where it is not for all partners."
    )
    is_mailed = models.BooleanField(
        "mail it", default=False, help_text="Each person once. A correction afterwards mails nobody again."
    )
    is_withdrawn = models.BooleanField(
        "withdrawn", default=False, help_text="It vanishes from the portal, and no more mails of it are sent."
    )
    created_at = models.DateTimeField(editable=False)
    # When it was changed after it had been published.
    corrected_at = models.DateTimeField(null=True, blank=True, editable=False)
    mailed_up_to = models.BigIntegerField(default=0, editable=False)
    mailed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = NewsItemQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "news"
        indexes = [
            models.Index(fields=["-publish_at", "-id"], name="news_newest_first"),
            models.Index(
                fields=["publish_at"],
                condition=Q(is_mailed=True, is_withdrawn=False, mailed_at=None),
                name="news_to_be_mailed",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("news:news_detail", args=[self.uuid])

    def is_to_be_mailed(self, now: datetime) -> bool:
        """Return what `to_be_mailed` asks, of this row."""
        return self.is_mailed and not self.is_withdrawn and self.mailed_at is None and self.publish_at <= now

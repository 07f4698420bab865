"""Which newsletters a person wants."""

from typing import Self

from django.conf import settings
from django.db import models


class EmailPreferenceQuerySet(models.QuerySet):
    def visible_to(self, membership) -> Self:
        """Return the member's own preferences."""
        return self.filter(user_id=membership.user_id)


class EmailPreference(models.Model):
    """One person's answer about one kind of newsletter. Without a row the answer is the category's own default.

    Mails about security, billing and backups are no newsletters and cannot be switched off here.
    """

    class Category(models.TextChoices):
        PRODUCT = "PRODUCT", "Product updates"
        RELEASES = "RELEASES", "Release notes"
        STATUS = "STATUS", "Service status and maintenance"
        TRAINING = "TRAINING", "Training and events"
        DUE_AGAIN = "DUE_AGAIN", "Training that is due again"
        MARKETING = "MARKETING", "Offers"

    DESCRIPTIONS = {
        Category.PRODUCT: "What is coming, and questions we would like answered.",
        Category.RELEASES: "What changed, with what you need to do.",
        Category.STATUS: "When something is down or will be.",
        Category.TRAINING: "New courses, live sessions.",
        Category.DUE_AGAIN: "Once, 30 days before a certificate of yours ends.",
        Category.MARKETING: "Prices and campaigns. Now and then.",
    }
    ON_BY_DEFAULT = frozenset({Category.STATUS, Category.DUE_AGAIN})
    # What news are written for; the others are sent by the clock to one person each.
    OF_NEWS = tuple((code, label) for code, label in Category.choices if code != "DUE_AGAIN")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    category = models.CharField(max_length=10, choices=Category.choices)
    is_subscribed = models.BooleanField()
    changed_at = models.DateTimeField()

    objects = EmailPreferenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "category"], name="notifications_one_answer_per_category"),
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()}: {'yes' if self.is_subscribed else 'no'}"

"""Who has opened which news."""

from django.conf import settings
from django.db import models

from accounts.scoping import OwnQuerySet
from news.models.news_item import NewsItem


class Reading(models.Model):
    """One person has opened one item; nobody else is shown that."""

    item = models.ForeignKey(NewsItem, models.CASCADE, related_name="readings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    read_at = models.DateTimeField()

    objects = OwnQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "item"], name="news_read_once_per_person")]

    def __str__(self) -> str:
        return f"{self.user_id} read {self.item_id}"

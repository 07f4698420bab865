"""Who does not want to be told of trouble with a client's service."""

from typing import Self

from django.conf import settings
from django.db import models


class AlertOptOutQuerySet(models.QuerySet):
    def visible_to(self, membership) -> Self:
        """Return the member's own answer."""
        return self.filter(user_id=membership.user_id)


class AlertOptOut(models.Model):
    """One person of a partner who is not mailed when a client's service is not accessible; colleagues still are."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    objects = AlertOptOutQuerySet.as_manager()

    def __str__(self) -> str:
        return f"No alerts to user {self.user_id}"

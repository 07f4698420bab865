"""How much of a provider's allowance was used."""

from django.db import models


class ProviderBudget(models.Model):
    """Units taken of one allowance in the minute and day it counts by, where every process sees them.

    ``scope`` is what the provider counts by: our app in a tenant, per service, or one mailbox of it. ``share`` tells
    what restores took apart from what backups took.
    """

    scope = models.CharField(max_length=300, primary_key=True)
    minute_began_at = models.DateTimeField()
    minute_used = models.FloatField(default=0)
    minute_restoring = models.FloatField(default=0)
    day_began_at = models.DateTimeField()
    day_used = models.FloatField(default=0)
    day_restoring = models.FloatField(default=0)
    # The provider refused us lately: this share of the allowance is asked for, until it goes up again slowly.
    share = models.FloatField(default=1)
    restored_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.scope}: {self.minute_used:.0f} this minute, {self.day_used:.0f} today"

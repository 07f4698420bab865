"""How much of a provider's allowance was used."""

from django.db import models


class ProviderBudget(models.Model):
    """One allowance, where every process sees it: a bucket that fills steadily, and what the day has used.

    ``scope`` is what the provider counts by: our app in a tenant and service, or one mailbox of it. Backups draw from
    ``backup_level`` as well, which fills half as fast while something is restored.
    """

    scope = models.CharField(max_length=300, primary_key=True)
    level = models.FloatField()
    backup_level = models.FloatField()
    filled_at = models.DateTimeField()
    minute_began_at = models.DateTimeField()
    minute_used = models.FloatField(default=0)
    day_began_at = models.DateTimeField()
    day_used = models.FloatField(default=0)
    # Below 1 after the provider refused us: this share of the allowance is drawn, and it goes up again slowly.
    share = models.FloatField(default=1)
    restored_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.scope}: {self.minute_used:.0f} this minute, {self.day_used:.0f} today"

"""Who else hears of a ticket."""

from django.db import models

from accounts.models import User
from accounts.scoping import PartnerQuerySet
from support.models.ticket import Ticket


class WatcherQuerySet(PartnerQuerySet):
    partner_path = "ticket__partner"


class Watcher(models.Model):
    """A colleague of the requester who is mailed too."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="watchers")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    added_at = models.DateTimeField()

    objects = WatcherQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "user"], name="support_one_watcher_per_person")]

    def __str__(self) -> str:
        return f"{self.user} watches {self.ticket}"

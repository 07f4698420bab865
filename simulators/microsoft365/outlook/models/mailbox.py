from django.db import models

from simulators.microsoft365.models import Tenant


class Mailbox(models.Model):
    """The mailbox of a person or of a Microsoft 365 group, made when somebody first looks into it."""

    # The id of the person or the group.
    id = models.UUIDField(primary_key=True)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="mailboxes")
    # As they were when it was made, so that no letter changes when its owner is renamed.
    owner_name = models.CharField(max_length=256)
    owner_address = models.CharField(max_length=200)
    is_group = models.BooleanField(default=False)
    born_at = models.DateTimeField()
    # Delta links of another epoch are forgotten.
    epoch = models.PositiveIntegerField(default=0)
    # How many things were created since it was made; ids count by it.
    made = models.PositiveIntegerField(default=0)
    days_played = models.PositiveIntegerField(default=0)

    def __str__(self):
        return self.owner_address

from django.db import models

from simulators.microsoft365.models import Tenant


class Switchboard(models.Model):
    """What is the same for all teams and chats of a tenant."""

    tenant = models.OneToOneField(Tenant, models.CASCADE, primary_key=True, related_name="switchboard")
    # Microsoft did not approve of this tenant's messages being read by apps.
    protects_messages = models.BooleanField(default=False)
    has_chats = models.BooleanField(default=False)

    def __str__(self):
        return f"switchboard of {self.tenant_id}"

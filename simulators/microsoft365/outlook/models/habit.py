from django.db import models

from simulators.microsoft365.models import Tenant


class Habit(models.Model):
    """What Exchange does in one tenant and not in another."""

    tenant = models.OneToOneField(Tenant, models.CASCADE, primary_key=True, related_name="habit")
    # Whether v1.0 answers a delta query on events, which is documented for beta only.
    answers_event_delta = models.BooleanField(default=False)

    def __str__(self):
        return f"habits of {self.tenant_id}"

    @classmethod
    def of(cls, tenant: Tenant) -> "Habit":
        """Return the habits of a tenant, which need not be stored."""
        return cls.objects.filter(tenant=tenant).first() or cls(tenant=tenant)

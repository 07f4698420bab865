import uuid

from django.db import models


class Tenant(models.Model):
    """One simulated organization."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=120)
    domain = models.CharField(max_length=120, unique=True)
    size = models.JSONField()
    seed = models.CharField(max_length=40)
    created_at = models.DateTimeField()
    licences = models.PositiveIntegerField()
    headcount = models.PositiveIntegerField()
    admin_id = models.UUIDField()
    ordinary_id = models.UUIDField()
    days_played = models.PositiveIntegerField(default=0)
    # Every list of an emptied tenant is empty, as after an accident at the provider.
    is_empty = models.BooleanField(default=False)
    # How its delta feeds misbehave within the rules; see `delta_moods.py`.
    moods = models.JSONField(default=dict)

    def __str__(self):
        return self.name

    @property
    def label(self) -> str:
        """The first word of the domain, which names the tenant at Microsoft."""
        return self.domain.partition(".")[0]

    @property
    def initial_domain(self) -> str:
        """The domain the tenant was born with."""
        return f"{self.label}.onmicrosoft.example"

    @property
    def sharepoint_host(self) -> str:
        """The host name of its SharePoint sites."""
        return f"{self.label}.sharepoint.example"

    @property
    def onedrive_host(self) -> str:
        """The host name of its OneDrive sites."""
        return f"{self.label}-my.sharepoint.example"


class Grant(models.Model):
    """What one app may do in one tenant, as an administrator accepted it."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="grants")
    client_id = models.CharField(max_length=40)
    service_principal_id = models.UUIDField(default=uuid.uuid4)
    roles = models.JSONField()
    granted_at = models.DateTimeField()
    propagation_seconds = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "client_id"], name="microsoft365_one_grant_per_app_and_tenant")
        ]

    def __str__(self):
        return f"{self.client_id} in {self.tenant_id}"

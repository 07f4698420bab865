from django.db import models
from django.db.models import Q

from simulators.microsoft365.models.tenant import Tenant


class SiteQuerySet(models.QuerySet):
    def live(self):
        """Those that exist."""
        return self.filter(deleted_at=None)


class Site(models.Model):
    """A site collection of SharePoint with its top site: a communication site, a group's, or somebody's OneDrive."""

    id = models.UUIDField(primary_key=True)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="sites", db_index=False)
    web_id = models.UUIDField()
    # "" for the tenant's root site, else "/sites/name" or "/personal/name".
    path = models.CharField(max_length=260, blank=True)
    display_name = models.CharField(max_length=256)
    owner_id = models.UUIDField(null=True, db_index=True)
    group_id = models.UUIDField(null=True, db_index=True)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()
    created_seq = models.PositiveBigIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True)

    objects = SiteQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["tenant", "id"], name="microsoft365_site_paging")]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "path"], condition=Q(deleted_at=None), name="microsoft365_one_live_site_per_path"
            )
        ]

    def __str__(self):
        return self.path or "/"

    @property
    def is_gone(self) -> bool:
        return self.deleted_at is not None

    @property
    def is_personal(self) -> bool:
        """Whether this is somebody's OneDrive."""
        return self.owner_id is not None

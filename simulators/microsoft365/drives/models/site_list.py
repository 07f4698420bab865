from django.db import models

from simulators.microsoft365.drives.models.web import Web
from simulators.microsoft365.models import Tenant


class SiteList(models.Model):
    """A list of SharePoint that is no library."""

    id = models.UUIDField(primary_key=True)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="site_lists")
    web = models.ForeignKey(Web, models.CASCADE, related_name="lists")
    name = models.CharField(max_length=255)
    display_name = models.CharField(max_length=255)
    description = models.CharField(max_length=500, blank=True)
    template = models.CharField(max_length=40, default="genericList")
    is_hidden = models.BooleanField(default=False)
    is_system = models.BooleanField(default=False)
    # The columns somebody added, as Graph describes them.
    columns = models.JSONField(default=list)
    # The number of its last item.
    last_number = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=1)
    epoch = models.PositiveIntegerField(default=0)
    resync = models.CharField(max_length=40, default="resyncChangesApplyDifferences")
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()

    def __str__(self):
        return self.display_name


class ListItemQuerySet(models.QuerySet):
    def live(self):
        """Those that exist."""
        return self.filter(deleted_at=None)


class ListItem(models.Model):
    """A row of a list."""

    id = models.UUIDField(primary_key=True)
    site_list = models.ForeignKey(SiteList, models.CASCADE, related_name="items", db_index=False)
    number = models.PositiveIntegerField()
    fields = models.JSONField()
    revision = models.PositiveIntegerField(default=1)
    author_id = models.UUIDField()
    author_name = models.CharField(max_length=256)
    editor_id = models.UUIDField()
    editor_name = models.CharField(max_length=256)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()
    created_seq = models.PositiveBigIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True)

    objects = ListItemQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["site_list", "id"], name="drives_list_item_paging")]
        constraints = [models.UniqueConstraint(fields=["site_list", "number"], name="drives_one_item_per_number")]

    def __str__(self):
        return f"{self.site_list_id} {self.number}"

    @property
    def is_gone(self) -> bool:
        return self.deleted_at is not None

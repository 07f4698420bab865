from django.db import models

from simulators.microsoft365.drives.models.web import Web
from simulators.microsoft365.models import Tenant

TERABYTE = 1024**4


class Drive(models.Model):
    """A document library, or somebody's OneDrive."""

    # The id of the list behind the drive.
    id = models.UUIDField(primary_key=True)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="drives")
    web = models.ForeignKey(Web, models.CASCADE, related_name="drives")
    name = models.CharField(max_length=120)
    # Its folder in the web's address.
    folder = models.CharField(max_length=120)
    is_personal = models.BooleanField(default=False)
    # One that SharePoint keeps for itself.
    is_system = models.BooleanField(default=False)
    root_id = models.UUIDField()
    quota = models.BigIntegerField(default=TERABYTE)
    # Delta links of another epoch are forgotten; what is said then.
    epoch = models.PositiveIntegerField(default=0)
    resync = models.CharField(max_length=40, default="resyncChangesApplyDifferences")
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()

    def __str__(self):
        return f"{self.web}/{self.folder}"

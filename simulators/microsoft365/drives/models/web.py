from django.db import models

from simulators.microsoft365.models import Site, Tenant


class Web(models.Model):
    """What holds libraries, lists and pages: the top of a site, or a subsite in it.

    A site whose top has no row yet was never looked into.
    """

    id = models.UUIDField(primary_key=True)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="webs")
    site = models.ForeignKey(Site, models.CASCADE, related_name="webs")
    parent_id = models.UUIDField(null=True, db_index=True)
    path = models.CharField(max_length=300, blank=True)
    display_name = models.CharField(max_length=256)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()
    # The days of the tenant that were played in the site; only the top web's counts.
    days_played = models.PositiveIntegerField(default=0)

    def __str__(self):
        return self.path or "/"

"""How far discovery has read one feed of a connection's directory."""

from django.db import models

import sealing
from accounts.scoping import TenantQuerySet
from organizations.models import Connection

_PURPOSE = "discovery cursor"


class DiscoveryFeedQuerySet(TenantQuerySet):
    organization_path = "connection__organization"


class DiscoveryFeed(models.Model):
    """One feed (users, groups, sites) and its cursor, which is stored in the transaction of the rows it closes.

    A feed that has no cursor, or whose cursor the provider refuses, is listed from the start: that is a new round,
    and whatever a complete round has not seen is gone from the source.
    """

    class Name(models.TextChoices):
        USERS = "USERS", "Users"
        GROUPS = "GROUPS", "Groups and teams"
        SITES = "SITES", "Sites"

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="discovery_feeds")
    name = models.CharField(max_length=6, choices=Name.choices)
    # The provider's link to go on with; it may carry tokens, so it is sealed.
    sealed_cursor = models.TextField(blank=True)
    # Whether the cursor stands inside a listing from the start that is not finished.
    is_listing = models.BooleanField(default=True)
    round = models.PositiveIntegerField(default=1)
    # The end of the newest complete listing, and of the newest complete pass of any sort.
    listed_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    # Why the newest complete listing is not believed, how much it misses, and since when it misses as much or less;
    # until one is believed. Whoever removes anything by itself stops for it.
    doubt = models.CharField(max_length=300, blank=True)
    missing = models.PositiveIntegerField(default=0)
    doubted_at = models.DateTimeField(null=True, blank=True)

    objects = DiscoveryFeedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "name"], name="backups_one_row_per_discovery_feed"),
        ]

    def __str__(self) -> str:
        return f"{self.get_name_display()} of {self.connection}"

    @property
    def cursor(self) -> str:
        """The link to go on with, or "" to begin."""
        return sealing.unseal(self.sealed_cursor, purpose=_PURPOSE) if self.sealed_cursor else ""

    @cursor.setter
    def cursor(self, link: str) -> None:
        self.sealed_cursor = sealing.seal(link, purpose=_PURPOSE) if link else ""

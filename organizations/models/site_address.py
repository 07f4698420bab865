"""The address of a SharePoint site somebody asked to protect."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.scoping import TenantQuerySet
from organizations.models.connection import Connection
from organizations.models.item import Item
from organizations.models.organization import Organization


class SiteAddress(models.Model):
    """An address typed by a person. It protects nothing until a worker has seen the site."""

    class State(models.TextChoices):
        CHECKING = "CHECKING", "Being checked"
        FOUND = "FOUND", "Found"
        REFUSED = "REFUSED", "Not added"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="site_addresses")
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="site_addresses")
    url = models.CharField(max_length=400)
    state = models.CharField(max_length=8, choices=State.choices, default=State.CHECKING)
    # Why it was not added, in our words.
    problem = models.CharField(max_length=300, blank=True)
    item = models.ForeignKey(Item, models.SET_NULL, null=True, blank=True, related_name="site_addresses")
    added_by = models.CharField(max_length=200)
    added_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "url"],
                condition=~Q(state="REFUSED"),
                name="organizations_site_addresses_are_unique",
            ),
        ]

    def __str__(self) -> str:
        return self.url

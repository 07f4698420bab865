"""A client of a partner: the inner tenant."""

import uuid
from typing import Self

from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse

from accounts.models import Membership, Partner


class OrganizationQuerySet(models.QuerySet):
    def visible_to(self, membership: Membership) -> Self:
        """Return the client organizations this member may know about.

        Every other model in the product asks this query, so this is the only place where the boundary between
        two partners' clients is drawn.
        """
        own = self.filter(partner_id=membership.partner_id)
        if membership.sees_every_organization:
            return own
        return own.filter(pk=membership.organization_id)

    def matching(self, words: str) -> Self:
        """Return those whose name holds every one of ``words``, in any case."""
        found = self
        for word in words.split():
            found = found.filter(name__icontains=word)
        return found

    def by_name(self) -> Self:
        return self.order_by(Lower("name"), "id")


class Organization(models.Model):
    """A client of a partner, whose data is protected."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="organizations")
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=80, blank=True)
    # ISO 3166-1 alpha-2
    country = models.CharField(max_length=2, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    # The partner may demand a second factor of this organization's own people.
    requires_second_factor = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("partner", Lower("name"), name="organizations_names_are_unique_per_partner"),
            # What a membership's foreign key over (organization, partner) points at.
            models.UniqueConstraint(fields=["id", "partner"], name="organizations_id_and_partner"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("organizations:overview", args=[self.uuid])

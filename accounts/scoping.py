"""The wall: which rows a member may know about.

Every question starts with ``visible_to(membership)``; rows outside answer exactly like rows that never existed.
The boundary between two partners is drawn twice only: here for a partner's own rows, and in
`organizations.models.OrganizationQuerySet` for what belongs to a client.
"""

from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models

if TYPE_CHECKING:
    from accounts.models import ApiKey, Membership


class PartnerQuerySet(models.QuerySet):
    """Rows that belong to a partner as a company; organization users see none of them."""

    partner_path = "partner"

    def visible_to(self, membership: "Membership") -> Self:
        """Return the rows this member may know about, and no others."""
        if not membership.sees_every_organization:
            return self.none()
        return self.filter(**{self.partner_path: membership.partner_id})


class TenantQuerySet(models.QuerySet):
    """Rows that belong, through some path, to one client organization."""

    organization_path = "organization"

    def visible_to(self, reader: "Membership | ApiKey") -> Self:
        """Return the rows this member, or this key of a program, may know about, and no others."""
        # Named, not imported: the model lives upstairs.
        organizations = apps.get_model("organizations", "Organization").objects.visible_to(reader)
        return self.filter(**{f"{self.organization_path}__in": organizations})


class OwnQuerySet(models.QuerySet):
    """Rows that belong to one person and nobody else."""

    user_path = "user"

    def visible_to(self, membership: "Membership") -> Self:
        """Return the member's own rows."""
        return self.filter(**{self.user_path: membership.user_id})

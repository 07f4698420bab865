"""A group of the client's directory, by which users can be left out."""

import uuid

from django.db import models

from accounts.scoping import TenantQuerySet
from organizations.models.connection import Connection
from organizations.models.organization import Organization


class Group(models.Model):
    """A group of the tenant. Its members are read only where a filter names it, and kept fresh from then on."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="groups")
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="groups")
    remote_id = models.CharField(max_length=255, db_collation="C")
    name = models.CharField(max_length=256)
    is_gone = models.BooleanField(default=False)
    seen_in_round = models.PositiveIntegerField(default=0)
    # Empty until the members were read once.
    members_read_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "remote_id"], name="organizations_groups_have_one_row"),
        ]

    def __str__(self) -> str:
        return self.name


class GroupMemberQuerySet(TenantQuerySet):
    organization_path = "group__organization"


class GroupMember(models.Model):
    """That a user, named by the provider's id, is in a group, directly or through another group."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="members")
    remote_id = models.CharField(max_length=255, db_collation="C")

    objects = GroupMemberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "remote_id"], name="organizations_one_row_per_group_member"),
        ]

    def __str__(self) -> str:
        return f"{self.remote_id} in {self.group}"

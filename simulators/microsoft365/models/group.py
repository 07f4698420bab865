from datetime import datetime

from django.db import models
from django.db.models import Q

from simulators.microsoft365.models.tenant import Tenant


class GroupQuerySet(models.QuerySet):
    def live(self):
        """Those that exist."""
        return self.filter(deleted_at=None, purged_at=None)

    def in_the_bin(self):
        """Those that are soft-deleted and can come back."""
        return self.filter(deleted_at__isnull=False, purged_at=None)

    def overdue(self, moment: datetime):
        """Those deleted before ``moment`` that are still in the bin."""
        return self.in_the_bin().filter(deleted_at__lte=moment)


class Group(models.Model):
    """A group of the directory; a team is a Microsoft 365 group with more to it."""

    id = models.UUIDField(primary_key=True)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="groups", db_index=False)
    display_name = models.CharField(max_length=256)
    description = models.CharField(max_length=400, blank=True)
    nickname = models.CharField(max_length=100)
    # Microsoft 365 groups have a mailbox and a site; the others are security groups.
    is_unified = models.BooleanField()
    is_team = models.BooleanField(default=False)
    is_archived = models.BooleanField(default=False)
    is_public = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    created_seq = models.PositiveBigIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True)
    purged_at = models.DateTimeField(null=True)

    objects = GroupQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "id"], name="microsoft365_group_paging"),
            # Every round of a feed asks whether somebody's time in the bin is over.
            models.Index(
                fields=["tenant", "deleted_at"], condition=Q(deleted_at__isnull=False), name="microsoft365_group_bin"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_team=False) | Q(is_unified=True), name="microsoft365_a_team_is_a_unified_group"
            )
        ]

    def __str__(self):
        return self.display_name

    @property
    def is_gone(self) -> bool:
        return self.deleted_at is not None or self.purged_at is not None


class GroupMember(models.Model):
    """One member or owner of a group: a person, or another group."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="memberships", db_index=False)
    member_id = models.UUIDField(db_index=True)
    is_group = models.BooleanField(default=False)
    is_owner = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "is_owner", "member_id"], name="microsoft365_one_membership_each")
        ]

    def __str__(self):
        return f"{self.member_id} in {self.group_id}"

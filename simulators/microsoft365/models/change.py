from django.db import models
from django.db.models import Exists, OuterRef

from simulators.microsoft365.models.tenant import Tenant


class Scope(models.TextChoices):
    """The feeds that tell of changes."""

    USERS = "users"
    GROUPS = "groups"
    SITES = "sites"


class ChangeQuerySet(models.QuerySet):
    def newest_number(self) -> int:
        """The number of the last change, 0 when nothing ever changed."""
        return self.aggregate(newest=models.Max("id"))["newest"] or 0

    def last_of_each_object(self, *, upto: int, operations: list[str]):
        """Only the last change of each object among ``operations``, seen from change ``upto``."""
        later = Change.objects.filter(
            tenant_id=OuterRef("tenant_id"),
            scope=OuterRef("scope"),
            object_id=OuterRef("object_id"),
            operation__in=operations,
            id__gt=OuterRef("id"),
            id__lte=upto,
        )
        return self.filter(id__lte=upto).exclude(Exists(later))


class Change(models.Model):
    """One line of a tenant's append-only log. Its id is the number delta links count by.

    Writers hold the tenant's row, so numbers appear in order and no reader can miss one.
    """

    class Operation(models.TextChoices):
        CREATED = "created"
        UPDATED = "updated"
        DELETED = "deleted"
        RESTORED = "restored"
        PURGED = "purged"
        MEMBER_ADDED = "member_added"
        MEMBER_REMOVED = "member_removed"

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="changes", db_index=False)
    scope = models.CharField(max_length=6, choices=Scope.choices)
    object_id = models.UUIDField()
    operation = models.CharField(max_length=14, choices=Operation.choices)
    member_id = models.UUIDField(null=True)
    member_is_group = models.BooleanField(default=False)
    at = models.DateTimeField()

    objects = ChangeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "id"], name="microsoft365_change_newest"),
            models.Index(fields=["tenant", "scope", "id"], name="microsoft365_change_order"),
            models.Index(fields=["tenant", "scope", "object_id", "id"], name="microsoft365_change_of_object"),
        ]

    def __str__(self):
        return f"{self.id}: {self.scope} {self.object_id} {self.operation}"

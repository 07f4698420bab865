from datetime import datetime

from django.db import models
from django.db.models import Q

from simulators.microsoft365.models.tenant import Tenant


class Kind(models.TextChoices):
    """What an account is for."""

    MEMBER = "member", "Member"
    DISABLED = "disabled", "Disabled member"
    GUEST = "guest", "Guest"
    SHARED = "shared", "Shared mailbox"
    ROOM = "room", "Room"
    EQUIPMENT = "equipment", "Equipment"
    ON_PREMISES = "on_premises", "Member with a mailbox on premises"


# The kinds that have a mailbox in the cloud, and what `userPurpose` says of it.
PURPOSES = {
    Kind.MEMBER: "user",
    Kind.DISABLED: "user",
    Kind.SHARED: "shared",
    Kind.ROOM: "room",
    Kind.EQUIPMENT: "equipment",
}


class PersonQuerySet(models.QuerySet):
    def live(self):
        """Those who are neither soft-deleted nor purged."""
        return self.filter(deleted_at=None, purged_at=None)

    def in_the_bin(self):
        """Those who are soft-deleted and can come back."""
        return self.filter(deleted_at__isnull=False, purged_at=None)

    def overdue(self, moment: datetime):
        """Those deleted before ``moment`` who are still in the bin."""
        return self.in_the_bin().filter(deleted_at__lte=moment)


class Person(models.Model):
    """A user object of the directory: people, guests, and accounts that only carry a mailbox."""

    id = models.UUIDField(primary_key=True)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="people", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    display_name = models.CharField(max_length=256)
    given_name = models.CharField(max_length=64, blank=True)
    surname = models.CharField(max_length=64, blank=True)
    upn = models.CharField(max_length=200)
    mail = models.CharField(max_length=200, blank=True)
    job_title = models.CharField(max_length=128, blank=True)
    department = models.CharField(max_length=64, blank=True)
    is_enabled = models.BooleanField()
    is_licensed = models.BooleanField()
    has_drive = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    # The number of the change that created the row; 0 for those the tenant was born with.
    created_seq = models.PositiveBigIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True)
    purged_at = models.DateTimeField(null=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "id"], name="microsoft365_person_paging"),
            # Every round of a feed asks whether somebody's time in the bin is over.
            models.Index(
                fields=["tenant", "deleted_at"], condition=Q(deleted_at__isnull=False), name="microsoft365_person_bin"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                models.F("tenant"),
                models.functions.Lower("upn"),
                condition=Q(deleted_at=None, purged_at=None),
                name="microsoft365_one_live_person_per_upn",
            )
        ]

    def __str__(self):
        return self.upn

    @property
    def is_gone(self) -> bool:
        return self.deleted_at is not None or self.purged_at is not None

    @property
    def is_guest(self) -> bool:
        return self.kind == Kind.GUEST

    @property
    def purpose(self) -> str:
        """What the mailbox is for, or "" without one in the cloud."""
        return PURPOSES.get(Kind(self.kind), "")

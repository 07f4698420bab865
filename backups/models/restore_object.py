"""What became of each object of a restore, and what was found or made at the target."""

from typing import NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, Q, Sum
from django.db.models.functions import MD5

from accounts.scoping import TenantQuerySet
from backups.models.restore import Restore, RestoreContainer


class FolderFigures(NamedTuple):
    """What became of the objects of one folder."""

    position: int
    folder: str
    total: int
    restored: int
    skipped: int
    failed: int
    in_hand: int
    bytes: int


class RestoreObjectQuerySet(TenantQuerySet):
    organization_path = "part__restore__organization"

    def to_come(self):
        """Return those that wait for their turn."""
        return self.filter(state=RestoreObject.State.WAITING)

    def by_turn(self):
        return self.order_by("turn", "rank", "pk")

    def worth_reading(self):
        """Return those that came back with less, or not at all."""
        return self.filter(state__in=[RestoreObject.State.DEGRADED, RestoreObject.State.FAILED])

    def folders(self) -> list[FolderFigures]:
        """Return the figures of each folder, in one query."""
        State = RestoreObject.State
        counts = {
            "total": Count("pk"),
            "restored": Count("pk", filter=Q(state__in=RestoreObject.RESTORED)),
            "skipped": Count("pk", filter=Q(state=State.SKIPPED)),
            "failed": Count("pk", filter=Q(state=State.FAILED)),
            "in_hand": Count("pk", filter=Q(state=State.IN_HAND)),
            "bytes": Sum("size"),
        }
        rows = self.order_by().values_list("part__position", "folder").annotate(**counts)
        return [FolderFigures(*row) for row in rows.order_by("part__position", "folder")]


class RestoreObject(models.Model):
    """One object of a restore. ``at`` is its own moment, ``size`` the bytes of its record and parts."""

    class State(models.TextChoices):
        WAITING = "WAITING", "Waiting"
        IN_HAND = "IN_HAND", "Being restored"
        CREATED = "CREATED", "Restored"
        REPLACED = "REPLACED", "Replaced"
        SKIPPED = "SKIPPED", "Already there"
        DEGRADED = "DEGRADED", "Restored with less"
        FAILED = "FAILED", "Not restored"

    RESTORED = (State.CREATED, State.REPLACED, State.DEGRADED)

    part = models.ForeignKey(RestoreContainer, models.CASCADE, related_name="rows")
    # Its id in the vault, the commit its version is read at, and the id its provider knew it by.
    object = models.UUIDField()
    commit = models.BigIntegerField()
    object_id = models.CharField(max_length=400, db_collation="C")
    feed_key = models.CharField(max_length=400, db_collation="C")
    folder = models.CharField(max_length=400, blank=True)
    name = models.CharField(max_length=400, blank=True)
    size = models.BigIntegerField(default=0)
    at = models.DateTimeField(null=True, blank=True)
    # Smaller ones come first, and among the same turn the smaller rank.
    turn = models.IntegerField(default=0)
    rank = models.BigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    # Whether an earlier try may have made it, and how many workers died while they had it in hand.
    may_be_made = models.BooleanField(default=False)
    deaths = models.PositiveSmallIntegerField(default=0)
    # What lies in its place at the target: the provider's id of it, and what its content is known by.
    there_id = models.TextField(blank=True)
    there_content = models.TextField(blank=True)
    new_id = models.TextField(blank=True)
    less = ArrayField(models.CharField(max_length=20), default=list)
    # In our words, and in one word, why it was left alone or did not come back; what the provider calls the request.
    problem = models.CharField(max_length=300, blank=True)
    code = models.CharField(max_length=20, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    objects = RestoreObjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["part", "object"], name="backups_one_restore_row_per_object"),
            models.CheckConstraint(
                condition=~Q(state="FAILED") | ~Q(problem=""), name="backups_failed_restore_objects_say_why"
            ),
        ]
        indexes = [
            models.Index(
                fields=["part", "turn", "rank", "id"], condition=Q(state="WAITING"), name="backups_restore_to_come"
            ),
            models.Index(fields=["part"], condition=Q(state="IN_HAND"), name="backups_restore_in_hand"),
            models.Index(fields=["part", "folder", "state"], include=["size"], name="backups_restore_by_folder"),
            models.Index(
                fields=["part", "id"], condition=Q(state__in=["DEGRADED", "FAILED"]), name="backups_restore_troubles"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.object_id} in restore part {self.part_id}"


class RestorePlaceQuerySet(TenantQuerySet):
    organization_path = "part__restore__organization"


class RestorePlace(models.Model):
    """Something at the target that was found or made, so that whoever goes on after a break does not make it again."""

    part = models.ForeignKey(RestoreContainer, models.CASCADE, related_name="places")
    name = models.TextField(db_collation="C")
    value = models.TextField()
    # Whether it stands for something that a restorer opened there and still has to close.
    is_open = models.BooleanField(default=False)

    objects = RestorePlaceQuerySet.as_manager()

    class Meta:
        constraints = [
            # Names hold ids and paths, which are longer than an index takes.
            models.UniqueConstraint("part", MD5("name"), name="backups_one_restore_place_per_name"),
        ]
        indexes = [models.Index(fields=["part"], condition=Q(is_open=True), name="backups_open_restore_places")]

    def __str__(self) -> str:
        return f"{self.name} of restore part {self.part_id}"


def rows_of(restore: Restore):
    """Return the objects of a restore."""
    return RestoreObject.objects.filter(part__restore=restore)

"""What somebody asked to have put back, and how far it is."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.scoping import TenantQuerySet
from backups.models.container import Container
from backups.models.deletion import Deletion
from backups.models.run import Snapshot
from organizations.models import Connection, Item, Organization

# What was counted longer ago is counted again before anything is written.
FRESH = timedelta(minutes=30)
# Why objects did not come back that are tried again when somebody goes on: there may be room, or a mailbox, by then.
TRIED_AGAIN = ("NO_ROOM", "LOCKED", "TARGET_GONE", "POISON")


class RestoreFigures(models.Model):
    """What was counted: objects that are asked for, and what became of them. ``degraded`` came back without something;
    they are neither among ``created`` nor ``replaced``. ``bytes_total`` are those of what is not there already.
    """

    objects_total = models.PositiveBigIntegerField(default=0)
    bytes_total = models.PositiveBigIntegerField(default=0)
    created = models.PositiveBigIntegerField(default=0)
    replaced = models.PositiveBigIntegerField(default=0)
    degraded = models.PositiveBigIntegerField(default=0)
    # Left alone because they, or something else, lay there already.
    skipped = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0)
    bytes_done = models.PositiveBigIntegerField(default=0)

    class Meta:
        abstract = True

    @property
    def restored(self) -> int:
        """How many objects were put back."""
        return self.created + self.replaced + self.degraded

    @property
    def to_restore(self) -> int:
        """How many objects are put back when nothing fails: all but those that are there already."""
        return max(self.objects_total - self.skipped, 0)

    @property
    def left(self) -> int:
        """How many objects nothing was done about yet."""
        return max(self.to_restore - self.restored - self.failed, 0)


class RestoreQuerySet(TenantQuerySet):
    def open(self) -> Self:
        """Return those a worker has to go on with, now or as soon as it may."""
        return self.filter(state__in=Restore.WORKING)

    def asked_for(self) -> Self:
        """Return those that somebody started, not mere plans."""
        return self.exclude(started_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-requested_at", "-id")


class Restore(RestoreFigures):
    """Backed-up objects of one item that are put back, to the same item or to another one of its tenant.

        COUNTING ──> READY ──> QUEUED ──> RUNNING ──> DONE | PARTIAL | FAILED | CANCELLED
                                  └──<── PAUSED <──┘     (those with objects left can be gone on with: QUEUED)

    COUNTING and READY are a plan: nothing was written yet, and after a day nobody started it, it is gone.
    """

    class State(models.TextChoices):
        COUNTING = "COUNTING", "Being counted"
        READY = "READY", "Not started"
        QUEUED = "QUEUED", "Waiting"
        RUNNING = "RUNNING", "Running"
        PAUSED = "PAUSED", "Paused"
        DONE = "DONE", "Done"
        PARTIAL = "PARTIAL", "Partial"
        FAILED = "FAILED", "Failed"
        CANCELLED = "CANCELLED", "Cancelled"

    class Trigger(models.TextChoices):
        PERSON = "PERSON", "By hand"
        OPERATOR = "OPERATOR", "By an operator"

    class Conflict(models.TextChoices):
        SKIP = "SKIP", "Skip it"
        COPY = "COPY", "Restore a copy beside it"
        REPLACE = "REPLACE", "Replace it"

    WORKING = (State.COUNTING, State.QUEUED, State.RUNNING)
    ENDED = (State.DONE, State.PARTIAL, State.FAILED, State.CANCELLED)

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="restores")
    connection = models.ForeignKey(Connection, models.PROTECT, related_name="restores")
    trigger = models.CharField(max_length=8, choices=Trigger.choices, default=Trigger.PERSON)
    # Whoever asked; None for an operator, and for somebody whose login was deleted since.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    requested_by = models.CharField(max_length=200)
    requested_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.COUNTING)
    # In words: "Mail and Calendar of Lena Vogt", "12 objects of Lena Vogt".
    what = models.CharField(max_length=300)
    source = models.ForeignKey(Item, models.PROTECT, related_name="restores_from")
    target = models.ForeignKey(Item, models.PROTECT, related_name="restores_to")
    # The point in time; chosen objects may each say another commit.
    snapshot = models.ForeignKey(Snapshot, models.SET_NULL, null=True, blank=True, related_name="restores")
    commit = models.BigIntegerField()
    as_of = models.DateTimeField(null=True, blank=True)
    # The name of the folder to restore into, "" for the original place.
    folder = models.CharField(max_length=120, blank=True)
    conflict = models.CharField(max_length=7, choices=Conflict.choices, default=Conflict.SKIP)
    # Whether sharing is put back, whether people are told of it, whether conversations become messages again.
    sharing = models.BooleanField(default=False)
    notifies = models.BooleanField(default=False)
    as_messages = models.BooleanField(default=False)
    # When it was last counted against what lives at the target, the room there, and the least things of what is put
    # back that may be missing: {code of `Less`: number of objects}.
    counted_at = models.DateTimeField(null=True, blank=True)
    room_free = models.BigIntegerField(null=True, blank=True)
    may_lack = models.JSONField(default=dict)
    # Whether it goes on by itself once it was counted anew.
    starts_when_counted = models.BooleanField(default=False)
    # The first start; `ended_at` is empty again when somebody goes on with it.
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    pause_asked_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.CharField(max_length=200, blank=True)
    # Until when the provider wants to be left alone.
    waits_until = models.DateTimeField(null=True, blank=True)
    # In our words, why it did not end as DONE, or what it waits for.
    problem = models.CharField(max_length=400, blank=True)
    # [seconds since 1970, seconds of work done by the forecast's reckoning], the newest last.
    pace = models.JSONField(default=list)

    objects = RestoreQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["target"], condition=Q(state="RUNNING"), name="backups_one_running_restore_per_target"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, state__in=["COUNTING", "READY", "QUEUED", "RUNNING", "PAUSED"])
                | Q(ended_at__isnull=False, state__in=["DONE", "PARTIAL", "FAILED", "CANCELLED"]),
                name="backups_ended_restores_say_when",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["COUNTING", "READY", "FAILED", "CANCELLED"]) | Q(started_at__isnull=False),
                name="backups_started_restores_say_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="READY") | Q(counted_at__isnull=False), name="backups_ready_restores_are_counted"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-requested_at"], name="backups_restores_by_time"),
            models.Index(fields=["requested_at"], condition=Q(started_at=None), name="backups_restore_plans"),
        ]

    def __str__(self) -> str:
        return f"Restore of {self.what}"

    @property
    def is_plan(self) -> bool:
        """Whether nothing was started yet."""
        return self.started_at is None and not self.has_ended

    @property
    def has_ended(self) -> bool:
        return self.state in self.ENDED

    @property
    def is_working(self) -> bool:
        """Whether a worker goes on with it, so that a page keeps asking."""
        return self.state in self.WORKING

    @property
    def rests(self) -> bool:
        """Whether no worker goes on with it until somebody says so."""
        return self.has_ended or self.state == self.State.PAUSED

    @property
    def can_go_on(self) -> bool:
        """Whether somebody may go on with it: it is paused, or it ended with objects left or something left open, and
        what it puts back is not deleted.
        """
        if self.started_at is None or not self.rests or self.is_of_what_was_deleted:
            return False
        if self.state == self.State.PAUSED:
            return True
        has_again = self.parts.filter(rows__state="FAILED", rows__code__in=TRIED_AGAIN)
        return self.left > 0 or has_again.exists() or self.leaves_open()

    @property
    def is_of_what_was_deleted(self) -> bool:
        """Whether what it puts back was deleted for good since it was started, or is at this moment."""
        of_all = Q(scope=Deletion.Scope.ORGANIZATION, organization=self.organization_id)
        begun = Deletion.objects.filter(of_all | Q(items__item=self.source_id), began_at__isnull=False)
        # Nothing is started while it is deleted, and no plan outlives that.
        return begun.filter(Q(ended_at=None) | Q(ended_at__gte=self.started_at)).exists()

    def leaves_open(self) -> bool:
        """Whether something at the target is open that a restorer still has to close."""
        return self.parts.open_at_the_target().exists()

    @property
    def is_elsewhere(self) -> bool:
        """Whether somebody else gets it."""
        return self.source_id != self.target_id

    def was_counted_lately(self, now: datetime) -> bool:
        """Whether what was counted may be begun without counting again."""
        return self.counted_at is not None and now - self.counted_at < FRESH

    @property
    def asks_who_it_is(self) -> bool:
        """Whether a session that was stolen could do harm by it, so that the person confirms first that it is them."""
        return self.is_elsewhere or self.conflict == self.Conflict.REPLACE


class RestoreContainerQuerySet(TenantQuerySet):
    organization_path = "restore__organization"

    def open_at_the_target(self) -> Self:
        """Return those that opened something at the target that is not closed yet."""
        return self.filter(places__is_open=True).distinct()


class RestoreContainer(RestoreFigures):
    """One kind of data of a restore, and what of it is put back.

    ``selection`` is {} for everything, or any of: ``feeds`` (ids of feeds, each with all below it), ``folders`` (ids of
    folders of a drive, each with all below it), ``objects`` ([id in the vault, commit its version begins with]).
    """

    class State(models.TextChoices):
        WAITING = "WAITING", "Waiting"
        RUNNING = "RUNNING", "Restoring"
        DONE = "DONE", "Done"
        PARTIAL = "PARTIAL", "Partial"
        FAILED = "FAILED", "Failed"
        CANCELLED = "CANCELLED", "Cancelled"

    restore = models.ForeignKey(Restore, models.CASCADE, related_name="parts")
    container = models.ForeignKey(Container, models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    selection = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    # The folder that is being filled, by name.
    current = models.CharField(max_length=400, blank=True)
    # Whether its objects have rows, and which feeds were compared with the target since.
    is_listed = models.BooleanField(default=False)
    compared = models.JSONField(default=list)
    # What one object takes by the provider's allowance, in seconds, besides its bytes.
    seconds_each = models.FloatField(default=0)
    problem = models.CharField(max_length=400, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = RestoreContainerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["restore", "container"], name="backups_one_row_per_container_of_a_restore"),
            models.UniqueConstraint(fields=["restore", "position"], name="backups_one_restore_part_per_position"),
        ]

    def __str__(self) -> str:
        return f"{self.container} in restore {self.restore_id}"

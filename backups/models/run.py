"""One attempt to copy a connection, what became of each item and kind in it, and the points one can go back to."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.scoping import TenantQuerySet
from backups.models.container import Container
from organizations.models import Connection, Item, Organization


class Figures(models.Model):
    """What was counted while copying: objects by what became of them, and bytes read from the source and stored."""

    added = models.PositiveBigIntegerField(default=0)
    changed = models.PositiveBigIntegerField(default=0)
    removed = models.PositiveBigIntegerField(default=0)
    unchanged = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0)
    bytes_read = models.PositiveBigIntegerField(default=0)
    requests = models.PositiveBigIntegerField(default=0)

    class Meta:
        abstract = True


class RunQuerySet(TenantQuerySet):
    def open(self):
        """Return the runs that have not ended."""
        return self.filter(ended_at=None)

    def newest_first(self):
        return self.order_by("-requested_at", "-id")


class Run(Figures):
    """One attempt to copy one connection, or a single item of it."""

    class State(models.TextChoices):
        QUEUED = "QUEUED", "Waiting for a worker"
        # Discovery looks first who and what is there.
        LOOKING = "LOOKING", "Looking for changes"
        RUNNING = "RUNNING", "Running"
        SUCCESS = "SUCCESS", "Success"
        PARTIAL = "PARTIAL", "Partial"
        FAILED = "FAILED", "Failed"
        CANCELLED = "CANCELLED", "Cancelled"

    class Trigger(models.TextChoices):
        SCHEDULE = "SCHEDULE", "Schedule"
        PERSON = "PERSON", "By hand"
        OPERATOR = "OPERATOR", "By an operator"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="runs")
    connection = models.ForeignKey(Connection, models.PROTECT, related_name="runs")
    # Only this item, where somebody asked for one.
    item = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, related_name="runs_alone")
    trigger = models.CharField(max_length=8, choices=Trigger.choices)
    requested_by = models.CharField(max_length=200, blank=True)
    requested_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.CharField(max_length=200, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    # In our words, why it did not end as SUCCESS.
    problem = models.CharField(max_length=300, blank=True)
    items_total = models.PositiveIntegerField(default=0)
    items_done = models.PositiveIntegerField(default=0)

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=Q(ended_at=None, item=None),
                name="backups_one_open_run_per_connection",
            ),
            models.UniqueConstraint(fields=["item"], condition=Q(ended_at=None), name="backups_one_open_run_per_item"),
            models.CheckConstraint(
                condition=Q(ended_at=None, state__in=["QUEUED", "LOOKING", "RUNNING"])
                | Q(ended_at__isnull=False, state__in=["SUCCESS", "PARTIAL", "FAILED", "CANCELLED"]),
                name="backups_ended_runs_say_when",
            ),
        ]
        indexes = [models.Index(fields=["organization", "-requested_at"], name="backups_runs_by_time")]

    def __str__(self) -> str:
        return f"Run of {self.connection} at {self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


class RunItem(models.Model):
    """One item in a run; a job holds it, and copies its containers one after the other."""

    class State(models.TextChoices):
        WAITING = "WAITING", "Waiting"
        RUNNING = "RUNNING", "Running"
        DONE = "DONE", "Done"
        FAILED = "FAILED", "Failed"
        CANCELLED = "CANCELLED", "Cancelled"

    run = models.ForeignKey(Run, models.CASCADE, related_name="run_items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="run_items")
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    # Newest data first: the smaller, the sooner.
    position = models.PositiveIntegerField(default=0)
    # Whether a job was asked for.
    is_dispatched = models.BooleanField(default=False)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # Until when the provider wants to be left alone.
    waits_until = models.DateTimeField(null=True, blank=True)
    # The object being fetched, noted only after a worker died at this item, and the one that was in hand when the last
    # one died: who is met in hand twice is left out.
    in_hand = models.CharField(max_length=400, blank=True, db_collation="C")
    suspected = models.CharField(max_length=400, blank=True, db_collation="C")

    objects = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "item"], name="backups_one_row_per_item_of_a_run")]
        indexes = [
            models.Index(
                fields=["run", "position"],
                condition=Q(is_dispatched=False, state="WAITING"),
                name="backups_run_items_to_come",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} in run {self.run_id}"


class RunContainerQuerySet(TenantQuerySet):
    organization_path = "run_item__run__organization"


class RunContainer(Figures):
    """One container in a run: where its state machine stands, and what was counted so far."""

    class State(models.TextChoices):
        WAITING = "WAITING", "Waiting"
        READING = "READING", "Reading"
        # All feeds are read; what was removed and what failed before is settled.
        SETTLING = "SETTLING", "Settling"
        SUCCESS = "SUCCESS", "Success"
        PARTIAL = "PARTIAL", "Partial"
        FAILED = "FAILED", "Failed"
        CANCELLED = "CANCELLED", "Cancelled"
        NOT_AVAILABLE = "NOT_AVAILABLE", "N/A"

    run_item = models.ForeignKey(RunItem, models.CASCADE, related_name="run_containers")
    container = models.ForeignKey(Container, models.PROTECT, related_name="run_containers")
    state = models.CharField(max_length=13, choices=State.choices, default=State.WAITING)
    # The feed that is read at the moment, by name.
    current = models.CharField(max_length=400, blank=True)
    feeds_total = models.PositiveIntegerField(default=0)
    feeds_done = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    objects = RunContainerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run_item", "container"], name="backups_one_row_per_container_of_a_run")
        ]

    def __str__(self) -> str:
        return f"{self.container} in run {self.run_item.run_id}"


class Snapshot(models.Model):
    """A point in time an item can be restored to: commit ``commit`` of the organization's vault. It never changes.

    ``kinds`` are the containers that were whole then. One with failures is restorable too: what failed is as it was
    before, or missing.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="snapshots")
    item = models.ForeignKey(Item, models.PROTECT, related_name="snapshots")
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="snapshots")
    commit = models.BigIntegerField()
    taken_at = models.DateTimeField()
    kinds = models.JSONField(default=list)
    objects_kept = models.PositiveBigIntegerField(default=0)
    bytes_kept = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "item"], name="backups_one_snapshot_per_item_of_a_run")]
        indexes = [models.Index(fields=["item", "-taken_at"], name="backups_snapshots_by_time")]

    def __str__(self) -> str:
        return f"{self.item} at {self.taken_at:%Y-%m-%d %H:%M}"

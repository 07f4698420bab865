"""The frozen account of how a client's backups stood at one moment, one row for each account."""

import uuid

from django.db import models

from accounts.scoping import TenantQuerySet
from organizations.models import Item, Organization
from organizations.models.organization import BackupStatus


class ReportQuerySet(TenantQuerySet):
    def newest_first(self):
        return self.order_by("-generated_at", "-pk")


class Report(models.Model):
    """How a client stood at ``generated_at``. Triggers of the database refuse every change of it and of its rows, and
    a removal before its year is over; only with its organization may it go earlier.
    """

    class Trigger(models.TextChoices):
        SCHEDULE = "SCHEDULE", "Schedule"
        PERSON = "PERSON", "By hand"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="reports", db_index=False)
    trigger = models.CharField(max_length=8, choices=Trigger.choices)
    requested_by = models.CharField(max_length=200, blank=True)
    generated_at = models.DateTimeField()
    status = models.CharField(max_length=11, choices=BackupStatus.choices)
    # In a sentence, what a status other than Success is made of.
    note = models.CharField(max_length=200, blank=True)
    accounts = models.PositiveIntegerField(default=0)
    objects_kept = models.PositiveBigIntegerField(default=0)
    # Bytes as the source has them, before the vault made them smaller.
    bytes_kept = models.PositiveBigIntegerField(default=0)
    open_failures = models.PositiveIntegerField(default=0)
    # How many accounts of each tab are in each status, and how many of each tab could be protected and are not:
    # {"USERS": {"SUCCESS": 38, "PARTIAL": 3}} and {"USERS": 2}.
    counts = models.JSONField(default=dict)
    not_covered = models.JSONField(default=dict)

    objects = ReportQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-generated_at"], name="backups_reports_by_time"),
            models.Index(fields=["generated_at"], name="backups_reports_by_age"),
        ]

    def __str__(self) -> str:
        return f"Report of {self.organization} at {self.generated_at:%Y-%m-%d %H:%M}"


class ReportRowQuerySet(TenantQuerySet):
    organization_path = "report__organization"


class ReportRow(models.Model):
    """One account in a report. What it was called then is kept by value, so that it outlives the account.

    ``kinds`` holds one object for each kind of data: ``kind``, ``status`` (of a container, or IN_PROGRESS),
    ``message``, ``advice``, ``objects``.
    """

    report = models.ForeignKey(Report, models.CASCADE, related_name="rows", db_index=False)
    # Tab by tab, troubled first.
    position = models.PositiveIntegerField()
    tab = models.CharField(max_length=16, choices=Item.Tab.choices)
    name = models.CharField(max_length=256, blank=True)
    address = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=11, choices=BackupStatus.choices)
    message = models.CharField(max_length=400, blank=True)
    objects_kept = models.PositiveBigIntegerField(default=0)
    bytes_kept = models.PositiveBigIntegerField(default=0)
    last_good_at = models.DateTimeField(null=True, blank=True)
    kinds = models.JSONField(default=list)

    objects = ReportRowQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "position"], name="backups_one_row_per_place")]

    def __str__(self) -> str:
        return self.name or self.address

"""What somebody asked to have handed out, and the volumes it came in."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.scoping import TenantQuerySet
from backups.models.container import Container
from backups.models.parcel import Parcel
from organizations.models import Organization


class ExportQuerySet(TenantQuerySet):
    def open(self) -> Self:
        """Return the exports a worker has to go on with."""
        return self.filter(state__in=[Export.State.QUEUED, Export.State.RUNNING])

    def asked_for(self) -> Self:
        """Return the exports that were really started."""
        return self.exclude(state=Export.State.DRAFT)

    def newest_first(self) -> Self:
        return self.order_by("-requested_at", "-id")


class Export(models.Model):
    """Backed-up objects of one client, written into files for the person who asked.

        DRAFT ──> QUEUED ──> RUNNING ──> DONE | PARTIAL ──> EXPIRED
                     └──────────┴──────> FAILED | CANCELLED

    PARTIAL says that some objects could not be given out; the list in each volume names them.
    """

    class State(models.TextChoices):
        # A selection somebody made and has not confirmed.
        DRAFT = "DRAFT", "Not started"
        QUEUED = "QUEUED", "Waiting for a worker"
        RUNNING = "RUNNING", "Being prepared"
        DONE = "DONE", "Ready"
        PARTIAL = "PARTIAL", "Ready, not complete"
        FAILED = "FAILED", "Failed"
        CANCELLED = "CANCELLED", "Cancelled"
        EXPIRED = "EXPIRED", "Expired"

    class Form(models.TextChoices):
        ZIP = "ZIP", "ZIP archive"
        FILE = "FILE", "Single file"

    class MailFormat(models.TextChoices):
        EML = "EML", "One EML file for each message"
        MBOX = "MBOX", "One MBOX file for each folder"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="exports")
    # Whoever asked, and alone may fetch it.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    requested_by = models.CharField(max_length=200)
    requested_at = models.DateTimeField()
    # In words: "Mail, Calendar of Eva Lindholm", "12 objects".
    what = models.CharField(max_length=300)
    # The moment it shows, where somebody chose one; else as it was when it was asked for.
    as_of = models.DateTimeField(null=True, blank=True)
    form = models.CharField(max_length=4, choices=Form.choices, default=Form.ZIP)
    mail_format = models.CharField(max_length=4, choices=MailFormat.choices, default=MailFormat.EML)
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.CharField(max_length=200, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    # In our words, why it is not complete.
    problem = models.CharField(max_length=300, blank=True)
    # What was expected when it was asked for; a container grows and shrinks meanwhile.
    objects_expected = models.PositiveBigIntegerField(default=0)
    bytes_expected = models.PositiveBigIntegerField(default=0)
    objects_done = models.PositiveBigIntegerField(default=0)
    objects_failed = models.PositiveBigIntegerField(default=0)
    bytes_done = models.PositiveBigIntegerField(default=0)
    # Where the next volume begins; written with the volume before it.
    place = models.JSONField(default=dict)

    objects = ExportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, state__in=["DRAFT", "QUEUED", "RUNNING"])
                | Q(ended_at__isnull=False, state__in=["DONE", "PARTIAL", "FAILED", "CANCELLED", "EXPIRED"]),
                name="backups_ended_exports_say_when",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-requested_at"], name="backups_exports_by_time"),
            models.Index(
                fields=["expires_at"], condition=Q(state__in=["DONE", "PARTIAL"]), name="backups_exports_by_end"
            ),
        ]

    def __str__(self) -> str:
        return f"Export of {self.what}"

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    @property
    def is_ready(self) -> bool:
        return self.state in (self.State.DONE, self.State.PARTIAL)


class ExportPartQuerySet(TenantQuerySet):
    organization_path = "export__organization"


class ExportPart(models.Model):
    """What of one container an export takes: everything as of a commit, one feed of it, or chosen objects."""

    export = models.ForeignKey(Export, models.CASCADE, related_name="parts")
    position = models.PositiveIntegerField()
    container = models.ForeignKey(Container, models.PROTECT, related_name="+")
    commit = models.BigIntegerField()
    # Only this feed of the container; everything for "".
    feed_key = models.CharField(max_length=400, blank=True, db_collation="C")
    # [object's id, commit its version begins with] of the chosen ones; everything for an empty list.
    chosen = models.JSONField(default=list)

    objects = ExportPartQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["export", "position"], name="backups_one_export_part_per_position")
        ]

    def __str__(self) -> str:
        return f"Part {self.position} of export {self.export_id}"


class ExportVolumeQuerySet(TenantQuerySet):
    organization_path = "export__organization"


class ExportVolume(models.Model):
    """One file of an export, whole. Its parcel is gone once the export expired."""

    export = models.ForeignKey(Export, models.CASCADE, related_name="volumes")
    number = models.PositiveIntegerField()
    parcel = models.ForeignKey(Parcel, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=400)
    size = models.PositiveBigIntegerField()
    objects_done = models.PositiveIntegerField()
    objects_failed = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()
    downloaded_at = models.DateTimeField(null=True, blank=True)

    objects = ExportVolumeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["export", "number"], name="backups_one_export_volume_per_number")
        ]

    def __str__(self) -> str:
        return self.name

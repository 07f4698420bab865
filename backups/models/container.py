"""One kind of data of one item, its feeds, and what is remembered between two passes over them."""

import uuid

from django.db import models
from django.db.models import Q

import sealing
from accounts.scoping import TenantQuerySet
from organizations.models import Connection, Item, Organization

_PURPOSE = "backup cursor"


class ContainerQuerySet(TenantQuerySet):
    def in_order(self):
        """Return them in the order people know: mail first."""
        kinds = [models.When(kind=kind, then=number) for number, kind in enumerate(Container.Kind.values)]
        return self.order_by(models.Case(*kinds, default=len(kinds)), "pk")

    def complete_once(self):
        """Return those whose first pass was finished: whatever is missing since then is no onboarding any more."""
        return self.exclude(completed_at=None)


class Container(models.Model):
    """Somebody's mail, calendar or drive, a site, a team: what has a status, a size and a last good moment.

    ``account`` is its name in the vault, made of the provider's own ids, so that a vault without this database still
    says whose it is.
    """

    class Kind(models.TextChoices):
        MAIL = "MAIL", "Mail"
        CALENDAR = "CALENDAR", "Calendar"
        CONTACTS = "CONTACTS", "Contacts"
        ONEDRIVE = "ONEDRIVE", "OneDrive"
        SHAREPOINT = "SHAREPOINT", "SharePoint"
        TEAMS = "TEAMS", "Teams"

    class Status(models.TextChoices):
        """How its newest pass ended."""

        NEVER = "NEVER", "Not backed up yet"
        ONBOARDING = "ONBOARDING", "Onboarding"
        SUCCESS = "SUCCESS", "Success"
        PARTIAL = "PARTIAL", "Partial"
        FAILED = "FAILED", "Failed"
        # The source has no such data: no mailbox, no drive, no licence.
        NOT_AVAILABLE = "NOT_AVAILABLE", "N/A"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="containers")
    connection = models.ForeignKey(Connection, models.PROTECT, related_name="containers")
    item = models.ForeignKey(Item, models.PROTECT, related_name="containers")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    account = models.CharField(max_length=400, db_collation="C")
    status = models.CharField(max_length=13, choices=Status.choices, default=Status.NEVER)
    # In our words, why the status is not SUCCESS.
    problem = models.CharField(max_length=300, blank=True)
    # The end of the newest pass in which everything was saved, of the newest one of any sort, of the first whole one.
    last_good_at = models.DateTimeField(null=True, blank=True)
    last_tried_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    objects_kept = models.PositiveBigIntegerField(default=0)
    # Bytes as the source has them, before the vault made them smaller.
    bytes_kept = models.PositiveBigIntegerField(default=0)

    objects = ContainerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "kind"], name="backups_one_container_per_kind"),
            models.UniqueConstraint(fields=["organization", "account"], name="backups_one_container_per_account"),
        ]
        indexes = [models.Index(fields=["organization", "kind", "status"], name="backups_containers_by_state")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.item}"


class ContainerFeedQuerySet(TenantQuerySet):
    organization_path = "container__organization"

    def live(self):
        """Return the feeds the source still has."""
        return self.filter(gone_at=None)


class ContainerFeed(models.Model):
    """A mail folder, a calendar, a library, a channel, and how far it was read.

    Its cursor is stored in the transaction of the versions it closes. Without a cursor it is listed from the start:
    that is a new round, and what a whole round has not seen is not at the source any more.
    """

    container = models.ForeignKey(Container, models.CASCADE, related_name="feeds")
    # The provider's id of it. Ids differ by case.
    key = models.CharField(max_length=400, db_collation="C")
    parent_key = models.CharField(max_length=400, blank=True, db_collation="C")
    name = models.CharField(max_length=400, blank=True)
    type = models.CharField(max_length=20)
    # The provider's link to go on with; it may carry tokens, so it is sealed.
    sealed_cursor = models.TextField(blank=True)
    # Whether the cursor stands inside a listing from the start that is not finished, and the number of that listing.
    is_listing = models.BooleanField(default=True)
    round = models.PositiveIntegerField(default=1)
    # The end of the newest whole listing, and of the newest pass of any sort.
    listed_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True)

    objects = ContainerFeedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["container", "key"], name="backups_one_row_per_container_feed")]

    def __str__(self) -> str:
        return f"{self.name or self.key} of {self.container}"

    @property
    def cursor(self) -> str:
        """The link to go on with, or "" to begin."""
        return sealing.unseal(self.sealed_cursor, purpose=_PURPOSE) if self.sealed_cursor else ""

    @cursor.setter
    def cursor(self, link: str) -> None:
        self.sealed_cursor = sealing.seal(link, purpose=_PURPOSE) if link else ""


class Sighting(models.Model):
    """An object that the listing under way has seen; the end of the listing compares and forgets them."""

    pk = models.CompositePrimaryKey("feed_id", "object_id")
    feed = models.ForeignKey(ContainerFeed, models.CASCADE, related_name="sightings", db_index=False)
    object_id = models.CharField(max_length=400, db_collation="C")

    objects = models.Manager()

    def __str__(self) -> str:
        return self.object_id


class Removal(models.Model):
    """An object that a feed does not have any more, until all feeds of the container were read: it may have moved."""

    feed = models.ForeignKey(ContainerFeed, models.CASCADE, related_name="removals")
    object_id = models.CharField(max_length=400, db_collation="C")

    objects = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "object_id"], name="backups_one_row_per_removal")]

    def __str__(self) -> str:
        return self.object_id


class FailureQuerySet(TenantQuerySet):
    def open(self):
        """Return what could not be saved and still is not."""
        return self.filter(closed_at=None)

    def counting(self):
        """Return the open ones that make an account partial: all but those somebody excluded."""
        return self.filter(closed_at=None, excluded_at=None)


class Failure(models.Model):
    """One object, or a whole container, that could not be saved; open until it is.

    One open row for each: tries are counted in it, success closes it, and another failure later opens a new one.
    """

    class Reason(models.TextChoices):
        CORRUPT = "CORRUPT", "Damaged at the source"
        MALWARE = "MALWARE", "Blocked by the provider as malware"
        LOCKED = "LOCKED", "Locked at the source"
        TOO_LARGE = "TOO_LARGE", "Too large for the provider’s interface"
        NOT_A_FILE = "NOT_A_FILE", "Cannot be downloaded as a file"
        ACCESS = "ACCESS", "Access refused"
        BUSY = "BUSY", "The provider was busy"
        DAMAGED = "DAMAGED", "Arrived damaged"
        ODD = "ODD", "The provider’s answer makes no sense"
        SHRUNK = "SHRUNK", "The source suddenly lists far fewer objects"
        POISON = "POISON", "Stopped the worker"
        STORE = "STORE", "Could not be stored"

    class Ending(models.TextChoices):
        SAVED = "SAVED", "Saved"
        GONE = "GONE", "Gone at the source"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="failures")
    container = models.ForeignKey(Container, models.PROTECT, related_name="failures")
    feed = models.ForeignKey(ContainerFeed, models.CASCADE, null=True, blank=True, related_name="failures")
    # Empty for the whole container.
    object_id = models.CharField(max_length=400, blank=True, db_collation="C")
    part = models.CharField(max_length=60, blank=True)
    # Subject or file name, so that a person finds it.
    name = models.CharField(max_length=400, blank=True)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    message = models.CharField(max_length=300)
    code = models.CharField(max_length=100, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    tries = models.PositiveIntegerField(default=1)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    next_try_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_as = models.CharField(max_length=5, choices=Ending.choices, blank=True)
    # It is tried again all the same, and makes no account partial.
    excluded_at = models.DateTimeField(null=True, blank=True)
    excluded_by = models.CharField(max_length=200, blank=True)

    objects = FailureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["container", "object_id"], condition=Q(closed_at=None), name="backups_one_open_failure_each"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "-last_seen_at"], condition=Q(closed_at=None), name="backups_open_failures"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.object_id or self.container}: {self.get_reason_display()}"

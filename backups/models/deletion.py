"""Backed-up data that is to be deleted for good: who asked, who agreed, how long it is held, what was destroyed."""

import uuid
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.scoping import TenantQuerySet
from organizations.models import Item, Organization

# Between the second person's word and the end: as long as anybody who may see it can still stop it.
HELD_FOR = timedelta(days=30)
# So long before the end everybody hears of it once more.
WARNED_BEFORE = timedelta(days=3)


class DeletionQuerySet(TenantQuerySet):
    def open(self) -> Self:
        """Return those that have not come to an end."""
        return self.filter(ended_at=None)

    def stoppable(self) -> Self:
        """Return those of which nothing was destroyed yet and that can still be called off."""
        return self.filter(state__in=[Deletion.State.REQUESTED, Deletion.State.AUTHORIZED])

    def of_everything_under_way(self) -> Self:
        """Return those of whole clients that have begun and not come to their end."""
        return self.filter(state=Deletion.State.EXECUTING, scope=Deletion.Scope.ORGANIZATION)

    def newest_first(self) -> Self:
        return self.order_by("-requested_at", "-id")


class Deletion(models.Model):
    """One request to delete what is backed up of some items of a client, or of all of it.

        REQUESTED ──> AUTHORIZED ── 30 days ──> EXECUTING ──> DONE
            ├──> DECLINED   │
            └──────────────>┴──> CANCELLED

    Whoever asked and whoever authorized are two people, by their login and by their address; the database says so too.
    """

    class State(models.TextChoices):
        REQUESTED = "REQUESTED", "Waiting for a second person"
        AUTHORIZED = "AUTHORIZED", "Held"
        EXECUTING = "EXECUTING", "Being deleted"
        DONE = "DONE", "Deleted"
        DECLINED = "DECLINED", "Declined"
        CANCELLED = "CANCELLED", "Cancelled"

    class Scope(models.TextChoices):
        ITEMS = "ITEMS", "Chosen accounts"
        ORGANIZATION = "ORGANIZATION", "The whole client"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="deletions")
    scope = models.CharField(max_length=12, choices=Scope.choices)
    reason = models.CharField(max_length=1000)
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    # Logins may be deleted, names and addresses stay.
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    requested_by = models.CharField(max_length=200)
    requester_email = models.EmailField(max_length=254)
    requested_at = models.DateTimeField()
    authorizer = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    authorized_by = models.CharField(max_length=200, blank=True)
    authorizer_email = models.EmailField(max_length=254, blank=True)
    authorized_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    # When the Administrators were told that it is near; a warning that comes late moves the end.
    warned_at = models.DateTimeField(null=True, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
    # In a sentence, why some of it cannot be erased; the Administrators were told, and it is tried again and again.
    stuck_because = models.CharField(max_length=500, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=200, blank=True)
    # In a sentence, why it was declined or cancelled.
    ended_because = models.CharField(max_length=500, blank=True)
    # What was kept when it was asked for: how many accounts, objects, states of them and bytes, from when to when.
    accounts = models.PositiveIntegerField(default=0)
    objects_kept = models.PositiveBigIntegerField(default=0)
    versions_kept = models.PositiveBigIntegerField(default=0)
    bytes_kept = models.PositiveBigIntegerField(default=0)
    oldest_at = models.DateTimeField(null=True, blank=True)
    newest_at = models.DateTimeField(null=True, blank=True)
    # What was destroyed; see `backups.engine.deletion_certificates`.
    certificate = models.JSONField(null=True, blank=True)

    objects = DeletionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(authorizer_email="") | ~Q(authorizer_email=F("requester_email")),
                name="backups_deletions_need_two_addresses",
            ),
            models.CheckConstraint(
                condition=Q(authorizer=None) | Q(requester=None) | ~Q(authorizer=F("requester")),
                name="backups_deletions_need_two_people",
            ),
            models.CheckConstraint(
                condition=Q(authorized_at=None, due_at=None, authorized_by="", authorizer_email="")
                | (Q(due_at__gte=F("authorized_at") + HELD_FOR) & ~Q(authorized_by="") & ~Q(authorizer_email="")),
                name="backups_authorized_deletions_are_held",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["AUTHORIZED", "EXECUTING", "DONE"]) | Q(authorized_at__isnull=False),
                name="backups_only_authorized_deletions_go_on",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["EXECUTING", "DONE"], began_at__gte=F("due_at"))
                | (~Q(state__in=["EXECUTING", "DONE"]) & Q(began_at=None)),
                name="backups_deletions_begin_when_due",
            ),
            models.CheckConstraint(
                condition=Q(began_at=None) | Q(warned_at__isnull=False, began_at__gte=F("warned_at") + WARNED_BEFORE),
                name="backups_deletions_begin_after_a_warning",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False, state__in=["DONE", "DECLINED", "CANCELLED"])
                | Q(ended_at=None, state__in=["REQUESTED", "AUTHORIZED", "EXECUTING"]),
                name="backups_ended_deletions_say_when",
            ),
            models.CheckConstraint(
                condition=Q(state="DONE", certificate__isnull=False) | (~Q(state="DONE") & Q(certificate=None)),
                name="backups_done_deletions_have_a_certificate",
            ),
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(scope="ORGANIZATION", ended_at=None),
                name="backups_one_open_deletion_of_everything",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-requested_at"], name="backups_deletions_by_time"),
            models.Index(fields=["state", "due_at"], condition=Q(ended_at=None), name="backups_open_deletions"),
        ]

    def __str__(self) -> str:
        return f"Deletion of {self.what} at {self.organization}"

    @property
    def what(self) -> str:
        """Whose data it is, in words."""
        if self.scope == self.Scope.ORGANIZATION:
            return "everything"
        return f"{self.accounts:,} account{'s' if self.accounts != 1 else ''}"

    @property
    def is_of_everything(self) -> bool:
        return self.scope == self.Scope.ORGANIZATION

    @property
    def is_stoppable(self) -> bool:
        """Whether nothing was destroyed yet, so that it can be called off."""
        return self.state in (self.State.REQUESTED, self.State.AUTHORIZED)


class DeletionItemQuerySet(TenantQuerySet):
    organization_path = "deletion__organization"

    def by_name(self) -> Self:
        return self.order_by("name", "id")


class DeletionItem(models.Model):
    """One item of a deletion. What it was called then is kept by value: the certificate names it."""

    deletion = models.ForeignKey(Deletion, models.CASCADE, related_name="items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="deletion_items")
    name = models.CharField(max_length=256)
    address = models.CharField(max_length=500, blank=True)
    # Whether its deletion has not come to an end, so that no second one is asked for.
    is_open = models.BooleanField(default=True)
    # The vault's certificate of each kind of data that was erased, by the container's primary key.
    certificates = models.JSONField(default=dict)

    objects = DeletionItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deletion", "item"], name="backups_one_row_per_item_of_a_deletion"),
            models.UniqueConstraint(
                fields=["item"], condition=Q(is_open=True), name="backups_one_open_deletion_per_item"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} in deletion {self.deletion_id}"

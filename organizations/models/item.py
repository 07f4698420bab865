"""A user, shared mailbox, site or team that can be protected."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Case, Count, F, Q, Value, When

from accounts.scoping import TenantQuerySet
from organizations.models.connection import Connection
from organizations.models.organization import BackupStatus, Organization

# Somebody or something new that is not protected, and nobody has decided about it yet.
NEWCOMER = Q(is_new=True, decided_at=None, protection="NOT_PROTECTED")
# What is not covered stands first: newcomers, then whatever else is not protected. An index follows it word for word.
COVERAGE_RANK = Case(
    When(NEWCOMER, then=Value(0)),
    When(protection="NOT_PROTECTED", then=Value(1)),
    default=Value(2),
)


class ItemQuerySet(TenantQuerySet):
    def in_tab(self, tab: str) -> Self:
        return self.filter(tab=tab)

    def protected(self) -> Self:
        """Return the items that are backed up: chosen, not skipped by a filter, and still there."""
        return self.filter(protection=Item.Protection.PROTECTED)

    def eligible(self) -> Self:
        """Return the items that could be protected today: there, and left out by no filter."""
        return self.filter(presence=Item.Presence.PRESENT, skipped_as="")

    def matching(self, words: str) -> Self:
        """Return those whose name or address holds every one of ``words``, in any case."""
        found = self
        for word in words.split():
            found = found.filter(Q(name__icontains=word) | Q(address__icontains=word))
        return found

    def counts_by_tab(self) -> dict[str, tuple[int, int]]:
        """Return (protected, eligible) for each tab, in one query."""
        rows = self.values("tab").annotate(
            protected=Count("pk", filter=Q(protection=Item.Protection.PROTECTED)),
            eligible=Count("pk", filter=Q(presence=Item.Presence.PRESENT, skipped_as="")),
        )
        found = {row["tab"]: (row["protected"], row["eligible"]) for row in rows.order_by()}
        return {tab.value: found.get(tab.value, (0, 0)) for tab in Item.Tab}


class Item(models.Model):
    """One thing of a tenant that can be protected, known by the provider's immutable id and never by its address.

    A person who leaves and another who later gets the same address are two items.
    """

    class Kind(models.TextChoices):
        USER = "USER", "User"
        SITE = "SITE", "Site"
        TEAM = "TEAM", "Team"

    class Mailbox(models.TextChoices):
        """What the provider says the mailbox of a user is for; empty until it was asked."""

        USER = "USER", "Personal"
        SHARED = "SHARED", "Shared"
        ROOM = "ROOM", "Room"
        EQUIPMENT = "EQUIPMENT", "Equipment"
        OTHER = "OTHER", "Other"
        NONE = "NONE", "No mailbox"

    class Presence(models.TextChoices):
        PRESENT = "PRESENT", "At the source"
        DELETED = "DELETED", "Deleted at the source, can still be brought back there"
        GONE = "GONE", "Gone from the source"

    class ChosenBy(models.TextChoices):
        PERSON = "PERSON", "By hand"
        AUTOMATION = "AUTOMATION", "Automatically"

    class Skip(models.TextChoices):
        """Which filter leaves the item out. The first that fits is named, in this order."""

        EXTERNAL = "EXTERNAL", "external user"
        SHARED_MAILBOX = "SHARED_MAILBOX", "shared mailbox"
        DISABLED = "DISABLED", "disabled user"
        GROUP = "GROUP", "member of a skipped group"
        PATTERN = "PATTERN", "address fits a skipped pattern"

    class Protection(models.TextChoices):
        PROTECTED = "PROTECTED", "Protected"
        NOT_PROTECTED = "NOT_PROTECTED", "Not protected"
        SKIPPED = "SKIPPED", "Skipped"
        NOT_AVAILABLE = "NOT_AVAILABLE", "N/A"

    class Tab(models.TextChoices):
        USERS = "USERS", "Users"
        SHARED_MAILBOXES = "SHARED_MAILBOXES", "Shared mailboxes"
        SITES = "SITES", "Sites"
        TEAMS = "TEAMS", "Teams"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="items")
    connection = models.ForeignKey(Connection, models.PROTECT, related_name="items")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    # The provider's own id. Ids of Microsoft 365 differ by case.
    remote_id = models.CharField(max_length=255, db_collation="C")
    name = models.CharField(max_length=256, blank=True)
    # Mail address of a user or team, address of a site.
    address = models.CharField(max_length=500, blank=True)
    list_name = models.CharField(max_length=256, blank=True, editable=False)

    is_external = models.BooleanField(default=False)
    is_enabled = models.BooleanField(default=True)
    has_mail_plan = models.BooleanField(default=False)
    mailbox = models.CharField(max_length=9, choices=Mailbox.choices, blank=True)
    presence = models.CharField(max_length=7, choices=Presence.choices, default=Presence.PRESENT)
    gone_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField()
    # Found by a later pass than the connection's first one: somebody or something new.
    is_new = models.BooleanField(default=False)
    # The number of the full listing that saw the item last; what a full listing misses is gone.
    seen_in_round = models.PositiveIntegerField(default=0)

    is_chosen = models.BooleanField(default=False)
    chosen_by = models.CharField(max_length=10, choices=ChosenBy.choices, blank=True)
    # Who switched it on or off last, by name, and when.
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    skipped_as = models.CharField(max_length=14, choices=Skip.choices, blank=True)

    # Written by `backups`.
    backup_status = models.CharField(max_length=11, choices=BackupStatus.choices, default=BackupStatus.NONE)
    last_good_at = models.DateTimeField(null=True, blank=True)
    stored_bytes = models.PositiveBigIntegerField(default=0)
    # What is backed up of it is being destroyed at this moment; it can be protected again afterwards.
    is_being_deleted = models.BooleanField(default=False)

    protection = models.GeneratedField(
        expression=Case(
            When(~Q(presence="PRESENT"), then=Value("NOT_AVAILABLE")),
            When(~Q(skipped_as=""), then=Value("SKIPPED")),
            When(is_chosen=True, then=Value("PROTECTED")),
            default=Value("NOT_PROTECTED"),
        ),
        output_field=models.CharField(max_length=13, choices=Protection.choices),
        db_persist=True,
    )
    tab = models.GeneratedField(
        expression=Case(
            When(kind="SITE", then=Value("SITES")),
            When(kind="TEAM", then=Value("TEAMS")),
            When(mailbox__in=["SHARED", "ROOM", "EQUIPMENT"], then=Value("SHARED_MAILBOXES")),
            default=Value("USERS"),
        ),
        output_field=models.CharField(max_length=16, choices=Tab.choices),
        db_persist=True,
    )

    objects = ItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "kind", "remote_id"], name="organizations_items_have_one_row"
            ),
            models.CheckConstraint(
                condition=Q(is_chosen=False) | ~Q(chosen_by=""), name="organizations_somebody_chose_what_is_chosen"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "tab", "list_name", "id"], name="organizations_items_by_name"),
            models.Index(fields=["organization", "tab", "protection"], name="organizations_items_by_state"),
            models.Index(
                F("organization"),
                F("tab"),
                COVERAGE_RANK,
                F("list_name"),
                F("id"),
                name="organizations_items_uncovered",
            ),
            models.Index(
                fields=["connection", "id"],
                name="organizations_items_unasked",
                condition=Q(kind="USER", mailbox="", presence="PRESENT"),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.address or self.remote_id

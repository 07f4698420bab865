"""A client of a partner: the inner tenant."""

import uuid
from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce, Lower, NullIf
from django.urls import reverse

from accounts.models import ApiKey, Membership, Partner

# Client IDs are short enough to be read out on the phone; the first one is not 1.
_FIRST_CLIENT_ID = 20_400


def client_id_of(organization_id: int) -> str:
    """Return the Client ID of the organization with this primary key."""
    return str(_FIRST_CLIENT_ID + organization_id)


class BackupStatus(models.TextChoices):
    """How an organization, or one item of it, stands. `backups` decides; these rows only remember it."""

    NONE = "NONE", "No report"
    SUCCESS = "SUCCESS", "Success"
    IN_PROGRESS = "IN_PROGRESS", "In progress"
    PARTIAL = "PARTIAL", "Partial"
    FAILED = "FAILED", "Failed"
    ONBOARDING = "ONBOARDING", "Onboarding"


class ConnectionState(models.TextChoices):
    """Whether we may read the client's service."""

    NOT_CONNECTED = "NOT_CONNECTED", "Not connected"
    CONNECTED = "CONNECTED", "Connected"
    NEEDS_CONSENT = "NEEDS_CONSENT", "Permissions missing"
    ACCESS_LOST = "ACCESS_LOST", "Access withdrawn"
    DISCONNECTED = "DISCONNECTED", "Disconnected"


# The states in which the service may be asked: a permission too few stops only what needs it.
READABLE = (ConnectionState.CONNECTED, ConnectionState.NEEDS_CONSENT)


class OrganizationQuerySet(models.QuerySet):
    def visible_to(self, reader: Membership | ApiKey) -> Self:
        """Return the client organizations this member, or this key of a program, may know about.

        Every other model in the product asks this query, so this is the only place where the boundary between
        two partners' clients is drawn.
        """
        own = self.filter(partner_id=reader.partner_id)
        if reader.sees_every_organization:
            return own
        return own.filter(pk__in=reader.organization_ids)

    def named(self, names: Iterable[str]) -> Self:
        """Return those called one of ``names``, in any case, or having one as their Client ID."""
        names = list(names)
        numbers = [int(name) for name in names if name.isascii() and name.isdecimal() and len(name) < 12]
        return self.alias(folded=Lower("name")).filter(
            Q(folded__in=[name.lower() for name in names]) | Q(pk__in=[number - _FIRST_CLIENT_ID for number in numbers])
        )

    def matching(self, words: str) -> Self:
        """Return those whose name, domain or client ID holds every one of ``words``, in any case."""
        found = self
        for word in words.split():
            fits = Q(name__icontains=word) | Q(domain__icontains=word)
            if word.isdecimal() and len(word) < 12:
                fits |= Q(pk=int(word) - _FIRST_CLIENT_ID)
            found = found.filter(fits)
        return found

    def by_name(self) -> Self:
        return self.order_by(Lower("name"), "id")


class Organization(models.Model):
    """A client of a partner, whose data is protected.

    The figures at the end are written from the floors above (discovery, runs, reports), so that a board of ten
    thousand clients is read from one table; nothing here computes them.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="organizations")
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=80, blank=True)
    # ISO 3166-1 alpha-2
    country = models.CharField(max_length=2, blank=True)
    # ISO 3166-2, such as GB-BST; only where the country has subdivisions.
    subdivision = models.CharField(max_length=6, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    billing_contact = models.CharField(max_length=120, blank=True)
    billing_email = models.EmailField(max_length=254, blank=True)
    billing_phone = models.CharField(max_length=40, blank=True)
    # The partner may demand a second factor of this organization's own people.
    requires_second_factor = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    # Copied from the connection.
    connection_state = models.CharField(
        max_length=13, choices=ConnectionState.choices, default=ConnectionState.NOT_CONNECTED
    )
    service = models.CharField(max_length=20, blank=True)
    domain = models.CharField(max_length=253, blank=True)
    is_simulated = models.BooleanField(default=False)

    # Counted from the items: how many there are that could be protected, and how many are.
    users_eligible = models.PositiveIntegerField(default=0)
    users_protected = models.PositiveIntegerField(default=0)
    mailboxes_eligible = models.PositiveIntegerField(default=0)
    mailboxes_protected = models.PositiveIntegerField(default=0)
    sites_eligible = models.PositiveIntegerField(default=0)
    sites_protected = models.PositiveIntegerField(default=0)
    teams_eligible = models.PositiveIntegerField(default=0)
    teams_protected = models.PositiveIntegerField(default=0)
    items_skipped = models.PositiveIntegerField(default=0)

    # Written by `backups`.
    backup_status = models.CharField(max_length=11, choices=BackupStatus.choices, default=BackupStatus.NONE)
    backup_note = models.CharField(max_length=200, blank=True)
    last_good_at = models.DateTimeField(null=True, blank=True)
    stored_bytes = models.PositiveBigIntegerField(default=0)
    # Since when everything that was backed up is deleted for good, its keys too: nothing is backed up here again.
    erased_at = models.DateTimeField(null=True, blank=True)
    # One letter a day, oldest first, ending at `days_until`: the first of the status, or "-" for a day without one.
    days = models.CharField(max_length=14, blank=True)
    days_until = models.DateField(null=True, blank=True)

    # What needs a person comes first; the database computes it, so that it can be an index.
    urgency = models.GeneratedField(
        expression=Case(
            When(Q(connection_state="ACCESS_LOST") | Q(backup_status="FAILED"), then=Value(0)),
            When(Q(connection_state="NEEDS_CONSENT") | Q(backup_status="PARTIAL"), then=Value(1)),
            When(Q(connection_state__in=["NOT_CONNECTED", "DISCONNECTED"]), then=Value(2)),
            When(Q(backup_status="ONBOARDING"), then=Value(3)),
            default=Value(4),
        ),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    items_eligible = models.GeneratedField(
        expression=F("users_eligible") + F("mailboxes_eligible") + F("sites_eligible") + F("teams_eligible"),
        output_field=models.PositiveIntegerField(),
        db_persist=True,
    )
    items_protected = models.GeneratedField(
        expression=F("users_protected") + F("mailboxes_protected") + F("sites_protected") + F("teams_protected"),
        output_field=models.PositiveIntegerField(),
        db_persist=True,
    )

    # Percent of what could be protected; 0 where nothing could.
    coverage = models.GeneratedField(
        expression=Coalesce(
            (F("users_protected") + F("mailboxes_protected") + F("sites_protected") + F("teams_protected"))
            * Value(100.0)
            / NullIf(
                F("users_eligible") + F("mailboxes_eligible") + F("sites_eligible") + F("teams_eligible"), Value(0)
            ),
            Value(0.0),
        ),
        output_field=models.FloatField(),
        db_persist=True,
    )

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("partner", Lower("name"), name="organizations_names_are_unique_per_partner"),
            # What a membership's foreign key over (organization, partner) points at.
            models.UniqueConstraint(fields=["id", "partner"], name="organizations_id_and_partner"),
        ]
        indexes = [
            models.Index(
                "partner", "urgency", F("last_good_at").asc(nulls_first=True), "id", name="organizations_urgent"
            ),
            models.Index("partner", Lower("name"), "id", name="organizations_by_name"),
            models.Index("partner", F("last_good_at").asc(nulls_first=True), "id", name="organizations_by_last_good"),
            models.Index("partner", "coverage", "id", name="organizations_by_coverage"),
            models.Index("partner", "stored_bytes", "id", name="organizations_by_stored"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("organizations:overview", args=[self.uuid])

    @property
    def is_readable(self) -> bool:
        """Whether the client's service may be asked today."""
        return self.connection_state in READABLE

    @property
    def client_id(self) -> str:
        """The short number people quote to support."""
        return client_id_of(self.pk)

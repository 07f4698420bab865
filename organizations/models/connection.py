"""One organization's consent for us to read one service."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.scoping import TenantQuerySet
from organizations.models.organization import READABLE, ConnectionState, Organization


class Service(models.TextChoices):
    MICROSOFT_365 = "MICROSOFT_365", "Microsoft 365"


class ConnectionQuerySet(TenantQuerySet):
    def in_use(self):
        """Return the connections that were not given up."""
        return self.exclude(state=ConnectionState.DISCONNECTED)

    def readable(self):
        """Return the connections whose service may be asked today; one permission too few stops only what needs it."""
        return self.filter(state__in=READABLE)


class Connection(models.Model):
    """The link between an organization and one tenant of a service, proved by a token of that very tenant.

    Disconnecting ends the reading and keeps the row, its items and everything saved. The columns about discovery
    are written by `backups`.
    """

    class Discovery(models.TextChoices):
        IDLE = "IDLE", "Not running"
        QUEUED = "QUEUED", "Waiting for a worker"
        RUNNING = "RUNNING", "Looking"
        WAITING = "WAITING", "The provider asked for a pause"
        FAILED = "FAILED", "Stopped"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="connections")
    service = models.CharField(max_length=20, choices=Service.choices, default=Service.MICROSOFT_365)
    state = models.CharField(max_length=13, choices=ConnectionState.choices)
    # The tenant's own id at the provider, lower case.
    tenant_id = models.CharField(max_length=64)
    tenant_name = models.CharField(max_length=200, blank=True)
    # Verified by the provider; the first is the tenant's default.
    domains = ArrayField(models.CharField(max_length=253), default=list)
    # Host of the tenant's SharePoint, once discovery has seen it.
    sharepoint_host = models.CharField(max_length=253, blank=True)
    # The addresses this was connected through, so that a changed setting never sends one tenant's ids elsewhere.
    login_url = models.CharField(max_length=200)
    graph_url = models.CharField(max_length=200)
    is_simulated = models.BooleanField(default=False)
    # Permissions found in the newest token of each app.
    roles = ArrayField(models.CharField(max_length=80), default=list)
    restore_roles = ArrayField(models.CharField(max_length=80), default=list)
    restore_consented_at = models.DateTimeField(null=True, blank=True)
    connected_at = models.DateTimeField()
    connected_by = models.CharField(max_length=200)
    disconnected_at = models.DateTimeField(null=True, blank=True)
    # Why the state is not CONNECTED, in our words.
    problem = models.CharField(max_length=300, blank=True)
    problem_at = models.DateTimeField(null=True, blank=True)

    discovery = models.CharField(max_length=7, choices=Discovery.choices, default=Discovery.IDLE)
    discovery_started_at = models.DateTimeField(null=True, blank=True)
    # The end of the newest complete pass; empty until the first one.
    discovered_at = models.DateTimeField(null=True, blank=True)
    # The end of the newest pass that listed everything afresh.
    reconciled_at = models.DateTimeField(null=True, blank=True)
    discovery_seen = models.PositiveIntegerField(default=0)
    discovery_problem = models.CharField(max_length=300, blank=True)
    discovery_continues_at = models.DateTimeField(null=True, blank=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "tenant_id"],
                condition=~Q(state="DISCONNECTED"),
                name="organizations_one_organization_per_tenant",
            ),
            models.UniqueConstraint(
                fields=["organization", "service"],
                condition=~Q(state="DISCONNECTED"),
                name="organizations_one_connection_per_service",
            ),
            models.UniqueConstraint(fields=["id", "organization"], name="organizations_connection_and_organization"),
            models.CheckConstraint(
                condition=Q(state="DISCONNECTED", disconnected_at__isnull=False)
                | (~Q(state="DISCONNECTED") & Q(disconnected_at=None)),
                name="organizations_disconnected_connections_say_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="NOT_CONNECTED"), name="organizations_a_connection_was_connected_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_service_display()} of {self.tenant_name or self.tenant_id}"

    @property
    def domain(self) -> str:
        """The tenant's default domain, or its id while none is known."""
        return self.domains[0] if self.domains else self.tenant_id

    @property
    def is_looking(self) -> bool:
        """Whether discovery is under way, so that a page keeps asking."""
        return self.discovery in (self.Discovery.QUEUED, self.Discovery.RUNNING, self.Discovery.WAITING)

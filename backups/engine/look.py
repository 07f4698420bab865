"""One look at a client's service: what it works on, how long it may last, and how everything it finds is saved."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from backups.connectors.microsoft365.directory import PAGE_SIZE
from backups.connectors.microsoft365.graph import Graph
from backups.models import DiscoveryFeed
from jobs.claims import Claim
from organizations.models import Connection, Organization
from organizations.models.organization import ConnectionState

# A worker is free again after this; the next one goes on from what is stored.
SLICE = timedelta(minutes=4)
# Everything is listed afresh this often: links of the directory live for seven days, and news may get lost.
RECONCILED_EVERY = timedelta(days=7)


class SliceOver(Exception):
    """This slice has lasted long enough; everything it found is saved."""


class Disconnected(Exception):
    """The organization gave the connection up while we were looking."""


@dataclass
class Look:
    """A slice of a look. ``problems`` are what people should know; ``failures`` among them mean that the look did not
    see everything it is allowed to see.
    """

    connection: Connection
    claim: Claim
    clock: Callable[[], datetime]
    ends_at: datetime
    accepts_shrinking: bool = False
    page_size: int = PAGE_SIZE
    graph: Graph | None = None
    roles: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def started_at(self) -> datetime:
        """When the look began, which may be slices ago."""
        return self.connection.discovery_started_at

    @contextmanager
    def saving(self) -> Iterator[datetime]:
        """Save one step in one transaction, and yield its moment.

        All of it is kept or nothing: raises `LeaseLost` where another worker holds the job by now, so that a ghost
        changes nothing, and `Disconnected`.
        """
        with transaction.atomic():
            lock_organization(self.connection)
            if not Connection.objects.in_use().filter(pk=self.connection.pk).exists():
                raise Disconnected
            yield self.clock()
            self.claim.renew()

    def rest(self) -> None:
        """Raise `SliceOver` once the slice has lasted long enough. Call it between two steps."""
        if self.clock() >= self.ends_at:
            raise SliceOver

    def feed(self, name: str) -> DiscoveryFeed:
        """Return how far one feed was read."""
        return DiscoveryFeed.objects.get(connection=self.connection, name=name)


def begin(connection_id: int, claim: Claim, *, clock: Callable[[], datetime], **options: Any) -> Look | None:
    """Begin a look or go on with one, and return it; None for a connection that was given up, whose job is done then.

    ``options`` are fields of `Look`. Raises `LeaseLost`.
    """
    with transaction.atomic():
        connection = Connection.objects.select_related("organization").get(pk=connection_id)
        lock_organization(connection)
        connection.refresh_from_db()
        if connection.state == ConnectionState.DISCONNECTED:
            Connection.objects.filter(pk=connection.pk).update(discovery=Connection.Discovery.IDLE)
            claim.finish()
            return None
        now = clock()
        for name in DiscoveryFeed.Name:
            DiscoveryFeed.objects.get_or_create(connection=connection, name=name)
        if not _goes_on(connection):
            connection.discovery_started_at = now
            connection.discovery_seen, connection.discovery_problem = 0, ""
            _forget_old_listings(connection, now)
        connection.discovery = Connection.Discovery.RUNNING
        connection.discovery_continues_at = None
        names = ("discovery", "discovery_started_at", "discovery_seen", "discovery_problem", "discovery_continues_at")
        connection.save(update_fields=names)
        claim.renew()
    return Look(connection, claim, clock, ends_at=now + SLICE, **options)


def forget_cursors(connection: Connection) -> None:
    """Have everything of a connection listed afresh at the next look."""
    DiscoveryFeed.objects.filter(connection=connection).update(sealed_cursor="")


def lock_organization(connection: Connection) -> None:
    """Wait for whoever changes the same client, and let them wait: who decides about its items locks this row."""
    Organization.objects.select_for_update(no_key=True).get(pk=connection.organization_id)


def _goes_on(connection: Connection) -> bool:
    under_way = (Connection.Discovery.RUNNING, Connection.Discovery.WAITING)
    return connection.discovery in under_way and connection.discovery_started_at is not None


def _forget_old_listings(connection: Connection, now: datetime) -> None:
    # All of them together, so that one look sees everything; one that is being listed anyway goes on. What was listed
    # before the tenant was connected again says nothing any more.
    since = max(now - RECONCILED_EVERY, connection.connected_at)
    old = DiscoveryFeed.objects.filter(connection=connection, listed_at__lte=since)
    if old.exists():
        DiscoveryFeed.objects.filter(connection=connection, is_listing=False).update(sealed_cursor="")

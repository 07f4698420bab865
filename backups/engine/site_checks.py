"""Looking at the SharePoint addresses that people typed, one by one, each settled in a transaction of its own."""

import time
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models.functions import Greatest
from django.utils import timezone

import sealing
from backups.connectors.base import (
    AccessRevoked,
    ConnectorError,
    CredentialRefused,
    NotThere,
    PermissionMissing,
    ProviderBusy,
)
from backups.connectors.microsoft365 import sites
from backups.connectors.microsoft365.graph import Graph
from backups.engine.access import graph_of
from backups.engine.look import lock_organization
from backups.models import DiscoveryFeed
from jobs.claims import Claim
from organizations.actions.connections import note_access_lost
from organizations.actions.site_addresses import FoundSite, settle_site_address
from organizations.models import Connection, Item, SiteAddress

_PERMISSION = "Sites.Read.All"
_AGAIN = "Check it again later."


class _Refused(Exception):
    """An address leads to no site that can be protected; the message is for people."""


def check(
    connection_id: int,
    claim: Claim,
    *,
    clock: Callable[[], datetime] = timezone.now,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Settle every address of a connection that waits for it. Raises `LeaseLost`."""
    connection = Connection.objects.select_related("organization").get(pk=connection_id)
    if not Connection.objects.in_use().filter(pk=connection.pk).exists():
        _refuse_all(connection, claim, "The connection was given up before anybody looked.", clock)
        return
    try:
        with graph_of(connection, now=clock(), clock=clock, sleep=sleep) as (graph, tokens):
            _settle_all(connection, claim, graph, tokens.get().roles, clock)
    except ProviderBusy as busy:
        claim.try_again(after=busy.wait, because=str(busy))
    except AccessRevoked as problem:
        note_access_lost(connection=connection, reason=str(problem), now=clock())
        _refuse_all(connection, claim, f"{problem} Authorize the connection again, then check the address.", clock)
    except (CredentialRefused, sealing.CannotUnseal) as problem:
        _refuse_all(connection, claim, f"{problem} The operator of Portico has to repair this. {_AGAIN}", clock)
    except ConnectorError as problem:
        _refuse_all(connection, claim, f"{problem} {_AGAIN}", clock)


def _settle_all(
    connection: Connection, claim: Claim, graph: Graph, roles: tuple[str, ...], clock: Callable[[], datetime]
) -> None:
    while True:
        address = _waiting(connection).first()
        if address is None:
            if _finish(connection, claim):
                return
            continue
        try:
            found, problem = _look_at(address, connection, graph, roles), ""
        except _Refused as refusal:
            found, problem = None, str(refusal)
        with transaction.atomic():
            settle_site_address(address=address, found=found, problem=problem, now=clock())
            _count_as_seen(connection, found)
            claim.renew()


def _count_as_seen(connection: Connection, found: FoundSite | None) -> None:
    """Keep a listing that is past the site's place already from taking the site for gone at its end."""
    feed = DiscoveryFeed.objects.filter(connection=connection, name=DiscoveryFeed.Name.SITES).first()
    if found is not None and feed is not None:
        site = Item.objects.filter(connection=connection, kind=Item.Kind.SITE, remote_id=found.remote_id)
        site.update(seen_in_round=Greatest("seen_in_round", feed.round))


def _look_at(address: SiteAddress, connection: Connection, graph: Graph, roles: tuple[str, ...]) -> FoundSite:
    try:
        _refuse_other_host(address, connection, graph)
        site = sites.site_at(graph, address.url)
    except NotThere as problem:
        raise _Refused("There is no site at this address.") from problem
    except PermissionMissing as problem:
        if _PERMISSION in roles:
            raise _Refused("Microsoft 365 does not let us read this site, though it lets us read others.") from problem
        raise _Refused(f"The permission {_PERMISSION} is missing. Authorize the connection again.") from problem
    if site.is_personal:
        raise _Refused("This is somebody’s OneDrive; it is protected together with that user.")
    return FoundSite(site.remote_id, site.name or "", site.url or address.url)


def _refuse_other_host(address: SiteAddress, connection: Connection, graph: Graph) -> None:
    if not connection.sharepoint_host:
        connection.sharepoint_host = sites.host_of(graph)
        Connection.objects.filter(pk=connection.pk).update(sharepoint_host=connection.sharepoint_host)
    if (urlsplit(address.url).hostname or "").lower() != connection.sharepoint_host:
        raise _Refused(f"The client’s SharePoint is at {connection.sharepoint_host}; this address leads elsewhere.")


def _waiting(connection: Connection):
    checking = SiteAddress.objects.filter(connection=connection, state=SiteAddress.State.CHECKING)
    return checking.order_by("pk")


@transaction.atomic
def _finish(connection: Connection, claim: Claim) -> bool:
    """Close the job unless somebody has added an address in the meantime: whoever adds one holds this lock."""
    lock_organization(connection)
    if _waiting(connection).exists():
        return False
    claim.finish()
    return True


@transaction.atomic
def _refuse_all(connection: Connection, claim: Claim, problem: str, clock: Callable[[], datetime]) -> None:
    lock_organization(connection)
    for address in _waiting(connection):
        settle_site_address(address=address, found=None, problem=problem, now=clock())
    claim.finish()

"""How a look ends: complete, with a pause, stopped, without access, or because the client was disconnected."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import BigIntegerField, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from accounts.models import AuditEntry
from backups.connectors.base import ProviderBusy
from backups.engine.look import Disconnected, Look, lock_organization
from backups.models import DiscoveryFeed
from organizations.actions import schedule_log
from organizations.actions.automation import protect_newcomers
from organizations.actions.connections import note_access_lost, note_roles
from organizations.actions.figures import recount
from organizations.actions.filters import apply_filter
from organizations.models import Connection, Item, Policy
from organizations.models.organization import ConnectionState

_IDLE, _FAILED, _WAITING = Connection.Discovery.IDLE, Connection.Discovery.FAILED, Connection.Discovery.WAITING


@transaction.atomic
def complete(look: Look) -> None:
    """Close a look that has read everything it may read: filter, newcomers, figures and the job, all at once.

    Raises `Disconnected` and `LeaseLost`.
    """
    organization, now = look.connection.organization, look.clock()
    # Locked in the order of those who change the policy.
    Policy.objects.select_for_update().get(organization=organization)
    lock_organization(look.connection)
    if not Connection.objects.in_use().filter(pk=look.connection.pk).exists():
        raise Disconnected
    apply_filter(organization=organization, actor="Schedule", now=now)
    protect_newcomers(organization=organization, now=now)
    recount(organization)
    note_roles(connection=look.connection, roles=list(look.roles), now=now)
    counts = _counts(look)
    values = {"discovery": _IDLE, "discovery_seen": counts["seen"], "discovery_problem": _sentence(look)}
    if look.failures:
        values["discovery"] = _FAILED
        _record(look, "discovery.failed", now, reason=" ".join(look.failures), **counts)
    else:
        values["discovered_at"] = now
        _record(look, "discovery.completed", now, **counts)
    if _has_listed_everything(look):
        values["reconciled_at"] = now
    _update(look, discovery_continues_at=None, **values)
    look.claim.finish()


@transaction.atomic
def wait(look: Look, busy: ProviderBusy) -> None:
    """Put the look off for as long as the provider wants to be left alone. Raises `LeaseLost`."""
    lock_organization(look.connection)
    _update(look, discovery=_WAITING, discovery_continues_at=look.clock() + busy.wait)
    look.claim.try_again(after=busy.wait, because=str(busy))


@transaction.atomic
def stop(look: Look, reason: str) -> None:
    """End a look that cannot go on; what it found stays. Raises `LeaseLost`."""
    lock_organization(look.connection)
    _stop(look, reason, look.clock())
    look.claim.finish()


@transaction.atomic
def lose_access(look: Look, reason: str) -> None:
    """End a look that was not let in, and note it on the connection. Raises `LeaseLost`."""
    lock_organization(look.connection)
    now = look.clock()
    was_lost = Connection.objects.filter(pk=look.connection.pk, state=ConnectionState.ACCESS_LOST).exists()
    note_access_lost(connection=look.connection, reason=reason, now=now)
    # A door that stays shut is knocked at once a day; the log tells of it once.
    _stop(look, reason, now, tells=not was_lost)
    look.claim.finish()


@transaction.atomic
def leave(look: Look) -> None:
    """End the look of a connection that was given up. Raises `LeaseLost`."""
    lock_organization(look.connection)
    if Connection.objects.in_use().filter(pk=look.connection.pk).exists():
        # It was connected again in the meantime, by somebody who found this job still open.
        look.claim.try_again(after=timedelta(), because="")
        return
    look.claim.finish()


def _stop(look: Look, reason: str, now: datetime, *, tells: bool = True) -> None:
    _update(look, discovery=_FAILED, discovery_problem=reason[:300], discovery_continues_at=None)
    if tells:
        _record(look, "discovery.failed", now, reason=reason)


def _sentence(look: Look) -> str:
    return " ".join([*look.failures, *look.problems])[:300]


def _update(look: Look, **values) -> None:
    Connection.objects.in_use().filter(pk=look.connection.pk).update(**values)


def _has_listed_everything(look: Look) -> bool:
    feeds = DiscoveryFeed.objects.filter(connection=look.connection)
    listed = [feed.listed_at for feed in feeds if feed.listed_at is not None]
    return bool(listed) and min(listed) >= look.started_at


def _counts(look: Look) -> dict[str, int]:
    """Return how many items are there, and how many of them came, left and came back during this look."""
    items = Item.objects.filter(connection=look.connection)
    there = items.filter(presence=Item.Presence.PRESENT)
    log = AuditEntry.objects.filter(
        chain__partner=look.connection.organization.partner_id, action="item.returned", at__gte=look.started_at
    ).about_organization(look.connection.organization_id)
    returned = log.aggregate(sum=Sum(Cast(KT("details__count"), BigIntegerField()), default=0))["sum"]
    return {
        "seen": there.count(),
        "new": there.filter(is_new=True, first_seen_at__gte=look.started_at).count(),
        "gone": items.exclude(presence=Item.Presence.PRESENT).filter(gone_at__gte=look.started_at).count(),
        "returned": returned,
    }


def _record(look: Look, action: str, now: datetime, **details) -> None:
    organization = look.connection.organization
    schedule_log.note(action, organization, details, at=now)

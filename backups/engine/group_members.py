"""Who is in the groups that a filter names."""

import time
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from backups.connectors.base import AccessRevoked, ConnectorError, NotThere, PermissionMissing, ProviderBusy
from backups.connectors.microsoft365.directory import member_ids
from backups.engine.access import graph_of
from backups.engine.look import Look, lock_organization
from jobs.claims import Claim
from organizations.actions.connections import note_access_lost, note_roles
from organizations.actions.filters import apply_filter
from organizations.models import Connection, Group, GroupMember, Policy

_WRITTEN_AT_ONCE = 5_000


def refresh_members(look: Look) -> None:
    """Read the members of every group that the organization's filter names, as one step of a look."""
    policy = Policy.objects.get(organization=look.connection.organization)
    for group in policy.skip_groups.filter(connection=look.connection, is_gone=False).order_by("pk"):
        try:
            members = member_ids(look.graph, group.remote_id)
        except NotThere:
            with look.saving():
                Group.objects.filter(pk=group.pk).update(is_gone=True)
        except PermissionMissing:
            look.problems.append(f"Microsoft 365 does not let us see who is in the group {group}.")
        else:
            with look.saving() as now:
                _replace(group, members, now)
        look.rest()


def read_members(
    group_id: int,
    claim: Claim,
    *,
    clock: Callable[[], datetime] = timezone.now,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Read who is in one group, for a filter that names it. Members are replaced all at once, or stay as they are."""
    group = Group.objects.select_related("connection__organization").get(pk=group_id)
    connection = group.connection
    if not Connection.objects.in_use().filter(pk=connection.pk).exists():
        return
    try:
        with graph_of(connection, now=clock(), clock=clock, sleep=sleep) as (graph, tokens):
            roles = list(tokens.get().roles)
            members = member_ids(graph, group.remote_id)
    except ProviderBusy as busy:
        claim.try_again(after=busy.wait, because=str(busy))
    except NotThere:
        _save_gone(group, claim)
    except PermissionMissing:
        note_roles(connection=connection, roles=roles, now=clock())
    except AccessRevoked as problem:
        note_access_lost(connection=connection, reason=str(problem), now=clock())
    except ConnectorError as problem:
        claim.give_up(because=str(problem))
    else:
        _save(group, members, claim, clock())


@transaction.atomic
def _save(group: Group, members: set[str], claim: Claim, now: datetime) -> None:
    # Locked in the order of those who change the policy.
    policy = Policy.objects.select_for_update().get(organization=group.organization_id)
    lock_organization(group.connection)
    _replace(group, members, now)
    if policy.skip_groups.filter(pk=group.pk).exists():
        apply_filter(organization=group.connection.organization, actor="Schedule", now=now)
    claim.finish()


@transaction.atomic
def _save_gone(group: Group, claim: Claim) -> None:
    Group.objects.filter(pk=group.pk).update(is_gone=True)
    claim.finish()


def _replace(group: Group, members: set[str], now: datetime) -> None:
    rows = GroupMember.objects.filter(group=group)
    known = set(rows.values_list("remote_id", flat=True))
    for ids in _in_slices(known - members):
        rows.filter(remote_id__in=ids).delete()
    for ids in _in_slices(members - known):
        GroupMember.objects.bulk_create(GroupMember(group=group, remote_id=remote_id) for remote_id in ids)
    Group.objects.filter(pk=group.pk).update(members_read_at=now, is_gone=False)


def _in_slices(ids: set[str]):
    ordered = sorted(ids)
    return (ordered[start : start + _WRITTEN_AT_ONCE] for start in range(0, len(ordered), _WRITTEN_AT_ONCE))

"""Who is in a group, directly or through other groups."""

from uuid import UUID

from django.db.models import QuerySet

from simulators.microsoft365.models import GroupMember, Tenant


def live_memberships(tenant: Tenant, group_ids: list[UUID], *, owners: bool = False) -> QuerySet[GroupMember]:
    """Return the memberships of groups whose member still exists."""
    rows = GroupMember.objects.filter(group_id__in=group_ids, is_owner=owners)
    gone_people = tenant.people.filter(deleted_at__isnull=False).values("id")
    gone_groups = tenant.groups.filter(deleted_at__isnull=False).values("id")
    return rows.exclude(member_id__in=gone_people).exclude(member_id__in=gone_groups)


def groups_within(tenant: Tenant, group_id: UUID) -> list[UUID]:
    """Return the ids of all live groups inside a group, at any depth; circles are walked once."""
    found: list[UUID] = []
    waiting = [group_id]
    while waiting:
        nested = live_memberships(tenant, waiting).filter(is_group=True).values_list("member_id", flat=True)
        waiting = [inner for inner in set(nested) if inner not in found and inner != group_id]
        found += waiting
    return found

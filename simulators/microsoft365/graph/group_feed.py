"""/groups/delta, with the members as `members@delta`."""

from collections import defaultdict
from itertools import groupby
from uuid import UUID

from simulators.microsoft365.graph.calls import Answer, Call
from simulators.microsoft365.graph.delta import delta
from simulators.microsoft365.graph.feeds import Feed, Told
from simulators.microsoft365.graph.group_shape import GROUP
from simulators.microsoft365.graph.members import live_memberships
from simulators.microsoft365.models import Change, Group, GroupMember, Scope, Tenant

# A group with more members than this comes several times, each time with other members.
MEMBERS_A_PAGE = 1000
_TYPES = {False: "#microsoft.graph.user", True: "#microsoft.graph.group"}


class GroupFeed(Feed):
    """Groups that came, changed or went, and who joined or left them when `members` is wanted."""

    scope, path, context, shape = Scope.GROUPS, "/groups/delta", "groups", GROUP

    def rows(self, tenant: Tenant):
        return tenant.groups.all()

    def chosen(self, select: str | None) -> tuple[str, ...]:
        # Who selects nothing gets the members as well.
        return super().chosen(select) + (("members",) if select is None else ())

    def operations(self, chosen: tuple[str, ...]) -> list[str]:
        return list(Change.Operation) if "members" in chosen else super().operations(chosen)

    def snapshot(self, tenant: Tenant, position, chosen: tuple[str, ...], size: int) -> Told:
        if "members" not in chosen:
            return super().snapshot(tenant, position, chosen, size)
        groups = list(self.existed_at(tenant, position)[: size + 1])
        members = self._next_members(tenant, groups[:size], position.member)
        entries, after, count = [], position.after, 0
        for group in groups[:size]:
            of_this = members[group.id][: MEMBERS_A_PAGE - count + 1]
            fitting = of_this[: MEMBERS_A_PAGE - count]
            count += len(fitting)
            entries.append(self.shape.show(group, chosen) | {"members@delta": [_member(one) for one in fitting]})
            if len(of_this) > len(fitting):
                return Told(entries, after, member=str(fitting[-1].member_id) if fitting else "")
            after = str(group.id)
        return Told(entries, after if len(groups) > size else None)

    def entry(self, row, chosen: tuple[str, ...], changes: list[Change]) -> dict:
        shown = self.shape.show(row, chosen)
        if "members" not in chosen:
            return shown
        if any(line.operation == Change.Operation.RESTORED for line in changes):
            return shown | {"members@delta": [_member(one) for one in live_memberships(row.tenant, [row.id])]}
        # Who joined and left within one round did, in the end, the last of both.
        lasts = {line.member_id: line for line in changes if line.operation in Change.Operation.values[-2:]}
        return shown | ({"members@delta": [_step(line) for line in lasts.values()]} if lasts else {})

    def _next_members(self, tenant: Tenant, groups: list[Group], after_member: str) -> dict[UUID, list[GroupMember]]:
        """Return the members that may stand on this page, by group, one more than fits."""
        found = defaultdict(list)
        if not groups:
            return found
        rows = live_memberships(tenant, [group.id for group in groups]).order_by("group_id", "member_id")
        if after_member:
            first = rows.filter(group_id=groups[0].id, member_id__gt=after_member)
            found[groups[0].id] = list(first[: MEMBERS_A_PAGE + 1])
            rows = rows.exclude(group_id=groups[0].id)
        for group_id, members in groupby(rows[: MEMBERS_A_PAGE + 1], key=lambda one: one.group_id):
            found[group_id] = list(members)
        return found


def group_delta(call: Call) -> Answer:
    """What changed among the groups."""
    return delta(call, GroupFeed())


def _member(one: GroupMember) -> dict:
    return {"@odata.type": _TYPES[one.is_group], "id": str(one.member_id)}


def _step(line: Change) -> dict:
    shown = {"@odata.type": _TYPES[line.member_is_group], "id": str(line.member_id)}
    if line.operation == Change.Operation.MEMBER_REMOVED:
        shown["@removed"] = {"reason": "deleted"}
    return shown

"""Operations on groups and teams."""

from simulators.microsoft365.generator.groups import nickname, site_of
from simulators.microsoft365.graph.site_shape import graph_id
from simulators.microsoft365.models import Group, GroupMember, Scope, Site
from simulators.microsoft365.mutations.finding import named_group, named_member
from simulators.microsoft365.mutations.ledger import CannotMutate, Ledger, Op

SETTABLE = {"displayName": "display_name", "description": "description"}


def create_group(ledger: Ledger, arguments: dict) -> dict:
    """Create a group: ``display_name``, ``kind`` security or microsoft365, ``members``, ``owners``."""
    kind = arguments.get("kind", "security")
    if kind not in ("security", "microsoft365"):
        raise CannotMutate(f"A group's kind is security or microsoft365, not {kind!r}.")
    return _create(ledger, arguments, is_unified=kind == "microsoft365")


def create_team(ledger: Ledger, arguments: dict) -> dict:
    """Create a team with its group and its site: ``display_name``, ``members``, ``owners``."""
    return _create(ledger, arguments, is_unified=True, is_team=True)


def update_group(ledger: Ledger, arguments: dict) -> dict:
    """Set properties, given as ``set`` by their names in Graph."""
    group = named_group(ledger, arguments)
    changes = arguments.get("set") or {}
    if not changes or set(changes) - set(SETTABLE):
        raise CannotMutate(f"update_group can set {', '.join(SETTABLE)}.")
    ledger.update(group, **{SETTABLE[name]: value for name, value in changes.items()})
    return {"id": str(group.id)}


def add_member(ledger: Ledger, arguments: dict) -> dict:
    """Make a ``member`` (a person or a group) part of a ``group``; with ``owner``, its owner."""
    group, member = named_group(ledger, arguments), named_member(ledger, arguments)
    _add(ledger, group, member, is_owner=bool(arguments.get("owner")))
    return {"id": str(group.id), "member_id": str(member.id)}


def remove_member(ledger: Ledger, arguments: dict) -> dict:
    """Take a ``member`` out of a ``group``."""
    group, member = named_group(ledger, arguments), named_member(ledger, arguments)
    is_owner = bool(arguments.get("owner"))
    gone, _ = GroupMember.objects.filter(group=group, member_id=member.id, is_owner=is_owner).delete()
    if not gone:
        raise CannotMutate(f"{member} is not in {group}.")
    ledger.record(Scope.GROUPS, group.id, Op.UPDATED if is_owner else Op.MEMBER_REMOVED, member=member)
    return {"id": str(group.id), "member_id": str(member.id)}


def archive_team(ledger: Ledger, arguments: dict) -> dict:
    """Archive a team, or with ``archived: false`` bring it back to life."""
    group = named_group(ledger, arguments)
    if not group.is_team:
        raise CannotMutate(f"{group} is not a team.")
    ledger.update(group, is_archived=bool(arguments.get("archived", True)))
    return {"id": str(group.id)}


def delete_group(ledger: Ledger, arguments: dict) -> dict:
    """Delete a group with its team and its site. A Microsoft 365 group goes to the bin, a security group for good."""
    group = named_group(ledger, arguments)
    for site in Site.objects.live().filter(tenant=ledger.tenant, group_id=group.id):
        ledger.remove_site(site)
    if not group.is_unified:
        ledger.purge(group)
        return {"id": str(group.id)}
    group.deleted_at = ledger.now
    group.save(update_fields=["deleted_at"])
    ledger.record(Scope.GROUPS, group.id, Op.DELETED)
    return {"id": str(group.id)}


def _create(ledger: Ledger, arguments: dict, **facts) -> dict:
    name = arguments.get("display_name") or "New group"
    group = Group(
        id=ledger.new_id(),
        tenant=ledger.tenant,
        display_name=name,
        description=arguments.get("description", ""),
        nickname=nickname(name),
        created_at=ledger.now.replace(microsecond=0),
        **facts,
    )
    ledger.create(group)
    answer = {"id": str(group.id)}
    if group.is_unified:
        answer["site_id"] = graph_id(_give_site(ledger, group))
    for key, is_owner in (("members", False), ("owners", True)):
        for word in arguments.get(key, []):
            _add(ledger, group, named_member(ledger, {"member": word}), is_owner=is_owner)
    return answer


def _give_site(ledger: Ledger, group: Group) -> Site:
    path = f"/sites/{group.nickname}"
    while Site.objects.live().filter(tenant=ledger.tenant, path=path).exists():
        path += "1"
    site = site_of(ledger.tenant, path, group.display_name, group.created_at, group_id=group.id, identity=group.id)
    ledger.create(site)
    return site


def _add(ledger: Ledger, group: Group, member, *, is_owner: bool) -> None:
    if group.id == member.id:
        raise CannotMutate("A group cannot be a member of itself.")
    _, is_new = GroupMember.objects.get_or_create(
        group=group, member_id=member.id, is_owner=is_owner, defaults={"is_group": isinstance(member, Group)}
    )
    if not is_new:
        raise CannotMutate(f"{member} is in {group} already.")
    ledger.record(Scope.GROUPS, group.id, Op.UPDATED if is_owner else Op.MEMBER_ADDED, member=member)

"""The ground truth: what a tenant really holds, for tests to compare with what somebody found out."""

import json
from collections.abc import Iterator
from uuid import UUID

from django.db.models import Count, QuerySet
from django.http import HttpRequest, StreamingHttpResponse

from simulators.microsoft365.control.desk import desk, known_tenant
from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.graph.site_shape import graph_id
from simulators.microsoft365.models import Group, GroupMember, Person, Site, Tenant

_CHUNK = 2000


@desk("GET")
def manifest(request: HttpRequest, data: dict, tenant_id: UUID):
    """Stream every user, group, team and site of a tenant; with ``?counts=1`` only say how many there are."""
    tenant = known_tenant(tenant_id)
    if request.GET.get("counts") == "1":
        return _counts(tenant)
    return StreamingHttpResponse(_pieces(tenant), content_type="application/json")


def _counts(tenant: Tenant) -> dict:
    people, groups = tenant.people.all(), tenant.groups.all()
    sites = tenant.sites.live()
    kinds = people.live().order_by().values_list("kind").annotate(Count("id"))
    return {
        "users": people.live().count(),
        "users_by_kind": dict(kinds),
        "deleted_users": people.in_the_bin().count(),
        "groups": groups.live().count(),
        "teams": groups.live().filter(is_team=True).count(),
        "sites": sites.filter(owner_id=None).count(),
        "personal_sites": sites.exclude(owner_id=None).count(),
    }


def _pieces(tenant: Tenant) -> Iterator[str]:
    lists = (
        ("users", tenant.people.all(), _user),
        ("groups", tenant.groups.all(), _group),
        ("sites", tenant.sites.all(), _site),
    )
    yield f'{{"tenant": {json.dumps(str(tenant.id))}'
    for name, rows, shown in lists:
        yield f', "{name}": ['
        yield from _entries(rows.order_by("pk"), shown)
        yield "]"
    yield "}"


def _entries(rows: QuerySet, shown) -> Iterator[str]:
    comma = ""
    for row in rows.iterator(chunk_size=_CHUNK):
        yield comma + json.dumps(shown(row))
        comma = ","


def _state(row) -> str:
    if getattr(row, "purged_at", None):
        return "purged"
    return "deleted" if row.deleted_at else "live"


def _user(person: Person) -> dict:
    return {
        "id": str(person.id),
        "kind": person.kind,
        "state": _state(person),
        "upn": person.upn,
        "display_name": person.display_name,
        "mail": person.mail,
        "enabled": person.is_enabled,
        "licensed": person.is_licensed,
        "guest": person.is_guest,
        "purpose": person.purpose,
        "drive": person.has_drive,
        "deleted_at": written(person.deleted_at),
    }


def _group(group: Group) -> dict:
    rows = GroupMember.objects.filter(group=group).order_by("member_id")
    members = list(rows.values_list("member_id", "is_owner", "is_group"))
    return {
        "id": str(group.id),
        "state": _state(group),
        "display_name": group.display_name,
        "unified": group.is_unified,
        "team": group.is_team,
        "archived": group.is_archived,
        "members": [str(member) for member, is_owner, _ in members if not is_owner],
        "nested_groups": [str(member) for member, is_owner, is_group in members if is_group and not is_owner],
        "owners": [str(member) for member, is_owner, _ in members if is_owner],
    }


def _site(site: Site) -> dict:
    return {
        "id": graph_id(site),
        "state": _state(site),
        "display_name": site.display_name,
        "path": site.path,
        "personal": site.is_personal,
        "owner_id": str(site.owner_id) if site.owner_id else None,
        "group_id": str(site.group_id) if site.group_id else None,
    }

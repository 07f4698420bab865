"""The ground truth of drives, lists and pages: what a backup must hold of each object."""

import hashlib
import json
from collections.abc import Iterator
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse

from simulators.microsoft365.control.desk import Refused, desk, known_tenant
from simulators.microsoft365.drives.content.reading import WHOLE_AT_MOST, Written
from simulators.microsoft365.drives.graph.naming import Paths, id_of_drive, id_of_node, web_graph_id
from simulators.microsoft365.drives.models import Drive, Invitation, ListItem, Node, Page, SiteList
from simulators.microsoft365.drives.mutations.days import looked_into
from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.models import Site, Tenant


@desk("GET")
def drive_manifest(request: HttpRequest, data: dict, tenant_id: UUID):
    """Stream the drives, lists and pages of all sites, or of the one of ``?user=`` or ``?site=``, by their ids."""
    tenant = known_tenant(tenant_id)
    sites = _sites(tenant, request.GET.get("user"), request.GET.get("site"))
    return StreamingHttpResponse(_pieces(sites), content_type="application/json")


def _sites(tenant: Tenant, user: str | None, site: str | None):
    sites = Site.objects.live().select_related("tenant").filter(tenant=tenant).order_by("id")
    try:
        if user:
            return sites.filter(owner_id=UUID(user))
        return sites.filter(id=UUID(site.split(",")[1] if "," in site else site)) if site else sites
    except (ValueError, IndexError) as problem:
        raise Refused("user and site are ids.") from problem


def _pieces(sites) -> Iterator[str]:
    kinds = (("drives", Drive, _drive), ("lists", SiteList, _list), ("pages", Page, _page))
    webs = [looked_into(site).site_id for site in sites]
    yield "{"
    for number, (name, model, shown) in enumerate(kinds):
        yield f'{", " if number else ""}"{name}": ['
        rows = model.objects.select_related("web__site__tenant").filter(web__site_id__in=webs).order_by("id")
        for index, row in enumerate(rows):
            yield (", " if index else "") + json.dumps(shown(row))
        yield "]"
    yield "}"


def _drive(drive: Drive) -> dict:
    paths = Paths(drive)
    return {
        "id": id_of_drive(drive),
        "name": drive.name,
        "site": web_graph_id(drive.web),
        "system": drive.is_system,
        "owner_id": str(drive.web.site.owner_id) if drive.web.site.owner_id else None,
        "items": [_node(node, drive, paths) for node in Node.objects.live().filter(drive=drive).order_by("id")],
    }


def _node(node: Node, drive: Drive, paths: Paths) -> dict:
    node.drive = drive
    parent = Node(id=node.parent_id, drive_id=drive.id) if node.parent_id else None
    facts = {
        "id": id_of_node(node),
        "container": id_of_drive(drive),
        "kind": node.kind,
        "parent": id_of_node(parent) if parent else None,
        "name": node.name,
        "path": paths.of(node) or "/",
        "created": written(node.file_created_at),
        "modified": written(node.file_modified_at),
        "permissions": sorted(f"{one.role} {one.grantee} {one.grantee_id}{one.link_scope}" for one in _own(node)),
    }
    if node.kind != Node.Kind.FILE:
        return facts
    known = {"size": node.size, "quick_xor_hash": node.quick_xor_hash, "malware": node.has_malware}
    return facts | known | {"sha256": _sha256(node), "versions": node.versions.count()}


def _own(node: Node):
    return node.permissions.all() if node.shared_scope else ()


def _sha256(node: Node) -> str | None:
    """Return the hash of what is served, or None for files too big to be read for this."""
    if node.size > WHOLE_AT_MOST:
        return None
    return hashlib.sha256(Written(node.id, node.edition, node.recipe).whole()).hexdigest()


def _list(site_list: SiteList) -> dict:
    items = ListItem.objects.live().filter(site_list=site_list).order_by("number")
    return {
        "id": str(site_list.id),
        "site": web_graph_id(site_list.web),
        "name": site_list.display_name,
        "template": site_list.template,
        "hidden": site_list.is_hidden,
        "system": site_list.is_system,
        "columns": [column["name"] for column in site_list.columns],
        "items": [
            {
                "id": str(item.number),
                "container": str(site_list.id),
                "kind": "list_item",
                "fields": item.fields,
                "modified": written(item.modified_at),
            }
            for item in items
        ],
    }


def _page(page: Page) -> dict:
    return {
        "id": str(page.id),
        "container": web_graph_id(page.web),
        "kind": "page",
        "name": page.name,
        "title": page.title,
        "canvas": page.canvas,
        "modified": written(page.modified_at),
    }


@desk("GET")
def invitations(request: HttpRequest, data: dict, tenant_id: UUID):
    """Tell which mails SharePoint would have sent because something was shared: a restore must cause none."""
    sent = Invitation.objects.filter(node__drive__tenant=known_tenant(tenant_id)).select_related("node").order_by("id")
    return [{"item": id_of_node(one.node), "recipients": one.recipients, "at": one.at.isoformat()} for one in sent]

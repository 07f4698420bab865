"""Finds what a path names, or refuses the way SharePoint does."""

from uuid import UUID

from simulators.microsoft365.drives.generator.first_drives import drive_unseen
from simulators.microsoft365.drives.ids import list_id_of, node_id_of, site_id_of
from simulators.microsoft365.drives.models import Drive, Node, Web
from simulators.microsoft365.drives.mutations.days import looked_into
from simulators.microsoft365.graph.calls import Call, GraphError
from simulators.microsoft365.models import Site


def found_web(call: Call, site: str) -> Web:
    """Return a site or subsite by Graph's id, by ``root``, or by the name of its host. Raises `GraphError`."""
    parts = site.split(",")
    if len(parts) != 3:
        wanted = {"root": call.tenant.sharepoint_host}.get(site.lower(), site.lower())
        if wanted != call.tenant.sharepoint_host:
            raise GraphError(400, "invalidRequest", "Invalid hostname for this tenancy")
        return looked_into(_site(call, path=""))
    try:
        site_id, web_id = UUID(parts[1]), UUID(parts[2])
    except ValueError as problem:
        raise GraphError(400, "invalidRequest", f"The site id '{site}' is not valid.") from problem
    top = looked_into(_site(call, id=site_id))
    if top.id == web_id:
        return top
    web = Web.objects.select_related("tenant", "site").filter(site_id=site_id, id=web_id).first()
    if web is None:
        raise not_found()
    return web


def found_drive(call: Call, drive: str) -> Drive:
    """Return a drive by Graph's id. Raises `GraphError`."""
    list_id = list_id_of(drive)
    if list_id is None:
        raise GraphError(400, "invalidRequest", "The provided drive id appears to be malformed, or does not exist.")
    looked_into(_site(call, id=site_id_of(drive)))
    found = _drives().filter(tenant=call.tenant, id=list_id).first()
    if found is None:
        raise not_found()
    return found


def library_of(site: Site) -> Drive:
    """Return the first drive of a site, without looking into the site if nobody did."""
    unseen = drive_unseen(site)
    return _drives().filter(id=unseen.id).first() or unseen


def found_node(drive: Drive, item: str) -> Node:
    """Return a file or folder by Graph's id, or by ``root``. Raises `GraphError`."""
    node_id = drive.root_id if item.lower() == "root" else node_id_of(item)
    node = Node.objects.live().filter(drive=drive, id=node_id).first() if node_id else None
    if node is None:
        raise not_found()
    node.drive = drive
    return node


def node_at_path(drive: Drive, parent: Node, path: str) -> Node:
    """Return what lies at a path below ``parent``; names are blind to case. Raises `GraphError`."""
    node = parent
    for name in path.strip("/").split("/"):
        node = Node.objects.live().filter(drive=drive, parent_id=node.id, name__iexact=name).first()
        if node is None:
            raise not_found()
    node.drive = drive
    return node


def not_found() -> GraphError:
    """Return the refusal of what is not there."""
    return GraphError(404, "itemNotFound", "The resource could not be found.")


def _drives():
    return Drive.objects.select_related("web__site", "web__tenant", "tenant")


def _site(call: Call, **which) -> Site:
    site = call.tenant.sites.live().filter(**which).first()
    if site is None:
        raise not_found()
    site.tenant = call.tenant
    return site

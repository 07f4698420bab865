"""Who may: the permissions of a file or folder, its own and what it has from above."""

from simulators.microsoft365.drives.graph.finding import found_drive, found_node
from simulators.microsoft365.drives.graph.naming import Paths, drive_url, id_of_drive, id_of_node
from simulators.microsoft365.drives.models import Node, Permission
from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call
from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.graph.listing import refuse_unknown_options
from simulators.microsoft365.ids import derived_id


def permission_list(call: Call, drive: str, item: str) -> Answer:
    """Everybody who may read or write an item."""
    refuse_unknown_options(call, set())
    node = found_node(found_drive(call, drive), item)
    value = [shown(one) for one in node.permissions.order_by("id")]
    for above in _ancestors(node):
        reference = {"inheritedFrom": _reference(above)}
        value += [shown(one) | reference for one in above.permissions.order_by("id")]
    value.append(_owner(node))
    context = links.context(f"drives('{drive}')/items('{item}')/permissions")
    return Answer({"@odata.context": context, "value": value})


def shown(permission: Permission) -> dict:
    """Return a permission as Graph shows it."""
    common = {"id": str(permission.id), "roles": [permission.role]}
    if permission.expires_at:
        common["expirationDateTime"] = written(permission.expires_at)
    if permission.grantee == "link":
        node = permission.node
        address = f"{drive_url(node.drive)}/:u:/{permission.id.hex}"
        link = {"type": permission.link_type, "scope": permission.link_scope, "webUrl": address}
        link["preventsDownload"] = False
        return common | {"link": link, "hasPassword": permission.has_password, "shareId": f"u!{permission.id.hex}"}
    identity = {"id": permission.grantee_id, "displayName": permission.grantee_name}
    return common | {"grantedToV2": {permission.grantee: identity}, "grantedTo": {"user": identity}}


def _owner(node: Node) -> dict:
    site = node.drive.web.site
    identity = {"id": str(site.owner_id or site.id), "displayName": f"{site.display_name} Owners"}
    permission = {"id": str(derived_id(node.drive_id, "owners")), "roles": ["owner"], "grantedToV2": {"user": identity}}
    if node.kind == Node.Kind.ROOT:
        return permission
    return permission | {
        "inheritedFrom": _reference(Node(id=node.drive.root_id, drive=node.drive, kind=Node.Kind.ROOT))
    }


def _ancestors(node: Node) -> list[Node]:
    found = []
    while node.parent_id:
        above = Node.objects.get(id=node.parent_id)
        above.drive = node.drive
        found.append(above)
        node = above
    return found


def _reference(node: Node) -> dict:
    reference = {"driveId": id_of_drive(node.drive), "id": id_of_node(node)}
    return reference | {"path": f"/drives/{id_of_drive(node.drive)}/root:{Paths(node.drive).of(node)}"}

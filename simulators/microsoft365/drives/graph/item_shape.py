"""The driveItem of Graph."""

import mimetypes
from collections.abc import Collection

from simulators.microsoft365.drives.graph.addresses import download_address
from simulators.microsoft365.drives.graph.drive_shape import sharepoint_ids
from simulators.microsoft365.drives.graph.naming import Paths, drive_url, id_of_drive, id_of_node, web_graph_id
from simulators.microsoft365.drives.models import Drive, Node
from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.graph.selecting import Shape

DOWNLOAD_URL = "@microsoft.graph.downloadUrl"
_PROPERTIES = (
    "id", "createdBy", "createdDateTime", "cTag", "deleted", "eTag", "file", "fileSystemInfo", "folder",
    "lastModifiedBy", "lastModifiedDateTime", "malware", "name", "package", "parentReference", "root", "shared",
    "sharepointIds", "size", "webUrl", "content.downloadUrl",
)  # fmt: skip
_RARE = ("audio", "bundle", "description", "image", "location", "pendingOperations", "photo", "publication")
_RARE += ("remoteItem", "searchResult", "specialFolder", "video", "webDavUrl")
# Facets and links that only some items have. What is not there is left out, not null.
ITEM = Shape(
    "driveItem",
    {name: None for name in _PROPERTIES},
    default=[name for name in _PROPERTIES if name not in ("deleted", "sharepointIds", "malware")],
    unmodelled=_RARE,
)
ITEM.makers[DOWNLOAD_URL] = None
ITEM._by_lower[DOWNLOAD_URL.lower()] = DOWNLOAD_URL


class ItemShower:
    """Shows the items of one drive."""

    def __init__(self, drive: Drive, *, in_feed: bool = False, in_list: bool = False) -> None:
        self.drive, self.paths = drive, Paths(drive)
        # Feeds of companies' drives tell neither cTag nor path.
        self.in_feed, self.in_list = in_feed, in_list or in_feed

    def show(self, node: Node, chosen: Collection[str]) -> dict:
        """Return the chosen properties that ``node`` has."""
        node.drive = self.drive
        shown = {}
        for name in chosen:
            if name in ("content.downloadUrl", DOWNLOAD_URL):
                if node.kind == Node.Kind.FILE and not node.has_malware:
                    shown[DOWNLOAD_URL] = download_address(node, in_list=self.in_list)
                continue
            maker = _MAKERS.get(name)
            value = maker(self, node) if maker else None
            if value is not None:
                shown[name] = value
        return shown

    def removal(self, node: Node) -> dict:
        """Show that something is gone: without its name."""
        return {
            "id": id_of_node(node),
            "deleted": {"state": "deleted"},
            "parentReference": self.parent_reference(node),
        }

    def parent_reference(self, node: Node) -> dict:
        """Return where a node lies."""
        drive = self.drive
        reference = {
            "driveType": "business" if drive.is_personal else "documentLibrary",
            "driveId": id_of_drive(drive),
            "siteId": web_graph_id(drive.web),
        }
        if node.parent_id is None:
            return reference
        reference["id"] = id_of_node(Node(id=node.parent_id, drive_id=drive.id))
        if not self.in_feed:
            reference["path"] = f"/drives/{id_of_drive(drive)}/root:{self.paths.of_parent(node)}"
        return reference

    def web_url(self, node: Node) -> str:
        """Return the address of a node in a browser."""
        from urllib.parse import quote

        return drive_url(self.drive) + quote(self.paths.of(node))


def _identity(identity, name: str) -> dict:
    return {"user": {"id": str(identity), "displayName": name}}


def _file(node: Node) -> dict | None:
    if node.kind != Node.Kind.FILE:
        return None
    kind = mimetypes.guess_type(node.name)[0] or "application/octet-stream"
    return {"mimeType": kind, "hashes": {"quickXorHash": node.quick_xor_hash}}


def _folder(node: Node) -> dict | None:
    return {"childCount": Node.objects.live().filter(parent_id=node.id).count()} if node.is_folder else None


def _shared(node: Node) -> dict | None:
    if not node.shared_scope:
        return None
    facet = {"scope": node.shared_scope}
    return facet | {"owner": _identity(node.author_id, node.author_name)}


def _file_system_info(node: Node) -> dict:
    return {
        "createdDateTime": written(node.file_created_at),
        "lastModifiedDateTime": written(node.file_modified_at),
    }


_MAKERS = {
    "id": lambda shower, node: id_of_node(node),
    "createdBy": lambda shower, node: _identity(node.author_id, node.author_name),
    "createdDateTime": lambda shower, node: written(node.created_at),
    "cTag": lambda shower, node: None if shower.in_feed else f'"c:{{{str(node.id).upper()}}},{node.edition}"',
    "eTag": lambda shower, node: f'"{{{str(node.id).upper()}}},{node.revision}"',
    "file": lambda shower, node: _file(node),
    "fileSystemInfo": lambda shower, node: _file_system_info(node),
    "folder": lambda shower, node: _folder(node),
    "lastModifiedBy": lambda shower, node: _identity(node.editor_id, node.editor_name),
    "lastModifiedDateTime": lambda shower, node: written(node.modified_at),
    "malware": lambda shower, node: {"description": "Trojan:Simulated/Test"} if node.has_malware else None,
    "name": lambda shower, node: node.name,
    "package": lambda shower, node: {"type": "oneNote"} if node.kind == Node.Kind.PACKAGE else None,
    "parentReference": ItemShower.parent_reference,
    "root": lambda shower, node: {} if node.kind == Node.Kind.ROOT else None,
    "shared": lambda shower, node: _shared(node),
    "sharepointIds": lambda shower, node: sharepoint_ids(shower.drive) | {"listItemUniqueId": str(node.id)},
    "size": lambda shower, node: node.size,
    "webUrl": ItemShower.web_url,
}

"""Ids, addresses and paths of drives and what lies in them."""

from urllib.parse import quote

from simulators.microsoft365.drives.ids import drive_id, item_id
from simulators.microsoft365.drives.models import Drive, Node, Web
from simulators.microsoft365.graph.site_shape import host_of


def web_url(web: Web) -> str:
    """Return the address of a site or subsite."""
    return f"https://{host_of(web.site)}{quote(web.path)}"


def web_graph_id(web: Web) -> str:
    """Return Graph's id of a site or subsite."""
    return f"{host_of(web.site)},{web.site_id},{web.id}"


def id_of_drive(drive: Drive) -> str:
    """Return Graph's id of a drive."""
    return drive_id(drive.web.site_id, drive.web_id, drive.id)


def id_of_node(node: Node) -> str:
    """Return Graph's id of a file or folder."""
    return item_id(node.drive_id, node.id)


def drive_url(drive: Drive) -> str:
    """Return the address of a drive."""
    return f"{web_url(drive.web)}/{quote(drive.folder)}"


class Paths:
    """Where things lie in one drive; its folders are read once, when first asked for."""

    def __init__(self, drive: Drive) -> None:
        self.drive = drive
        self._folders: dict | None = None

    def of(self, node: Node) -> str:
        """Return the path of a node below the root, beginning with a slash; "" for the root itself."""
        return "" if node.kind == Node.Kind.ROOT else f"{self.of_parent(node)}/{node.name}"

    def of_parent(self, node: Node) -> str:
        """Return the path of the folder in which a node lies; "" for the root."""
        names, at = [], node.parent_id
        while at in self.folders:
            above, name = self.folders[at]
            names.append(name)
            at = above
        return "".join(f"/{name}" for name in reversed(names))

    @property
    def folders(self) -> dict:
        """Every folder but the root: its parent and its name."""
        if self._folders is None:
            rows = Node.objects.filter(drive=self.drive, kind=Node.Kind.FOLDER)
            self._folders = {one: (above, name) for one, above, name in rows.values_list("id", "parent_id", "name")}
        return self._folders

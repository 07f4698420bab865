"""Files and folders: one, the children of one, their content and their versions."""

from simulators.microsoft365.drives.graph.addresses import download_address
from simulators.microsoft365.drives.graph.finding import found_drive, found_node, node_at_path, not_found
from simulators.microsoft365.drives.graph.item_shape import ITEM, ItemShower
from simulators.microsoft365.drives.models import Node, Version
from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.graph.listing import Listing, refuse_unknown_options, single
from simulators.microsoft365.graph.selecting import Shape

CHILDREN = Listing(ITEM, "Collection(driveItem)", default_top=200, highest_top=999, counts_need_consistency=False)


def drive_root(call: Call, drive: str) -> Answer:
    """The root folder of a drive."""
    return answer_item(call, found_node(found_drive(call, drive), "root"))


def item_detail(call: Call, drive: str, item: str) -> Answer:
    """One file or folder, by its id."""
    return answer_item(call, found_node(found_drive(call, drive), item))


def item_at_path(call: Call, drive: str, path: str, item: str = "root") -> Answer:
    """One file or folder, by its path below another."""
    found = found_drive(call, drive)
    return answer_item(call, node_at_path(found, found_node(found, item), path))


def children(call: Call, drive: str, item: str = "root") -> Answer:
    """What lies in a folder."""
    folder = found_node(found_drive(call, drive), item)
    rows = Node.objects.live().filter(parent_id=folder.id)
    return CHILDREN.answer(call, rows, show=ItemShower(folder.drive, in_list=True).show)


def item_content(call: Call, drive: str, item: str) -> Answer:
    """The address of a file's content, as a redirect."""
    node = _readable(call, drive, item)
    return _redirect(download_address(node))


def version_list(call: Call, drive: str, item: str) -> Answer:
    """What a file was like before, the newest first; the first is what it is like now."""
    node = _readable(call, drive, item)
    refuse_unknown_options(call, {"$select"})
    chosen = VERSION.chosen(call.query.get("$select"))
    versions = [node, *node.versions.order_by("-edition")]
    context = links.context(f"drives('{drive}')/items('{item}')/versions")
    return Answer({"@odata.context": context, "value": [VERSION.show(version, chosen) for version in versions]})


def version_content(call: Call, drive: str, item: str, version: str) -> Answer:
    """The address of what a file held before, as a redirect."""
    node = _readable(call, drive, item)
    number = version.removesuffix(".0")
    if number == str(node.edition):
        raise GraphError(400, "invalidRequest", "You cannot get the content of the current version.")
    old = node.versions.filter(edition=int(number)).first() if number.isdecimal() else None
    if old is None:
        raise not_found()
    return _redirect(download_address(node, old))


def answer_item(call: Call, node: Node, status: int = 200) -> Answer:
    """Return one item as an answer."""
    answer = single(call, ITEM, node, "drives('drive')/items", show=ItemShower(node.drive).show)
    answer.status = status
    return answer


def _readable(call: Call, drive: str, item: str) -> Node:
    node = found_node(found_drive(call, drive), item)
    if node.has_malware:
        raise GraphError(403, "malwareDetected", "The file contains malware and cannot be downloaded.")
    if node.kind != Node.Kind.FILE:
        raise GraphError(400, "notSupported", "The item is no file and has no content.")
    return node


def _redirect(address: str) -> Answer:
    return Answer(None, 302, {"Location": address})


def _publication(version: Node | Version) -> dict:
    return {"level": "published", "versionId": f"{version.edition}.0"}


VERSION = Shape(
    "driveItemVersion",
    {
        "id": lambda version: f"{version.edition}.0",
        "lastModifiedBy": lambda version: {"user": {"id": str(version.editor_id), "displayName": version.editor_name}},
        "lastModifiedDateTime": lambda version: written(version.written_at),
        "publication": _publication,
        "size": lambda version: version.size,
    },
    default=("id", "lastModifiedBy", "lastModifiedDateTime", "size"),
)

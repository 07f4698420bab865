"""Files and folders that a client makes, fills, moves and deletes."""

from simulators.microsoft365.drives.content.enriching import enriched
from simulators.microsoft365.drives.graph.finding import found_node
from simulators.microsoft365.drives.graph.items import answer_item
from simulators.microsoft365.drives.graph.naming import Paths
from simulators.microsoft365.drives.graph.writing import (
    CONFLICT,
    conflict_of,
    file_times,
    placed,
    refuse_long_path,
    refuse_overflow,
    writing_in,
)
from simulators.microsoft365.drives.models import Node
from simulators.microsoft365.drives.mutations.book import DriveBook
from simulators.microsoft365.graph.calls import Answer, Call, GraphError


def create_folder(call: Call, drive: str, item: str = "root") -> Answer:
    """Make a folder in a folder."""
    body = call.json()
    if not isinstance(body.get("folder"), dict):
        raise GraphError(400, "invalidRequest", "Only folders can be made this way: the body needs 'folder'.")
    conflict, times = conflict_of(body.get(CONFLICT), "fail"), file_times(body.get("fileSystemInfo"))
    with writing_in(call, drive) as book:
        parent = found_node(book.drive, item)
        existing, name = placed(parent, body.get("name"), conflict, Node.Kind.FOLDER)
        if existing:
            return answer_item(call, existing)
        refuse_long_path(f"{Paths(book.drive).of(parent)}/{name}")
        return answer_item(call, book.create(parent, name, Node.Kind.FOLDER, **times), 201)


def put_content(call: Call, drive: str, item: str) -> Answer:
    """Give a file new content."""
    with writing_in(call, drive) as book:
        node = found_node(book.drive, item)
        if node.kind != Node.Kind.FILE:
            raise GraphError(400, "notSupported", "The item is no file and has no content.")
        refuse_overflow(book.drive, len(call.body) - node.size)
        book.write(node, "", call.body)
        return answer_item(call, node)


def put_new_content(call: Call, drive: str, path: str, item: str = "root") -> Answer:
    """Make a file of the body at a path below a folder; folders on the way are made as well."""
    conflict = conflict_of(call.query.pop(CONFLICT, None), "replace")
    with writing_in(call, drive) as book:
        parent, name = folder_for(book, found_node(book.drive, item), path)
        node, is_new = enter_file(book, parent, name, conflict, call.body, {})
        return answer_item(call, node, 201 if is_new else 200)


def update_item(call: Call, drive: str, item: str) -> Answer:
    """Rename an item, move it within its drive, or set the times its author's computer says."""
    body = call.json()
    with writing_in(call, drive) as book:
        node = found_node(book.drive, item)
        values = file_times(body.get("fileSystemInfo"))
        target = body.get("parentReference", {}).get("id")
        if (target or "name" in body) and node.kind == Node.Kind.ROOT:
            raise GraphError(400, "invalidRequest", "The root of a drive stays where and what it is.")
        folder = found_node(book.drive, target) if target else Node.objects.get(id=node.parent_id or node.id)
        name = body.get("name", node.name)
        if (folder.id, name) != (node.parent_id, node.name) and node.kind != Node.Kind.ROOT:
            values |= _moved(book, node, folder, name)
        book.change(node, **values)
        return answer_item(call, node)


def delete_item(call: Call, drive: str, item: str) -> Answer:
    """Put an item into the bin."""
    with writing_in(call, drive) as book:
        node = found_node(book.drive, item)
        if node.kind == Node.Kind.ROOT:
            raise GraphError(403, "accessDenied", "The root of a drive cannot be deleted.")
        book.remove(node)
    return Answer(None, 204)


def folder_for(book: DriveBook, folder: Node, path: str) -> tuple[Node, str]:
    """Return the folder in which the last name of a path lies, made where it was missing, and that name."""
    *above, name = path.strip("/").split("/")
    for step in above:
        existing, step = placed(folder, step, "replace", Node.Kind.FOLDER)
        folder = existing or book.create(folder, step, Node.Kind.FOLDER)
    folder.drive = book.drive
    return folder, name


def enter_file(book: DriveBook, parent: Node, name: str, conflict: str, data: bytes, times: dict) -> tuple[Node, bool]:
    """Make a file of ``data``, or replace one; return it and whether it is new. Raises `GraphError`."""
    existing, name = placed(parent, name, conflict, Node.Kind.FILE)
    if (how := book.tenant.moods.get("enriches")) and not book.drive.is_personal:
        data = enriched(name, data, how)
    refuse_overflow(book.drive, len(data) - (existing.size if existing else 0))
    if existing is None:
        refuse_long_path(f"{Paths(book.drive).of(parent)}/{name}")
        return book.create_file(parent, name, "", data, **times), True
    book.write(existing, "", data)
    if times:
        book.change(existing, **times)
    return existing, False


def _moved(book: DriveBook, node: Node, folder: Node, name: object) -> dict:
    folder.drive = book.drive
    if folder.id in [node.id, *(one.id for one in Node.objects.live().below(node))]:
        raise GraphError(400, "invalidRequest", "A folder cannot be moved into itself.")
    same = Node.objects.live().filter(parent_id=folder.id, name__iexact=str(name)).exclude(id=node.id)
    if same.exists():
        raise GraphError(409, "nameAlreadyExists", "The specified item name already exists.")
    # Its own name in another case is no conflict.
    if folder.id != node.parent_id or name.lower() != node.name.lower():
        placed(folder, name, "fail", node.kind)
    return {"parent_id": folder.id, "name": name}

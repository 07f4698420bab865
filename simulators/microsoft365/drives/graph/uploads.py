"""Upload sessions are begun here. Microsoft's page "driveItem: createUploadSession"."""

from datetime import timedelta
from uuid import uuid4

from simulators.microsoft365.drives.graph.addresses import content_base
from simulators.microsoft365.drives.graph.filing import folder_for
from simulators.microsoft365.drives.graph.finding import found_node
from simulators.microsoft365.drives.graph.naming import id_of_node
from simulators.microsoft365.drives.graph.writing import (
    CONFLICT,
    conflict_of,
    file_times,
    placed,
    refuse_overflow,
    writing_in,
)
from simulators.microsoft365.drives.models import Node, Upload
from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.dates import written

_LIVE = timedelta(days=1)


def create_upload_session(call: Call, drive: str, item: str, path: str = "") -> Answer:
    """Begin to upload a file: one at a path below a folder, or new content for the one that is named."""
    body = call.json() if call.body else {}
    wanted = body.get("item") or {}
    conflict = conflict_of(wanted.get(CONFLICT), "replace")
    file_times(wanted.get("fileSystemInfo"))
    with writing_in(call, drive) as book:
        node = found_node(book.drive, item)
        if path:
            parent, name = folder_for(book, node, path)
        else:
            parent, name = found_node(book.drive, _id_of_parent(node)), node.name
        placed(parent, wanted.get("name") or name, conflict, Node.Kind.FILE)
        refuse_overflow(book.drive, int(wanted.get("fileSize") or 0))
        upload = Upload.objects.create(
            id=uuid4(),
            drive=book.drive,
            parent_id=parent.id,
            name=wanted.get("name") or name,
            conflict=conflict,
            file_times=wanted.get("fileSystemInfo") or {},
            client_id=call.client_id,
            expires_at=book.now + _LIVE,
        )
    context = {"@odata.context": links.context("microsoft.graph.uploadSession"), "uploadUrl": _address(upload)}
    return Answer(context | status_of(upload))


def create_upload_session_at_path(call: Call, drive: str, path: str) -> Answer:
    """Begin to upload a file at a path below the root."""
    return create_upload_session(call, drive, "root", path)


def status_of(upload: Upload) -> dict:
    """Return how far an upload has come."""
    last = upload.size - 1 if upload.size else ""
    return {"expirationDateTime": written(upload.expires_at), "nextExpectedRanges": [f"{upload.received}-{last}"]}


def _address(upload: Upload) -> str:
    return f"{content_base()}/uploads/{links.pack({'upload': str(upload.id)})}"


def _id_of_parent(node: Node) -> str:
    if node.kind != Node.Kind.FILE:
        raise GraphError(400, "invalidRequest", "The item is no file: name one below it.")
    return id_of_node(Node(id=node.parent_id, drive_id=node.drive_id))

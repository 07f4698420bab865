"""Where the ranges of an upload go: in order, to an address of their own, without a token."""

import json
import re
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from simulators.microsoft365.clock import clock
from simulators.microsoft365.drives.graph.downloads import refused
from simulators.microsoft365.drives.graph.filing import enter_file
from simulators.microsoft365.drives.graph.item_shape import ITEM, ItemShower
from simulators.microsoft365.drives.graph.uploads import status_of
from simulators.microsoft365.drives.graph.writing import app_of, file_times
from simulators.microsoft365.drives.models import Drive, Node, Part, Upload
from simulators.microsoft365.drives.mutations.book import DriveBook
from simulators.microsoft365.faults import faults
from simulators.microsoft365.graph import links, spoiling
from simulators.microsoft365.graph.calls import GraphError
from simulators.microsoft365.graph.door import damaged
from simulators.microsoft365.mutations.ledger import writing
from simulators.microsoft365.throttle.meter import meter

_STEP, _BELOW = 320 * 1024, 60 << 20
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@csrf_exempt
def upload_view(request: HttpRequest, word: str) -> HttpResponse:
    """Take a range, tell what is wanted next, or forget the session."""
    # What is not read would be taken for the next request on this connection.
    length = int(request.headers.get("Content-Length") or 0)
    data = request.read(length) if length < _BELOW else None
    if "Authorization" in request.headers:
        meter.counters["foreign_authorizations"] += 1
        return refused(401, "unauthenticated", "This address needs no token, and must not be given one.")
    try:
        upload = Upload.objects.filter(id=UUID(links.unpack(word)["upload"])).first()
    except (links.BadLinkToken, KeyError, ValueError):
        upload = None
    if upload is None or upload.expires_at <= clock.now():
        return refused(404, "itemNotFound", "The upload session was not found.")
    tenant = str(upload.drive.tenant_id)
    request.journal_facts |= {"tenant": tenant, "template": "/sharepoint/uploads"}
    action = faults.action_for(request.method, "/sharepoint/uploads", tenant)
    spoiling.stall(action)
    if "status" in action or "retry_after" in action:
        headers = spoiling.retry_header(clock.now(), action.get("retry_after"))
        return refused(int(action.get("status", 429)), "generalException", "As a fault wants it.", headers)
    try:
        response = _answer(request, upload, data)
    except GraphError as problem:
        response = refused(problem.status, problem.code, problem.message, problem.headers)
    return damaged(response, {name: "1" for name in ("reset", "truncate") if action.get(name)})


def _answer(request: HttpRequest, upload: Upload, data: bytes | None) -> HttpResponse:
    if request.method == "GET":
        return _json(status_of(upload), 200)
    if request.method == "DELETE":
        upload.delete()
        return HttpResponse(status=204)
    if request.method != "PUT":
        raise GraphError(405, "invalidRequest", "An upload takes PUT, GET and DELETE.")
    found = _RANGE.fullmatch(request.headers.get("Content-Range", ""))
    if found is None:
        raise GraphError(400, "invalidRequest", "Content-Range is missing or malformed.")
    start, end, size = (int(number) for number in found.groups())
    if data is None:
        raise GraphError(413, "maxFragmentLengthExceeded", "A range must be smaller than 60 MiB.")
    if len(data) != end - start + 1 or end >= size:
        raise GraphError(400, "invalidRequest", "The length of the range is not what Content-Range says.")
    if end + 1 < size and len(data) % _STEP:
        raise GraphError(400, "invalidRequest", "A range must be a multiple of 327,680 bytes.")
    return _take(upload, start, size, data)


def _take(upload: Upload, start: int, size: int, data: bytes) -> HttpResponse:
    with transaction.atomic():
        # Two ranges may come at the same time: one of them is not the one that is wanted next.
        upload = Upload.objects.select_for_update().get(id=upload.id)
        if upload.size not in (None, size):
            raise GraphError(400, "invalidRequest", "The size of the file is not what it was before.")
        if start != upload.received:
            code = "fragmentOverlap" if start < upload.received else "invalidRange"
            raise GraphError(416, code, "This range was received already, or others must come first.")
        Part.objects.create(upload=upload, start=start, data=data)
        upload.size, upload.received = size, start + len(data)
        upload.save(update_fields=["size", "received"])
    if upload.received < size:
        return _json(status_of(upload), 202)
    return _finish(upload)


def _finish(upload: Upload) -> HttpResponse:
    with writing(upload.drive.tenant_id) as ledger:
        drives = Drive.objects.select_related("web__site", "web__tenant", "web__site__tenant", "tenant")
        drive = drives.get(id=upload.drive_id)
        book = DriveBook(drive, ledger.now, app_of(ledger.tenant, upload.client_id))
        parent = Node.objects.live().filter(id=upload.parent_id).first()
        if parent is None:
            raise GraphError(404, "itemNotFound", "The folder is gone.")
        parent.drive = drive
        data = b"".join(bytes(part.data) for part in upload.parts.order_by("start"))
        times = file_times(upload.file_times)
        node, is_new = enter_file(book, parent, upload.name, upload.conflict, data, times)
        upload.delete()
        shown = ItemShower(drive).show(node, ITEM.default)
    return _json(shown, 201 if is_new else 200)


def _json(body: dict, status: int) -> HttpResponse:
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type="application/json")

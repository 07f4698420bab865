"""The host of uploads: ranges of large attachments, one after the other, without any token."""

import re

from django.http import HttpRequest, HttpResponse, JsonResponse

from simulators.microsoft365.clock import clock
from simulators.microsoft365.graph.calls import GraphError
from simulators.microsoft365.outlook.content.parts import FILE
from simulators.microsoft365.outlook.graph.attachment_writing import add_attachment
from simulators.microsoft365.outlook.graph.naming import Naming
from simulators.microsoft365.outlook.models import Item, Upload, UploadRange
from simulators.microsoft365.outlook.mutations.ledger import writing_to
from simulators.microsoft365.outlook.outside import outside
from simulators.microsoft365.throttle.meter import meter

MOST_A_RANGE = 4 * 1024 * 1024
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@outside("/outlook/uploads/{token}")
def upload(request: HttpRequest, claims: dict) -> HttpResponse:
    """Take a range, tell how far it is, or give up."""
    row = Upload.objects.select_related("item__mailbox").filter(id=claims.get("upload")).first()
    if row is None or row.expires_at < clock.now():
        raise GraphError(404, "ErrorItemNotFound", "The upload session is over.")
    if request.method == "DELETE":
        row.delete()
        return HttpResponse(status=204)
    if request.method == "GET":
        return JsonResponse({"nextExpectedRanges": [f"{row.received}-"]})
    if request.method != "PUT":
        raise GraphError(405, "MethodNotAllowed", "An upload knows PUT, GET and DELETE.")
    return _take(row, request)


def _take(row: Upload, request: HttpRequest) -> HttpResponse:
    match = _RANGE.fullmatch(request.headers.get("Content-Range", ""))
    if match is None:
        raise GraphError(400, "ErrorInvalidRequest", "A range needs a Content-Range such as bytes 0-99/100.")
    first, last, whole = map(int, match.groups())
    content = request.body
    if whole != row.size or last - first + 1 != len(content) or last >= whole:
        raise GraphError(
            400, "ErrorInvalidRequest", "The Content-Range does not fit the bytes or the size of the file."
        )
    if len(content) > MOST_A_RANGE:
        raise GraphError(413, "RequestEntityTooLarge", "A range holds up to 4 MB.")
    meter.charge_upload(row.facts.get("client_id", ""), str(row.item.mailbox_id), len(content))
    with writing_to(row.item.mailbox) as box:
        row.refresh_from_db()
        if first != row.received:
            raise GraphError(416, "ErrorInvalidRange", f"The next expected range begins at {row.received}.")
        UploadRange.objects.create(upload=row, begin=first, content=content)
        row.received = last + 1
        row.save(update_fields=["received"])
        if row.received < row.size:
            return JsonResponse({"nextExpectedRanges": [f"{row.received}-"]})
        return _finished(box, row)


def _finished(box, row: Upload) -> HttpResponse:
    facts = row.facts
    item = Item.objects.select_related("mailbox").get(id=row.item_id)
    part = add_attachment(
        box,
        item,
        {
            "kind": FILE,
            "name": facts["name"],
            "content_type": facts.get("contentType") or "application/octet-stream",
            "content_id": facts.get("contentId") or "",
            "is_inline": bool(facts.get("isInline")),
            "content": b"".join(bytes(one.content) for one in row.ranges.all()),
        },
    )
    box.change(item)
    word = Naming(item.mailbox, immutable=False).part(item, part.id)
    row.delete()
    where = f"https://outlook.example/api/v2.0/Users('{item.mailbox_id}')/Messages('x')/Attachments('{word}')"
    return HttpResponse(status=201, headers={"Location": where})

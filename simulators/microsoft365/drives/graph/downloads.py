"""The host of contents: whoever holds an address may read, whole or in ranges; a token has no business here."""

import re
from email.utils import format_datetime

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt

from simulators.microsoft365.clock import clock
from simulators.microsoft365.drives.content.reading import WHOLE_AT_MOST, Written
from simulators.microsoft365.drives.models import Node
from simulators.microsoft365.faults import faults
from simulators.microsoft365.graph import links, spoiling
from simulators.microsoft365.graph.door import damaged
from simulators.microsoft365.throttle.meter import meter

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class NoRange(ValueError):
    """A range lies behind the end."""


@csrf_exempt
def content(request: HttpRequest, item: str) -> HttpResponse:
    """Answer a request for the content of a file."""
    if "Authorization" in request.headers:
        meter.counters["foreign_authorizations"] += 1
        return refused(401, "unauthenticated", "This address needs no token, and must not be given one.")
    try:
        claims = links.unpack(request.GET.get("tempauth", ""))
    except links.BadLinkToken:
        return refused(401, "unauthenticated", "The address was changed, or is none of ours.")
    request.journal_facts |= {"tenant": claims["tenant"], "template": "/sharepoint/content"}
    action = faults.action_for(request.method, request.path, claims["tenant"])
    spoiling.stall(action)
    if "status" in action or "retry_after" in action:
        headers = spoiling.retry_header(clock.now(), action.get("retry_after"))
        return refused(int(action.get("status", 429)), "generalException", "As a fault wants it.", headers)
    if claims["expires"] <= clock.now().timestamp():
        return refused(401, "unauthenticated", "The address has expired.")
    node = Node.objects.live().filter(id=claims["node"]).first()
    if node is None:
        return refused(404, "itemNotFound", "The file is gone.")
    response = _answer(request, node, claims["edition"])
    return response if response.streaming else damaged(response, _damage(node, action))


def refused(status: int, code: str, message: str, headers: dict | None = None) -> HttpResponse:
    """Return a refusal of the content host."""
    body = f'{{"error": {{"code": "{code}", "message": "{message}"}}}}'
    return HttpResponse(body, status=status, content_type="application/json", headers=headers)


def _answer(request: HttpRequest, node: Node, edition: int) -> HttpResponse | StreamingHttpResponse:
    version = node.versions.filter(edition=edition).first() if edition != node.edition else node
    if version is None:
        return refused(404, "itemNotFound", "This version of the file is gone.")
    written, size = Written(node.id, edition, version.recipe), version.size
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": f'"{{{str(node.id).upper()}}},{edition}"',
        "Last-Modified": format_datetime(version.written_at, usegmt=True),
    }
    try:
        wanted = _wanted(request, size, headers)
    except NoRange:
        return HttpResponse(status=416, headers=headers | {"Content-Range": f"bytes */{size}"})
    start, end = wanted or (0, size)
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    facts = {"status": 206 if wanted else 200, "headers": headers, "content_type": "application/octet-stream"}
    if end - start > WHOLE_AT_MOST:
        return StreamingHttpResponse(written.read(start, end), **facts)
    return HttpResponse(b"".join(written.read(start, end)), **facts)


def _wanted(request: HttpRequest, size: int, headers: dict[str, str]) -> tuple[int, int] | None:
    """Return the range that is asked for, end excluded; None for the whole. Raises `NoRange`."""
    found = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if found is None or found.groups() == ("", ""):
        return None
    condition = request.headers.get("If-Range")
    if condition is not None and condition not in (headers["ETag"], headers["Last-Modified"]):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
    if start >= size or start >= end:
        raise NoRange
    return start, end


def _damage(node: Node, action: dict) -> dict[str, str]:
    hurt = {name: str(action[name]) for name in spoiling.TO_THE_BYTES if action.get(name)}
    if node.trouble.get("damaged", 0) > 0:
        node.trouble = node.trouble | {"damaged": node.trouble["damaged"] - 1}
        node.save(update_fields=["trouble"])
        hurt["flip"] = "1"
    return hurt

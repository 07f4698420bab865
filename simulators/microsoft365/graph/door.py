"""The one view of Graph: HTTP in, HTTP out."""

import json
from urllib.parse import unquote
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from simulators.microsoft365.clock import clock
from simulators.microsoft365.graph.answering import answer
from simulators.microsoft365.graph.calls import Answer, Call
from simulators.microsoft365.graph.queries import options_of
from simulators.microsoft365.throttle.meter import meter

_JSON = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"


@csrf_exempt
def graph(request: HttpRequest, path: str) -> HttpResponse:
    """Answer any request below /graph/v1.0."""
    call = Call(
        method=request.method,
        path="/" + unquote(path),
        query=options_of(request.META.get("QUERY_STRING", "")),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.body,
        now=clock.now(),
        request_id=str(uuid4()),
    )
    response, request.journal_facts = answer(call)
    return written(call.request_id, call.headers.get("client-request-id", ""), response)


@csrf_exempt
def elsewhere(request: HttpRequest, path: str) -> HttpResponse:
    """A host that is not Graph. Whoever comes here followed a link without looking where it leads."""
    meter.counters["foreign_requests"] += 1
    if "Authorization" in request.headers:
        meter.counters["foreign_authorizations"] += 1
    return HttpResponse("This is not Microsoft Graph.", status=404, content_type="text/plain")


def written(request_id: str, client_request_id: str, answer: Answer) -> HttpResponse:
    """Return an answer as a response, with what faults do to its bytes."""
    faults = {name[4:]: answer.headers.pop(name) for name in list(answer.headers) if name.startswith("sim-")}
    kind = answer.headers.pop("Content-Type", _JSON)
    if answer.body is None or answer.body == "":
        data = b""
    elif isinstance(answer.body, bytes):
        data = answer.body
    elif isinstance(answer.body, str):
        data = answer.body.encode()
    else:
        data = json.dumps(answer.body, ensure_ascii=False).encode()
    response = HttpResponse(data, status=answer.status, content_type=kind, headers=answer.headers)
    response["request-id"] = request_id
    response["client-request-id"] = client_request_id or request_id
    return damaged(response, faults)


def damaged(response: HttpResponse, faults: dict[str, str]) -> HttpResponse:
    """Return a response with faults below HTTP: a flipped bit, a wrong length, half a body, a reset."""
    data = response.content
    response["Content-Length"] = str(len(data))
    if "flip" in faults and data:
        middle = len(data) // 2
        data = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    if "wrong_length" in faults:
        response["Content-Length"] = str(max(0, len(data) + _number(faults["wrong_length"], 7)))
        response.transport = "cut"
    if "truncate" in faults:
        data = data[: len(data) // 2]
        response.transport = "cut"
    if "reset" in faults:
        response.transport = "reset"
    response.content = data
    return response


def _number(text: str, default: int) -> int:
    try:
        return int(text)
    except ValueError:
        return default

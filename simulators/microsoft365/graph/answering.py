"""From a call to an answer: token, route, roles, faults, limits, view."""

import re
import time
from contextlib import nullcontext
from functools import partial

from django.conf import settings

from simulators.microsoft365.faults import faults
from simulators.microsoft365.graph import spoiling
from simulators.microsoft365.graph.batch import batch
from simulators.microsoft365.graph.calls import Answer, Call, GraphError, error_answer
from simulators.microsoft365.graph.identity import identify
from simulators.microsoft365.graph.listing import NotSimulated
from simulators.microsoft365.graph.routes import Route, find_route
from simulators.microsoft365.journal import journal
from simulators.microsoft365.throttle.meter import meter
from simulators.microsoft365.throttle.prices import OUTLOOK, OVERALL

_BATCH = re.compile(r"/\$batch/?", re.IGNORECASE)


def answer(call: Call) -> tuple[Answer, dict]:
    """Return the answer to a call, and what the journal shall know of it."""
    facts = {"unknown": False}
    try:
        response = _answer(call)
    except GraphError as refusal:
        facts["unknown"] = isinstance(refusal, NotSimulated | UnknownCall)
        response = error_answer(call, refusal)
    facts |= {
        "template": call.template,
        "tenant": str(call.tenant.id) if call.tenant else "",
        "app": call.client_id,
        "units": call.units,
        "in_batch": call.is_in_batch,
    }
    return response, facts


class UnknownCall(GraphError):
    """No route leads here. It goes into the log of unknown calls."""

    def __init__(self, call: Call) -> None:
        segment = call.path.rstrip("/").rpartition("/")[2]
        message = f"Resource not found for the segment '{segment}': {call.method} {call.path} is not simulated."
        super().__init__(404, "ResourceNotFound", message)


def answer_within_batch(call: Call) -> Answer:
    """Answer one part of a batch, and write it into the journal as a request of its own."""
    began = time.perf_counter()
    response, facts = answer(call)
    path = f"/graph/v1.0{call.path}"
    query = "&".join(f"{name}={value}" for name, value in call.query.items())
    journal.write(began=began, method=call.method, path=path, query=query, status=response.status, **facts)
    return response


def _answer(call: Call) -> Answer:
    refusal = None
    try:
        identify(call)
    except GraphError as problem:
        refusal = problem
    tenant = str(call.tenant.id) if call.tenant else ""
    found = find_route(call.method, call.path)
    call.template = found[0].template if found else ""
    action = faults.action_for(call.method, f"/graph/v1.0{call.path}", tenant)
    if refusal and not action.get("status"):
        raise refusal
    if _BATCH.fullmatch(call.path) and call.method == "POST" and not call.is_in_batch:
        call.template = "/$batch"
        return _spoiled(call, action, OVERALL, "", partial(batch, call, answer_within_batch))
    if found is None:
        return _spoiled(call, action, OVERALL, "", partial(_raise, UnknownCall(call)))
    return _through_the_door(call, *found, action)


def _through_the_door(call: Call, route: Route, arguments: dict[str, str], action: dict) -> Answer:
    if call.tenant is None:
        return _spoiled(call, action, route.price.service, "", partial(_raise, None))
    if not route.roles & call.roles:
        raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    service, resource = route.price.service, next(iter(arguments.values()), "").lower()
    call.units = route.price.of(call.query)
    headers = meter.charge(call, service, call.units, resource)
    gate = meter.through_the_gate(call, resource) if service == OUTLOOK else nullcontext()
    with gate:
        response = _spoiled(call, action, service, resource, partial(route.view, call, **arguments))
    response.headers = headers | response.headers
    return response


def _spoiled(call: Call, action: dict, service: str, resource: str, view) -> Answer:
    spoiling.stall(action)
    instead = spoiling.instead(call, action)
    if instead is not None:
        if instead.status == 429 and call.tenant is not None and isinstance(action.get("retry_after"), int | float):
            meter.penalise(call, service, resource, action["retry_after"])
        return instead
    return spoiling.spoil(call, action, view(), settings.GRAPH_URL_BASE)


def _raise(problem: GraphError) -> Answer:
    raise problem

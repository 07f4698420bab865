"""From a call to an answer: token, route, faults, roles, limits, view."""

import re
import time
from contextlib import nullcontext

from simulators.microsoft365.faults import faults
from simulators.microsoft365.graph import spoiling
from simulators.microsoft365.graph.batch import batch
from simulators.microsoft365.graph.calls import Answer, Call, GraphError, error_answer
from simulators.microsoft365.graph.identity import identify
from simulators.microsoft365.graph.listing import NotSimulated
from simulators.microsoft365.graph.mailboxes import mailbox_key
from simulators.microsoft365.graph.routes import Route, find_route
from simulators.microsoft365.journal import journal
from simulators.microsoft365.throttle.meter import meter
from simulators.microsoft365.throttle.prices import OUTLOOK, OVERALL

_BATCH = re.compile(r"/\$batch/?", re.IGNORECASE)


class UnknownCall(GraphError):
    """No route leads here. It goes into the log of unknown calls."""

    def __init__(self, call: Call) -> None:
        segment = call.path.rstrip("/").rpartition("/")[2]
        message = f"Resource not found for the segment '{segment}': {call.method} {call.path} is not simulated."
        super().__init__(404, "ResourceNotFound", message)


def answer(call: Call) -> tuple[Answer, dict]:
    """Return the answer to a call, and what the journal shall know of it."""
    is_unknown, refusal = False, None
    try:
        identify(call)
    except GraphError as problem:
        refusal = problem
    tenant = str(call.tenant.id) if call.tenant else ""
    action = faults.action_for(call.method, f"/graph/v1.0{call.path}", tenant)
    try:
        response = _answer(call, refusal, action)
    except GraphError as problem:
        is_unknown = isinstance(problem, NotSimulated | UnknownCall)
        response = error_answer(call, problem)
    facts = {
        "template": call.template,
        "tenant": tenant,
        "app": call.client_id,
        "units": call.units,
        "unknown": is_unknown,
        "in_batch": call.is_in_batch,
    }
    return spoiling.spoil(call, action, response), facts


def answer_within_batch(call: Call) -> Answer:
    """Answer one part of a batch, and write it into the journal as a request of its own."""
    began = time.perf_counter()
    response, facts = answer(call)
    path = f"/graph/v1.0{call.path}"
    query = "&".join(f"{name}={value}" for name, value in call.query.items())
    journal.write(began=began, method=call.method, path=path, query=query, status=response.status, **facts)
    response.headers = {name: value for name, value in response.headers.items() if not name.startswith("sim-")}
    return response


def _answer(call: Call, refusal: GraphError | None, action: dict) -> Answer:
    found = find_route(call.method, call.path)
    is_batch = _BATCH.fullmatch(call.path) and call.method == "POST" and not call.is_in_batch
    call.template = "/$batch" if is_batch else found[0].template if found else ""
    if refusal is None and found:
        return _through_the_door(call, *found, action)
    spoiled = _spoiled(call, action, OVERALL, "")
    if spoiled is not None:
        return spoiled
    if refusal is not None:
        raise refusal
    if is_batch:
        return batch(call, answer_within_batch)
    raise UnknownCall(call)


def _through_the_door(call: Call, route: Route, arguments: dict[str, str], action: dict) -> Answer:
    if not route.roles & call.roles:
        raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    service, resource = route.price.service, _resource(call, route, arguments)
    call.units = route.price.of(call.query)
    headers = meter.charge(call, service, call.units, resource, route.price.kind)
    if service == OUTLOOK:
        meter.charge_upload(call.client_id, resource, len(call.body))
    gate = meter.through_the_gate(call, resource) if service == OUTLOOK else nullcontext()
    with gate:
        response = _spoiled(call, action, service, resource)
        if response is None:
            response = route.view(call, **arguments)
    response.headers = headers | response.headers
    return response


def _resource(call: Call, route: Route, arguments: dict[str, str]) -> str:
    """Return what has a budget of its own: a mailbox is the same one by its id and by its name."""
    word = next(iter(arguments.values()), "").lower()
    return mailbox_key(call, word) if route.price.service == OUTLOOK else word


def _spoiled(call: Call, action: dict, service: str, resource: str) -> Answer | None:
    """Wait if a fault wants it, and return the answer it gives in place of the true one, if it gives one."""
    spoiling.stall(action)
    response = spoiling.instead(call, action)
    seconds = action.get("retry_after")
    if response is not None and call.tenant is not None and isinstance(seconds, int | float):
        meter.penalise(call, service, resource, seconds)
    return response

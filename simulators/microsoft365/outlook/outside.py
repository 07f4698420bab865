"""What the hosts outside of Graph have in common: signed addresses, no tokens, faults, refusals in Graph's words."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from simulators.microsoft365.clock import clock
from simulators.microsoft365.faults import faults
from simulators.microsoft365.graph import links, spoiling
from simulators.microsoft365.graph.calls import GraphError
from simulators.microsoft365.graph.door import damaged
from simulators.microsoft365.throttle.meter import meter


def outside(template: str) -> Callable:
    """Make a view that is given what a signed address holds; ``template`` names it in the log."""

    def decorate(view: Callable[[HttpRequest, dict], HttpResponse]) -> Callable:
        @csrf_exempt
        @wraps(view)
        def answered(request: HttpRequest, token: str) -> HttpResponse:
            request.journal_facts |= {"template": template}
            action = {}
            try:
                claims = _claims(request, token)
                action = faults.action_for(request.method, request.path, claims["tenant"])
                spoiling.stall(action)
                if "status" in action or "retry_after" in action:
                    raise _fault(action)
                response = view(request, claims)
            except GraphError as problem:
                body = {"error": {"code": problem.code, "message": problem.message}}
                response = JsonResponse(body, status=problem.status, headers=problem.headers)
            # The work is done by then: an answer may be lost although what it tells of has happened.
            return damaged(response, {name: str(action[name]) for name in spoiling.TO_THE_BYTES if action.get(name)})

        return answered

    return decorate


def _fault(action: dict) -> GraphError:
    headers = spoiling.retry_header(clock.now(), action.get("retry_after"))
    return GraphError(int(action.get("status", 429)), "generalException", "As a fault wants it.", headers)


def _claims(request: HttpRequest, token: str) -> dict:
    if "Authorization" in request.headers:
        meter.counters["foreign_authorizations"] += 1
        raise GraphError(401, "InvalidAudience", "This address takes no Authorization.")
    try:
        claims = links.unpack(token)
        request.journal_facts["tenant"] = claims["tenant"]
    except (links.BadLinkToken, KeyError, TypeError) as problem:
        raise GraphError(404, "ErrorItemNotFound", "There is no such address.") from problem
    return claims

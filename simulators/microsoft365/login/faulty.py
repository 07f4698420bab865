"""Faults at the sign-in service."""

import json
import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from simulators.microsoft365.clock import clock
from simulators.microsoft365.faults import faults
from simulators.microsoft365.graph import spoiling
from simulators.microsoft365.graph.door import damaged

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class FaultyLoginMiddleware:
    """Lets requests to the sign-in service fail by the same rules as those to Graph."""

    def __init__(self, get_response: Callable) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/login/"):
            return self.get_response(request)
        tenant = request.path.split("/")[2]
        if _GUID.fullmatch(tenant):
            request.journal_facts["tenant"] = tenant.lower()
        action = faults.action_for(request.method, request.path, tenant)
        if not action:
            return self.get_response(request)
        spoiling.stall(action)
        if "status" in action or "retry_after" in action:
            response = _instead(action)
        else:
            response = self.get_response(request)
        return damaged(response, {name: str(action[name]) for name in spoiling.TO_THE_BYTES if action.get(name)})


def _instead(action: dict) -> HttpResponse:
    status = int(action.get("status", 429))
    body = action.get("body", {"error": "temporarily_unavailable", "error_description": "AADSTS90033: Try again."})
    data = body if isinstance(body, str) else json.dumps(body)
    headers = spoiling.retry_header(clock.now(), action.get("retry_after"))
    return HttpResponse(data, status=status, content_type="application/json", headers=headers)

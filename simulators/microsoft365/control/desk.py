"""What all views of the control desk share: JSON in, JSON out, and one kind of refusal."""

import json
from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from simulators.microsoft365.faults import BadRule
from simulators.microsoft365.generator.sizes import UnknownSize
from simulators.microsoft365.generator.tenants import TenantExists
from simulators.microsoft365.models import Tenant
from simulators.microsoft365.mutations.ledger import CannotMutate
from simulators.microsoft365.registry import BrokenAppsFile


class Refused(Exception):
    """The desk cannot do that. The message says why; nothing was changed."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


_KNOWN_TROUBLE = {BadRule: 400, BrokenAppsFile: 500, UnknownSize: 400, CannotMutate: 400, TenantExists: 409}


def desk(*methods: str) -> Callable:
    """Make a view of the desk: it gets the body as ``data`` and answers with something JSON can hold."""

    def decorate(view: Callable) -> Callable:
        @csrf_exempt
        @require_http_methods(methods)
        @wraps(view)
        def answered(request: HttpRequest, **arguments) -> HttpResponse:
            try:
                answer = view(request, data=_data(request), **arguments)
            except Refused as refusal:
                return JsonResponse({"error": str(refusal)}, status=refusal.status)
            except tuple(_KNOWN_TROUBLE) as trouble:
                return JsonResponse({"error": str(trouble)}, status=_KNOWN_TROUBLE[type(trouble)])
            return answer if isinstance(answer, HttpResponseBase) else JsonResponse(answer, safe=False)

        return answered

    return decorate


def known_tenant(tenant_id: UUID) -> Tenant:
    """Return a tenant. Raises `Refused` 404."""
    tenant = Tenant.objects.filter(id=tenant_id).first()
    if tenant is None:
        raise Refused(f"There is no tenant {tenant_id}.", status=404)
    return tenant


def text(data: dict, name: str, default: str | None = None) -> str:
    """Return a text of the body. Raises `Refused`."""
    value = data.get(name, default)
    if not isinstance(value, str) or not value:
        raise Refused(f"The body needs {name!r}, a text.")
    return value


def number(data: dict, name: str, default: float | None = None, *, at_least: float = 0) -> float:
    """Return a number of the body. Raises `Refused`."""
    value = data.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or value < at_least:
        raise Refused(f"The body needs {name!r}, a number from {at_least} on.")
    return value


def _data(request: HttpRequest):
    if not request.body:
        return {}
    try:
        return json.loads(request.body)
    except ValueError as problem:
        raise Refused(f"The body is not JSON: {problem}.") from problem

"""Consent without pages."""

from uuid import UUID

from django.http import HttpRequest

from simulators.microsoft365 import grants
from simulators.microsoft365.clock import clock
from simulators.microsoft365.control.desk import Refused, desk, known_tenant, number, text
from simulators.microsoft365.models import Grant
from simulators.microsoft365.registry import registry


@desk("GET", "POST", "DELETE")
def consent(request: HttpRequest, data: dict, tenant_id: UUID):
    """Show what was granted in a tenant; grant an app its registered roles, or those given; or revoke all of it."""
    tenant = known_tenant(tenant_id)
    if request.method == "GET":
        return [_facts(grant) for grant in tenant.grants.order_by("client_id")]
    client_id = text(data, "client_id")
    if request.method == "DELETE":
        return {"revoked": grants.revoke(tenant=tenant, client_id=client_id)}
    app = registry.get(client_id)
    if app is None:
        raise Refused(f"There is no app {client_id} in SIMULATOR_APPS.", status=404)
    made = grants.grant(
        tenant=tenant,
        client_id=client_id,
        roles=data.get("roles", app.roles),
        now=clock.now(),
        propagation_seconds=number(data, "propagation", 0),
    )
    return _facts(made)


def _facts(grant: Grant) -> dict:
    return {
        "client_id": grant.client_id,
        "roles": grant.roles,
        "granted_at": grant.granted_at.isoformat(),
        "propagation": grant.propagation_seconds,
        "service_principal_id": str(grant.service_principal_id),
    }

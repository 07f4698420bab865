"""Tenants: make them, list them, spoil their feeds."""

from uuid import UUID

from django.http import HttpRequest, JsonResponse

from simulators.microsoft365.clock import clock
from simulators.microsoft365.control.desk import Refused, desk, known_tenant, text
from simulators.microsoft365.generator.sizes import size_from
from simulators.microsoft365.generator.tenants import make_tenant
from simulators.microsoft365.graph.moods import PROBABILITIES
from simulators.microsoft365.models import Person, Tenant


@desk("GET", "POST")
def tenants(request: HttpRequest, data: dict):
    """List all tenants, or make one."""
    if request.method == "GET":
        return [facts(tenant) for tenant in Tenant.objects.order_by("name", "id")]
    wanted_id = data.get("id")
    try:
        tenant_id = UUID(wanted_id) if wanted_id else None
    except (ValueError, AttributeError, TypeError) as problem:
        raise Refused(f"The id {wanted_id!r} is no GUID.") from problem
    domain = text(data, "domain").lower()
    if not all(part.replace("-", "").isalnum() for part in domain.split(".")) or "." not in domain:
        raise Refused(f"The domain {domain!r} must look like acme-dental.example.")
    made = make_tenant(
        name=text(data, "name"),
        domain=domain,
        size=size_from(data.get("size", "tiny"), corpora=bool(data.get("corpora")), load=data.get("load", "")),
        seed=str(data.get("seed", 0)),
        now=clock.now(),
        tenant_id=tenant_id,
    )
    return JsonResponse(facts(made), status=201)


@desk("GET")
def tenant(request: HttpRequest, data: dict, tenant_id: UUID):
    """Show one tenant."""
    return facts(known_tenant(tenant_id))


@desk("GET", "POST")
def moods(request: HttpRequest, data: dict, tenant_id: UUID):
    """Show or set how the delta feeds of a tenant misbehave within the rules."""
    found = known_tenant(tenant_id)
    if request.method == "POST":
        unknown = set(data) - {*PROBABILITIES, "seed", "shuffle"}
        if unknown:
            raise Refused(f"Moods are seed, shuffle, {', '.join(PROBABILITIES)}; not {', '.join(sorted(unknown))}.")
        for name in PROBABILITIES:
            value = data.get(name, 0)
            if not isinstance(value, int | float) or not 0 <= value < 1:
                raise Refused(f"{name} must be a probability from 0 to below 1.")
        found.moods = data
        found.save(update_fields=["moods"])
    return found.moods


def facts(tenant: Tenant) -> dict:
    """Return what one needs to know of a tenant to use it."""
    people = Person.objects.in_bulk([tenant.admin_id, tenant.ordinary_id])
    admin, ordinary = people.get(tenant.admin_id), people.get(tenant.ordinary_id)
    return {
        "id": str(tenant.id),
        "name": tenant.name,
        "domain": tenant.domain,
        "initial_domain": tenant.initial_domain,
        "sharepoint_host": tenant.sharepoint_host,
        "onedrive_host": tenant.onedrive_host,
        "size": tenant.size,
        "seed": tenant.seed,
        "created_at": tenant.created_at.isoformat(),
        "days_played": tenant.days_played,
        "empty": tenant.is_empty,
        "admin_id": str(tenant.admin_id),
        "admin_upn": admin.upn if admin else "",
        "admin_name": admin.display_name if admin else "",
        "user_id": str(tenant.ordinary_id),
        "user_upn": ordinary.upn if ordinary else "",
        "user_name": ordinary.display_name if ordinary else "",
    }

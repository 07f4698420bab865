"""Things happen in a tenant."""

from uuid import UUID

from django.http import HttpRequest

from simulators.microsoft365.control.desk import Refused, desk, known_tenant
from simulators.microsoft365.mutations.days import play_day
from simulators.microsoft365.mutations.registry import mutate


@desk("POST")
def mutate_view(request: HttpRequest, data: list, tenant_id: UUID):
    """Do a list of operations, all or none."""
    if not isinstance(data, list):
        raise Refused("The body is a list of operations, such as [{'op': 'create_user'}].")
    return mutate(known_tenant(tenant_id).id, data)


@desk("POST")
def day(request: HttpRequest, data: dict, tenant_id: UUID):
    """Play a working day."""
    number = data.get("n")
    if number is not None and (not isinstance(number, int) or number < 1):
        raise Refused("n must be a whole number from 1 on.")
    return play_day(known_tenant(tenant_id).id, number)

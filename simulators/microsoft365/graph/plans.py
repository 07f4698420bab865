"""The licences people hold, derived from whether they hold one."""

from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.models import Person

SKU_ID = str(derived_id("sku", "business premium"))
SKU_PART_NUMBER = "O365_BUSINESS_PREMIUM"
# Service as `assignedPlans` writes it, and the plan as `subscribedSkus` does.
SERVICES = {
    "exchange": "EXCHANGE_S_STANDARD",
    "SharePoint": "SHAREPOINTSTANDARD",
    "TeamspaceAPI": "TEAMS1",
    "MicrosoftOffice": "OFFICE_BUSINESS",
}
PLAN_IDS = {service: str(derived_id("plan", service)) for service in SERVICES}


def assigned_plans(person: Person) -> list[dict]:
    """Return the plans of somebody: all of the one licence, or none."""
    if not person.is_licensed:
        return []
    return [
        {
            "assignedDateTime": written(person.created_at),
            "capabilityStatus": "Enabled",
            "service": service,
            "servicePlanId": PLAN_IDS[service],
        }
        for service in SERVICES
    ]


def assigned_licenses(person: Person) -> list[dict]:
    """Return the licences of somebody."""
    return [{"disabledPlans": [], "skuId": SKU_ID}] if person.is_licensed else []

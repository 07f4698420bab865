"""/organization and /subscribedSkus: the tenant itself."""

from simulators.microsoft365.graph import links, plans
from simulators.microsoft365.graph.calls import Answer, Call
from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.graph.listing import refuse_unknown_options
from simulators.microsoft365.graph.selecting import Shape
from simulators.microsoft365.models import Tenant


def _domains(tenant: Tenant) -> list[dict]:
    capabilities = "Email, OfficeCommunicationsOnline"
    shared = {"capabilities": capabilities, "type": "Managed"}
    return [
        {"isDefault": True, "isInitial": False, "name": tenant.domain} | shared,
        {"isDefault": False, "isInitial": True, "name": tenant.initial_domain} | shared,
    ]


def _tenant_plans(tenant: Tenant) -> list[dict]:
    return [
        {
            "assignedDateTime": written(tenant.created_at),
            "capabilityStatus": "Enabled",
            "service": service,
            "servicePlanId": plans.PLAN_IDS[service],
        }
        for service in plans.SERVICES
    ]


ORGANIZATION = Shape(
    "organization",
    {
        "id": lambda tenant: str(tenant.id),
        "deletedDateTime": lambda tenant: None,
        "displayName": lambda tenant: tenant.name,
        "assignedPlans": _tenant_plans,
        "businessPhones": lambda tenant: [],
        "countryLetterCode": lambda tenant: "GB",
        "createdDateTime": lambda tenant: written(tenant.created_at),
        "defaultUsageLocation": lambda tenant: "GB",
        "marketingNotificationEmails": lambda tenant: [],
        "preferredLanguage": lambda tenant: "en",
        "provisionedPlans": lambda tenant: [],
        "technicalNotificationMails": lambda tenant: [f"it@{tenant.domain}"],
        "tenantType": lambda tenant: "AAD",
        "verifiedDomains": _domains,
    },
    default=(
        "id", "deletedDateTime", "assignedPlans", "businessPhones", "city", "country", "countryLetterCode",
        "createdDateTime", "defaultUsageLocation", "displayName", "marketingNotificationEmails",
        "onPremisesLastSyncDateTime", "onPremisesSyncEnabled", "postalCode", "preferredLanguage", "provisionedPlans",
        "state", "street", "technicalNotificationMails", "tenantType", "verifiedDomains",
    ),
    unmodelled=(
        "city", "country", "onPremisesLastSyncDateTime", "onPremisesSyncEnabled", "partnerTenantType", "postalCode",
        "privacyProfile", "state", "street",
    ),
)  # fmt: skip


def organization_list(call: Call) -> Answer:
    """The tenant, as a list of one."""
    refuse_unknown_options(call, {"$select"})
    chosen = ORGANIZATION.chosen(call.query.get("$select"))
    where = f"organization({','.join(chosen)})" if call.query.get("$select") else "organization"
    return Answer({"@odata.context": links.context(where), "value": [ORGANIZATION.show(call.tenant, chosen)]})


def _units(sku: dict) -> dict:
    return {"enabled": sku["enabled"], "lockedOut": 0, "suspended": 0, "warning": 0}


def _service_plans(sku: dict) -> list[dict]:
    return [
        {
            "appliesTo": "User",
            "provisioningStatus": "Success",
            "servicePlanId": plans.PLAN_IDS[service],
            "servicePlanName": name,
        }
        for service, name in plans.SERVICES.items()
    ]


SKU = Shape(
    "subscribedSku",
    {
        "accountName": lambda sku: sku["tenant"].label,
        "accountId": lambda sku: str(sku["tenant"].id),
        "appliesTo": lambda sku: "User",
        "capabilityStatus": lambda sku: "Enabled",
        "consumedUnits": lambda sku: sku["consumed"],
        "id": lambda sku: f"{sku['tenant'].id}_{plans.SKU_ID}",
        "prepaidUnits": _units,
        "servicePlans": _service_plans,
        "skuId": lambda sku: plans.SKU_ID,
        "skuPartNumber": lambda sku: plans.SKU_PART_NUMBER,
        "subscriptionIds": lambda sku: [],
    },
    default=(
        "accountName", "accountId", "appliesTo", "capabilityStatus", "consumedUnits", "id", "skuId", "skuPartNumber",
        "subscriptionIds", "prepaidUnits", "servicePlans",
    ),
)  # fmt: skip


def sku_list(call: Call) -> Answer:
    """The one kind of licence the tenant buys."""
    refuse_unknown_options(call, {"$select"})
    chosen = SKU.chosen(call.query.get("$select"))
    consumed = call.tenant.people.live().filter(is_licensed=True).count()
    sku = {"tenant": call.tenant, "consumed": consumed, "enabled": max(call.tenant.licences, consumed)}
    value = [] if call.tenant.is_empty else [SKU.show(sku, chosen)]
    where = f"subscribedSkus({','.join(chosen)})" if call.query.get("$select") else "subscribedSkus"
    return Answer({"@odata.context": links.context(where), "value": value})

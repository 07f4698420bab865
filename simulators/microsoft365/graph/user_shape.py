"""The user of Graph, made from a person."""

from simulators.microsoft365.graph import plans
from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.graph.selecting import Shape
from simulators.microsoft365.models import Kind, Person


def _upn(person: Person) -> str:
    # A deleted account gives its sign-in name free by wearing its id in front.
    return f"{person.id.hex}{person.upn}" if person.deleted_at else person.upn


def _proxy_addresses(person: Person) -> list[str]:
    if not person.mail:
        return []
    addresses = [f"SMTP:{person.mail}"]
    if person.purpose:
        addresses.append(f"smtp:{person.mail.partition('@')[0]}@{person.tenant.initial_domain}")
    return addresses


def _synced(person: Person):
    return True if person.kind == Kind.ON_PREMISES else None


_MAKERS = {
    "id": lambda person: str(person.id),
    "accountEnabled": lambda person: person.is_enabled,
    "assignedLicenses": plans.assigned_licenses,
    "assignedPlans": plans.assigned_plans,
    "businessPhones": lambda person: [],
    "createdDateTime": lambda person: written(person.created_at),
    "creationType": lambda person: "Invitation" if person.is_guest else None,
    "deletedDateTime": lambda person: written(person.deleted_at),
    "department": lambda person: person.department or None,
    "displayName": lambda person: person.display_name,
    "externalUserState": lambda person: "Accepted" if person.is_guest else None,
    "externalUserStateChangeDateTime": lambda person: written(person.created_at) if person.is_guest else None,
    "givenName": lambda person: person.given_name or None,
    "identities": lambda person: [
        {
            "signInType": "userPrincipalName",
            "issuer": person.tenant.initial_domain,
            "issuerAssignedId": person.upn,
        }
    ],
    "imAddresses": lambda person: [person.mail] if person.is_licensed else [],
    "isResourceAccount": lambda person: None,
    "jobTitle": lambda person: person.job_title or None,
    "mail": lambda person: person.mail or None,
    "mailNickname": lambda person: person.upn.partition("@")[0].partition("#")[0],
    "onPremisesSyncEnabled": _synced,
    "otherMails": lambda person: [person.mail] if person.is_guest else [],
    "preferredLanguage": lambda person: "en-GB" if person.is_licensed else None,
    "proxyAddresses": _proxy_addresses,
    "provisionedPlans": lambda person: [],
    "showInAddressList": lambda person: None,
    "surname": lambda person: person.surname or None,
    "usageLocation": lambda person: "GB" if person.is_licensed else None,
    "userPrincipalName": _upn,
    "userType": lambda person: "Guest" if person.is_guest else "Member",
}
_UNMODELLED = (
    "ageGroup", "city", "companyName", "consentProvidedForMinor", "country", "employeeHireDate", "employeeId",
    "employeeLeaveDateTime", "employeeType", "faxNumber", "lastPasswordChangeDateTime", "legalAgeGroupClassification",
    "mobilePhone", "officeLocation", "onPremisesDistinguishedName", "onPremisesDomainName", "onPremisesImmutableId",
    "onPremisesLastSyncDateTime", "onPremisesSamAccountName", "onPremisesSecurityIdentifier",
    "onPremisesUserPrincipalName", "passwordPolicies", "postalCode", "preferredDataLocation", "securityIdentifier",
    "signInSessionsValidFromDateTime", "state", "streetAddress",
)  # fmt: skip
USER = Shape(
    "user",
    _MAKERS,
    default=(
        "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation",
        "preferredLanguage", "surname", "userPrincipalName", "id",
    ),
    unmodelled=_UNMODELLED,
)  # fmt: skip

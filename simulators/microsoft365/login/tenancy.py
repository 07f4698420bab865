"""Which tenant an address of the sign-in service names."""

from uuid import UUID

from simulators.microsoft365.login.refusals import SignInRefused
from simulators.microsoft365.models import Person, Tenant

ANY_TENANT = ("common", "organizations")


def named_tenant(word: str) -> Tenant:
    """Return the tenant with this id or domain. Raises `SignInRefused` 90002."""
    try:
        tenant = Tenant.objects.filter(id=UUID(word)).first()
    except ValueError:
        label, _, rest = word.lower().partition(".")
        by_label = Tenant.objects.filter(domain__startswith=f"{label}.")
        is_initial = rest == "onmicrosoft.example"
        tenant = by_label.first() if is_initial else Tenant.objects.filter(domain__iexact=word).first()
    if tenant is None:
        raise SignInRefused(
            90002, f"Tenant '{word}' not found. Check to make sure you have the correct tenant ID and are signing in."
        )
    return tenant


def tenant_or_any(word: str) -> Tenant | None:
    """Return the named tenant, or None where the address leaves it to the person. Raises `SignInRefused` 90002."""
    return None if word.lower() in ANY_TENANT else named_tenant(word)


def people_to_choose_from(tenant: Tenant | None) -> list[dict]:
    """Return each tenant with its administrator and its ordinary user, by name."""
    tenants = [tenant] if tenant else Tenant.objects.order_by("name")
    choices = []
    for one in tenants:
        known = {person.id: person for person in Person.objects.live().filter(id__in=(one.admin_id, one.ordinary_id))}
        people = [known[person_id] for person_id in (one.admin_id, one.ordinary_id) if person_id in known]
        choices.append({"tenant": one, "people": people})
    return choices

"""Making the clients that tests talk about."""

from organizations.models import Organization


def make_organization(partner, name: str, **fields) -> Organization:
    return Organization.objects.create(partner=partner, name=name, **fields)

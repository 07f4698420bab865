"""Making the clients that tests talk about, and what belongs to them."""

import itertools

from django.conf import settings
from django.utils import timezone

from organizations.models import Connection, DigestSetting, Item, Organization, Policy, SourceApp
from organizations.models.organization import ConnectionState

_numbers = itertools.count(1)


def make_organization(partner, name: str, **fields) -> Organization:
    organization = Organization.objects.create(partner=partner, name=name, **fields)
    Policy.objects.create(organization=organization)
    DigestSetting.objects.create(organization=organization, time_zone=partner.time_zone)
    return organization


def make_connection(organization, tenant_id: str = "", **fields) -> Connection:
    """Connect an organization as if its consent had been proved, and copy what the organization's row remembers."""
    number = next(_numbers)
    connection = Connection.objects.create(
        organization=organization,
        tenant_id=tenant_id or f"00000000-0000-4000-8000-{number:012}",
        tenant_name=fields.pop("tenant_name", organization.name),
        domains=fields.pop("domains", [f"tenant{number}.example"]),
        state=fields.pop("state", ConnectionState.CONNECTED),
        login_url=settings.MICROSOFT_LOGIN_URL,
        graph_url=settings.MICROSOFT_GRAPH_URL,
        connected_at=fields.pop("connected_at", timezone.now()),
        connected_by="Ada Lindqvist",
        **fields,
    )
    organization.connection_state, organization.service = connection.state, connection.service
    organization.domain = connection.domain
    organization.save(update_fields=["connection_state", "service", "domain"])
    return connection


def make_item(connection, name: str, **fields) -> Item:
    """Make a user of the connection's tenant; ``kind``, ``mailbox`` and the rest may say otherwise."""
    fields.setdefault("kind", Item.Kind.USER)
    fields.setdefault("address", f"{name}@{connection.domain}".lower().replace(" ", "."))
    if fields.get("is_chosen"):
        fields.setdefault("chosen_by", Item.ChosenBy.PERSON)
    return Item.objects.create(
        organization_id=connection.organization_id,
        connection=connection,
        remote_id=fields.pop("remote_id", f"remote-{next(_numbers)}"),
        name=name,
        list_name=name.casefold(),
        first_seen_at=fields.pop("first_seen_at", timezone.now()),
        **fields,
    )


def make_source_app(purpose: str = SourceApp.Purpose.BACKUP, client_id: str = "") -> SourceApp:
    return SourceApp.objects.create(
        purpose=purpose, client_id=client_id or f"11111111-0000-4000-8000-{next(_numbers):012}"
    )

"""Which connectors read a connection's service, and which restorers write there."""

from backups.connectors.contract import Connector, Kind, Source
from backups.connectors.microsoft365.calendar import CalendarConnector
from backups.connectors.microsoft365.contacts import ContactsConnector
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.mail import MailConnector
from backups.connectors.microsoft365.onedrive import OneDriveConnector
from backups.connectors.microsoft365.restore_calendar import CalendarRestorer
from backups.connectors.microsoft365.restore_contacts import ContactsRestorer
from backups.connectors.microsoft365.restore_mail import MailRestorer
from backups.connectors.microsoft365.restore_onedrive import OneDriveRestorer
from backups.connectors.microsoft365.restore_sharepoint import SharePointRestorer
from backups.connectors.microsoft365.restore_teams import TeamsRestorer
from backups.connectors.microsoft365.sharepoint import SharePointConnector
from backups.connectors.microsoft365.teams import TeamsConnector
from backups.connectors.restoring import Restorer
from backups.models import Container
from organizations.models import Item, Policy

CONNECTORS = (
    MailConnector,
    CalendarConnector,
    ContactsConnector,
    OneDriveConnector,
    SharePointConnector,
    TeamsConnector,
)
RESTORERS = (MailRestorer, CalendarRestorer, ContactsRestorer, OneDriveRestorer, SharePointRestorer, TeamsRestorer)
KINDS_OF_ITEMS: dict[str, tuple[Kind, ...]] = {
    Item.Kind.USER: (Kind.MAIL, Kind.CALENDAR, Kind.CONTACTS, Kind.ONEDRIVE),
    Item.Kind.SITE: (Kind.SHAREPOINT,),
    Item.Kind.TEAM: (Kind.TEAMS,),
}


def connectors_for(graph: Graph) -> dict[str, Connector]:
    """Return the connector of each kind."""
    return {one.kind: one(graph) for one in CONNECTORS}


def restorers_for(graph: Graph) -> dict[str, Restorer]:
    """Return the restorer of each kind that can be put back."""
    return {one.kind: one(graph) for one in RESTORERS}


def kinds_of(item: Item, policy: Policy) -> list[Kind]:
    """Return the kinds that are read of an item, by the toggles of the Services page."""
    readable = {one.kind for one in CONNECTORS}
    return [kind for kind in KINDS_OF_ITEMS[item.kind] if kind in readable and getattr(policy, kind.lower())]


def source_of(item: Item) -> Source:
    """Return an item as connectors know it."""
    return Source(item.remote_id, item.kind, item.name, item.address)


def account_of(item: Item, kind: str) -> str:
    """Return what the vault calls one kind of an item: by the provider's own ids, so that it says whose it is."""
    connection = item.connection
    return f"{connection.service}/{connection.tenant_id}/{Container.Kind(kind)}".lower() + f"/{item.remote_id}"

"""Asking for a look at what a client's service holds."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from organizations.actions.connections import request_discovery_of
from organizations.models import Connection, Organization
from organizations.models.organization import READABLE


class DiscoveryProblem(Exception):
    """It cannot be looked now; the message says why and what to do.

    AlreadyLooking      a look is under way, and it will find what a second one would
    NotReadable         the service does not let us in
    """


class AlreadyLooking(DiscoveryProblem):
    pass


class NotReadable(DiscoveryProblem):
    pass


@transaction.atomic
def request_discovery(*, connection: Connection, actor: User | str, now: datetime) -> Connection:
    """Ask a worker to look for new users, mailboxes, sites and teams; return the connection as it stands then.

    Raises `AlreadyLooking` while a look is under way and `NotReadable` unless the connection is connected.
    """
    # The organization first, like everybody who changes a connection, so that nobody waits in a ring.
    Organization.objects.select_for_update().get(pk=connection.organization_id)
    connection = Connection.objects.select_for_update(of=("self",)).select_related("organization").get(pk=connection.pk)
    if connection.state not in READABLE:
        raise NotReadable(
            f"{connection.get_service_display()} does not let us in: {connection.get_state_display().lower()}. "
            "What was found stays. Partner staff authorize it again under Settings, Connection."
        )
    if connection.is_looking or not request_discovery_of(connection, now=now):
        raise AlreadyLooking("We are looking already. What is found appears here by itself.")
    audit.record(
        "discovery.requested",
        partner_id=connection.organization.partner_id,
        organization_id=connection.organization_id,
        actor=actor,
        target=connection.organization,
        at=now,
    )
    connection.refresh_from_db()
    return connection

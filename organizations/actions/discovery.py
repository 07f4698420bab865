"""Asking for a look at what a client's service holds."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from jobs.requests import request_job
from organizations.models import Connection
from organizations.models.organization import ConnectionState


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
    connection = Connection.objects.select_for_update(of=("self",)).select_related("organization").get(pk=connection.pk)
    if connection.state != ConnectionState.CONNECTED:
        raise NotReadable(
            f"{connection.get_service_display()} does not let us in: {connection.get_state_display().lower()}. "
            "What was found stays. Authorize it again under Settings, Connection."
        )
    if connection.is_looking:
        raise AlreadyLooking("We are looking already. What is found appears here by itself.")
    connection.discovery = Connection.Discovery.QUEUED
    connection.discovery_seen = 0
    connection.discovery_problem = ""
    connection.discovery_continues_at = None
    connection.save(update_fields=["discovery", "discovery_seen", "discovery_problem", "discovery_continues_at"])
    request_job("discover", subject_id=connection.pk, at=now, key=f"discover:{connection.pk}")
    audit.record(
        "discovery.requested",
        partner_id=connection.organization.partner_id,
        organization_id=connection.organization_id,
        actor=actor,
        target=connection.organization,
        at=now,
    )
    return connection

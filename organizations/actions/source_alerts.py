"""Telling people that a client's service is not accessible, and that it is again: one mail each for every incident."""

from datetime import datetime

from notifications import client_emails
from organizations.actions.alerts import tell
from organizations.actions.incidents import end_incident, open_incident, tell_programs
from organizations.models import Connection, Incident, IncidentNotice
from organizations.models.organization import ConnectionState

_KIND, _Moment = Incident.Kind.NO_ACCESS, IncidentNotice.Moment


def tell_access_lost(connection: Connection, *, reason: str, now: datetime) -> None:
    """Open the incident and mail everybody concerned, in the caller's transaction."""
    key, service = f"source_lost:{connection.pk}:{now.isoformat()}", connection.get_service_display()
    incident, is_new = _incident(connection, since=now, now=now)
    tell(
        client_emails.source_lost, incident, key, moment=_Moment.OPENED, now=now, service=service, reason=reason,
        lost_at=now,
    )  # fmt: skip
    if is_new:
        tell_programs(incident, moment=_Moment.OPENED, at=now)


def tell_access_regained(connection: Connection, *, lost_at: datetime, now: datetime) -> None:
    """Mail everybody concerned that the incident that began at ``lost_at`` is over, in the caller's transaction."""
    key, service = f"source_regained:{connection.pk}:{lost_at.isoformat()}", connection.get_service_display()
    incident = _incident(connection, since=lost_at, now=lost_at)[0]
    end_incident(incident, ending=Incident.Ending.RECOVERED, now=now)
    tell(
        client_emails.source_regained, incident, key, moment=_Moment.RECOVERED, now=now, service=service,
        lost_at=lost_at, at=now,
    )  # fmt: skip
    tell_programs(incident, moment=_Moment.RECOVERED, at=now)


def end_abandoned_incidents(now: datetime) -> int:
    """End in silence the incidents of clients that were disconnected meanwhile; return how many."""
    lost = Incident.objects.open().built_in().filter(kind=_KIND)
    over = lost.exclude(organization__connection_state=ConnectionState.ACCESS_LOST)
    return over.update(ended_at=now, ended_as=Incident.Ending.DROPPED)


def _incident(connection: Connection, *, since: datetime, now: datetime) -> tuple[Incident, bool]:
    what = f"{connection.get_service_display()} is not accessible"
    return open_incident(organization=connection.organization, kind=_KIND, what=what, since=since, now=now)

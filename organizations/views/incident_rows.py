"""Incidents as lists show them: plain values, without a question for each row."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from organizations.models import Incident
from organizations.views.figure_words import moment_words, since_words

_ICONS = {
    Incident.Kind.OVERDUE: "clock",
    Incident.Kind.FAILURES: "partial",
    Incident.Kind.NO_ACCESS: "plug",
    Incident.Kind.DIGEST: "mail",
}


@dataclass(frozen=True)
class IncidentRow:
    """One incident; ``badge`` is its class and its icon."""

    uuid: str
    url: str
    what: str
    icon: str
    client: str
    client_url: str
    rule: str
    badge: str
    state: str
    note: str
    since: str
    lasted: str
    until: str
    told: int


def incident_row(incident: Incident, *, now: datetime) -> IncidentRow:
    """Return the row of an incident that was read with its organization and ``told``, how many were told."""
    badge, state, note = _state(incident, now)
    end = incident.ended_at or now
    return IncidentRow(
        uuid=str(incident.uuid),
        url=reverse("organizations:incident_detail", args=[incident.uuid]),
        what=incident.words[:1].upper() + incident.words[1:],
        icon=_ICONS[Incident.Kind(incident.kind)],
        client=incident.organization.name,
        client_url=incident.organization.get_absolute_url(),
        rule=incident.rule_name or "Always watched",
        badge=badge,
        state=state,
        note=note,
        since=moment_words(incident.since, now),
        lasted=since_words(incident.since, end),
        until=moment_words(incident.ended_at, now),
        told=incident.told,
    )


def _state(incident: Incident, now: datetime) -> tuple[str, str, str]:
    if incident.ended_at is not None:
        is_well = incident.ended_as == Incident.Ending.RECOVERED
        return ("success", "Over", "") if is_well else ("none", "No longer watched", "")
    note = f"Acknowledged by {incident.acknowledged_by}" if incident.acknowledged_at else ""
    if not incident.is_muted(now):
        return "failed", "Open", note
    until = moment_words(incident.muted_until, now) if incident.muted_until else "it is over"
    return "partial", "Muted", f"Until {until}"

"""Telling that an incident began, is over, or is open still after it was muted, in words that fit any of them."""

from datetime import datetime

from django.db import transaction

from jobs.alone import each_alone
from notifications import client_emails
from organizations.actions.alerts import who_is_told
from organizations.actions.incidents import incident_url, locked, tell_programs
from organizations.models import Incident, IncidentNotice

_Moment = IncidentNotice.Moment
_AT_ONCE = 100


def tell_of_incident(incident: Incident, *, moment: str, now: datetime) -> None:
    """Mail whom an incident concerns and tell their programs, in the caller's transaction; nobody while it is muted."""
    is_over, is_open_still = moment == _Moment.RECOVERED, moment == _Moment.STILL_OPEN
    mail = client_emails.incident_over if is_over else client_emails.incident_open
    facts = {"at": now} if is_over else {"is_open_still": is_open_still}
    key = f"incident:{incident.pk}:{moment}:{now.isoformat() if is_open_still else ''}"
    organization = incident.organization
    for one in who_is_told(incident, moment=moment, now=now):
        mail(
            to=one.to, name=one.name, why=one.why, time_zone=one.time_zone, key=f"{key}:{one.to}",
            organization=organization.name, what=incident.words, since_at=incident.since,
            incident_url=incident_url(incident) if one.is_staff else "", **facts,
        )  # fmt: skip
    tell_programs(incident, moment=moment, at=now)


def tell_after_mutes(now: datetime) -> int:
    """Tell of incidents that are open still when the time is over for which somebody muted them; return how many."""
    found = Incident.objects.open().filter(muted_until__lte=now).order_by("pk").values_list("pk", flat=True)
    return sum(each_alone(found[:_AT_ONCE], lambda pk: _tell_after_mute(pk, now)))


@transaction.atomic
def _tell_after_mute(incident_id: int, now: datetime) -> bool:
    incident = locked(incident_id)
    if incident.ended_at is not None or incident.muted_until is None or incident.muted_until > now:
        return False
    incident.muted_at, incident.muted_by, incident.muted_until = None, "", None
    incident.save(update_fields=["muted_at", "muted_by", "muted_until"])
    tell_of_incident(incident, moment=_Moment.STILL_OPEN, now=now)
    return True

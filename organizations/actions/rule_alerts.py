"""Opening and ending the incidents of alert rules: one notice when one begins, one when it is over.

What a rule finds is asked by the floor above, which knows about failures.
"""

from datetime import datetime

from django.db import transaction

from organizations.actions import schedule_log
from organizations.actions.incident_notices import tell_of_incident
from organizations.actions.incidents import end_incident, locked, open_incident
from organizations.models import AlertRule, Incident, IncidentNotice, Organization

_Moment = IncidentNotice.Moment


def words_of(rule: AlertRule, found: int) -> str:
    """Return in a few words what a rule noticed; ``found`` is the number of objects that cannot be saved."""
    lasting = f" for more than {hours_words(rule.hours)}" if rule.hours else ""
    if rule.what == AlertRule.What.OVERDUE:
        return f"no good backup{lasting}"
    if rule.what == AlertRule.What.NO_ACCESS:
        return f"the service is not accessible{lasting}"
    return f"{found:,} object{'' if found == 1 else 's'} cannot be saved{lasting}"


def hours_words(hours: int) -> str:
    """Return "1 hour", "36 hours", "3 days"."""
    number, unit = (hours // 24, "day") if hours >= 48 and hours % 24 == 0 else (hours, "hour")
    return f"{number} {unit}{'' if number == 1 else 's'}"


@transaction.atomic
def open_rule_incident(
    *, rule_id: int, organization_id: int, since: datetime, found: int, now: datetime
) -> Incident | None:
    """Open an incident of a rule and return it, or None where there is one or the rule is off by now.

    Nobody is told yet, see `tell_opened`: writing into a partner's log makes others wait, and so comes last.
    """
    rule = AlertRule.objects.select_for_update().filter(pk=rule_id, is_on=True).first()
    if rule is None:
        return None
    organization = Organization.objects.select_related("partner").get(pk=organization_id)
    what = words_of(rule, found)
    incident, is_new = open_incident(
        organization=organization, kind=rule.what, what=what, since=since, now=now, rule=rule
    )
    return incident if is_new else None


@transaction.atomic
def tell_opened(incident: Incident, *, now: datetime) -> int:
    """Write a new incident into the client's log, tell whom its rule names unless it is muted, and return its key."""
    schedule_log.note("incident.opened", incident.organization, {"what": incident.what}, at=now)
    tell_of_incident(incident, moment=_Moment.OPENED, now=now)
    return incident.pk


@transaction.atomic
def end_rule_incident(*, incident_id: int, has_recovered: bool, now: datetime) -> bool:
    """End an incident of a rule, and say so where it ``has_recovered``; return whether it was open."""
    incident = locked(incident_id)
    if incident.ended_at is not None:
        return False
    ending = Incident.Ending.RECOVERED if has_recovered else Incident.Ending.DROPPED
    end_incident(incident, ending=ending, now=now)
    if has_recovered:
        schedule_log.note("incident.recovered", incident.organization, {"what": incident.words}, at=now)
        tell_of_incident(incident, moment=_Moment.RECOVERED, now=now)
    return True

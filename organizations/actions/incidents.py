"""Opening and ending incidents, telling programs of them, and what people do about them."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from accounts import audit
from accounts.models import User
from notifications.models import WebhookEvent
from organizations.actions import webhook_events
from organizations.models import AlertRule, Incident, IncidentNotice, Organization

# How long an incident can be muted, by the word in the form; None is until it is over.
MUTES: dict[str, tuple[str, timedelta | None]] = {
    "4h": ("for 4 hours", timedelta(hours=4)),
    "1d": ("for a day", timedelta(days=1)),
    "7d": ("for a week", timedelta(days=7)),
    "end": ("until it is over", None),
}
_Moment, _Channel = IncidentNotice.Moment, IncidentNotice.Channel


def open_incident(
    *, organization: Organization, kind: str, what: str, since: datetime, now: datetime, rule: AlertRule | None = None
) -> tuple[Incident, bool]:
    """Return (the open incident of this rule, or built-in alert, and client; whether it is new).

    In the caller's transaction. A new one stays muted where somebody muted the one before for a time that is not over.
    """
    values = {"kind": kind, "what": what[:200], "rule_name": rule.name if rule else "", "since": since, "began_at": now}
    same = {"organization": organization, "rule": rule, "is_built_in": rule is None}
    if rule is None:
        same["kind"] = kind
    incident, is_new = Incident.objects.get_or_create(**same, ended_at=None, defaults=values)
    muted = Incident.objects.filter(**same, muted_until__gt=now).order_by("-pk").first() if is_new else None
    if muted is not None:
        incident.muted_at, incident.muted_by, incident.muted_until = muted.muted_at, muted.muted_by, muted.muted_until
        incident.save(update_fields=["muted_at", "muted_by", "muted_until"])
    return incident, is_new


def end_incident(incident: Incident, *, ending: str, now: datetime) -> None:
    """Note that an incident is over, in the caller's transaction."""
    incident.ended_at, incident.ended_as = now, ending
    incident.save(update_fields=["ended_at", "ended_as"])


def drop_incidents(rule: AlertRule, *, now: datetime) -> int:
    """End the open incidents of a rule without telling anybody, in the caller's transaction; return how many."""
    return rule.incidents.open().update(ended_at=now, ended_as=Incident.Ending.DROPPED)


def note_told(incident: Incident, *, moment: str, to: str, channel: str = _Channel.MAIL, at: datetime) -> None:
    """Write down that somebody was told."""
    incident.notices.create(moment=moment, channel=channel, to=to[:254], at=at)


def tell_programs(incident: Incident, *, moment: str, at: datetime) -> None:
    """Publish that an incident began, is open still or is over; nothing while it is muted.

    To the webhooks its rule names, or of a built-in alert to all.
    """
    if incident.is_muted(at):
        return
    event = WebhookEvent.INCIDENT_RECOVERED if moment == _Moment.RECOVERED else WebhookEvent.INCIDENT_OPENED
    facts = {
        "id": str(incident.uuid), "kind": incident.kind, "what": incident.words, "rule": incident.rule_name or None,
        "since": incident.since, "began_at": incident.began_at, "ended_at": incident.ended_at,
        # After a mute it is published once more; whoever keeps a list has it already.
        "is_open_still": moment == _Moment.STILL_OPEN, "url": incident_url(incident),
    }  # fmt: skip
    chosen = None if incident.is_built_in else _chosen_endpoints(incident.rule)
    names = webhook_events.publish(event, incident.organization, {"incident": facts}, at=at, endpoint_ids=chosen)
    for name in names:
        note_told(incident, moment=moment, to=name, channel=_Channel.WEBHOOK, at=at)


def incident_url(incident: Incident) -> str:
    """Return the whole address of the incident's page."""
    return settings.BASE_URL + reverse("organizations:incident_detail", args=[incident.uuid])


@transaction.atomic
def acknowledge_incident(*, incident: Incident, actor: User, now: datetime) -> bool:
    """Note that somebody looks after it; return whether that is new. It says so to colleagues and changes no mail."""
    row = locked(incident.pk)
    if row.acknowledged_at is not None or row.ended_at is not None:
        return False
    row.acknowledged_at, row.acknowledged_by = now, str(actor)[:200]
    row.save(update_fields=["acknowledged_at", "acknowledged_by"])
    _record("incident.acknowledged", row, actor, now)
    return True


@transaction.atomic
def mute_incident(*, incident: Incident, how_long: str, actor: User, now: datetime) -> bool:
    """Tell nobody anything more of it, for a time of `MUTES`; return whether that could be done.

    With a time it holds also for the next incident of the same rule and client; whoever is open when the time is over
    is told of then. Raises KeyError for a time that is none.
    """
    words, duration = MUTES[how_long]
    row = locked(incident.pk)
    if row.ended_at is not None:
        return False
    row.muted_at, row.muted_by, row.muted_until = now, str(actor)[:200], now + duration if duration else None
    row.save(update_fields=["muted_at", "muted_by", "muted_until"])
    _record("incident.muted", row, actor, now, how_long=words)
    return True


@transaction.atomic
def unmute_incident(*, incident: Incident, actor: User, now: datetime) -> bool:
    """Let people be told again; return whether it was muted. The mute does not come back with the next incident."""
    row = locked(incident.pk)
    if row.muted_at is None or row.ended_at is not None:
        return False
    same = Q(organization=row.organization_id, rule=row.rule_id, kind=row.kind, is_built_in=row.is_built_in)
    Incident.objects.filter(Q(pk=row.pk) | (same & Q(muted_until__gt=now))).update(
        muted_at=None, muted_by="", muted_until=None
    )
    _record("incident.unmuted", row, actor, now)
    return True


def _chosen_endpoints(rule: AlertRule | None) -> list[int]:
    return list(rule.endpoints.values_list("pk", flat=True)) if rule else []


def locked(incident_id: int) -> Incident:
    """Return the incident as it is now, held until the caller's transaction ends."""
    found = Incident.objects.select_for_update(of=("self",)).select_related("organization__partner", "rule__partner")
    return found.get(pk=incident_id)


def _record(action: str, incident: Incident, actor: User, now: datetime, **details: str) -> None:
    audit.record(
        action,
        partner_id=incident.organization.partner_id,
        organization_id=incident.organization_id,
        actor=actor,
        target=incident.organization,
        at=now,
        details={"what": incident.words, **details},
    )

"""How Summary Digests ended: into the client's log, and to the partner's Administrators where they do not arrive."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse

from backups.models import Digest
from jobs.alone import each_alone
from notifications import client_emails
from notifications.models import OutgoingEmail
from organizations.actions import schedule_log
from organizations.actions.alerts import tell
from organizations.actions.incidents import end_incident, open_incident, tell_programs
from organizations.models import DigestSetting, Incident, IncidentNotice, Organization

_KIND, _WHAT = Incident.Kind.DIGEST, "Summary Digests do not arrive"
_Moment = IncidentNotice.Moment
_AT_ONCE = 200
_NAMED_AT_MOST = 20
_ENDINGS = {
    OutgoingEmail.State.SENT: "digest.sent",
    OutgoingEmail.State.FAILED: "digest.failed",
    OutgoingEmail.State.UNKNOWN: "digest.in_doubt",
}
_LOST = (Digest.State.FAILED, Digest.State.UNKNOWN, Digest.State.MISSED)


def log_endings(now: datetime) -> int:
    """Write into the logs how the mails of digests ended that have ended, and begin and end the incidents of clients
    whose digests do not arrive; return how many digests.
    """
    ended = Digest.objects.filter(is_logged=False, email__state__in=_ENDINGS).order_by("organization")
    found = list(ended.values_list("organization", flat=True).distinct()[:_AT_ONCE])
    each_alone(_without_recipients().values_list("pk", flat=True)[:_AT_ONCE], lambda pk: _end_unasked(pk, now))
    return sum(each_alone(found, lambda pk: _log(pk, now)))


def note_missed(organization: Organization, missed: list[Digest], now: datetime) -> None:
    """Write into the log, in one entry, that digests were missed, and tell of it; in the caller's transaction."""
    days = sorted(one.local_date for one in missed)
    number = len(missed) + sum(one.earlier for one in missed)
    what = (
        f"the Summary Digest of {days[0].isoformat()} to {missed[0].recipient}"
        if number == 1
        else f"{number} Summary Digests of days until {days[-1].isoformat()}"
    )
    why = "; ".join(sorted({one.get_missed_display() for one in missed}))
    schedule_log.note("digest.missed", organization, {"what": what, "why": why}, at=now)
    _judge(organization, [one for one in missed if one.missed == Digest.Missed.PASSED], now)


@transaction.atomic
def _log(organization_id: int, now: datetime) -> int:
    # Whoever misses digests of the same client meanwhile holds it too; both judge the same incident.
    settings_of = DigestSetting.objects.select_related("organization__partner").select_for_update(of=("self",))
    organization = settings_of.get(organization=organization_id).organization
    ended = Digest.objects.filter(organization=organization_id, is_logged=False, email__state__in=_ENDINGS)
    locked = list(ended.select_for_update(of=("self",)).select_related("email").order_by("pk")[:_AT_ONCE])
    if not locked:
        return 0
    for digest in locked:
        facts = {"email": digest.recipient, "day": digest.local_date.isoformat()}
        schedule_log.note(_ENDINGS[digest.email.state], organization, facts, at=now)
    Digest.objects.filter(pk__in=[one.pk for one in locked]).update(is_logged=True)
    _judge(organization, [one for one in locked if one.state in _LOST], now)
    return len(locked)


def _judge(organization: Organization, lost: list[Digest], now: datetime) -> None:
    """Take those recipients out of the open incident whom a digest reached since, and those in who just lost one.

    People are told when somebody comes in who was not in it, and when nobody is left.
    """
    incident = Incident.objects.select_for_update().filter(organization=organization, kind=_KIND).open().first()
    is_first = incident is None
    about = _still_lacking(organization, incident.about) if incident else []
    if incident and not about and not lost:
        _end(incident, organization, now)
        return
    new = sorted({one.recipient for one in lost} - set(about))
    if incident is None and new:
        since = min(one.due_at for one in lost)
        incident, _ = open_incident(organization=organization, kind=_KIND, what=_WHAT, since=since, now=now)
    if incident:
        incident.about = [*about, *new]
        incident.save(update_fields=["about"])
    told = [one for one in lost if one.recipient in new]
    if told:
        key = f"digests_lost:{incident.pk}:{max(one.pk for one in told)}"
        facts = _facts(organization, lost=_in_words(told))
        tell(client_emails.digests_lost, incident, key, moment=_Moment.OPENED, now=now, **facts)
    if is_first and incident:
        tell_programs(incident, moment=_Moment.OPENED, at=now)


def _still_lacking(organization: Organization, recipients: Iterable[str]) -> list[str]:
    """Return those of ``recipients`` who still are to receive digests and whose newest one did not arrive."""
    setting = DigestSetting.objects.filter(organization=organization, is_on=True).first()
    listed = [one for one in recipients if setting and one in setting.recipients]
    ended = Digest.objects.filter(organization=organization, recipient__in=listed).ended()
    newest = ended.order_by("recipient", "-local_date").distinct("recipient").select_related("email")
    return [one.recipient for one in newest if one.state in _LOST]


def _without_recipients():
    """Return the open incidents all of whose recipients are none any more."""
    asked = Q(organization__digest_setting__is_on=True, organization__digest_setting__recipients__overlap=F("about"))
    return Incident.objects.open().filter(kind=_KIND).exclude(asked)


@transaction.atomic
def _end_unasked(incident_id: int, now: datetime) -> None:
    """End an incident in silence: whoever changed the recipients knows."""
    Incident.objects.filter(pk=incident_id, ended_at=None).update(ended_at=now, ended_as=Incident.Ending.DROPPED)


def _end(incident: Incident, organization: Organization, now: datetime) -> None:
    end_incident(incident, ending=Incident.Ending.RECOVERED, now=now)
    tell_programs(incident, moment=_Moment.RECOVERED, at=now)
    facts = _facts(organization, since=incident.since, recipients=incident.about)
    key = f"digests_again:{incident.pk}"
    tell(client_emails.digests_arrive_again, incident, key, moment=_Moment.RECOVERED, now=now, **facts)


def _facts(organization: Organization, **facts) -> dict[str, Any]:
    return facts | {"digests_url": settings.BASE_URL + reverse("backups:digest_list", args=[organization.uuid])}


def _in_words(lost: list[Digest]) -> list[str]:
    sentences = [
        f"{one.local_date:%-d %B %Y} to {one.recipient}: {one.state.label}{f' ({one.why})' if one.why else ''}."
        for one in lost[-_NAMED_AT_MOST:]
    ]
    others = len(lost) - len(sentences)
    return [*sentences, f"And {others} before these."] if others else sentences

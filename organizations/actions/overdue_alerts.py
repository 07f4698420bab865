"""Telling people that a client has had no good backup for a day, and that there is one again.

The service level is one successful backup a day; what is backed up once a day is given half a day to finish, and a
first backup three days. A client whose service lets nobody in is told of by `organizations.actions.source_alerts`.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, DateTimeField, Exists, F, Min, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Greatest

from jobs.alone import each_alone
from notifications import client_emails
from organizations.actions import schedule_log
from organizations.actions.alerts import tell
from organizations.actions.incidents import end_incident, open_incident, tell_programs
from organizations.models import Connection, Incident, IncidentNotice, Item, Organization, Policy
from organizations.models.organization import READABLE

A_DAY, ONCE_A_DAY, FIRST = timedelta(hours=24), timedelta(hours=36), timedelta(hours=72)
_AT_ONCE = 100
_Moment = IncidentNotice.Moment


def note_overdue(now: datetime) -> tuple[int, int]:
    """Begin the incidents of clients without a good backup, end those that are over; return how many of both."""
    ended = each_alone(_over(now).values_list("pk", flat=True)[:_AT_ONCE], lambda pk: _end(pk, now))
    began = each_alone(_overdue(now)[:_AT_ONCE], lambda row: _begin(row.pk, row.since, now))
    return sum(began), sum(ended)


def _overdue(now: datetime) -> QuerySet[Organization]:
    open_ones = _open().filter(organization=OuterRef("pk"))
    decided = Item.objects.protected().filter(organization=OuterRef("pk")).order_by().values("organization")
    connected = Connection.objects.in_use().filter(organization=OuterRef("pk")).order_by("-connected_at")
    first = Greatest(decided.annotate(first=Min("decided_at")).values("first"), connected.values("connected_at")[:1])
    is_daily = Q(policy__backup_every=Policy.Interval.DAILY)
    limit = Case(
        When(last_good_at=None, then=Value(now - FIRST)),
        When(is_daily, then=Value(now - ONCE_A_DAY)),
        default=Value(now - A_DAY),
        output_field=DateTimeField(),
    )
    since = Case(When(last_good_at=None, then=first), default=F("last_good_at"), output_field=DateTimeField())
    found = Organization.objects.filter(connection_state__in=READABLE, items_protected__gt=0)
    return found.filter(~Exists(open_ones)).annotate(since=since, limit=limit).filter(since__lte=F("limit"))


def _open() -> QuerySet[Incident]:
    return Incident.objects.open().built_in().filter(kind=Incident.Kind.OVERDUE)


def _over(now: datetime) -> QuerySet[Incident]:
    has_good = Q(organization__last_good_at__gt=F("began_at"))
    is_idle = Q(organization__items_protected=0) | Q(organization__connection_state="DISCONNECTED")
    return _open().filter(has_good | is_idle)


@transaction.atomic
def _begin(organization_id: int, since: datetime, now: datetime) -> bool:
    organization = Organization.objects.select_for_update().select_related("partner").get(pk=organization_id)
    kind, what = Incident.Kind.OVERDUE, "no good backup for a day"
    made, is_new = open_incident(organization=organization, kind=kind, what=what, since=since, now=now)
    if not is_new:
        return False
    schedule_log.note("run.overdue", organization, {"since": since.isoformat(timespec="minutes")}, at=now)
    status = f"{organization.get_backup_status_display()}. {organization.backup_note}".strip()
    tell(
        client_emails.backups_overdue, made, f"overdue:{made.pk}", moment=_Moment.OPENED, now=now, overdue_at=since,
        status=status, had_one=organization.last_good_at is not None,
    )  # fmt: skip
    tell_programs(made, moment=_Moment.OPENED, at=now)
    return True


@transaction.atomic
def _end(incident_id: int, now: datetime) -> bool:
    incident = (
        Incident.objects.select_for_update(of=("self",)).select_related("organization__partner").get(pk=incident_id)
    )
    if incident.ended_at is not None:
        return False
    organization = incident.organization
    is_good = organization.last_good_at is not None and organization.last_good_at > incident.began_at
    end_incident(incident, ending=Incident.Ending.RECOVERED if is_good else Incident.Ending.DROPPED, now=now)
    if is_good:
        schedule_log.note(
            "run.good_again", organization, {"since": incident.since.isoformat(timespec="minutes")}, at=now
        )
        tell(
            client_emails.backups_good_again, incident, f"good_again:{incident.pk}", moment=_Moment.RECOVERED, now=now,
            overdue_at=incident.since, at=organization.last_good_at,
        )  # fmt: skip
        tell_programs(incident, moment=_Moment.RECOVERED, at=now)
    return True

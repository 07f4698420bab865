"""Taking backup reports: when somebody asks for one, a day after the one before, and until when they are kept."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import User
from backups.engine.reports import EVERY, KEPT_FOR, KIND, freeze
from backups.models import Report, ReportRow
from jobs.models import Job
from jobs.requests import request_job
from organizations.models import Item, Organization
from organizations.models.organization import ConnectionState

# Somebody who clicks twice, or two people who click at once, get the same report.
NOT_TWICE_WITHIN = timedelta(minutes=1)
# So that the first minute of a release, or the end of a long stop, does not ask for all reports at once.
_AT_ONCE = 100
# Reports that a minute clears away, with their rows: many times as many as become a year old in one.
_CLEARED_AT_ONCE = 20
_UNCONNECTED = (ConnectionState.NOT_CONNECTED, ConnectionState.DISCONNECTED)


@transaction.atomic
def generate_report(*, organization: Organization, actor: User, now: datetime) -> Report:
    """Take a report of how ``organization`` stands now, or return the one that was taken within the last minute."""
    organization = Organization.objects.select_for_update().get(pk=organization.pk)
    newest = organization.reports.newest_first().first()
    if newest is not None and now - newest.generated_at < NOT_TWICE_WITHIN:
        return newest
    return freeze(organization, trigger=Report.Trigger.PERSON, actor=actor, now=now)


def request_due_reports(now: datetime) -> int:
    """Ask for the reports of clients whose newest one is a day old, and of those who have none; return how many.

    Each client's reports come a day after each other, so they are spread over the day by themselves.
    """
    recent = Report.objects.filter(organization=OuterRef("pk"), generated_at__gt=now - EVERY)
    waiting = Job.objects.filter(kind=KIND, subject_id=OuterRef("pk"), state__in=[Job.State.QUEUED, Job.State.RUNNING])
    protected = Item.objects.protected().filter(organization=OuterRef("pk"))
    due = Organization.objects.exclude(connection_state__in=_UNCONNECTED).filter(
        Exists(protected), ~Exists(recent), ~Exists(waiting)
    )
    return sum(
        request_job(KIND, subject_id=pk, at=now, key=f"{KIND}:{pk}") is not None
        for pk in due.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]
    )


@transaction.atomic
def clear_reports(now: datetime) -> int:
    """Delete some of the reports that are older than a year, oldest first, and return how many."""
    old = Report.objects.filter(generated_at__lt=now - KEPT_FOR).order_by("generated_at")
    found = list(old.values_list("pk", flat=True)[:_CLEARED_AT_ONCE])
    if found:
        ReportRow.objects.filter(report__in=found).delete()
        Report.objects.filter(pk__in=found).delete()
    return len(found)

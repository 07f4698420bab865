"""When a connection is looked at again, and what becomes of looks that nobody goes on with."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, DateTimeField, DurationField, Exists, ExpressionWrapper, F, OuterRef, Q, Value, When
from django.db.models.functions import Mod

from jobs.models import Job
from organizations.actions import schedule_log
from organizations.actions.connections import request_discovery_of
from organizations.models import Connection, Organization
from organizations.models.organization import ConnectionState

EVERY = timedelta(hours=8)
# A service that does not let us in is tried less often.
EVERY_WHILE_LOST = timedelta(days=1)
KINDS = ("discover", "discover_shrunken")
_AT_ONCE = 100
# Spreads connections made one after the other over the whole interval; prime, so that no two share a moment for long.
_STRIDE = 7919
_SECOND = timedelta(seconds=1)


@transaction.atomic
def request_due_looks(now: datetime) -> int:
    """Ask for a look at every connection that is due, and return how many were asked for.

    Each connection has moments of its own, spread by its id; it is due when the newest of them has passed since its
    last look began. So one that was missed comes soon, and never all of them at once.
    """
    # Whoever holds one of them is asking for a look right now, or does not want one any more.
    due = _due(now).select_for_update(of=("self",), skip_locked=True)
    due = due.order_by(F("discovery_started_at").asc(nulls_first=True), "pk")
    return sum(request_discovery_of(connection, now=now) for connection in due[:_AT_ONCE])


def end_abandoned_looks(now: datetime) -> int:
    """Mark looks as stopped whose job was given up or is not there, and return how many."""
    open_jobs = Job.objects.filter(
        kind__in=KINDS, subject_id=OuterRef("pk"), state__in=[Job.State.QUEUED, Job.State.RUNNING]
    )
    abandoned = _looking().filter(~Exists(open_jobs)).values_list("pk", flat=True)
    return sum(_end(pk, open_jobs, now) for pk in list(abandoned[:_AT_ONCE]))


def _due(now: datetime):
    resting = Connection.objects.in_use().filter(
        discovery__in=[Connection.Discovery.IDLE, Connection.Discovery.FAILED],
        # Where nobody of the partner may come in any more, nobody may have its clients read either.
        organization__partner__is_active=True,
    )
    seconds = int(now.timestamp())
    lost = When(state=ConnectionState.ACCESS_LOST, then=_newest_moment(seconds, EVERY_WHILE_LOST, now))
    moment = Case(lost, default=_newest_moment(seconds, EVERY, now), output_field=DateTimeField())
    return resting.filter(Q(discovery_started_at=None) | Q(discovery_started_at__lt=moment))


def _newest_moment(seconds: int, interval: timedelta, now: datetime) -> ExpressionWrapper:
    length = int(interval.total_seconds())
    passed = Mod(Value(seconds) - Mod(F("pk") * _STRIDE, Value(length)), Value(length))
    age = ExpressionWrapper(passed * Value(_SECOND), output_field=DurationField())
    return ExpressionWrapper(Value(now, output_field=DateTimeField()) - age, output_field=DateTimeField())


def _looking():
    states = (Connection.Discovery.QUEUED, Connection.Discovery.RUNNING, Connection.Discovery.WAITING)
    return Connection.objects.in_use().filter(discovery__in=states)


@transaction.atomic
def _end(connection_id: int, open_jobs, now: datetime) -> bool:
    held = Organization.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
    if held.filter(connections=connection_id).first() is None:
        return False
    connection = _looking().filter(~Exists(open_jobs), pk=connection_id).select_related("organization").first()
    if connection is None:
        return False
    reason = "Looking broke off several times and was given up. What was found so far stays."
    connection.discovery, connection.discovery_problem = Connection.Discovery.FAILED, reason
    connection.discovery_continues_at = None
    connection.save(update_fields=["discovery", "discovery_problem", "discovery_continues_at"])
    schedule_log.note("discovery.failed", connection.organization, {"reason": reason}, at=now)
    return True

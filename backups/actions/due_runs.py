"""Backups by the clock: every organization at its interval, each at a time of its own.

Nothing is remembered but the runs themselves. A day is divided into slots as long as the interval, shifted by the
connection, so that a thousand organizations do not begin at once; whatever was asked for within a slot fills it. Who
was never backed up does not wait for the next slot.
"""

from datetime import UTC, datetime, timedelta

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from backups.actions.runs import RunProblem, start_run
from backups.models import Container, Run
from organizations.models import Connection, Item

# So that a broken clock or a long stop of ours does not start everything in one minute.
_AT_ONCE = 100
# Newcomers are often chosen one after the other.
_NEWCOMERS_WAIT = timedelta(minutes=15)
# Prime, so that connections made one after the other have turns far apart.
_STRIDE = 541 * 60


def start_due_runs(now: datetime) -> int:
    """Start the runs whose time has come and return their number."""
    started = 0
    for connection in _waiting().iterator():
        if not _is_due(connection, now):
            continue
        try:
            start_run(connection=connection, trigger=Run.Trigger.SCHEDULE, actor=None, now=now)
        except RunProblem:
            # Somebody began one a moment ago, or the way to the service was lost: the next minute looks again.
            continue
        started += 1
        if started >= _AT_ONCE:
            break
    return started


def slot_began_at(connection: Connection, hours: int, *, now: datetime) -> datetime:
    """Return when the slot of ``hours`` began in which ``now`` lies."""
    length = hours * 3600
    shift = connection.pk * _STRIDE % length
    seconds = (int(now.timestamp()) - shift) // length * length + shift
    return datetime.fromtimestamp(seconds, UTC)


def next_run_at(connection: Connection, hours: int, *, now: datetime) -> datetime:
    """Return when the next slot begins."""
    return slot_began_at(connection, hours, now=now) + timedelta(hours=hours)


def _waiting() -> QuerySet[Connection]:
    """Return the connections that could be backed up now, with what decides whether they are due."""
    protected = Item.objects.protected().filter(connection=OuterRef("pk"))
    is_new = ~Exists(Container.objects.filter(item=OuterRef("pk")))
    readable = Connection.objects.readable().filter(Exists(protected), ~Exists(_open_runs()))
    found = readable.annotate(
        every=F("organization__policy__backup_every"),
        newest=Max("runs__requested_at", filter=Q(runs__item=None)),
        has_newcomers=Exists(protected.filter(is_new)),
    )
    # Who waits longest comes first; who never had one comes before all.
    return found.order_by(F("newest").asc(nulls_first=True), "pk").select_related("organization")


def _open_runs() -> QuerySet[Run]:
    return Run.objects.open().filter(connection=OuterRef("pk"), item=None)


def _is_due(connection: Connection, now: datetime) -> bool:
    if connection.newest is None:
        return True
    if connection.has_newcomers and now - connection.newest >= _NEWCOMERS_WAIT:
        return True
    return connection.newest < slot_began_at(connection, connection.every, now=now)

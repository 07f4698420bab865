"""What the board of all clients asks: who is shown, in which order, and the figures above the list."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum, TextChoices
from django.db.models.functions import Lower

from organizations.models.connection import Connection
from organizations.models.organization import BackupStatus, ConnectionState, Organization

# A client whose last good backup is older needs somebody.
PROMISE = timedelta(hours=24)

_NOT_CONNECTED = Q(connection_state__in=(ConnectionState.NOT_CONNECTED, ConnectionState.DISCONNECTED))
_LONGEST_FIRST = F("last_good_at").asc(nulls_first=True)
# Each is an index. By status means: worst first, and among equals the longest without a good backup.
ORDERS = {
    "status": ("urgency", _LONGEST_FIRST, "id"),
    "name": (Lower("name"), "id"),
    "last_good": (_LONGEST_FIRST, "id"),
    "coverage": ("coverage", "id"),
    "stored": ("stored_bytes", "id"),
}


# Of `Organization.urgency`: what needs a person reaches to the first, the others need nobody for now.
LEAST_URGENT_TROUBLE, FIRST_BACKUP, NO_TROUBLE = 1, 3, 4


class Show(TextChoices):
    """The filters above the list."""

    ALL = "ALL", "All"
    ATTENTION = "ATTENTION", "Needs attention"
    OVERDUE = "OVERDUE", "Past 24 h"
    FAILED = "FAILED", "Failed"
    PARTIAL = "PARTIAL", "Partial"
    ONBOARDING = "ONBOARDING", "Onboarding"
    NOT_CONNECTED = "NOT_CONNECTED", "Not connected"


class Client(NamedTuple):
    """What the board reads of one organization. Plain values: fifty whole rows would cost more than the query."""

    id: int
    uuid: UUID
    name: str
    connection_state: str
    service: str
    is_simulated: bool
    users_protected: int
    mailboxes_protected: int
    sites_protected: int
    teams_protected: int
    items_protected: int
    items_eligible: int
    urgency: int
    backup_status: str
    backup_note: str
    last_good_at: datetime | None
    stored_bytes: int
    days: str
    days_until: date | None


@dataclass(frozen=True)
class Figures:
    """The numbers of the whole board: clients by filter, and sums over all of them."""

    counts: dict[str, int]
    connected: int
    users_protected: int
    users_eligible: int
    items_skipped: int
    stored_bytes: int


@dataclass(frozen=True)
class Health:
    """How all clients of a partner stand, at a glance.

    ``counts`` holds each client once: by `BackupStatus`, or as ``ACCESS_LOST`` or ``NOT_CONNECTED`` where nothing can
    be read. ``quietly_overdue`` are past the promise although nothing else is wrong with them: see `quietly_overdue`.
    """

    counts: dict[str, int]
    all: int
    connected: int
    attention: int
    overdue: int
    quietly_overdue: int
    users_protected: int
    users_eligible: int
    stored_bytes: int


def health_of(organizations: QuerySet[Organization], now: datetime) -> Health:
    """Return how ``organizations`` stand at ``now``; one query, a row for each way to stand."""
    sums = ("users_protected", "users_eligible", "stored_bytes")
    groups = list(
        organizations.order_by()
        .values("connection_state", "backup_status", "urgency")
        .annotate(
            number=Count("pk"),
            overdue=Count("pk", filter=_condition(Show.OVERDUE, now)),
            quietly_overdue=Count("pk", filter=_condition(Show.OVERDUE, now) & _quiet(now)),
            **{f"sum_{name}": Sum(name) for name in sums},
        )
    )
    counts: Counter[str] = Counter()
    for group in groups:
        counts[_way_to_stand(group["connection_state"], group["backup_status"])] += group["number"]
    number = sum(counts.values())
    return Health(
        counts=dict(counts),
        all=number,
        connected=number - counts[ConnectionState.NOT_CONNECTED.value],
        attention=sum(group["number"] for group in groups if group["urgency"] <= LEAST_URGENT_TROUBLE),
        overdue=sum(group["overdue"] for group in groups),
        quietly_overdue=sum(group["quietly_overdue"] for group in groups),
        **{name: sum(group[f"sum_{name}"] for group in groups) for name in sums},
    )


def quietly_overdue(organizations: QuerySet[Organization], now: datetime) -> QuerySet:
    """Return those with which nothing is wrong but that the last good backup is too old, the oldest first; tuples of
    the fields of `Client`. Who is at the first backup is among them once that takes longer than the promise.
    """
    return shown_on_board(
        organizations.filter(_quiet(now)), show=Show.OVERDUE, order="last_good", descending=False, now=now
    )


def figures_of(organizations: QuerySet[Organization], now: datetime) -> Figures:
    """Return the figures of ``organizations`` at ``now``; one query."""
    counts = {show.value: Count("pk", filter=_condition(show, now)) for show in Show}
    sums = {
        name: Sum(name, default=0) for name in ("users_protected", "users_eligible", "items_skipped", "stored_bytes")
    }
    found = organizations.aggregate(**counts, **{f"sum_{name}": value for name, value in sums.items()})
    numbers = {show.value: found[show.value] for show in Show}
    return Figures(
        counts=numbers,
        connected=numbers[Show.ALL] - numbers[Show.NOT_CONNECTED],
        **{name: found[f"sum_{name}"] for name in sums},
    )


def shown_on_board(
    organizations: QuerySet[Organization], *, show: str, order: str, descending: bool, now: datetime
) -> QuerySet:
    """Return those of ``organizations`` that fit a filter (a code of `Show`), by one of `ORDERS`; each is a tuple of
    the fields of `Client`.
    """
    rows = organizations.filter(_condition(Show(show), now)).order_by(*ORDERS[order]).values_list(*Client._fields)
    return rows.reverse() if descending else rows


def _quiet(now: datetime) -> Q:
    old = Connection.objects.in_use().filter(organization=OuterRef("pk"), connected_at__lt=now - PROMISE)
    return Q(urgency=NO_TROUBLE) | Q(Exists(old), urgency=FIRST_BACKUP)


def _condition(show: Show, now: datetime) -> Q:
    match show:
        case Show.ALL:
            return Q()
        case Show.ATTENTION:
            return Q(urgency__lte=LEAST_URGENT_TROUBLE)
        case Show.OVERDUE:
            return ~_NOT_CONNECTED & (Q(last_good_at=None) | Q(last_good_at__lt=now - PROMISE))
        case Show.NOT_CONNECTED:
            return _NOT_CONNECTED
        case _:
            return Q(backup_status=BackupStatus(show.value))


def _way_to_stand(state: str, status: str) -> str:
    if state in (ConnectionState.NOT_CONNECTED, ConnectionState.DISCONNECTED):
        return ConnectionState.NOT_CONNECTED.value
    return ConnectionState.ACCESS_LOST.value if state == ConnectionState.ACCESS_LOST else status

"""What the board of all clients asks: who is shown, in which order, and the figures above the list."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum, TextChoices
from django.db.models.functions import Lower

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


def _condition(show: Show, now: datetime) -> Q:
    match show:
        case Show.ALL:
            return Q()
        case Show.ATTENTION:
            return Q(urgency__lte=1)
        case Show.OVERDUE:
            return ~_NOT_CONNECTED & (Q(last_good_at=None) | Q(last_good_at__lt=now - PROMISE))
        case Show.NOT_CONNECTED:
            return _NOT_CONNECTED
        case _:
            return Q(backup_status=BackupStatus(show.value))

"""Usage as the page shows it: one row for each client, and all of them together."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from accounts.models import Membership
from billing.actions.charges import usage_of
from billing.models import SeatDay
from organizations.models import Organization


@dataclass(frozen=True)
class UsageRow:
    """A client in a period: seats on its first and on the last day counted, seat days above those of the first day,
    each seat for each day, and who was kept free on the last day.
    """

    uuid: UUID | None
    name: str
    first: int
    last: int
    added: int
    seat_days: int
    leavers: int
    shared: int


@dataclass(frozen=True)
class UsageTable:
    """The rows by name, their sum, and which day was counted last; None where nothing was counted."""

    rows: list[UsageRow]
    sums: UsageRow
    last_day: date | None


def usage_table(membership: Membership, first: date, last: date) -> UsageTable:
    """Return the usage of all clients in a period; a fixed number of questions, whatever their number."""
    counted = SeatDay.objects.visible_to(membership).between(first, last)
    last_day = counted.last_day()
    usage = usage_of(counted, base_day=first)
    on_last = {
        client: figures
        for client, *figures in counted.filter(day=last_day).values_list(
            "organization_id", "seats", "leavers", "shared_mailboxes"
        )
    }
    clients = Organization.objects.visible_to(membership).by_name().values_list("pk", "uuid", "name")
    rows = []
    for pk, uuid, name in clients:
        if one := usage.get(pk):
            seats, leavers, shared = on_last.get(pk, (0, 0, 0))
            rows.append(UsageRow(uuid, name, one.base, seats, one.days, one.seat_days, leavers, shared))
    return UsageTable(rows, _sum(rows), last_day)


def _sum(rows: list[UsageRow]) -> UsageRow:
    figures = ("first", "last", "added", "seat_days", "leavers", "shared")
    return UsageRow(None, "All", *(sum(getattr(row, name) for row in rows) for name in figures))

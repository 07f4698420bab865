"""Counting seats: once a day for each client, all clients of a partner in a few questions."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import Partner
from accounts.roles import Product
from billing.models import SeatDay
from jobs.requests import request_job
from organizations.models import Item, Organization
from organizations.models.organization import ConnectionState

JOB = "count_seats"
# The rule in words, wherever somebody is shown seats. The questions below are the same rule.
SEAT_RULE = (
    "One seat for each user that is protected, counted once a day just after midnight (UTC). Free of charge are "
    "people who left but whose backups are kept, shared mailboxes, rooms and equipment, sites and teams, and all of a "
    "client that was disconnected."
)
_AT_ONCE = 500
_PROTECTED = Q(protection=Item.Protection.PROTECTED)
_READ = ~Q(connection__state=ConnectionState.DISCONNECTED)
_USERS, _SHARED = Q(tab=Item.Tab.USERS), Q(tab=Item.Tab.SHARED_MAILBOXES)
# Not at the source any more, or not asked for any more, and something that was backed up is still here.
_LEFT = (~Q(presence=Item.Presence.PRESENT) | ~_READ) & Q(last_good_at__isnull=False)


def request_due_counts(now: datetime) -> None:
    """Ask for the count of every partner with a client that was not counted today; asking twice changes nothing."""
    day = day_of(now)
    due = Partner.objects.filter(Exists(_uncounted(day).filter(partner=OuterRef("pk"))))
    for partner_id in due.values_list("pk", flat=True):
        request_job(JOB, subject_id=partner_id, at=now, key=f"{JOB}:{partner_id}")


def count_seats(*, partner: Partner, now: datetime) -> int:
    """Count the partner's clients that were not counted yet on this day (UTC), and return how many those were.

    A client is counted once a day: whoever counts it a second time changes nothing. Days that are over stay uncounted.
    """
    day = day_of(now)
    due = list(_uncounted(day).filter(partner=partner).only("pk", "name", "partner_id").order_by("pk"))
    for start in range(0, len(due), _AT_ONCE):
        clients = due[start : start + _AT_ONCE]
        found = _counts(clients)
        rows = [
            SeatDay(
                partner_id=client.partner_id, organization=client, organization_name=client.name,
                product=Product.CLOUD_BACKUP, day=day, counted_at=now, **found.get(client.pk, _NOBODY),
            )
            for client in clients
        ]  # fmt: skip
        SeatDay.objects.bulk_create(rows, ignore_conflicts=True)
    return len(due)


def day_of(now: datetime) -> date:
    """Return the day billing reckons with: that of UTC, wherever the partner is."""
    return now.astimezone(UTC).date()


_NOBODY = {"seats": 0, "leavers": 0, "shared_mailboxes": 0}


def _uncounted(day: date) -> QuerySet[Organization]:
    counted = SeatDay.objects.filter(organization=OuterRef("pk"), product=Product.CLOUD_BACKUP, day=day)
    # Nobody of a partner that is switched off gets at what is kept, and so nothing is charged (docs/decisions/0019).
    return Organization.objects.filter(~Exists(counted), partner__is_active=True)


def _counts(clients: Iterable[Organization]) -> dict[int, dict[str, int]]:
    """Return what there is to count at each of ``clients`` at this moment, in one question."""
    rows = (
        Item.objects.filter(_USERS | _SHARED, organization__in=[client.pk for client in clients])
        .values("organization_id")
        .annotate(
            seats=Count("pk", filter=_USERS & _PROTECTED & _READ),
            leavers=Count("pk", filter=_USERS & _LEFT),
            shared_mailboxes=Count("pk", filter=_SHARED & _PROTECTED & _READ),
        )
        .order_by()
    )
    return {row.pop("organization_id"): row for row in rows}

"""The usage page over a year of a thousand clients, from the request to the page, beside the bare sum of the same rows
in SQL. Runs in a database of its own, which is dropped afterwards.
"""

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from statistics import median

from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.benchmarks import Figure
from portal.benchmarks.own_server import gather_statistics, own_database, session_of

CLIENTS, DAYS, _ROUNDS = 1_000, 365, 9
# Most clients keep their number of seats for weeks, and grow by some in the end.
_ROWS = """
INSERT INTO billing_seatday (partner_id, organization_id, organization_name, product, day, seats, leavers,
    shared_mailboxes, counted_at)
SELECT o.partner_id, o.id, o.name, 'CLOUD_BACKUP', %(first)s::date + d, 5 + o.id %% 200 + d * (o.id %% 7) / 100,
    d / 90, o.id %% 4, %(first)s::date + d
FROM organizations_organization o, generate_series(0, %(days)s - 1) d
"""
_BARE = """
SELECT organization_id, sum(seats) FROM billing_seatday
WHERE partner_id = %s AND day BETWEEN %s AND %s GROUP BY organization_id
"""


def measure() -> Iterator[Figure]:
    """Yield the median of one page in ms, its way through the whole product included, and of the bare sum."""
    with own_database():
        membership, first, last = furnish()
        page = f"{reverse('billing:usage_list')}?since={first}&until={last}"
        client = Client(headers={"Host": settings.ALLOWED_HOSTS[0], "Cookie": session_of(membership)})
        ours, bare = _compare(lambda: _page(client, page), lambda: _sum(membership.partner_id, first, last))
    yield Figure("usage.year", ours, bare, f"ms, {CLIENTS:,} clients, {DAYS} days")


def furnish() -> tuple:
    """Make the clients and what was counted of them; return an Administrator, the first and the last day."""
    from accounts.models import Membership, Partner, User
    from accounts.roles import Product, Role
    from organizations.models import Organization

    partner = Partner.objects.create(name="Bench")
    ada = User.objects.create_user("ada@bench.example", None, first_name="Ada", last_name="Bench")
    rights = {"role": Role.ADMINISTRATOR, "products": [Product.CLOUD_BACKUP], "joined_at": timezone.now()}
    membership = Membership.objects.create(user=ada, partner=partner, **rights)
    Organization.objects.bulk_create(Organization(partner=partner, name=f"Client {n:04}") for n in range(CLIENTS))
    last = timezone.now().date()
    first = last - timedelta(days=DAYS - 1)
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, {"first": first, "days": DAYS})
    gather_statistics()
    return membership, first, last


def _compare(ours: Callable[[], None], bare: Callable[[], None]) -> tuple[float, float]:
    """Do both in turns, after a warm-up; return their medians in ms."""
    seconds = {ours: [], bare: []}
    for work in seconds:
        work()
    for _ in range(_ROUNDS):
        for work, taken in seconds.items():
            began = time.perf_counter()
            work()
            taken.append(time.perf_counter() - began)
    return median(seconds[ours]) * 1000, median(seconds[bare]) * 1000


def _page(client: Client, page: str) -> None:
    answer = client.get(page)
    if answer.status_code != 200 or f"of {CLIENTS:,}<" not in answer.content.decode():
        raise RuntimeError(f"{page} answered {answer.status_code}.")


def _sum(partner_id: int, first: date, last: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_BARE, [partner_id, first, last])
        cursor.fetchall()

"""The board with 10,000 clients, their 14-day lines included, beside a bare view behind the same sign-in on the same
server. The bare view answers two words. Runs in a database of its own, which is dropped afterwards.

Where the board gets its clients' figures from is measured after it: see `discovery`.
"""

import random
from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from portal.benchmarks import Figure, discovery
from portal.benchmarks.own_server import (
    compare_with_bare,
    gather_statistics,
    own_database,
    own_server,
    queries_of,
    session_of,
)

CLIENTS = 10_000
PAGE = "/organizations/"
# Most fortnights are all green, as they are at real partners; the rest differ from client to client.
_GREEN_OF_TEN = 7


def measure() -> Iterator[Figure]:
    """Yield p95 and median of one request in ms, requests a second, and the number of queries with many and few."""
    with own_database(), own_server() as port:
        cookie, queries = furnish(PAGE)
        ours, bare = compare_with_bare(port, PAGE, cookie)
    yield Figure("board.page", ours.p95, bare.p95, "ms, p95")
    yield Figure("board.median", ours.median, bare.median, "ms")
    yield Figure("board.rate", ours.rate, bare.rate, "requests/s")
    yield Figure("board.queries", queries[1], queries[0], f"queries with {CLIENTS} clients, with 1")
    yield from discovery.measure()


def furnish(page: str) -> tuple[str, tuple[int, int]]:
    """Make the clients; return an Administrator's cookie and the queries of ``page`` with one client and with all."""
    from accounts.models import Membership, Partner, User
    from accounts.roles import Product, Role
    from organizations.models import Organization

    partner = Partner.objects.create(name="Bench")
    ada = User.objects.create_user("ada@bench.example", None, first_name="Ada", last_name="Bench")
    admin = Membership.objects.create(
        user=ada, partner=partner, role=Role.ADMINISTRATOR, products=[Product.CLOUD_BACKUP], joined_at=timezone.now()
    )
    cookie = session_of(admin)
    chance = random.Random(1)  # noqa: S311 (the same clients at every run)
    Organization.objects.create(**_client(partner, 0, chance))
    few = queries_of(page, cookie)
    Organization.objects.bulk_create(
        (Organization(**_client(partner, number, chance)) for number in range(1, CLIENTS)), batch_size=1000
    )
    gather_statistics()
    return cookie, (few, queries_of(page, cookie))


def _client(partner, number: int, chance: random.Random) -> dict:
    """Return the columns of a client that stands as clients do: most well, some in trouble, some not connected."""
    from organizations.models.organization import BackupStatus, ConnectionState

    green = chance.randrange(10) < _GREEN_OF_TEN
    days = "S" * 14 if green else "".join(chance.choices("SPFIO-", weights=[10, 3, 2, 1, 1, 1], k=14))
    statuses = {status.value[0]: status for status in BackupStatus if status != BackupStatus.NONE}
    users, sites, teams = chance.randrange(5, 300), chance.randrange(20), chance.randrange(20)
    is_connected = chance.randrange(20) > 0
    return {
        "partner": partner,
        "name": f"Client {number:05} of {chance.choice(('Bristol', 'Leeds', 'York'))}",
        "connection_state": ConnectionState.CONNECTED if is_connected else ConnectionState.NOT_CONNECTED,
        "service": "MICROSOFT_365" if is_connected else "",
        "domain": f"client{number}.example" if is_connected else "",
        "users_eligible": users,
        "users_protected": users if green else users * 9 // 10,
        "sites_eligible": sites,
        "sites_protected": sites,
        "teams_eligible": teams,
        "teams_protected": teams // 2,
        "backup_status": statuses.get(days[-1], BackupStatus.NONE),
        "last_good_at": timezone.now() - timedelta(minutes=chance.randrange(30, 5000)),
        "stored_bytes": chance.randrange(10**9, 5 * 10**12),
        "days": days,
        "days_until": timezone.localdate(),
    }

"""The Users page with 5,000 people, beside a bare view behind the same sign-in on the same server.

The bare view answers two words. Runs in a database of its own, which is dropped afterwards.
"""

from collections.abc import Iterator

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.utils import timezone

from portal.benchmarks import Figure
from portal.benchmarks.own_server import (
    compare_with_bare,
    gather_statistics,
    own_database,
    own_server,
    queries_of,
    session_of,
)

PEOPLE = 5_000
PAGE = "/users/"


def measure() -> Iterator[Figure]:
    """Yield median and p95 of one request in ms, requests a second, and the number of queries with many and few."""
    with own_database(), own_server() as port:
        cookie, queries = _furnish()
        ours, bare = compare_with_bare(port, PAGE, cookie)
    yield Figure("users.page", ours.median, bare.median, "ms")
    yield Figure("users.p95", ours.p95, bare.p95, "ms")
    yield Figure("users.rate", ours.rate, bare.rate, "requests/s")
    yield Figure("users.queries", queries[1], queries[0], f"queries with {PEOPLE} people, with 1")


def _furnish() -> tuple[str, tuple[int, int]]:
    """Make the people; return an Administrator's cookie and the page's queries with one person and with all."""
    from accounts.models import Membership, Partner, User
    from accounts.models.membership import list_name_of
    from accounts.roles import Role

    partner = Partner.objects.create(name="Bench")
    ada = User.objects.create_user("ada@bench.example", None, first_name="Ada", last_name="Bench")
    admin = Membership.objects.create(user=ada, partner=partner, role=Role.ADMINISTRATOR, joined_at=timezone.now())
    cookie = session_of(admin)
    few = queries_of(PAGE, cookie)
    users = User.objects.bulk_create(
        User(
            email=f"person{n}@bench.example", first_name=f"First{n}", last_name=f"Last{n % 977}",
            password=UNUSABLE_PASSWORD_PREFIX,
        )
        for n in range(PEOPLE - 1)
    )  # fmt: skip
    Membership.objects.bulk_create(
        Membership(
            user=user, partner=partner, role=Role.BASIC, products=["CLOUD_BACKUP"], joined_at=timezone.now(),
            list_name=list_name_of(user.first_name, user.last_name),
        )
        for user in users
    )  # fmt: skip
    gather_statistics()
    return cookie, (few, queries_of(PAGE, cookie))

"""The partner's dashboard with 10,000 clients, as many tickets, deletions that wait, news and contacts, beside a bare
view behind the same sign-in on the same server. Runs in a database of its own, which is dropped afterwards.

What a year of usage takes is measured after it: see `usage`.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from portal.benchmarks import Figure, usage
from portal.benchmarks.board import CLIENTS, furnish
from portal.benchmarks.own_server import compare_with_bare, gather_statistics, own_database, own_server, queries_of

PAGE = "/dashboard/"
TICKETS, DELETIONS, NEWS = 10_000, 500, 200
# One of so many tickets is the person's own, and one of so many others is watched.
_OWN, _WATCHED = 20, 50


def measure() -> Iterator[Figure]:
    """Yield p95 and median of one request in ms, and the number of queries with all of it and with one client."""
    with own_database(), own_server() as port:
        cookie, (few, _) = furnish(PAGE)
        _connect_clients()
        _ask_support()
        _ask_for_deletions()
        _publish_news()
        gather_statistics()
        many = queries_of(PAGE, cookie)
        ours, bare = compare_with_bare(port, PAGE, cookie)
    yield Figure("dashboard.page", ours.p95, bare.p95, "ms, p95")
    yield Figure("dashboard.median", ours.median, bare.median, "ms")
    yield Figure("dashboard.queries", many, few, f"queries with {CLIENTS} clients, {TICKETS} tickets; with 1, 0")
    yield from usage.measure()


def _connect_clients() -> None:
    """Give each connected client its connection, most of them old: asked of those at the first backup."""
    from organizations.models import Connection, Organization

    now = timezone.now()
    connected = Organization.objects.filter(connection_state="CONNECTED").values_list("pk", flat=True)
    Connection.objects.bulk_create(
        (
            Connection(
                organization_id=pk, state="CONNECTED", tenant_id=f"tenant-{pk}",
                connected_at=now - timedelta(hours=pk % 500), connected_by="Ada Bench",
                login_url="https://login.example", graph_url="https://graph.example",
            )
            for pk in connected
        ),
        batch_size=1000,
    )  # fmt: skip


def _ask_support() -> None:
    """Make contacts, and tickets of two people: most have ended, as they have at real partners."""
    from accounts.models import Partner, User
    from support.models import Contact, Ticket, Watcher
    from support.models.ticket import State

    now, partner, ada = timezone.now(), Partner.objects.get(), User.objects.get()
    ben = User.objects.create_user("ben@bench.example", None, first_name="Ben", last_name="Bench")
    Contact.objects.bulk_create(
        Contact(function=code, name="Nora Feld", email="nora@bench.example", partner=owner)
        for code in Contact.Function.values for owner in (None, partner)
    )  # fmt: skip
    tickets = []
    for number in range(TICKETS):
        state = list(State)[number % 3] if number % 5 == 0 else State.CLOSED
        asked, requester = now - timedelta(minutes=number * 30), ada if number % _OWN == 0 else ben
        tickets.append(
            Ticket(
                partner=partner, subject=f"Question {number}", topic="PORTAL", state=state, requester=requester,
                requester_name=requester.full_name, requester_role="ADMINISTRATOR", created_at=asked,
                last_word_at=asked, ended_at=asked if state == State.CLOSED else None,
            )
        )  # fmt: skip
    made = Ticket.objects.bulk_create(tickets, batch_size=1000)
    Watcher.objects.bulk_create(Watcher(ticket=one, user=ada, added_at=now) for one in made[1::_WATCHED])


def _ask_for_deletions() -> None:
    """Let deletions wait for a second person."""
    from backups.models import Deletion
    from organizations.models import Organization

    now = timezone.now()
    Deletion.objects.bulk_create(
        Deletion(
            organization_id=pk, scope=Deletion.Scope.ORGANIZATION, reason="They left.", requested_by="Ben Bench",
            requester_email="ben@bench.example", requested_at=now - timedelta(hours=pk),
        )
        for pk in Organization.objects.order_by("pk").values_list("pk", flat=True)[:DELETIONS]
    )  # fmt: skip


def _publish_news() -> None:
    """Publish news for all, of which the person has read half."""
    from accounts.models import User
    from news.models import NewsItem, Reading

    now, ada = timezone.now(), User.objects.get(email="ada@bench.example")
    items = NewsItem.objects.bulk_create(
        NewsItem(
            title=f"Release {number}", summary="What is new.", body="Much.", category="RELEASES", created_at=now,
            publish_at=now - timedelta(hours=number),
        )
        for number in range(NEWS)
    )  # fmt: skip
    Reading.objects.bulk_create(Reading(item=item, user=ada, read_at=now) for item in items[::2])

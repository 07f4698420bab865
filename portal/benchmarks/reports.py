"""Freezing the reports of many clients, beside inserting the same rows; and the page of reports, beside a bare view.

The bare inserts send the finished rows, a thousand a statement, into a table with the same index and nothing else. The
bare view answers two words behind the same sign-in on the same server. Both run in a database of their own, which is
dropped afterwards.

The page of the audit log is measured after it: see `audit_page`.
"""

import time
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from psycopg2.extras import execute_values

from portal.benchmarks import Figure, audit_page
from portal.benchmarks.copied_rows import copy_row
from portal.benchmarks.own_server import (
    compare_with_bare,
    gather_statistics,
    own_database,
    own_server,
    queries_of,
    session_of,
)

# (clients, accounts of each)
SIZES = {"full": (1_000, 200), "small": (20, 50)}
_DAYS = 364
# The accounts of each connection, and the containers of each account: one mailbox in twenty is partial.
_ACCOUNTS = "(SELECT c.*, n FROM organizations_connection c, generate_series(1, %s) n)"
_CONTAINERS = """
(SELECT i.*, k.kind AS data, i.id %% 20 = 0 AND k.kind = 'MAIL' AS is_partial
 FROM organizations_item i, unnest(ARRAY['MAIL', 'CALENDAR', 'CONTACTS', 'ONEDRIVE']) k(kind) WHERE i.id <> %s)
"""


def measure(size: str = "full") -> Iterator[Figure]:
    """Yield seconds, rows a second, queries and memory of freezing, then the times of the page."""
    clients, accounts = SIZES[size]
    with own_database(), own_server() as port:
        admin = _furnish(clients, accounts)
        yield from _freezing(clients, accounts)
        organization = admin.partner.organizations.order_by("pk").first()
        cookie, page = session_of(admin), f"{organization.get_absolute_url()}reports/containers/"
        few = queries_of(page, cookie)
        _a_year_of_reports(organization)
        gather_statistics()
        many = queries_of(page, cookie)
        ours, bare = compare_with_bare(port, page, cookie)
    yield Figure("reports.calendar", ours.p95, bare.p95, "ms, p95", most=5)
    yield Figure("reports.median", ours.median, bare.median, "ms")
    yield Figure("reports.rate", ours.rate, bare.rate, "requests/s")
    yield Figure("reports.page_queries", many, few, f"queries with {_DAYS + 1} reports, with 1")
    yield from audit_page.measure(size)


def _freezing(clients: int, accounts: int) -> Iterator[Figure]:
    from organizations.models import Organization

    began = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        _freeze(Organization.objects.order_by("pk").first())
    for organization in Organization.objects.order_by("pk")[1:]:
        _freeze(organization)
    seconds = time.perf_counter() - began
    bare = _insert_the_same()
    what = f"{clients} clients with {accounts} accounts"
    yield Figure("reports.freeze", seconds, bare, f"s, {what}")
    yield Figure("reports.freeze_rows", clients * accounts / seconds, clients * accounts / bare, "accounts/s")
    yield Figure("reports.freeze_queries", len(queries), None, "queries a client, whatever its size")
    yield Figure("reports.freeze_memory", _peak(), None, "MB at the peak, of one client")


@transaction.atomic
def _freeze(organization) -> None:
    from backups.engine.reports import freeze
    from organizations.models import Organization

    row = Organization.objects.select_for_update().get(pk=organization.pk)
    freeze(row, trigger="SCHEDULE", actor=None, now=timezone.now())


def _insert_the_same() -> float:
    """Insert the rows of each report again, ready as they are, and return the seconds that this alone takes."""
    from backups.models import Report

    seconds = 0.0
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_rows (LIKE backups_reportrow INCLUDING INDEXES)")
        for report in list(Report.objects.order_by("pk").values_list("pk", flat=True)):
            cursor.execute("SELECT r.*, kinds::text FROM backups_reportrow r WHERE report_id = %s", [report])
            names = [column.name for column in cursor.description][:-1]
            at = names.index("kinds")
            rows = [(*row[:at], row[-1], *row[at + 1 : -1]) for row in cursor.fetchall()]
            insert = f"INSERT INTO bench_rows ({', '.join(names)}) VALUES %s"  # noqa: S608 (names of columns)
            began = time.perf_counter()
            with transaction.atomic():
                execute_values(cursor.cursor, insert, rows, page_size=1000)
            seconds += time.perf_counter() - began
        cursor.execute("DROP TABLE bench_rows")
    return seconds


def _furnish(clients: int, accounts: int):
    """Make the clients with their accounts; return their partner's Administrator."""
    from accounts.models import Membership, Partner, User
    from accounts.roles import Product, Role
    from organizations.models import Connection, Organization, Policy

    partner = Partner.objects.create(name="Bench")
    ada = User.objects.create_user("ada@bench.example", None, first_name="Ada", last_name="Bench")
    made = Organization.objects.bulk_create(
        Organization(partner=partner, name=f"Client {number:05}", connection_state="CONNECTED", service="MICROSOFT_365")
        for number in range(clients)
    )
    Policy.objects.bulk_create(Policy(organization=one) for one in made)
    connections = Connection.objects.bulk_create(
        Connection(
            organization=one, tenant_id=str(one.uuid), state="CONNECTED", connected_at=timezone.now(),
            connected_by="Ada", login_url="https://login.example", graph_url="https://graph.example",
        )
        for one in made
    )  # fmt: skip
    _furnish_accounts(connections[0], accounts)
    gather_statistics()
    return Membership.objects.create(
        user=ada, partner=partner, role=Role.ADMINISTRATOR, products=[Product.CLOUD_BACKUP], joined_at=timezone.now()
    )


def _furnish_accounts(tenant, accounts: int) -> None:
    """Make the accounts of every connection, copied by the database from one of ``tenant`` that goes again."""
    from backups.models import Container
    from organizations.models import Item

    now = timezone.now()
    pattern = Item.objects.create(
        organization=tenant.organization, connection=tenant, kind="USER", remote_id="pattern", name="Pattern",
        list_name="pattern", has_mail_plan=True, mailbox="USER", first_seen_at=now, is_new=False, is_chosen=True,
        chosen_by="PERSON", decided_by="Ada", decided_at=now, backup_status="SUCCESS", last_good_at=now,
        stored_bytes=4000,
    )  # fmt: skip
    container = Container.objects.create(
        organization=tenant.organization, connection=tenant, item=pattern, kind="MAIL", account="pattern",
        last_good_at=now, last_tried_at=now, completed_at=now, objects_kept=1000, bytes_kept=100_000,
    )  # fmt: skip
    with connection.cursor() as cursor:
        # A page may not wait so long; who furnishes a million rows has to.
        cursor.execute("SET statement_timeout = 0")
    copy_row(
        pattern, _ACCOUNTS, (accounts,), organization_id="s.organization_id", connection_id="s.id",
        remote_id="s.id || '-' || s.n", name="'Person ' || s.n", address="'person' || s.n || '@bench.example'",
        list_name="'person ' || lpad(s.n::text, 6, '0')",
    )  # fmt: skip
    copy_row(
        container, _CONTAINERS, (pattern.pk,), organization_id="s.organization_id", connection_id="s.connection_id",
        item_id="s.id", kind="s.data", account="s.data || '/' || s.remote_id",
        status="CASE WHEN s.is_partial THEN 'PARTIAL' ELSE 'SUCCESS' END",
        problem="CASE WHEN s.is_partial THEN '3 could not be saved; everything else is.' ELSE '' END",
    )  # fmt: skip
    container.delete()
    pattern.delete()


def _a_year_of_reports(organization) -> None:
    """Add a report for each of the days before; only the newest one's accounts are on the page."""
    from backups.models import Report

    statuses, now = ("SUCCESS", "SUCCESS", "SUCCESS", "PARTIAL", "FAILED"), timezone.now()
    Report.objects.bulk_create(
        Report(
            organization=organization, trigger="SCHEDULE", generated_at=now - timedelta(days=day),
            status=statuses[day % len(statuses)],
        )
        for day in range(1, _DAYS + 1)
    )  # fmt: skip


def _peak() -> float:
    """Freeze a client once more and return how much memory that takes at its peak, in MB."""
    from organizations.models import Organization

    organization = Organization.objects.order_by("pk").first()
    tracemalloc.start()
    try:
        _freeze(organization)
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()

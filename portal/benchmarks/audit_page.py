"""The audit log of a partner with five million entries: every way to ask for it, beside a bare view behind the same
sign-in on the same server. The bare view answers two words. Runs in a database of its own, which is dropped afterwards.

Entries are spread unevenly, as they are at real partners: three quarters are about backups, a few clients and people
make most of them, and the company's details were changed in the first days only.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from portal.benchmarks import Figure
from portal.benchmarks.own_server import (
    BARE,
    gather_statistics,
    own_database,
    own_server,
    queries_of,
    session_of,
    time_of_each,
)

# Entries.
SIZES = {"full": 5_000_000, "small": 100_000}
CLIENTS, PEOPLE, YEARS = 1_000, 200, 3
_AT_ONCE = 500_000
_LIMIT_MS, _ROUNDS = 100, 2
# No hashes that hold: the page prints them and computes none.
_ENTRIES = """
INSERT INTO accounts_auditentry (uuid, chain_id, number, at, action, actor, actor_id, actor_role, organization_id,
    target_type, target_id, target, details, address, previous_hash, hash)
SELECT gen_random_uuid(), %(chain)s, n, %(begin)s + n * %(step)s,
    CASE WHEN n <= 100 THEN 'partner.edited' WHEN n %% 997 = 0 THEN 'policy.edited'
        WHEN n %% 20 = 0 THEN 'data.searched' WHEN n %% 20 = 1 THEN 'object.previewed'
        WHEN n %% 20 = 2 THEN 'sign_in.succeeded'
        WHEN n %% 20 < 12 THEN 'run.started' ELSE 'run.completed' END,
    CASE WHEN n <= 100 OR n %% 997 = 0 OR n %% 20 < 3 THEN 'Person' ELSE 'Schedule' END,
    CASE WHEN n <= 100 OR n %% 997 = 0 OR n %% 20 < 3
        THEN %(person)s + (sqrt(n * 7919 %% 10000) * %(people)s / 100)::bigint %% %(people)s END,
    'ADMINISTRATOR',
    CASE WHEN n > 100 AND n %% 20 <> 2 THEN %(client)s + (sqrt(n * 104729 %% 1000000) * %(clients)s / 1000)::bigint
        %% %(clients)s END,
    'organizations.Organization', 1, 'Client', '{"what": "Ada", "how": "Success", "words": "invoice"}'::jsonb,
    '203.0.113.7', repeat('0', 64), encode(sha256(n::text::bytea), 'hex')
FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
"""


def measure(size: str) -> Iterator[Figure]:
    """Yield p95 of one request in ms: of the page as it is opened, which has a bar, of every other way to ask and of
    the slowest of them; and the number of queries.
    """
    entries = SIZES[size]
    with own_database(), own_server() as port:
        membership, begin = _partner(), timezone.now() - timedelta(days=365 * YEARS)
        cookie = session_of(membership)
        _write(membership, entries=1_000, first=1, begin=begin, step=timedelta(days=365 * YEARS) / entries)
        few = _most_queries(_pages(membership, 1_000, begin), cookie)
        _write(membership, entries=entries, first=1_001, begin=begin, step=timedelta(days=365 * YEARS) / entries)
        gather_statistics()
        pages = _pages(membership, entries, begin)
        many = _most_queries(pages, cookie)
        timings = time_of_each(port, [*pages.values(), BARE], cookie, rounds=_ROUNDS)
    bare = timings.pop(BARE)
    slowest = max(pages, key=lambda name: timings[pages[name]].p95)
    opened = timings[pages["page"]]
    yield Figure("audit.page", opened.p95, bare.p95, f"ms, p95, {entries:,} entries", most_ours=_LIMIT_MS)
    yield Figure("audit.median", opened.median, bare.median, "ms")
    for name, path in pages.items():
        if name != "page":
            yield Figure(f"audit.{name}", timings[path].p95, bare.p95, "ms, p95")
    yield Figure("audit.slowest", timings[pages[slowest]].p95, bare.p95, f"ms, p95: {slowest}")
    yield Figure("audit.page_queries", many, few, f"queries with {entries:,} entries, with 1,000", most=1)


def _pages(membership, entries: int, begin: datetime) -> dict[str, str]:
    """Return the ways to ask, by name."""
    from accounts.models import User

    organizations = membership.partner.organizations.order_by("pk")
    client, busy = organizations.first(), organizations.last()
    rare = User.objects.order_by("pk").first()
    page, inside = reverse("accounts:audit_log"), reverse("organizations:organization_log", args=[busy.uuid])
    middle = (begin + timedelta(days=365 * YEARS / 2)).date()
    long_ago = (begin + timedelta(days=40)).date()
    month = f"since={middle - timedelta(days=30)}&until={middle}"
    return {
        "page": page,
        "older": f"{page}?before={entries // 2}",
        "one_person": f"{page}?person={rare.uuid}",
        "subject": f"{page}?subject=backups",
        "rare_subject": f"{page}?subject=company",
        "one_day": f"{page}?since={long_ago}&until={long_ago}",
        "month": f"{page}?{month}",
        "client": f"{page}?client={client.client_id}",
        "client_subject": f"{page}?client={client.client_id}&subject=protection",
        "clients": f"{page}?client=Client+0000",
        "clients_subject": f"{page}?client=Client+0000&subject=protection",
        "clients_all": f"{page}?client=Client&subject=protection&person={rare.uuid}",
        "person_month": f"{page}?person={rare.uuid}&{month}",
        "person_subject": f"{page}?person={rare.uuid}&subject=protection",
        "subject_month": f"{page}?subject=protection&{month}",
        "nothing": f"{page}?subject=billing&{month}",
        "inside": inside,
        "inside_system": f"{inside}?show=system",
        "inside_subject": f"{inside}?subject=protection",
    }


def _most_queries(pages: dict[str, str], cookie: str) -> int:
    return max(queries_of(path, cookie) for path in pages.values())


def _partner():
    """Make a partner with its people and clients; return its Administrator."""
    from accounts.models import Membership, Partner, User
    from accounts.roles import Product, Role
    from organizations.models import Organization

    partner = Partner.objects.create(name="Bench")
    people = User.objects.bulk_create(
        User(email=f"p{number}@bench.example", first_name="Person", last_name=f"{number:03}")
        for number in range(PEOPLE)
    )
    Organization.objects.bulk_create(Organization(partner=partner, name=f"Client {n:05}") for n in range(CLIENTS))
    rights = {"role": Role.ADMINISTRATOR, "products": [Product.CLOUD_BACKUP], "joined_at": timezone.now()}
    made = Membership.objects.bulk_create(Membership(user=one, partner=partner, **rights) for one in people)
    return made[0]


def _write(membership, *, entries: int, first: int, begin: datetime, step: timedelta) -> None:
    """Append entries up to the number ``entries``."""
    from accounts.models import AuditChain, User

    chain, _ = AuditChain.objects.get_or_create(partner=membership.partner)
    values = {
        "chain": chain.pk, "begin": begin, "step": step, "people": PEOPLE, "clients": CLIENTS,
        "person": User.objects.order_by("pk").first().pk,
        "client": membership.partner.organizations.order_by("pk").first().pk,
    }  # fmt: skip
    with connection.cursor() as cursor:
        # A page may not wait so long; who writes millions of rows has to.
        cursor.execute("SET statement_timeout = 0")
        for start in range(first, entries + 1, _AT_ONCE):
            last = min(start + _AT_ONCE - 1, entries)
            cursor.execute(_ENTRIES, values | {"first": start, "last": last})
    AuditChain.objects.filter(pk=chain.pk).update(length=entries)

"""Entries of the index for a benchmark: one large organization among twenty, words as rare and as common as in mails.

Texts of about 390 bytes from 60,000 words, the n-th of which comes n times as seldom as the first (Zipf). Two processes
write them by COPY.
"""

import os
import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from struct import Struct
from uuid import UUID

from portal.benchmarks.own_server import gather_statistics

ORGANIZATIONS, CONTAINERS, WORDS = 20, 50, 60_000
NOW = datetime(2026, 10, 25, 11, 0, tzinfo=UTC)
_TEXT_WORDS = 60
_AT_ONCE = 5_000
_SYLLABLES = [a + b for a in "bdfghklmnprstvz" for b in "aeiou"]
KINDS = ("MAIL", "MAIL", "MAIL", "MAIL", "MAIL", "MAIL", "CALENDAR", "CONTACTS", "ONEDRIVE", "SHAREPOINT")
COLUMNS = (
    "organization", "object", "from_commit", "to_commit", "container_id", "kind", "feed_key", "object_id", "name",
    "people", "at", "size", "has_attachments", "is_folder", "text_state", "words", "text",
)  # fmt: skip
_LENGTH, _LONG = Struct(">i"), Struct(">iq")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Owner:
    """One organization of the benchmark."""

    pk: int
    uuid: UUID
    mark: str
    containers: tuple[int, ...]
    entries: int


def word(rank: int) -> str:
    """Return the word of a rank; rank 0 is the most common one."""
    letters, number = "", rank + len(_SYLLABLES)
    while number:
        number, syllable = divmod(number, len(_SYLLABLES))
        letters += _SYLLABLES[syllable]
    return letters


def furnish(entries: int) -> tuple[object, list[Owner]]:
    """Make the organizations and their entries; return an Administrator's membership and the organizations."""
    from django.db import connection

    membership, owners = _make_owners(entries)
    indexes = _without_what_slows_down(connection)
    tasks = list(_tasks(owners))
    name = connection.settings_dict["NAME"]
    connection.close()
    with ProcessPoolExecutor(2, initializer=_begin, initargs=(name,)) as pool:
        list(pool.map(_write, *zip(*tasks, strict=True)))
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET maintenance_work_mem = '512MB'")
        for definition in indexes:
            cursor.execute(definition)
        cursor.execute("RESET statement_timeout; RESET maintenance_work_mem")
    gather_statistics()
    return membership, owners


def _make_owners(entries: int) -> tuple[object, list[Owner]]:
    from accounts.models import Membership, Partner, User
    from accounts.roles import Role
    from backups.engine.search_words import mark_of
    from backups.models import Container, SearchProgress, VaultOrganization
    from organizations.models import Connection, Item, Organization

    partner = Partner.objects.create(name="Bench")
    ada = User.objects.create_user("ada@bench.example", None, first_name="Ada", last_name="Bench")
    membership = Membership.objects.create(user=ada, partner=partner, role=Role.ADMINISTRATOR, joined_at=NOW)
    owners = []
    for number in range(ORGANIZATIONS):
        organization = Organization.objects.create(partner=partner, name=f"Client {number}")
        tenant = Connection.objects.create(organization=organization, tenant_id=f"{number}", connected_at=NOW)
        VaultOrganization.objects.create(organization=organization.uuid, head_digest=b"", created_at=NOW)
        progress = SearchProgress.objects.create(organization=organization.uuid)
        items = Item.objects.bulk_create(
            Item(
                organization=organization,
                connection=tenant,
                kind="USER",
                remote_id=f"{n}",
                name=f"Person {n}",
                first_seen_at=NOW,
            )
            for n in range(CONTAINERS)
        )
        containers = Container.objects.bulk_create(
            Container(organization=organization, connection=tenant, item=item, kind="MAIL", account=f"mail/{n}")
            for n, item in enumerate(items)
        )
        pks = tuple(one.pk for one in containers)
        share = entries if number == 0 else entries // 100
        owners.append(Owner(organization.pk, organization.uuid, mark_of(progress.pk), pks, share))
    return membership, owners


def _without_what_slows_down(connection) -> list[str]:
    """Take away the indexes for as long as rows are written, and what binds rows to versions that are not there."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE backups_searchentry DROP CONSTRAINT backups_searchentry_of_version")
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'backups_searchentry'"
            " AND indexname IN ('backups_search_by_words', 'backups_search_by_time')"
        )
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f"DROP INDEX {name}")
    return [definition for _, definition in found]


def _tasks(owners: list[Owner]) -> Iterator[tuple[Owner, int, int]]:
    for owner in owners:
        for begin in range(0, owner.entries, _AT_ONCE):
            yield owner, begin, min(begin + _AT_ONCE, owner.entries)


def _begin(database: str) -> None:
    from django.db import connection, connections

    connections.settings["default"]["NAME"] = connection.settings_dict["NAME"] = database
    _write.words = [word(rank) for rank in range(WORDS)]
    _write.weights = list(accumulate(1 / (rank + 1) for rank in range(WORDS)))


def _write(owner: Owner, begin: int, end: int) -> None:
    from django.db import connection

    from backups.vault import copying

    chance = random.Random(f"{owner.mark}{begin}")  # noqa: S311 - rows of a benchmark
    rows = [_row(owner, number, chance) for number in range(begin, end)]
    with connection.cursor() as cursor:
        copying.copy_rows(cursor, "backups_searchentry", COLUMNS, rows)


def _row(owner: Owner, number: int, chance: random.Random) -> bytes:
    from backups.engine import search_words as words
    from backups.engine.search_conditions import feed_mark
    from backups.models import STILL

    chosen = chance.choices(_write.words, cum_weights=_write.weights, k=_TEXT_WORDS)
    name, text = " ".join(chosen[:6]), " ".join(chosen[6:])
    people = f"{chosen[0]}.{chosen[1]}@{chosen[2]}.example"
    kind, container = chance.choice(KINDS), chance.choice(owner.containers)
    at = NOW - timedelta(seconds=chance.random() * 86_400 * 365 * 5)
    size, feed, object_id = int(chance.lognormvariate(10, 2)), f"feed{number % 20:0120}", f"AAMkAD{number:0146}"
    closed = number % 5 == 0
    tokens = words.Tokens(owner.mark)
    facts = [(words.EVERYTHING, ""), (words.OF_KIND, kind), (words.IN_CONTAINER, container)]
    facts += [(words.IN_FEED, feed_mark(feed)), (words.AT_LEAST, words.size_step(size))]
    for letter, value in [*facts, *((token, "") for token in words.time_words(at))]:
        tokens.add_fact(letter, value)
    has_attachments = number % 7 == 0
    if has_attachments:
        tokens.add_fact(words.WITH_ATTACHMENTS)
    for letter, value in ((words.SUBJECT, name), (words.PEOPLE, people), (words.SENDER, people), (words.BODY, text)):
        tokens.add_text(letter, [value])
    begins, ends = number % 40 + 1, number % 40 + 20 if closed else STILL
    return b"".join(
        (
            Struct(">h").pack(len(COLUMNS)), _bytes(owner.uuid.bytes), _bytes(os.urandom(16)), _LONG.pack(8, begins),
            _LONG.pack(8, ends), _LONG.pack(8, container), _bytes(kind.encode()), _bytes(feed.encode()),
            _bytes(object_id.encode()), _bytes(name.encode()), _bytes(people.encode()),
            _LONG.pack(8, (at - _EPOCH) // timedelta(microseconds=1)), _LONG.pack(8, size),
            _bytes(bytes([has_attachments])), _bytes(b"\0"), _bytes(b""), _bytes(tokens.as_vector()),
            _bytes(text.encode()),
        )
    )  # fmt: skip


def _bytes(value: bytes) -> bytes:
    return _LENGTH.pack(len(value)) + value

"""Searches among a million entries of one client out of twenty, beside PostgreSQL's own full text search.

Ours is the whole door: the wall, filters, order, counts, the rows of the page. The yardstick is the bare query over the
same texts, by a GIN index of (organization, tsvector), newest 25, without filters or counts. Both are asked in turns.
"""

import random
import time
from collections.abc import Iterator
from statistics import quantiles
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import connection

from portal.benchmarks import Figure
from portal.benchmarks.own_server import gather_statistics, own_database
from portal.benchmarks.search_rows import NOW, Owner, furnish, word

if TYPE_CHECKING:
    from backups.search import Query

ENTRIES = {"full": 1_000_000, "small": 5_000}
ROUNDS = {"full": 8, "small": 1}
MOST_RATIO, MOST_MS = 1.5, 300
_COMMON, _MIDDLE, _RARE = (0, 20), (200, 1_000), (20_000, 60_000)


def measure(size: str) -> Iterator[Figure]:
    """Yield the p95 of both in ms, then that of each sort of search."""
    with own_database():
        membership, owners = furnish(ENTRIES[size])
        _make_bare()
        timings = _compare(membership, owners[0], ROUNDS[size])
    ours = [one for times in timings.values() for one, _ in times]
    bare = [one for times in timings.values() for _, one in times]
    # Among few entries there is nothing to be gained, and a search is mostly its ten trips to the database.
    bars = {"most": MOST_RATIO, "most_ours": MOST_MS} if size == "full" else {}
    yield Figure("search.p95", _p95(ours), _p95(bare), "ms, and bare", **bars)
    for sort, times in timings.items():
        yield Figure(f"search.{sort}", _p95([one for one, _ in times]), _p95([one for _, one in times]), "ms, and bare")


def _make_bare() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET maintenance_work_mem = '512MB'")
        cursor.execute(
            "CREATE TABLE bench_bare AS SELECT id, organization, at,"
            " to_tsvector('simple', name || ' ' || replace(people, '@', ' ') || ' ' || text) AS words"
            " FROM backups_searchentry"
        )
        cursor.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
        cursor.execute("CREATE INDEX bench_bare_words ON bench_bare USING gin (organization, words)")
        cursor.execute("RESET statement_timeout; RESET maintenance_work_mem")
    gather_statistics()


def _compare(membership, owner: Owner, rounds: int) -> dict[str, list[tuple[float, float]]]:
    from organizations.models import Organization

    organization = Organization.objects.get(pk=owner.pk)
    timings: dict[str, list[tuple[float, float]]] = {}
    for number in range(-1, rounds):
        for sort, query, bare in _searches(owner, random.Random(number)):  # noqa: S311 - words to look for
            pair = _ours(membership, organization, query), _bare(owner, bare)
            if number >= 0:
                # The first round only warms both up.
                timings.setdefault(sort, []).append(pair)
    return timings


def _searches(owner: Owner, chance: random.Random) -> Iterator[tuple[str, "Query", str]]:
    """Yield (sort, ours, the same words as a tsquery) of every sort of search."""
    from backups.search import Query, Versions, parse

    common, middle, rare = (word(chance.randrange(*ranks)) for ranks in (_COMMON, _MIDDLE, _RARE))
    other = word(chance.randrange(*_COMMON))
    whose = frozenset(chance.sample(owner.containers, 2))

    def typed(text: str, **options) -> "Query":
        return Query(parsed=parse(text, zone=ZoneInfo("Europe/Berlin")), **options)

    yield "rare", typed(rare), rare
    yield "middle", typed(middle), middle
    yield "common", typed(common), common
    yield "two_common", typed(f"{common} {other}"), f"{common} & {other}"
    yield "two_words", typed(f"{common} {rare}"), f"{common} & {rare}"
    yield "phrase", typed(f'"{common} {middle}"'), f"{common} <-> {middle}"
    yield "phrase_common", typed(f'"{common} {other}"'), f"{common} <-> {other}"
    yield "without", typed(f"{middle} -{common}"), f"{middle} & !{common}"
    yield "prefix", typed(f"{middle[:3]}*"), f"{middle[:3]}:*"
    yield "kind", typed(f"{common} kind:contact"), common
    yield "from", typed(f"from:{middle} {common}"), f"{middle} & {common}"
    yield "dates", typed(f"{common} after:2022-03 before:2022-06"), common
    yield "large", typed(f"{common} larger:50MB has:attachment"), common
    yield "whose", typed(common, containers=whose), common
    yield "as_of", typed(middle, containers=whose, as_of=20), middle
    yield "oldest", typed(common, oldest_first=True), common
    yield "all_versions", typed(middle, versions=Versions.NEWEST), middle


def _ours(membership, organization, query: "Query") -> float:
    from backups.search import search

    began = time.perf_counter()
    found = search(membership, organization, query, now=NOW)
    took = time.perf_counter() - began
    if found.problem:
        raise RuntimeError(found.problem)
    return took * 1000


def _bare(owner: Owner, query: str) -> float:
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM bench_bare WHERE organization = %s AND words @@ to_tsquery('simple', %s)"
            " ORDER BY at DESC LIMIT 25",
            [owner.uuid, query],
        )
        cursor.fetchall()
    return (time.perf_counter() - began) * 1000


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]

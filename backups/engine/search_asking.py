"""Asking the index so that every search is answered in bounded time, whether its words are rare or in every mail.

Windows of time are asked one after the other: first the newest (or oldest) few thousand entries, then as much as is
likely to hold as many matches as are still wanted, all the rest where the words are rare. So few rows are looked at
either way. Once the page is full, the counting goes on only for a moment, up to its cap: then it says "at least". Where
what is rare has to be sorted out of what is common row by row, as the words of a phrase, time may run out, and then the
answer says how far it came.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction

from backups.engine.search_conditions import Conditions, Wanted, conditions_of
from backups.models import Container

# Beyond it a count says "1,000+".
CAP = 1_000
# Entries of the first window, matches aimed at with each later one, and those that are sorted without a thought.
FIRST, WANTED, MANY = 2_000, 2_000, 20_000
# What a search may take at most, what one window should take, and how long is counted once the page is full.
SECONDS, WINDOW_SECONDS, COUNT_SECONDS = 4.0, 0.2, 0.1
_TICK, _A_DAY = timedelta(microseconds=1), timedelta(days=1)
_LEAST_GROWTH, _MOST_GROWTH, _SHRINKING = 2, 1_000_000, 16
_SETTINGS = {
    "enable_seqscan": "off",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    # A set of rows that does not fit would be remembered by page, and every row of the page be looked at again.
    "work_mem": "64MB",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands in the order of answers."""

    at: datetime
    id: int


@dataclass
class Answer:
    """What was found so far. ``reached`` is the moment a search that ran out of time came to."""

    places: list[Place] = field(default_factory=list)
    number: int = 0
    kinds: Counter = field(default_factory=Counter)
    # Whether all there is was looked at.
    is_whole: bool = False
    is_out_of_time: bool = False
    reached: datetime | None = None


class Asking:
    """One search: ``limit`` places behind ``after``, newest first or oldest first."""

    def __init__(
        self, wanted: Wanted, *, limit: int, after: Place | None, oldest_first: bool, seconds: float | None = None
    ) -> None:
        self.wanted, self.limit, self.after, self.oldest_first = wanted, limit, after, oldest_first
        self.began = time.monotonic()
        self.deadline = self.began + (SECONDS if seconds is None else seconds)
        self.answer = Answer()

    def ask(self) -> Answer:
        """Return the answer; one that ran out of time has what was found until then."""
        with _planned_for_searches():
            try:
                self._ask()
            except _OutOfTime:
                self.answer.is_out_of_time = True
        return self.answer

    def counts(self) -> dict[str, tuple[int, bool]]:
        """Return {kind: (number, whether there may be more)} of what was asked for; call it after `ask`.

        Kinds of which nothing was found are left out, and so are those for which there was no time.
        """
        is_open = not self.answer.is_whole
        found = {kind: (min(number, CAP), is_open or number > CAP) for kind, number in self.answer.kinds.items()}
        if is_open:
            # That a kind is there at all matters more than how much of it there is.
            unseen = (self.wanted.kinds or set(Container.Kind.values)) - found.keys()
            self.deadline = self.began + COUNT_SECONDS
            with _planned_for_searches(), suppress(_OutOfTime):
                for kind in sorted(unseen):
                    number = self._count(conditions_of(self.wanted, kind=kind))
                    found[kind] = (min(number, CAP), number > CAP)
        return {kind: count for kind, count in found.items() if count[0]}

    def _ask(self) -> None:
        for window, is_last in self._windows():
            self.answer.reached = window[1] if self.oldest_first else window[0]
            if (
                not is_last
                and len(self.answer.places) >= self.limit
                and (self.after or self.answer.number > CAP or not self._has_time_to_count())
            ):
                return
        self.answer.is_whole, self.answer.reached = True, None

    def _has_time_to_count(self) -> bool:
        return time.monotonic() - self.began < COUNT_SECONDS

    def _windows(self) -> Iterator[tuple[tuple[datetime, datetime], bool]]:
        """Ask window after window, and yield each that was answered, and whether it was the last."""
        bounds = self._bounds()
        if bounds is None or bounds[0] >= bounds[1]:
            return
        begin, end = bounds
        span = self._first_span(begin, end)
        while begin < end:
            window, began = self._next_window(begin, end, span), time.monotonic()
            found = self._slice(conditions_of(self.wanted, window=window), MANY + 1)
            if found.number > MANY:
                if span > _A_DAY:
                    span = max(min(span, end - begin) / _SHRINKING, _A_DAY)
                    continue
                # One day holds more, as the day of a migration does: then all of them have to be sorted.
                found = self._slice(conditions_of(self.wanted, window=window), None)
            self._add(found)
            begin, end = (window[1], end) if self.oldest_first else (begin, window[0])
            yield window, begin >= end
            span = min(max(span, _TICK) * _growth(found.number, time.monotonic() - began), end - begin)

    def _first_span(self, begin: datetime, end: datetime) -> timedelta:
        """Return how long a window is that holds a few thousand entries, whatever is in them."""
        order, sign = ("ASC", ">=") if self.oldest_first else ("DESC", "<")
        row = self._row(
            f"SELECT at FROM backups_searchentry WHERE organization = %(organization)s AND at {sign} %(from)s"  # noqa: S608
            f" ORDER BY at {order} OFFSET {FIRST} LIMIT 1",
            {"organization": self.wanted.organization, "from": begin if self.oldest_first else end},
        )
        if row is None:
            return end - begin
        return max(row[0] - begin if self.oldest_first else end - row[0], _TICK)

    def _next_window(self, begin: datetime, end: datetime, span: timedelta) -> tuple[datetime, datetime]:
        if end - begin <= span:
            return begin, end
        return (begin, begin + span) if self.oldest_first else (end - span, end)

    def _bounds(self) -> tuple[datetime, datetime] | None:
        """Return between which moments there is anything to be found."""
        oldest, newest = self._row(
            "SELECT min(at), max(at) FROM backups_searchentry WHERE organization = %(organization)s",
            {"organization": self.wanted.organization},
        )
        if oldest is None:
            return None
        begins, ends = [oldest, self.wanted.begin], [newest + _TICK, self.wanted.end]
        if self.after and self.oldest_first:
            begins.append(self.after.at)
        elif self.after:
            ends.append(self.after.at + _TICK)
        return max(filter(None, begins)), min(filter(None, ends))

    def _slice(self, conditions: Conditions, most: int | None) -> "_Found":
        """Look at up to ``most`` rows, in no order, and return their number, their kinds and the first places."""
        order = "ASC" if self.oldest_first else "DESC"
        behind, values = "", {**conditions.values, "limit": self.limit}
        if self.after:
            sign = ">" if self.oldest_first else "<"
            behind = f" AND ((e.at, e.id) {sign} (%(after_at)s, %(after_id)s)) IS TRUE"
            values |= {"after_at": self.after.at, "after_id": self.after.id}
        bound = "" if most is None else f" LIMIT {most}"
        row = self._row(
            f"WITH hits AS MATERIALIZED (SELECT e.id, e.at, e.kind FROM backups_searchentry e"  # noqa: S608 - our words
            f" WHERE {conditions.sql}{behind}{bound}),"
            " kinds AS (SELECT kind, count(*) AS number FROM hits GROUP BY kind),"
            f" firsts AS (SELECT at, id FROM hits ORDER BY at {order}, id {order} LIMIT %(limit)s)"
            " SELECT (SELECT json_object_agg(kind, number) FROM kinds),"
            f" (SELECT array_agg(at ORDER BY at {order}, id {order}) FROM firsts),"
            f" (SELECT array_agg(id ORDER BY at {order}, id {order}) FROM firsts)",
            values,
        )
        places = [Place(at, entry) for at, entry in zip(row[1] or (), row[2] or (), strict=True)]
        return _Found(Counter(row[0] or {}), places)

    def _count(self, conditions: Conditions) -> int:
        sql = f"SELECT count(*) FROM (SELECT 1 FROM backups_searchentry e WHERE {conditions.sql} LIMIT {CAP + 1}) hits"  # noqa: S608
        return self._row(sql, conditions.values)[0]

    def _add(self, found: "_Found") -> None:
        self.answer.places += found.places[: self.limit - len(self.answer.places)]
        self.answer.kinds += found.kinds
        self.answer.number += found.number

    def _row(self, sql: str, values: dict) -> tuple | None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise _OutOfTime
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {max(int(left * 1000), 1)}")
                cursor.execute(sql, values)
                return cursor.fetchone()
        except OperationalError as problem:
            # QueryCanceled: the only one that says nothing about the database's health.
            if getattr(problem.__cause__, "pgcode", None) != "57014":
                raise
            raise _OutOfTime from problem


def _growth(number: int, seconds: float) -> float:
    """Return how many times as long the next window may be, after one with so many matches that took so long."""
    by_matches = WANTED / number if number else _MOST_GROWTH
    by_time = WINDOW_SECONDS / max(seconds, 1e-3)
    return max(min(by_matches, by_time), _LEAST_GROWTH)


@dataclass
class _Found:
    kinds: Counter
    places: list[Place]

    @property
    def number(self) -> int:
        return self.kinds.total()


class _OutOfTime(Exception):
    """The search has taken as long as anybody waits."""


@contextmanager
def _planned_for_searches() -> Iterator[None]:
    """Let the database plan as searches need it, for as long as the block lasts."""
    names = [*_SETTINGS, "statement_timeout"]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"current_setting('{name}')" for name in names))
        before = dict(zip(names, cursor.fetchone(), strict=True))
        _set(cursor, _SETTINGS)
        yield
        # The caller's own transaction, where there is one, goes on as it was.
        _set(cursor, before)


def _set(cursor, settings: dict[str, str]) -> None:
    cursor.execute(
        "SELECT " + ", ".join("set_config(%s, %s, true)" for _ in settings),
        [part for setting in settings.items() for part in setting],
    )

"""Asking the index so that every search is answered in bounded time, whether its words are rare or in every mail.

First everything is asked for at once, but no more rows are looked at than can be sorted in no time: that answers what
is rare. Where there is more, windows of time are asked one after the other from the newest on, as large as makes about
as many rows, until the page is full and the count has reached its cap. The rows looked at stay few either way; only
where what is rare has to be sorted out of what is common row by row does the time run out, and then the answer says how
far it came.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction

from backups.engine.search_conditions import Conditions, Wanted, conditions_of
from backups.models import Container

# Beyond it a count says "1,000+".
CAP = 1_000
# So many rows are sorted at once without a thought.
FEW, MANY = 5_000, 20_000
SECONDS = 4.0
_TICK, _A_DAY, _FIRST_SPAN = timedelta(microseconds=1), timedelta(days=1), timedelta(days=31)
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
        self, wanted: Wanted, *, limit: int, after: Place | None, oldest_first: bool, seconds: float = SECONDS
    ) -> None:
        self.wanted, self.limit, self.after, self.oldest_first = wanted, limit, after, oldest_first
        self.deadline = time.monotonic() + seconds
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
        """Return {kind: (number, whether there are more)} of everything that was asked for; call it after `ask`."""
        found = {kind: (min(number, CAP), number > CAP) for kind, number in self.answer.kinds.items()}
        if self.answer.is_whole:
            return found
        with _planned_for_searches():
            for kind in sorted(self.wanted.kinds or Container.Kind.values):
                if found.get(kind, (0, False))[0] < CAP:
                    try:
                        number = self._count(conditions_of(self.wanted, kind=kind))
                        found[kind] = (min(number, CAP), number > CAP)
                    except _OutOfTime:
                        found[kind] = (found.get(kind, (0, False))[0], True)
        return {kind: count for kind, count in found.items() if count[0]}

    def _ask(self) -> None:
        found = self._slice(conditions_of(self.wanted), FEW + 1)
        if found.number <= FEW:
            self._add(found)
            self.answer.is_whole = True
            return
        for window in self._windows():
            self.answer.reached = window[1] if self.oldest_first else window[0]
            if len(self.answer.places) >= self.limit and (self.after or self.answer.number > CAP):
                return
        self.answer.is_whole, self.answer.reached = True, None

    def _windows(self) -> Iterator[tuple[datetime, datetime]]:
        """Ask window after window, and yield each that was answered."""
        bounds = self._bounds()
        if bounds is None:
            return
        begin, end = bounds
        span = _FIRST_SPAN
        while begin < end:
            window = self._next_window(begin, end, span)
            found = self._slice(conditions_of(self.wanted, window=window), MANY + 1)
            if found.number > MANY:
                if span > _A_DAY:
                    span = max(span / 8, _A_DAY)
                    continue
                # One day holds more, as the day of a migration does: then all of them have to be sorted.
                found = self._slice(conditions_of(self.wanted, window=window), None)
            self._add(found)
            yield window
            begin, end = (window[1], end) if self.oldest_first else (begin, window[0])
            span *= 16 if found.number < MANY / 64 else 4

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

    def _row(self, sql: str, values: dict) -> tuple:
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

"""What is looked for, as PostgreSQL is asked: one tsquery that names whose words, and conditions on the row.

Everything that leaves many rows out stands in the tsquery, so that the index answers it. Conditions are written so that
no other index can be used for them: the plan is always the same, and what it costs is bounded by whoever asks.
"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from backups.engine import search_words as words
from backups.engine.search_language import Parsed, Term
from backups.models import STILL

# More of them are compared on the row.
_MOST_TOKENS = 100
_LARGEST_STEP = 64
_A_DAY = timedelta(days=1)
_DAYS, _MONTHS, _YEARS = 62, 62, 130


class Versions(StrEnum):
    """Which saved states are looked at: those that stand, the newest of every object, or all."""

    STANDING = "STANDING"
    # Also of what was removed at the source.
    NEWEST = "NEWEST"
    ALL = "ALL"


@dataclass(frozen=True)
class Wanted:
    """Everything that has to hold of an entry; None and empty mean that it does not matter."""

    organization: UUID
    mark: str
    terms: tuple[Term, ...] = ()
    kinds: frozenset[str] = frozenset()
    containers: frozenset[int] | None = None
    feed_key: str = ""
    begin: datetime | None = None
    end: datetime | None = None
    as_of: int | None = None
    larger: int | None = None
    smaller: int | None = None
    has_attachments: bool | None = None
    versions: Versions = Versions.STANDING

    def with_typed(self, parsed: Parsed) -> "Wanted":
        """Return the same with what was typed besides, the narrower of both where both say something."""
        return replace(
            self,
            terms=self.terms + parsed.terms,
            kinds=_both(self.kinds, parsed.kinds),
            begin=max(filter(None, (self.begin, parsed.begin)), default=None),
            end=min(filter(None, (self.end, parsed.end)), default=None),
            larger=max((one for one in (self.larger, parsed.larger) if one is not None), default=None),
            smaller=min((one for one in (self.smaller, parsed.smaller) if one is not None), default=None),
            has_attachments=parsed.has_attachments if self.has_attachments is None else self.has_attachments,
        )


def _both(chosen: frozenset[str], typed: frozenset[str]) -> frozenset[str]:
    if not chosen or not typed:
        return chosen or typed
    # Two that exclude each other leave nothing, which must not be taken for everything.
    return chosen & typed or frozenset({"NOTHING"})


@dataclass
class Conditions:
    """SQL on `backups_searchentry e`, and its values by name."""

    sql: str = ""
    values: dict = field(default_factory=dict)


def conditions_of(wanted: Wanted, *, kind: str = "", window: tuple[datetime, datetime] | None = None) -> Conditions:
    """Return what has to hold of an entry; of one ``kind`` only, or with ``begin <= at < end`` of a window."""
    tests = ["e.words @@ %(words)s::tsquery", "(e.organization = %(organization)s) IS TRUE"]
    values = {"words": _tsquery(wanted, kind, window), "organization": wanted.organization}
    begin, end = window or (wanted.begin, wanted.end)
    exact = {
        "containers": ("e.container_id = ANY(%(containers)s)", wanted.containers and sorted(wanted.containers)),
        "feed_key": ("e.feed_key = %(feed_key)s", wanted.feed_key or None),
        "begin": ("e.at >= %(begin)s", begin),
        "end": ("e.at < %(end)s", end),
        "larger": ("e.size >= %(larger)s", wanted.larger),
        "smaller": ("e.size <= %(smaller)s", wanted.smaller),
    }
    for name, (test, value) in exact.items():
        if value is not None:
            tests.append(f"({test}) IS TRUE")
            values[name] = value
    test, more = _of_version(wanted)
    tests.append(test)
    return Conditions(" AND ".join(tests), values | more)


def _of_version(wanted: Wanted) -> tuple[str, dict]:
    if wanted.as_of is not None:
        return "(e.from_commit <= %(as_of)s AND e.to_commit > %(as_of)s) IS TRUE", {"as_of": wanted.as_of}
    if wanted.versions == Versions.STANDING:
        return "(e.to_commit = %(still)s) IS TRUE", {"still": STILL}
    if wanted.versions == Versions.NEWEST:
        newest = "SELECT max(l.from_commit) FROM backups_searchentry l"
        return f"e.from_commit = ({newest} WHERE l.organization = e.organization AND l.object = e.object)", {}
    return "true", {}


def feed_mark(feed_key: str) -> str:
    """Return what a feed is called in the index: its key may be long."""
    return hashlib.blake2b(feed_key.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _tsquery(wanted: Wanted, kind: str, window: tuple[datetime, datetime] | None) -> str:
    facts = [
        _any_of(wanted.mark, words.OF_KIND, [kind] if kind else sorted(wanted.kinds)),
        _any_of(wanted.mark, words.IN_CONTAINER, sorted(wanted.containers or ())),
        _any_of(wanted.mark, words.IN_FEED, [feed_mark(wanted.feed_key)] if wanted.feed_key else []),
        _sizes(wanted),
        _times(wanted.mark, *window) if window else "",
    ]
    positive = [_term(wanted.mark, term) for term in wanted.terms if not term.is_excluded] + list(filter(None, facts))
    if wanted.has_attachments:
        positive.append(_token(wanted.mark, words.WITH_ATTACHMENTS))
    negative = [f"!({_term(wanted.mark, term)})" for term in wanted.terms if term.is_excluded]
    if wanted.has_attachments is False:
        negative.append(f"!{_token(wanted.mark, words.WITH_ATTACHMENTS)}")
    # The index cannot answer what something is not, unless it knows of what.
    return " & ".join((positive or [_token(wanted.mark, words.EVERYTHING)]) + negative)


def _term(mark: str, term: Term) -> str:
    last = len(term.words) - 1
    ways = [
        " <-> ".join(
            _token(mark, letter + word) + (":*" if term.is_prefix and place == last else "")
            for place, word in enumerate(term.words)
        )
        for letter in term.fields
    ]
    return "(" + " | ".join(f"({way})" for way in ways) + ")"


def _token(mark: str, token: str) -> str:
    # Marks, letters and words hold neither quotes nor backslashes.
    return f"'{mark}{token}'"


def _any_of(mark: str, letter: str, values: Collection[object]) -> str:
    if not values or len(values) > _MOST_TOKENS:
        return ""
    return "(" + " | ".join(_token(mark, f"{letter}{value}") for value in values) + ")"


def _sizes(wanted: Wanted) -> str:
    if wanted.larger is None and wanted.smaller is None:
        return ""
    least = words.size_step(wanted.larger or 0)
    most = _LARGEST_STEP if wanted.smaller is None else min(words.size_step(wanted.smaller), _LARGEST_STEP)
    return _any_of(wanted.mark, words.AT_LEAST, range(least, max(most, least) + 1))


def _times(mark: str, begin: datetime, end: datetime) -> str:
    """Return days, months or years that cover a window, as few as may be; "" for a window without bounds."""
    begin, end = begin.astimezone(UTC), end.astimezone(UTC)
    if end - begin <= _DAYS * _A_DAY:
        number = (end.date() - begin.date()).days
        return _or(mark, (words.time_words(begin + day * _A_DAY)[0] for day in range(number + 1)))
    first, last = begin.year * 12 + begin.month - 1, end.year * 12 + end.month - 1
    if last - first < _MONTHS:
        return _or(mark, (f"{words.MONTH}{one // 12:04}{one % 12 + 1:02}" for one in range(first, last + 1)))
    if end.year - begin.year < _YEARS:
        return _or(mark, (f"{words.YEAR}{year:04}" for year in range(begin.year, end.year + 1)))
    return ""


def _or(mark: str, tokens: Iterable[str]) -> str:
    return "(" + " | ".join(_token(mark, one) for one in tokens) + ")"

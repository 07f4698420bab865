"""The one door to full text: everything that was ever saved of a client, as far as it is still kept.

    parsed = parse("invoice from:anna", zone=zone)
    found = search(membership, organization, Query(parsed=parsed), now=now)
    for entry in found.entries:
        snippet(entry, parsed)

What this returns is only what the member may know about. It writes nothing: that somebody looked at what was found is
for the caller to record.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from accounts.models import Membership
from backups.engine.search_asking import CAP, Asking, Place
from backups.engine.search_conditions import Versions, Wanted
from backups.engine.search_language import Parsed, parse
from backups.engine.search_snippets import Pieces, marked, snippet_of
from backups.engine.search_words import BODY, FILE_NAMES, PEOPLE, SUBJECT, mark_of
from backups.models import Container, SearchEntry, SearchProgress, VaultCommit
from organizations.models import Organization

__all__ = ["FIELD_NAMES", "Count", "Cursor", "Found", "Query", "Versions", "parse", "search", "snippet", "title"]

# What may be chosen to look in; none chosen means in all of them.
FIELD_NAMES = {"subject": SUBJECT, "people": PEOPLE, "file_names": FILE_NAMES, "body": BODY}
# What was saved so recently may be on its way into the index; nobody needs to be told.
_USUAL_LAG = timedelta(minutes=2)


@dataclass(frozen=True)
class Query:
    """What is looked for: what was typed, and what was chosen besides. Empty means everything.

    ``containers`` and ``items`` are primary keys, ``feed_key`` a folder of one container, ``as_of`` the commit of a
    snapshot: its own item then belongs into ``items``. ``begin <= at < end``; sizes are in bytes.
    """

    parsed: Parsed = field(default_factory=Parsed)
    kinds: frozenset[str] = frozenset()
    containers: frozenset[int] | None = None
    items: frozenset[int] | None = None
    feed_key: str = ""
    # Keys of `FIELD_NAMES`; they count for words without an operator of their own.
    fields: frozenset[str] = frozenset()
    begin: datetime | None = None
    end: datetime | None = None
    as_of: int | None = None
    larger: int | None = None
    smaller: int | None = None
    has_attachments: bool | None = None
    versions: Versions = Versions.STANDING
    oldest_first: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next page goes on; safe to be handed to a browser and back."""

    at: datetime
    id: int

    def __str__(self) -> str:
        microseconds = round(self.at.timestamp() * 1_000_000)
        return f"{microseconds}.{self.id}"

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """Return the cursor in ``text``, or None for anything else."""
        microseconds, _, number = text.partition(".")
        try:
            at = datetime.fromtimestamp(int(microseconds) // 1_000_000, UTC)
            return cls(at.replace(microsecond=int(microseconds) % 1_000_000), _big(int(number)))
        except (ValueError, OverflowError, OSError):
            return None


@dataclass(frozen=True, slots=True)
class Count:
    """A number, or at least that number."""

    number: int
    has_more: bool = False

    def __str__(self) -> str:
        return f"{self.number:,}{'+' if self.has_more else ''}"


@dataclass(frozen=True)
class Found:
    """A page of what was found. ``total`` and ``by_kind`` are counted for the first page only.

    ``is_behind``: the newest backups are not in the index yet. ``problem`` is a sentence where time ran out.
    """

    entries: tuple[SearchEntry, ...] = ()
    total: Count | None = None
    by_kind: dict[str, Count] = field(default_factory=dict)
    next: Cursor | None = None
    is_behind: bool = False
    problem: str = ""
    # Seconds.
    took: float = 0.0


def search(
    membership: Membership,
    organization: Organization,
    query: Query,
    *,
    now: datetime,
    after: Cursor | None = None,
    limit: int = 25,
) -> Found:
    """Return what ``membership`` may find of ``organization``: nothing at all for those who may not know of it."""
    began = time.perf_counter()
    visible = Organization.objects.visible_to(membership).filter(pk=organization.pk).first()
    progress = visible and SearchProgress.objects.filter(organization=visible.uuid).first()
    is_behind = visible is not None and _is_behind(visible, progress, now)
    if not progress:
        return Found(total=Count(0), is_behind=is_behind)
    containers = _containers(visible, query)
    if containers is not None and not containers:
        return Found(total=Count(0), is_behind=is_behind)
    asking = Asking(
        _wanted(visible, progress, query, containers),
        limit=limit + 1,
        after=after and Place(after.at, after.id),
        oldest_first=query.oldest_first,
    )
    answer = asking.ask()
    counts = {} if after else asking.counts()
    places = answer.places[:limit]
    has_next = len(answer.places) > limit
    return Found(
        entries=_entries(membership, [place.id for place in places]),
        total=None if after else Count(min(answer.number, CAP), answer.number > CAP or not answer.is_whole),
        by_kind={kind: Count(*count) for kind, count in counts.items()},
        next=Cursor(places[-1].at, places[-1].id) if has_next else None,
        is_behind=is_behind,
        problem=_problem(answer.is_out_of_time, answer.reached, query),
        took=time.perf_counter() - began,
    )


def snippet(entry: SearchEntry, parsed: Parsed) -> Pieces:
    """Return (text, whether it was looked for) pieces of the text of an entry, around the first match."""
    return snippet_of(entry.text, parsed.terms)


def title(entry: SearchEntry, parsed: Parsed) -> Pieces:
    """Return the name of an entry in the same way."""
    return marked(entry.name, parsed.terms)


def _wanted(
    organization: Organization, progress: SearchProgress, query: Query, containers: frozenset[int] | None
) -> Wanted:
    wanted = Wanted(
        organization.uuid,
        mark_of(progress.pk),
        kinds=query.kinds,
        containers=containers,
        feed_key=query.feed_key,
        begin=query.begin,
        end=query.end,
        as_of=query.as_of,
        larger=query.larger,
        smaller=query.smaller,
        has_attachments=query.has_attachments,
        versions=query.versions,
    )
    letters = tuple(FIELD_NAMES[name] for name in FIELD_NAMES if name in query.fields)
    return wanted.with_typed(query.parsed.looked_for_in(letters) if letters else query.parsed)


def _containers(organization: Organization, query: Query) -> frozenset[int] | None:
    """Return which containers are looked into, None for all of the organization."""
    if query.containers is None and query.items is None:
        return None
    found = Container.objects.filter(organization=organization)
    if query.containers is not None:
        found = found.filter(pk__in=query.containers)
    if query.items is not None:
        found = found.filter(item__in=query.items)
    return frozenset(found.values_list("pk", flat=True))


def _entries(membership: Membership, ids: Collection[int]) -> tuple[SearchEntry, ...]:
    visible = SearchEntry.objects.visible_to(membership).select_related("container__item").defer("words")
    found = {entry.pk: entry for entry in visible.filter(pk__in=ids)}
    # One may have been erased since it was found.
    return tuple(found[one] for one in ids if one in found)


def _is_behind(organization: Organization, progress: SearchProgress | None, now: datetime) -> bool:
    reached = progress.commit if progress else 0
    lacking = VaultCommit.objects.filter(organization=organization.uuid, number__gt=reached)
    return lacking.filter(made_at__lt=now - _USUAL_LAG).exists()


def _problem(is_out_of_time: bool, reached: datetime | None, query: Query) -> str:
    if not is_out_of_time:
        return ""
    if reached is None:
        return "That took too long and was stopped. Say more words, or choose whose data and which time to look in."
    way = "after" if query.oldest_first else "before"
    return (
        f"That took too long and was stopped: what lies {way} {reached:%-d %B %Y} was not looked at. Say more words, or"
        " choose whose data and which time to look in."
    )


def _big(number: int) -> int:
    if not 0 <= number < 2**63:
        raise ValueError(number)
    return number

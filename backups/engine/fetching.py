"""Fetching what has changed, a few objects at once, in the order they came."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from backups.connectors.base import (
    AccessRevoked,
    ConnectorError,
    CredentialRefused,
    DamagedOnTheWay,
    NotThere,
    ProviderBusy,
)
from backups.connectors.contract import Connector, Feed, Part, Source, Upsert
from backups.engine.threads import DatabaseThreads

# What is longer goes straight into the vault, without lying in memory.
IN_HAND_BYTES = 4 << 20
TRIES = 3


@dataclass
class Fetched:
    """An object with the bytes of its parts; None for a part that is too large to be held.

    ``problem`` is what it ended with, in ``part`` or (for "") as a whole; parts before it are there.
    """

    found: Upsert
    contents: dict[str, bytes | None] = field(default_factory=dict)
    problem: ConnectorError | None = None
    part: str = ""


class Fetcher:
    """Asks a connector with as many threads as it allows. What busy providers raise ends everything; other problems
    end one object.
    """

    def __init__(self, connector: Connector, source: Source) -> None:
        self.connector, self.source = connector, source
        # Pauses and budgets are asked for in each of them.
        self._threads = DatabaseThreads(connector.width, "fetch")

    def __enter__(self) -> "Fetcher":
        return self

    def __exit__(self, *_) -> None:
        self._threads.__exit__(None, None, None)

    def fetch(self, feed: Feed, wanted: Iterable[tuple[Upsert, dict[str, str]]]) -> Iterator[Fetched]:
        """Yield each object with those parts whose tags differ from the ones given with it, in the same order."""
        waiting: deque[Future] = deque()
        try:
            for found, tags in wanted:
                waiting.append(self._threads.submit(self.fetch_one, feed, found, tags))
                if len(waiting) >= 2 * self.connector.width:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for one in waiting:
                one.cancel()

    def fetch_one(self, feed: Feed, found: Upsert, tags: dict[str, str]) -> Fetched:
        """Return one object with the bytes of its new parts. Raises what concerns more than this object."""
        answer = Fetched(found)
        part = ""
        try:
            answer.found = found = self._complete(feed, found)
            for one in found.parts:
                part = one.name
                if not one.tag or tags.get(one.name) != one.tag:
                    answer.contents[one.name] = self._content(feed, found, one)
        except ConnectorError as problem:
            if concerns_more_than_one(problem):
                raise
            answer.problem, answer.part = problem, part
        return answer

    def _complete(self, feed: Feed, found: Upsert) -> Upsert:
        whole = self.connector.complete(self.source, feed, found)
        return replace(whole, is_whole=True)

    def _content(self, feed: Feed, found: Upsert, part: Part) -> bytes | None:
        if part.size is not None and part.size > IN_HAND_BYTES:
            return None
        for tries in range(1, TRIES + 1):
            try:
                with self.connector.open(self.source, feed, found, part) as stream:
                    return _held(stream)
            except DamagedOnTheWay:
                if tries == TRIES:
                    raise
        raise AssertionError("unreachable")


def concerns_more_than_one(problem: ConnectorError) -> bool:
    """Return whether a problem met at one object concerns the others as well."""
    return isinstance(problem, ProviderBusy | AccessRevoked | CredentialRefused)


def is_gone(problem: ConnectorError) -> bool:
    """Return whether the object left between being told of and being fetched; the feed will tell."""
    return isinstance(problem, NotThere)


def _held(stream) -> bytes | None:
    pieces, size = [], 0
    while piece := stream.read(256 << 10):
        pieces.append(piece)
        size += len(piece)
        if size > IN_HAND_BYTES:
            return None
    return b"".join(pieces)

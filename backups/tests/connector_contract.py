"""What a test of the connectors' contract needs: a subject for each kind, and an engine in miniature.

A file ``connectors_<kind>.py`` beside this one registers what it brings:

    @subject
    class Mail(Subject):
        ...
"""

import hashlib
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from backups.connectors.base import CannotBeSaved, CursorExpired
from backups.connectors.contract import Checkpoint, Connector, Feed, Remove, Source, Upsert
from backups.connectors.http import Http
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.tokens import Credential, TokenSource
from backups.tests.scripted_provider import Clock
from portal.tests.simulator import Simulator

SCOPE = "https://graph.microsoft.com/.default"
SUBJECTS: dict[str, type["Subject"]] = {}


@dataclass(frozen=True)
class Truth:
    """An object as it really is: the feed and the object it lies in, and the SHA-256 (or refusal) of each part."""

    feed: str
    parts: dict[str, str]
    parent: str = ""
    # What else a subject compares of its record.
    record: object = None


class Subject:
    """One kind of connector with an item of a simulated tenant. Each file of subjects says what is missing here."""

    # The word of the kind, as tests show it.
    name: ClassVar[str]
    connector_class: ClassVar[Callable[[Graph], Connector]]
    # The permission (or several with spaces between them) without which nothing of the kind can be read.
    role: ClassVar[str]
    # Finds the requests for changes, and those for bytes, among the paths of the simulator.
    changes_path: ClassVar[str]
    content_path: ClassVar[str]
    # Whether bytes come with a hash, so that a flipped bit is noticed.
    is_verified: ClassVar[bool] = False
    # Whether a feed can lose its cursor, and keeps one.
    forgets: ClassVar[bool] = True
    # What can happen to an object; each is a method that lets it happen.
    mutations: ClassVar[tuple[str, ...]] = ("new", "changed", "moved", "deleted")
    # The id of an item that does not exist.
    stranger = "00000000-0000-0000-0000-000000000000"

    def __init__(self, simulator: Simulator, tenant: dict) -> None:
        self.simulator, self.tenant = simulator, tenant

    @property
    def source(self) -> Source:
        """The item that is read."""
        raise NotImplementedError

    def truth(self) -> dict[str, Truth]:
        """Return everything a backup must hold now, by id."""
        raise NotImplementedError

    def forget(self) -> None:
        """Let the provider lose every cursor of the item."""
        raise NotImplementedError

    def mutate(self, *operations: dict) -> list[dict]:
        """Let things happen."""
        return self.simulator.mutate(self.tenant, *operations)

    def known_as(self, feed: str, remote_id: str) -> str:
        """Return the id of an object in a feed, by the id the provider gives it there."""
        return remote_id

    def compared(self, record: dict) -> object:
        """Return what of a record shall equal the truth."""
        return None

    def without(self) -> Source:
        """Return an item without any data of this kind."""
        raise NotImplementedError


def subject(made: type[Subject]) -> type[Subject]:
    """Register a kind."""
    SUBJECTS[made.name] = made
    return made


def load_subjects() -> dict[str, type[Subject]]:
    """Return the subjects of all files that bring some."""
    folder = Path(__file__).parent
    for module in pkgutil.iter_modules([str(folder)]):
        if module.name.startswith("connectors_"):
            importlib.import_module(f"backups.tests.{module.name}")
    return dict(sorted(SUBJECTS.items()))


@contextmanager
def graph_of(simulator: Simulator, tenant: dict, app: str = "backup", *, clock=None) -> Iterator[Graph]:
    """Yield Graph for one of our apps in a tenant, on a clock that moves only while somebody sleeps."""
    app, clock = simulator.apps[app], clock or Clock()
    timing = {"sleep": clock.sleep, "clock": clock}
    with Http(simulator.login_url, **timing) as sign_in:
        tokens = TokenSource(
            sign_in, tenant=tenant["id"], client_id=app.client_id, credentials=[Credential(secret=app.secret)],
            scope=SCOPE, clock=clock,
        )  # fmt: skip
        hosts = ("localhost", "127.0.0.1", ".example")
        with Http(simulator.graph_url, token=tokens, download_hosts=hosts, **timing) as http:
            yield Graph(http, tenant=tenant["id"])


@dataclass
class Kept:
    """What the copy holds of one object."""

    feed: str
    found: Upsert
    parts: dict[str, str]


@dataclass
class Copy:
    """A backup in memory: it does with what a connector tells what the engine does."""

    connector: Connector
    source: Source
    compared: Callable[[dict], object] = lambda record: None
    objects: dict[str, Kept] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    # How many objects were completed, and parts read, in the last pass.
    completed: int = 0
    opened: int = 0
    # Removes of a feed that nothing took back yet.
    _removed: set[tuple[str, str]] = field(default_factory=set)

    def pass_over(self) -> "Copy":
        """Read what changed in every feed, and settle it."""
        self.completed = self.opened = 0
        feeds = list(self.connector.feeds(self.source))
        for feed in feeds:
            try:
                self.read(feed)
            except CursorExpired:
                self.cursors.pop(feed.id)
                self.read(feed)
        self._settle({feed.id for feed in feeds})
        return self

    def read(self, feed: Feed) -> None:
        """Read one feed from its cursor on."""
        cursor, sighted, is_over = self.cursors.get(feed.id, ""), set(), False
        for change in self.connector.changes(self.source, feed, cursor):
            assert not is_over, "Something was told after the end of a pass."
            if isinstance(change, Upsert):
                sighted.add(change.id)
                self._removed.discard((feed.id, change.id))
                self._take(feed, change)
            elif isinstance(change, Remove):
                sighted.discard(change.id)
                self._removed.add((feed.id, change.id))
            elif isinstance(change, Checkpoint):
                self.cursors[feed.id], is_over = change.cursor, change.is_end
        assert is_over, "The pass has no end."
        if not cursor:
            missing = [key for key, kept in self.objects.items() if kept.feed == feed.id and key not in sighted]
            self._removed |= {(feed.id, key) for key in missing}

    def truth(self) -> dict[str, Truth]:
        """Return what is held, as a subject tells what there is."""
        return {
            key: Truth(kept.feed, kept.parts, kept.found.parent, self.compared(kept.found.record))
            for key, kept in self.objects.items()
        }

    def _take(self, feed: Feed, found: Upsert) -> None:
        known = self.objects.get(found.id)
        if known and known.found.tag == found.tag:
            known.feed = feed.id
            return
        self.completed += 1
        whole = self.connector.complete(self.source, feed, found)
        assert whole.is_whole, "What was completed is not whole."
        tags = {part.name: part.tag for part in known.found.parts} if known else {}
        parts = {}
        for part in whole.parts:
            is_same = part.tag and tags.get(part.name) == part.tag
            parts[part.name] = known.parts[part.name] if is_same else self.open(feed, whole, part)
        self.objects[found.id] = Kept(feed.id, whole, parts)

    def open(self, feed: Feed, found: Upsert, part) -> str:
        """Return the hash of a part, or why it is not given."""
        self.opened += 1
        try:
            with self.connector.open(self.source, feed, found, part) as stream:
                digest = hashlib.sha256()
                while block := stream.read(1 << 16):
                    digest.update(block)
                return digest.hexdigest()
        except CannotBeSaved as refusal:
            return str(refusal.reason)

    def _settle(self, feeds: set[str]) -> None:
        for feed_id, key in self._removed:
            if key in self.objects and self.objects[key].feed == feed_id:
                del self.objects[key]
        self._removed.clear()
        while gone := self._homeless(feeds):
            for key in gone:
                del self.objects[key]

    def _homeless(self, feeds: set[str]) -> list[str]:
        """Return what lies in a feed or a folder that is gone."""
        places = {"", *self.objects}
        return [key for key, one in self.objects.items() if one.feed not in feeds or one.found.parent not in places]

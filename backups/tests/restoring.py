"""Objects as the engine hands them to a restorer, read from a source straight into memory."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from backups.connectors.base import CannotBeSaved
from backups.connectors.contract import Connector, Feed, Source, Upsert
from backups.connectors.restoring import Assignment, Conflict, Saved


@dataclass
class MemoryTree:
    """Everything a container had when `saved_tree` read it."""

    all_feeds: list[Feed] = field(default_factory=list)
    objects: dict[str, Saved] = field(default_factory=dict)

    def feeds(self) -> list[Feed]:
        return self.all_feeds

    def feed(self, key: str) -> Feed | None:
        return next((one for one in self.all_feeds if one.id == key), None)

    def object(self, object_id: str) -> Saved | None:
        return self.objects.get(object_id)

    def objects_of(self, feed: Feed) -> Iterator[Saved]:
        return (one for one in self.objects.values() if one.feed.id == feed.id)

    def chosen_of(self, feed: Feed) -> Iterator[Saved]:
        return self.objects_of(feed)


@dataclass
class MemoryPlaces:
    names: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        return self.names.get(name)

    def set(self, name: str, value: str) -> None:
        self.names[name] = value


def saved_tree(connector: Connector, source: Source) -> MemoryTree:
    """Read a whole container: every feed, every object, every part; what the source will not give is left out."""
    tree = MemoryTree()
    for feed in connector.feeds(source):
        tree.all_feeds.append(feed)
        for change in connector.changes(source, feed, ""):
            if isinstance(change, Upsert):
                with suppress(CannotBeSaved):
                    tree.objects[change.id] = _saved(connector, source, feed, change)
    return tree


def assignment_of(source: Source, tree: MemoryTree, *, target: Source | None = None, **choices) -> Assignment:
    """Return the order to put back what ``tree`` holds, into a folder and skipping what is there unless told."""
    choices = {"key": "restore-1", "folder": "Restored 22 Nov 2026", "conflict": Conflict.SKIP} | choices
    return Assignment(source=source, target=target or source, tree=tree, places=MemoryPlaces(), **choices)


def _saved(connector: Connector, source: Source, feed: Feed, found: Upsert) -> Saved:
    if not found.is_whole:
        found = connector.complete(source, feed, found)
    contents = {}
    for part in found.parts:
        with connector.open(source, feed, found, part) as stream:
            contents[part.name] = stream.read()
    sizes = {name: len(content) for name, content in contents.items()}
    return Saved(found.id, found.record, found.facts, feed, found.parent, sizes, lambda part: iter([contents[part]]))

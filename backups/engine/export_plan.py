"""In which order an export takes its objects, so that it can go on anywhere: feed by feed, the oldest first.

Of a container with a million objects this holds 24 bytes each in memory: the moment and the object's id in the vault.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from struct import Struct
from uuid import UUID

from backups.engine.export_saved import Saved, Shelf
from backups.engine.notes import object_id_in, read_note
from backups.models import Container, Export, ExportPart
from backups.vault import lookups, points
from backups.vault.vault import Vault

_ITEM = Struct(">q16s")
# Looked up and read together.
_BATCH = 100


@dataclass(frozen=True)
class Place:
    """How far an export is: everything up to and including this object is in a volume.

    ``piece`` counts the files that one feed's common file (an MBOX, a table, a transcript) was cut into.
    """

    part: int = 0
    path: str = ""
    feed: str = ""
    after: str = ""
    piece: int = 0

    def as_json(self) -> dict:
        """Return it as the export's row keeps it."""
        return asdict(self)


@dataclass(frozen=True)
class Step:
    """The next object: ``saved`` is None for one that is not there any more. ``place`` is where one is after it."""

    shelf: Shelf
    feed: str
    saved: Saved | None
    object_id: UUID
    commit: int
    place: Place


def steps_of(export: Export, vault: Vault, place: Place) -> Iterator[Step]:
    """Yield the objects of an export that come after ``place``."""
    for part in export.parts.filter(position__gte=place.part).select_related("container__item").order_by("position"):
        shelf = Shelf(vault, part.container, part.commit)
        yield from _steps_of_part(part, shelf, place if part.position == place.part else Place(part.position))


def _steps_of_part(part: ExportPart, shelf: Shelf, place: Place) -> Iterator[Step]:
    commits = {UUID(one): commit for one, commit in part.chosen}
    groups = _chosen(shelf, commits) if commits else _everything(shelf, part.feed_key)
    for path, key in sorted(("/".join(shelf.feed_path(key)), key) for key in groups):
        if (path, key) < (place.path, place.feed):
            continue
        is_begun = (path, key) == (place.path, place.feed)
        after = bytes.fromhex(place.after) if is_begun else b""
        here = Place(part.position, path, key, place.after if is_begun else "", place.piece if is_begun else 0)
        yield from _steps_of_feed(shelf, key, _sorted(groups[key], after), commits, here)


def _steps_of_feed(shelf: Shelf, key: str, items: list[bytes], commits: dict, here: Place) -> Iterator[Step]:
    for first in range(0, len(items), _BATCH):
        batch = items[first : first + _BATCH]
        found: dict[UUID, Saved] = {}
        by_commit: dict[int, list[UUID]] = {}
        for item in batch:
            one = _id_in(item)
            by_commit.setdefault(commits.get(one, shelf.commit), []).append(one)
        for commit, some in by_commit.items():
            found |= shelf.saved(some, commit)
        for item in batch:
            one = _id_in(item)
            after = Place(here.part, here.path, key, item.hex(), here.piece)
            yield Step(shelf, key, found.get(one), one, commits.get(one, shelf.commit), after)


def _everything(shelf: Shelf, feed_key: str) -> dict[str, bytearray]:
    wanted = _below(shelf, feed_key) if feed_key else None
    groups: dict[str, bytearray] = {}
    for row in lookups.objects_of(shelf.vault.organization, shelf.container.account, shelf.commit):
        if object_id_in(row.external_id) is None:
            continue
        note = read_note(row.version.meta)
        if wanted is None or note.feed in wanted:
            groups.setdefault(note.feed, bytearray()).extend(_item(shelf.container, note.facts, row.version.object_id))
    return groups


def _chosen(shelf: Shelf, commits: dict[UUID, int]) -> dict[str, bytearray]:
    groups: dict[str, bytearray] = {}
    by_commit: dict[int, list[UUID]] = {}
    for one, commit in commits.items():
        by_commit.setdefault(commit, []).append(one)
    for commit, some in by_commit.items():
        versions = points.versions_at(shelf.vault.organization, some, commit)
        for one in some:
            note = read_note(versions[one].meta) if one in versions else None
            facts, key = (note.facts, note.feed) if note else ({}, "")
            groups.setdefault(key, bytearray()).extend(_item(shelf.container, facts, one))
    return groups


def _below(shelf: Shelf, feed_key: str) -> set[str]:
    """Return a feed and every one below it."""
    found = {feed_key}
    while more := {key for key, feed in shelf.feeds.items() if feed["parent"] in found} - found:
        found |= more
    return found


def _item(container: Container, facts: dict, object_id: UUID) -> bytes:
    # What was said is ordered by when it was said first, everything else by its own moment.
    names = ("created_at", "modified_at") if container.kind == Container.Kind.TEAMS else ("modified_at", "created_at")
    return _ITEM.pack(next(filter(None, (_seconds(facts.get(name)) for name in names)), 0), object_id.bytes)


def _seconds(moment: object) -> int:
    try:
        return int(datetime.fromisoformat(str(moment)).timestamp()) + (1 << 40)
    except (ValueError, OverflowError):
        return 0


def _sorted(items: bytearray, after: bytes) -> list[bytes]:
    cut = [bytes(items[at : at + _ITEM.size]) for at in range(0, len(items), _ITEM.size)]
    return sorted(item for item in cut if item > after)


def _id_in(item: bytes) -> UUID:
    return UUID(bytes=_ITEM.unpack(item)[1])

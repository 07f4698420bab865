"""A container as it was at a moment, as restorers ask for it: its feeds, its folders, its objects with their bytes.

Safe for several threads: each reads with a reader of its own.
"""

import hashlib
import json
import logging
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models.functions import MD5

from backups.connectors.contract import Feed
from backups.connectors.restoring import OPEN, Saved
from backups.engine.export_saved import Saved as Kept
from backups.engine.export_saved import Shelf
from backups.engine.notes import FEED, RECORD, external_id, object_id_in, read_note
from backups.models import Container, RestoreContainer, RestoreObject, RestorePlace
from backups.vault import ids, lookups, points
from backups.vault.errors import Damaged, KeyProblem, NotInStore
from backups.vault.lookups import CatalogueIndex, VersionRow
from backups.vault.reading import Reader
from backups.vault.recipe import Recipe, read_recipe
from backups.vault.vault import Vault

log = logging.getLogger(__name__)

# What reading raises where what was kept is not all there any more: only this object is concerned.
DAMAGED = (Damaged, KeyProblem, NotInStore)
# Folders that many objects lie in are read once.
_REMEMBERED = 2000
_TOGETHER = 200


@dataclass(frozen=True)
class Located:
    """An object and where its bytes lie; read by `SavedTree.read`."""

    kept: Kept
    feed: Feed


class SavedTree:
    """One container as of a commit. What was chosen from another moment finds its folders as they were last."""

    def __init__(self, vault: Vault, container: Container, commit: int, part: RestoreContainer | None = None) -> None:
        self.vault, self.container, self.part = vault, container, part
        self._shelf = Shelf(vault, container, commit)
        self._local, self._lock = threading.local(), threading.Lock()
        self._remembered: dict[str, Saved | None] = {}
        self._feeds = _parents_first({key: _feed(key, told) for key, told in self._shelf.feeds.items()})
        self._now = self._visible(commit)
        self._of_feed: dict[str, list[UUID]] | None = None

    def feeds(self) -> list[Feed]:
        """Return the feeds there were, a parent before its children."""
        return [feed for key, feed in self._feeds.items() if key in self._now]

    def feed(self, key: str) -> Feed | None:
        """Return one feed by its id, also one that was not there at that moment."""
        return self._feeds.get(key)

    def feed_path(self, key: str) -> list[str]:
        """Return the names of a feed and those above it."""
        return self._shelf.feed_path(key)

    def object(self, object_id: str) -> Saved | None:
        """Return one object, such as the folder another one lies in. Raises what `read` raises."""
        with self._lock:
            if object_id in self._remembered:
                return self._remembered[object_id]
        one = ids.object_id(self.vault.keys.object_key, self.container.account, external_id(RECORD, object_id))
        located = self.locate([(one, self._shelf.commit)]).get(one) or self._newest(one)
        saved = located and self.read(located)
        with self._lock:
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            self._remembered[object_id] = saved
        return saved

    def objects_of(self, feed: Feed) -> Iterator[Saved]:
        """Yield every object a feed had that can be read."""
        with self._lock:
            if self._of_feed is None:
                self._of_feed = self._by_feed()
        yield from self._read_some([(one, self._shelf.commit) for one in self._of_feed.get(feed.id, ())])

    def chosen_of(self, feed: Feed) -> Iterator[Saved]:
        """Yield those objects of a feed that can be read and that the part this tree is read for puts back.

        The others fail by themselves when their turn comes.
        """
        rows = RestoreObject.objects.filter(part=self.part, feed_key=feed.id).exclude(state=RestoreObject.State.SKIPPED)
        yield from self._read_some(list(rows.order_by("turn", "rank", "pk").values_list("object", "commit")))

    def _read_some(self, wanted: list[tuple[UUID, int]]) -> Iterator[Saved]:
        for at in range(0, len(wanted), _TOGETHER):
            some = wanted[at : at + _TOGETHER]
            found = self.locate(some)
            for one in (found[one] for one, _ in some if one in found):
                try:
                    saved = self.read(one)
                except (*DAMAGED, ValueError):
                    log.warning("Object %s cannot be read and is left out of what is made of many.", one.kept.id)
                else:
                    yield saved

    def _by_feed(self) -> dict[str, list[UUID]]:
        found: dict[str, list[UUID]] = {}
        for row in lookups.objects_of(self.vault.organization, self.container.account, self._shelf.commit):
            if object_id_in(row.external_id) is not None:
                found.setdefault(read_note(row.version.meta).feed, []).append(row.version.object_id)
        return found

    def locate(self, wanted: Collection[tuple[UUID, int]]) -> dict[UUID, Located]:
        """Return where (object, commit) lie, in as many questions as there are commits; without what is gone."""
        by_commit: dict[int, list[UUID]] = {}
        for one, commit in wanted:
            by_commit.setdefault(commit, []).append(one)
        found: dict[UUID, Located] = {}
        for commit, some in by_commit.items():
            for one, kept in self._shelf.saved(some, commit).items():
                feed = self.feed(kept.note.feed) or Feed(kept.note.feed, "Unknown place", "")
                found[one] = Located(kept, feed)
        return found

    def read(self, located: Located) -> Saved:
        """Return an object with its record read. Raises a `VaultError`, and ValueError for a record that is no JSON."""
        return self._saved(located, self._reader().read(located.kept.version))

    def read_many(self, located: Collection[Located]) -> Iterator[tuple[Located, Saved]]:
        """Yield objects with their records, read from the store together where they lie together.

        Raises what `read` raises for the first that cannot be read.
        """
        reader, some = self._reader(), list(located)
        recipes = [read_recipe(one.kept.version.recipe) for one in some]
        plains = reader.blobs(ref for recipe in recipes if _is_plain(recipe) for ref in recipe.blobs)
        for one, recipe in zip(some, recipes, strict=True):
            if _is_plain(recipe):
                content = b"".join(next(plains) for _ in recipe.blobs)
                if hashlib.sha256(content).digest() != one.kept.version.sha256:
                    content = reader.read(one.kept.version)
            else:
                content = reader.read(one.kept.version)
            yield one, self._saved(one, content)

    def _saved(self, located: Located, record: bytes) -> Saved:
        kept = located.kept
        return Saved(
            id=kept.id,
            record=json.loads(record),
            facts=kept.note.facts,
            feed=located.feed,
            parent=kept.note.parent,
            parts={name: version.size for name, version in kept.parts.items()},
            stream=lambda part: self._reader().stream(kept.parts[part]),
            damaged=DAMAGED,
        )

    def _newest(self, one: UUID) -> Located | None:
        versions: list[VersionRow] = lookups.versions_of(self.vault.organization, one)
        return self.locate([(one, versions[0].from_commit)]).get(one) if versions else None

    def _reader(self) -> Reader:
        if not hasattr(self._local, "reader"):
            index = CatalogueIndex(self.vault.organization)
            self._local.reader = Reader(self.vault.keys, self.vault.store, index)
        return self._local.reader

    def _visible(self, commit: int) -> set[str]:
        key, account = self.vault.keys.object_key, self.container.account
        by_id = {ids.object_id(key, account, external_id(FEED, one)): one for one in self._feeds}
        return {by_id[one] for one in points.versions_at(self.vault.organization, by_id, commit)}


class KeptPlaces:
    """What was found or made at the target, in rows, where whoever goes on after a break finds it."""

    def __init__(self, part: RestoreContainer) -> None:
        self.part = part

    def get(self, name: str) -> str | None:
        """Return what is known of a place."""
        return self._row(name).values_list("value", flat=True).first()

    def set(self, name: str, value: str) -> None:
        """Remember a place, from now on."""
        facts = {"value": value, "is_open": bool(value) and name.startswith(OPEN)}
        if not self._row(name).update(**facts):
            RestorePlace.objects.bulk_create([RestorePlace(part=self.part, name=name, **facts)], ignore_conflicts=True)

    def _row(self, name: str):
        # By the digest that the index has: a name may be as long as a path.
        digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
        return RestorePlace.objects.alias(digest=MD5("name")).filter(part=self.part, digest=digest, name=name)


def _is_plain(recipe: Recipe) -> bool:
    return not recipe.is_stored and not recipe.parts


def _feed(key: str, told: dict) -> Feed:
    record = told["record"] if isinstance(told["record"], dict) else {}
    return Feed(key, told["name"], told["type"], told["parent"], record)


def _parents_first(feeds: dict[str, Feed]) -> dict[str, Feed]:
    found: dict[str, Feed] = {}
    for key in feeds:
        above: list[str] = []
        while key in feeds and key not in found and key not in above:
            above.append(key)
            key = feeds[key].parent
        for one in reversed(above):
            found[one] = feeds[one]
    return found

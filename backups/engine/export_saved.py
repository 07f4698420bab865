"""Objects as they are kept, read for whoever hands them out: the record, its parts, and where it lay."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from uuid import UUID

from backups.content.names import safe_name
from backups.engine.notes import FEED, RECORD, Note, external_id, object_id_in, read_note
from backups.models import Container, ContainerFeed
from backups.vault import ids, points
from backups.vault.errors import ContentDamaged, VaultError
from backups.vault.lookups import CatalogueIndex, VersionRow
from backups.vault.reading import Place, Reader
from backups.vault.recipe import read_recipe
from backups.vault.vault import Vault

# Deeper trees than this are a circle, or nothing a person made.
_DEEPEST = 100
# The blobs of what is not larger are looked up many objects at a time.
_SMALL_BYTES = 1 << 20


class Saved:
    """One object as a restore point sees it."""

    def __init__(self, shelf: "Shelf", object_id: str, version: VersionRow, parts: dict[str, VersionRow]) -> None:
        self.id, self.version, self.parts = object_id, version, parts
        self.note: Note = read_note(version.meta)
        self._shelf = shelf

    def record(self) -> dict:
        """Return the provider's own JSON of it. Raises what `Reader` raises."""
        return json.loads(self._shelf.reader.read(self.version))

    def read(self, part: str) -> bytes:
        """Return a part, which must not be large. Raises KeyError for one it does not have."""
        return self._shelf.reader.read(self.parts[part])

    def stream(self, part: str) -> Iterator[bytes]:
        """Yield a part in pieces; what `Reader.stream` promises of them holds here too."""
        return self._shelf.reader.stream(self.parts[part])

    @property
    def name(self) -> str:
        """The subject, title or file name."""
        return str(self.note.facts.get("name") or "")


class _LookedUpAhead(CatalogueIndex):
    """Says where the blobs of many small objects lie with one question instead of one each.

    Who asks for the same as just before may do so because a blob was moved meanwhile, and gets a fresh answer.
    """

    def __init__(self, organization: UUID) -> None:
        super().__init__(organization)
        self._known: dict[bytes, Place] = {}
        self._asked: frozenset[bytes] = frozenset()

    def look_up(self, versions: Iterable[VersionRow]) -> None:
        """Look up what the small ones of these need."""
        wanted: set[bytes] = set()
        for version in versions:
            # Whoever reads a version with a damaged recipe is told so then.
            with suppress(ContentDamaged):
                if version.size <= _SMALL_BYTES:
                    wanted.update(ref.blob_id for ref in read_recipe(version.recipe).references())
        self._known = super().places(wanted)

    def places(self, blob_ids: Collection[bytes]) -> dict[bytes, Place]:
        before, self._asked = self._asked, frozenset(blob_ids)
        if self._asked == before or not self._asked <= self._known.keys():
            return super().places(blob_ids)
        return {one: self._known[one] for one in self._asked}


class Shelf:
    """One container as of a commit: where its feeds and folders lie, and its objects by their ids in the vault."""

    def __init__(self, vault: Vault, container: Container, commit: int) -> None:
        self.vault, self.container, self.commit = vault, container, commit
        self._ahead = _LookedUpAhead(vault.organization)
        self.reader = Reader(vault.keys, vault.store, self._ahead)
        self.feeds = self._feeds()
        self._folders: dict[tuple[str, int], tuple[str, str] | None] = {}

    def saved(self, object_ids: Collection[UUID], commit: int | None = None) -> dict[UUID, Saved]:
        """Return the objects with their parts; without those that are not there any more."""
        at = self.commit if commit is None else commit
        named = points.names_of(self.vault.organization, object_ids)
        ours = {
            one: object_id
            for one, (account, external) in named.items()
            if account == self.container.account and (object_id := object_id_in(external)) is not None
        }
        versions = points.versions_at(self.vault.organization, ours, at)
        wanted = {
            self._id(external_id(part, ours[one])): (one, part)
            for one, version in versions.items()
            for part in read_note(version.meta).parts
        }
        parts: dict[UUID, dict[str, VersionRow]] = {one: {} for one in versions}
        for found, version in points.versions_at(self.vault.organization, wanted, at).items():
            one, part = wanted[found]
            parts[one][part] = version
        self._ahead.look_up(version for one in versions for version in (versions[one], *parts[one].values()))
        return {one: Saved(self, ours[one], version, parts[one]) for one, version in versions.items()}

    def folders_above(self, saved: Saved, commit: int | None = None) -> list[str]:
        """Return the names of the folders an object lies in within its feed, from the top; without the root."""
        at, names, place = self.commit if commit is None else commit, [], saved.note.parent
        while place and len(names) < _DEEPEST:
            folder = self._folder(place, at)
            if folder is None:
                break
            name, above = folder
            if above:
                names.append(name)
            place = above
        return names[::-1]

    def feed(self, key: str) -> dict:
        """Return what is known of a feed: ``name``, ``type``, ``parent`` and ``record``."""
        return self.feeds.get(key) or {"name": "Unknown place", "type": "", "parent": "", "record": {}}

    def feed_path(self, key: str) -> list[str]:
        """Return the names of a feed and those above it, without what stands for the whole container."""
        names: list[str] = []
        passed: set[str] = set()
        while key and key not in passed:
            passed.add(key)
            feed = self.feed(key)
            is_whole = feed["type"] == "drive" or (feed["type"] == "site" and not feed["parent"])
            if not is_whole and feed["record"].get("wellKnownName") != "msgfolderroot":
                names.append(feed["name"])
            key = feed["parent"]
        return names[::-1]

    def safe_path(self, key: str) -> tuple[str, ...]:
        """Return the path of a feed in names that can stand on every computer."""
        return tuple(map(safe_name, self.feed_path(key)))

    def has_namesakes(self, key: str) -> bool:
        """Return whether another feed has the same safe path, where case does not count."""
        return self._paths[_spelled(self.safe_path(key))] > 1

    @cached_property
    def _paths(self) -> Counter[str]:
        return Counter(_spelled(self.safe_path(key)) for key in self.feeds)

    def _folder(self, object_id: str, at: int) -> tuple[str, str] | None:
        if (object_id, at) not in self._folders:
            one = self._id(external_id(RECORD, object_id))
            version = points.versions_at(self.vault.organization, [one], at).get(one)
            note = version and read_note(version.meta)
            self._folders[object_id, at] = (str(note.facts.get("name") or ""), note.parent) if note else None
        return self._folders[object_id, at]

    def _feeds(self) -> dict[str, dict]:
        rows = {row.key: row for row in ContainerFeed.objects.filter(container=self.container)}
        by_id = {self._id(external_id(FEED, key)): key for key in rows}
        # Those that are gone, and those whose words cannot be read, are known by their rows.
        feeds = {key: {"name": row.name, "type": row.type, "parent": row.parent_key, "record": {}}
                 for key, row in rows.items()}  # fmt: skip
        for one, version in points.versions_at(self.vault.organization, by_id, self.commit).items():
            try:
                feeds[by_id[one]] |= json.loads(self.reader.read(version))
            except VaultError:
                continue
        return feeds

    def _id(self, external: str) -> UUID:
        return ids.object_id(self.vault.keys.object_key, self.container.account, external)


def _spelled(path: tuple[str, ...]) -> str:
    return "/".join(path).casefold()

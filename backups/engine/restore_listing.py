"""Which objects a restore takes: one row each, made from what the vault saw at its moment."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from backups.connectors.contract import Feed
from backups.connectors.restoring import Restorer
from backups.engine.notes import Note, object_id_in, read_note
from backups.engine.restore_tree import SavedTree
from backups.models import Container, RestoreContainer, RestoreObject
from backups.vault import lookups, points
from jobs.claims import Claim

_BATCH = 1000
# Kinds whose objects lie in other objects: in folders of a drive.
_NESTED = (Container.Kind.ONEDRIVE, Container.Kind.SHAREPOINT)
_DEEPEST = 100


@dataclass(frozen=True)
class _Found:
    object: UUID
    commit: int
    id: str
    note: Note


def list_objects(part: RestoreContainer, tree: SavedTree, restorer: Restorer, claim: Claim) -> None:
    """Give every object that is asked for a row, all of them or none. Raises `LeaseLost`."""
    commit = part.restore.commit
    folders = _Folders(part, tree, commit)
    with transaction.atomic():
        claim.renew()
        part.rows.all().delete()
        batch: list[RestoreObject] = []
        for found in _wanted(part, tree, folders, commit):
            row = _row(part, tree, restorer, folders, found)
            if row is None:
                continue
            batch.append(row)
            if len(batch) >= _BATCH:
                RestoreObject.objects.bulk_create(batch)
                batch.clear()
        RestoreObject.objects.bulk_create(batch)
        part.is_listed, part.compared = True, []
        part.objects_total = part.rows.count()
        part.save(update_fields=["is_listed", "compared", "objects_total"])
        claim.renew()


class _Folders:
    """The folders of a container that are objects themselves, by their ids: (name, id of the one above)."""

    def __init__(self, part: RestoreContainer, tree: SavedTree, commit: int) -> None:
        self.known: dict[str, tuple[str, str]] = {}
        if part.container.kind in _NESTED:
            for found in _everything(tree, commit):
                if found.note.facts.get("is_folder"):
                    self.known[found.id] = (str(found.note.facts.get("name") or ""), found.note.parent)

    def above(self, parent: str) -> list[str]:
        """Return the ids of the folders something lies in, from the bottom."""
        found: list[str] = []
        while parent in self.known and parent not in found and len(found) < _DEEPEST:
            found.append(parent)
            parent = self.known[parent][1]
        return found

    def names(self, parent: str) -> list[str]:
        """Return the names of the folders something lies in, from the top, without the root."""
        return [self.known[one][0] for one in reversed(self.above(parent)) if self.known[one][1]]


def _wanted(part: RestoreContainer, tree: SavedTree, folders: _Folders, commit: int) -> Iterator[_Found]:
    selection = part.selection
    chosen = {UUID(one): at for one, at in selection.get("objects", [])}
    feeds, below = _with_those_below(tree, selection.get("feeds", [])), set(selection.get("folders", []))
    if not selection or feeds or below:
        for found in _everything(tree, commit):
            if found.object in chosen:
                continue
            lies_below = found.id in below or not below.isdisjoint(folders.above(found.note.parent))
            if not selection or found.note.feed in feeds or (below and lies_below):
                yield found
    yield from _chosen(tree, chosen)


def _everything(tree: SavedTree, commit: int) -> Iterator[_Found]:
    for row in lookups.objects_of(tree.vault.organization, tree.container.account, commit):
        object_id = object_id_in(row.external_id)
        if object_id is not None:
            yield _Found(row.version.object_id, commit, object_id, read_note(row.version.meta))


def _chosen(tree: SavedTree, chosen: dict[UUID, int]) -> Iterator[_Found]:
    organization, by_commit = tree.vault.organization, {}
    names = points.names_of(organization, chosen)
    for one, commit in chosen.items():
        by_commit.setdefault(commit, []).append(one)
    for commit, some in by_commit.items():
        versions = points.versions_at(organization, some, commit)
        for one in some:
            account, external = names.get(one, ("", ""))
            object_id = object_id_in(external)
            if one in versions and account == tree.container.account and object_id is not None:
                yield _Found(one, commit, object_id, read_note(versions[one].meta))


def _with_those_below(tree: SavedTree, keys: list[str]) -> set[str]:
    found = set(keys)
    # A parent comes before its children.
    for feed in tree.feeds():
        if feed.parent in found:
            found.add(feed.id)
    return found


def _row(
    part: RestoreContainer, tree: SavedTree, restorer: Restorer, folders: _Folders, found: _Found
) -> RestoreObject | None:
    note = found.note
    feed = tree.feed(note.feed) or Feed(note.feed, "Unknown place", "")
    turn = restorer.turn(feed, note.facts)
    if turn < 0:
        return None
    at = _moment(note.facts)
    seconds = int(at.timestamp()) if at else 0
    where = [*tree.feed_path(note.feed), *folders.names(note.parent)]
    return RestoreObject(
        part=part,
        object=found.object,
        commit=found.commit,
        object_id=found.id,
        feed_key=note.feed,
        folder=" / ".join(where)[:400],
        name=str(note.facts.get("name") or "")[:400].replace("\x00", ""),
        size=note.whole_size,
        at=at,
        turn=turn,
        rank=-seconds if restorer.newest_first else seconds,
    )


def _moment(facts: dict) -> datetime | None:
    for name in ("modified_at", "created_at"):
        try:
            return datetime.fromisoformat(str(facts.get(name) or "")).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None

"""Which blobs something refers to: every recipe of every remaining version, and every manifest.

Recipes are opaque to SQL, so they are read here and their ids sent to a table of this database session, where packs can
be compared with them however many there are. A mark is true for one commit, its ``head``; what was committed since is
added by `Mark.refresh`, and a commit of ours counts only behind the head its mark has seen.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from struct import Struct
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction

from backups.vault import catalogue, copying, lookups
from backups.vault.errors import BlobMissing
from backups.vault.keys import WrappedKey
from backups.vault.lookups import CatalogueIndex
from backups.vault.pack import HEAD_BYTES, ROW_BYTES, TAIL_BYTES, PackRow
from backups.vault.reading import Reader
from backups.vault.recipe import Recipe, read_recipe, referenced_ids
from backups.vault.sealing import TAG_BYTES
from backups.vault.vault import Vault

_PAGE = 5_000
_ID = Struct(">hi32s")
_AWAY = "DROP TABLE IF EXISTS vault_live, vault_named"


@dataclass(frozen=True)
class Leaving:
    """What is about to be erased, and therefore keeps nothing alive: objects of an account, all of them for None.

    ``manifests`` are those that will be written anew without them.
    """

    account: str
    object_ids: frozenset[UUID] | None = None
    manifests: frozenset[bytes] = frozenset()


class PackUse(NamedTuple):
    """A pack of the catalogue, and how much of it is still needed; bytes as stored."""

    pack_id: bytes
    digest: bytes
    size: int
    commit: int
    slip: bytes
    key: WrappedKey
    blobs: int
    # Blobs in it that the catalogue does not look for here: copies of what was stored twice at the same time.
    hidden: int
    stored: int
    live: int

    @property
    def waste(self) -> float:
        """Return which part of the stored bytes nothing refers to."""
        return 1 - self.live / self.stored if self.stored else 1.0


class Mark:
    """The live blobs of one organization. A context manager; one at a time in a database session."""

    def __init__(
        self, vault: Vault, *, leaving: Leaving | None = None, progress: Callable[[int], None] = lambda versions: None
    ) -> None:
        self.vault, self.leaving, self.progress = vault, leaving, progress
        self.organization = vault.organization
        self.head = 0
        self.versions = 0

    def __enter__(self) -> "Mark":
        self.head = lookups.head(self.organization)[0]
        with connection.cursor() as cursor:
            cursor.execute(f"{_AWAY}; CREATE TEMP TABLE vault_named (id bytea)")
        for recipes in self._all_recipes():
            _copy_ids("vault_named", needed_by(self._reader(), recipes))
            self.versions += len(recipes)
            self.progress(self.versions)
        _copy_ids("vault_named", self._manifests(after=0))
        # Sorted once: ids are random, so adding each lot to a key costs more the more there are.
        with transaction.atomic(), connection.cursor() as cursor:
            catalogue.patient(cursor)
            cursor.execute(
                "CREATE TEMP TABLE vault_live AS SELECT DISTINCT id FROM vault_named; DROP TABLE vault_named;"
                " ALTER TABLE vault_live ADD PRIMARY KEY (id); ANALYZE vault_live"
            )
        return self

    def __exit__(self, *_) -> None:
        if not connection.needs_rollback and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute(_AWAY)

    def refresh(self) -> bool:
        """Add what commits since ``head`` refer to; return whether there were any."""
        newest = lookups.head(self.organization)[0]
        if newest == self.head:
            return False
        after, self.head = self.head, newest
        self._add(needed_by(self._reader(), self._recipes_since(after)))
        self._add(self._manifests(after=after))
        return True

    def packs(self) -> list[PackUse]:
        """Return every pack in use that was known at ``head``, and note in the catalogue how much of it is live."""
        rows = _rows(
            "SELECT uuid_send(p.id), p.digest, p.size, p.commit, p.slip, p.epoch, p.wrapped_key, p.blobs,"
            " p.blobs - coalesce(u.known, 0), coalesce(u.live, 0) FROM backups_vaultpack p LEFT JOIN ("
            "   SELECT b.pack, count(*) AS known, sum(b.length) FILTER (WHERE l.id IS NOT NULL) AS live"
            "   FROM backups_vaultblob b LEFT JOIN vault_live l ON l.id = b.id"
            "   WHERE b.organization = %s GROUP BY b.pack) u ON u.pack = p.id"
            " WHERE p.organization = %s AND p.doomed_at IS NULL AND p.commit <= %s ORDER BY p.commit, p.id",
            [self.organization, self.organization, self.head],
        )
        packs = [
            PackUse(
                bytes(one), bytes(digest), size, commit, bytes(slip), WrappedKey(epoch, bytes(key)), blobs, hidden,
                stored_bytes(size, blobs), int(live),
            )
            for one, digest, size, commit, slip, epoch, key, blobs, hidden, live in rows
        ]  # fmt: skip
        self._note(packs)
        return packs

    def live_rows(self, pack_ids: Collection[bytes]) -> dict[bytes, list[PackRow]]:
        """Return the blobs of packs that something refers to, in the order they lie there."""
        found: dict[bytes, list[PackRow]] = {one: [] for one in pack_ids}
        rows = _rows(
            "SELECT uuid_send(b.pack), b.id, b.start, b.length, b.plain_length, b.flags FROM backups_vaultblob b"
            " JOIN vault_live l ON l.id = b.id WHERE b.organization = %s AND b.pack = ANY(%s::uuid[])"
            " ORDER BY b.pack, b.start",
            [self.organization, copying.uuid_array(pack_ids)],
        )
        for pack_id, blob_id, *place in rows:
            found[bytes(pack_id)].append(PackRow(bytes(blob_id), *place))
        return found

    def check_complete(self) -> None:
        """Raise `BlobMissing` when something is referred to that the catalogue has nowhere."""
        rows = _rows(
            "SELECT l.id FROM vault_live l WHERE NOT EXISTS (SELECT 1 FROM backups_vaultblob b"
            " WHERE b.organization = %s AND b.id = l.id) LIMIT 1000",
            [self.organization],
        )
        if rows:
            raise BlobMissing(
                f"{len(rows)} blobs that versions need are nowhere in the catalogue, so nothing was given up: a pack"
                " that looks unused may hold them. Rebuild the catalogue, then collect again.",
                blobs=tuple(bytes(one) for (one,) in rows),
            )

    def _reader(self) -> Reader:
        return Reader(self.vault.keys, self.vault.store, CatalogueIndex(self.organization))

    def _all_recipes(self) -> Iterator[list[bytes]]:
        # As text, because only the last one of a page is looked at.
        after, before = str(UUID(int=0)), 0
        condition, values = self._staying()
        while True:
            rows = _rows(
                "SELECT v.object::text, v.to_commit, v.recipe FROM backups_vaultversion v"  # noqa: S608 - our own words
                f" WHERE v.organization = %s AND (v.object, v.to_commit) > (%s, %s){condition}"
                " ORDER BY v.object, v.to_commit LIMIT %s",
                [self.organization, after, before, *values, _PAGE],
            )
            yield [bytes(recipe) for _, _, recipe in rows]
            if len(rows) < _PAGE:
                return
            after, before = rows[-1][:2]

    def _recipes_since(self, after: int) -> list[bytes]:
        condition, values = self._staying()
        accounts = _rows(
            "SELECT DISTINCT account FROM backups_vaultmanifest WHERE organization = %s AND commit > %s",
            [self.organization, after],
        )
        if not accounts:
            return []
        rows = _rows(
            "SELECT v.recipe FROM backups_vaultversion v WHERE v.organization = %s AND v.from_commit > %s"  # noqa: S608
            " AND v.object IN (SELECT o.id FROM backups_vaultobject o"
            f"   WHERE o.organization = %s AND o.account = ANY(%s)){condition}",
            [self.organization, after, self.organization, [account for (account,) in accounts], *values],
        )
        return [bytes(recipe) for (recipe,) in rows]

    def _manifests(self, *, after: int) -> set[bytes]:
        condition, values = "", []
        if self.leaving and self.leaving.object_ids is None:
            condition, values = " AND account <> %s", [self.leaving.account]
        rows = _rows(
            "SELECT DISTINCT blob FROM backups_vaultmanifest"  # noqa: S608 - our own words
            f" WHERE organization = %s AND commit > %s{condition}",
            [self.organization, after, *values],
        )
        return {bytes(blob) for (blob,) in rows} - (self.leaving.manifests if self.leaving else frozenset())

    def _staying(self) -> tuple[str, list]:
        """Return the SQL that leaves out versions about to be erased."""
        if self.leaving is None:
            return "", []
        if self.leaving.object_ids is not None:
            return " AND v.object <> ALL(%s::uuid[])", [copying.uuid_array(self.leaving.object_ids)]
        return (
            " AND NOT EXISTS (SELECT 1 FROM backups_vaultobject o WHERE o.organization = v.organization"
            " AND o.id = v.object AND o.account = %s)",
            [self.leaving.account],
        )

    def _add(self, ids: Collection[bytes]) -> None:
        add_ids("vault_live", ids)

    def _note(self, packs: list[PackUse]) -> None:
        """Write live bytes into the catalogue. Packs a writer is just referring to are left for the next time."""
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE backups_vaultpack p SET live_bytes = n.live FROM ("
                " SELECT p.id, u.live FROM backups_vaultpack p"
                " JOIN unnest(%s::uuid[], %s::int[]) AS u (id, live) ON u.id = p.id AND u.live <> p.live_bytes"
                " WHERE p.organization = %s AND p.doomed_at IS NULL FOR UPDATE OF p SKIP LOCKED) n"
                " WHERE p.organization = %s AND p.id = n.id",
                [
                    copying.uuid_array([pack.pack_id for pack in packs]),
                    [pack.live for pack in packs],
                    self.organization,
                    self.organization,
                ],
            )


def needed_by(reader: Reader, recipes: Collection[bytes]) -> set[bytes]:
    """Return the ids of all blobs that versions with these recipes need, those of stored recipes included.

    Raises what reading a stored recipe raises: without it nobody knows what is needed.
    """
    ids: set[bytes] = set()
    for recipe in set(recipes):
        named, is_stored = referenced_ids(recipe)
        ids.update(named)
        if is_stored:
            ids.update([ref.blob_id for ref in stored_recipe(reader, read_recipe(recipe)).references()])
    return ids


def stored_recipe(reader: Reader, recipe: Recipe) -> Recipe:
    """Return the recipe that the blobs of ``recipe`` hold."""
    return read_recipe(b"".join(reader.blobs(recipe.blobs)))


def add_ids(table: str, ids: Collection[bytes]) -> None:
    """Add ids to a table of this session that has them as its primary key."""
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE {table}_more (id bytea)")
        _copy_ids(f"{table}_more", ids)
        cursor.execute(
            f"INSERT INTO {table} SELECT DISTINCT id FROM {table}_more ON CONFLICT DO NOTHING;"  # noqa: S608 - our words
            f" DROP TABLE {table}_more"
        )


def _copy_ids(table: str, ids: Collection[bytes]) -> None:
    with connection.cursor() as cursor:
        copying.copy_rows(cursor, table, ("id",), [_ID.pack(1, 32, one) for one in ids])


def stored_bytes(size: int, blobs: int) -> int:
    """Return how many bytes the blobs of a pack of that size take."""
    return size - HEAD_BYTES - blobs * ROW_BYTES - TAG_BYTES - TAIL_BYTES


def _rows(sql: str, values: list) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()

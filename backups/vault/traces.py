"""Every trace of what is to be erased: all blobs its versions ever named, and the manifests that tell of it.

Versions that retention deleted long ago left their bytes in packs that are mostly in use. Only manifests still tell
which blobs those were, so they are read here, all of an account's.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from backups.vault import copying, ids, lookups
from backups.vault.errors import Damaged, KeyProblem, NotInStore
from backups.vault.intake import Blob
from backups.vault.layout import pack_name
from backups.vault.lookups import CatalogueIndex
from backups.vault.manifest import Entry, read_manifest, write_manifests
from backups.vault.marking import Leaving, PackUse, add_ids, stored_recipe
from backups.vault.pack import OpenPack, read_rows
from backups.vault.reading import Reader
from backups.vault.recipe import BlobRef, read_recipe
from backups.vault.vault import Vault

_PAGE = 5_000


@dataclass
class Traces:
    """What was found; ids of blobs are in the table ``vault_traces`` of this database session.

    A context manager; one at a time.
    """

    vault: Vault
    account: str
    # None: the whole account.
    external_ids: frozenset[str] | None
    head: int = 0
    # Manifests that tell of it, and what stands for each: b"" when nothing is left.
    manifests: dict[bytes, bytes] = field(default_factory=dict)
    written: list[Blob] = field(default_factory=list)
    # Something that tells of it could not be read, so that any waste may be of it.
    is_complete: bool = True
    versions: int = 0
    objects: int = 0

    def __enter__(self) -> "Traces":
        return self

    def __exit__(self, *_) -> None:
        if not connection.needs_rollback and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE IF EXISTS vault_traces")

    @property
    def object_ids(self) -> frozenset[UUID] | None:
        if self.external_ids is None:
            return None
        key = self.vault.keys.object_key
        return frozenset(ids.object_id(key, self.account, one) for one in self.external_ids)

    @property
    def leaving(self) -> Leaving:
        return Leaving(self.account, self.object_ids, frozenset(self.manifests))

    @property
    def tombstones(self) -> tuple[bytes, ...]:
        key = self.vault.keys.tombstone_key
        if self.external_ids is None:
            return (ids.tombstone(key, self.account),)
        return tuple(sorted(ids.tombstone(key, self.account, one) for one in self.external_ids))

    def look(self, progress: Callable[[int, int], None]) -> bool:
        """Find everything and return whether there is anything. Damage on the way makes the search wider, not fail."""
        self.head = lookups.head(self.vault.organization)[0]
        reader = Reader(self.vault.keys, self.vault.store, CatalogueIndex(self.vault.organization))
        blobs = self._manifest_blobs()
        self._count()
        if not (blobs or self.versions or self.objects):
            return False
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS vault_traces; CREATE TEMP TABLE vault_traces (id bytea PRIMARY KEY)")
        for done, blob_id in enumerate(blobs, 1):
            try:
                self._look_into(reader, blob_id)
            except (Damaged, KeyProblem, NotInStore):
                self.is_complete = False
            progress(done, len(blobs))
        for recipes in self._recipes():
            self._add(reader, recipes)
        add_ids("vault_traces", self.manifests.keys())
        return bool(self.manifests or self.versions or self.objects)

    def has_new(self) -> bool:
        """Return whether the account got new commits since this looked."""
        return bool(
            _rows(
                "SELECT 1 FROM backups_vaultmanifest WHERE organization = %s AND account = %s AND commit > %s LIMIT 1",
                [self.vault.organization, self.account, self.head],
            )
        )

    def packs_with_some(self, packs: list[PackUse]) -> list[PackUse]:
        """Return those of ``packs`` that hold anything of it which nothing else refers to.

        Needs the mark's table beside this one's.
        """
        rows = _rows(
            "SELECT DISTINCT uuid_send(b.pack) FROM backups_vaultblob b JOIN vault_traces t ON t.id = b.id"
            " WHERE b.organization = %s AND NOT EXISTS (SELECT 1 FROM vault_live l WHERE l.id = b.id)",
            [self.vault.organization],
        )
        known = {bytes(one) for (one,) in rows}
        return [pack for pack in packs if pack.pack_id in known or self._is_suspect(pack)]

    def _is_suspect(self, pack: PackUse) -> bool:
        if not self.is_complete and pack.live < pack.stored:
            return True
        return pack.hidden > 0 and self._hides_some(pack)

    def _hides_some(self, pack: PackUse) -> bool:
        """Return whether a pack holds a copy that the catalogue does not know. What cannot be read counts as one."""
        name = pack_name(self.vault.organization, pack.digest)
        try:
            key = self.vault.keys.unwrap_pack_key(pack.pack_id, pack.key)
            opened = OpenPack(self.vault.organization, pack.pack_id, key, name=name)
            rows = read_rows(opened, pack.size, lambda offset, length: self.vault.store.get_range(name, offset, length))
        except (Damaged, KeyProblem, NotInStore):
            return True
        found = _rows(
            "SELECT 1 FROM vault_traces t WHERE t.id = ANY(%s::bytea[])"
            " AND NOT EXISTS (SELECT 1 FROM vault_live l WHERE l.id = t.id) LIMIT 1",
            [copying.byte_array(row.blob_id for row in rows)],
        )
        return bool(found)

    def _manifest_blobs(self) -> list[bytes]:
        rows = _rows(
            "SELECT DISTINCT blob FROM backups_vaultmanifest WHERE organization = %s AND account = %s",
            [self.vault.organization, self.account],
        )
        return [bytes(blob) for (blob,) in rows]

    def _look_into(self, reader: Reader, blob_id: bytes) -> None:
        if self.external_ids is None:
            self.manifests[blob_id] = b""
        place = reader.index.places([blob_id]).get(blob_id)
        if place is None:
            self.is_complete = False
            return
        _, entries = read_manifest(b"".join(reader.blobs([BlobRef(blob_id, place.plain_length)])))
        told = [one for one in entries if self.external_ids is None or one.external_id in self.external_ids]
        if not told:
            return
        if self.external_ids is not None:
            self.manifests[blob_id] = self._without(entries)
        self._add(reader, [one.recipe for one in told if one.recipe is not None])

    def _without(self, entries: list[Entry]) -> bytes:
        """Write a manifest anew without what is erased and return its id, b"" if nothing is left."""
        rest = [one for one in entries if one.external_id not in self.external_ids]
        # A part of what fitted into one manifest fits into one.
        plain = next(write_manifests(self.account, rest), None)
        if plain is None:
            return b""
        blob = Blob(ids.blob_id(self.vault.keys.id_key, plain), plain)
        self.written.append(blob)
        return blob.blob_id

    def _add(self, reader: Reader, recipes: list[bytes]) -> None:
        named: set[bytes] = set()
        for recipe in map(read_recipe, set(recipes)):
            named.update([ref.blob_id for ref in recipe.references()])
            if recipe.is_stored:
                try:
                    named.update([ref.blob_id for ref in stored_recipe(reader, recipe).references()])
                except (Damaged, KeyProblem, NotInStore):
                    # It went with its version; its chunks may still be waste somewhere.
                    self.is_complete = False
        add_ids("vault_traces", named)

    def _recipes(self) -> Iterator[list[bytes]]:
        condition, values = self._of_objects("v.object")
        after, before = UUID(int=0), 0
        while True:
            rows = _rows(
                "SELECT v.object, v.to_commit, v.recipe FROM backups_vaultversion v WHERE v.organization = %s"  # noqa: S608
                f" AND (v.object, v.to_commit) > (%s, %s) AND {condition} ORDER BY v.object, v.to_commit LIMIT %s",
                [self.vault.organization, after, before, *values, _PAGE],
            )
            yield [bytes(recipe) for _, _, recipe in rows]
            if len(rows) < _PAGE:
                return
            after, before = rows[-1][:2]

    def _count(self) -> None:
        condition, values = self._of_objects("v.object")
        organization = self.vault.organization
        count = f"SELECT count(*) FROM backups_vaultversion v WHERE v.organization = %s AND {condition}"  # noqa: S608
        self.versions = _rows(count, [organization, *values])[0][0]
        condition, values = self._of_objects("v.id")
        count = f"SELECT count(*) FROM backups_vaultobject v WHERE v.organization = %s AND {condition}"  # noqa: S608
        self.objects = _rows(count, [organization, *values])[0][0]

    def _of_objects(self, column: str) -> tuple[str, list]:
        """Return the SQL that picks the objects to be erased."""
        if self.object_ids is not None:
            return f"{column} = ANY(%s::uuid[])", [copying.uuid_array(self.object_ids)]
        return (
            f"{column} IN (SELECT o.id FROM backups_vaultobject o WHERE o.organization = %s AND o.account = %s)",  # noqa: S608
            [self.vault.organization, self.account],
        )

    def forget(self, cursor) -> None:
        """Delete versions, objects and what manifests tell. Belongs behind the move of the head."""
        condition, values = self._of_objects("v.object")
        organization = self.vault.organization
        cursor.execute(
            f"DELETE FROM backups_vaultversion v WHERE v.organization = %s AND {condition}",  # noqa: S608 - our words
            [organization, *values],
        )
        condition, values = self._of_objects("v.id")
        cursor.execute(
            f"DELETE FROM backups_vaultobject v WHERE v.organization = %s AND {condition}",  # noqa: S608 - our words
            [organization, *values],
        )
        gone = [old for old, new in self.manifests.items() if not new]
        cursor.execute(
            "DELETE FROM backups_vaultmanifest WHERE organization = %s AND account = %s AND blob = ANY(%s::bytea[])",
            [organization, self.account, copying.byte_array(gone)],
        )
        cursor.executemany(
            "UPDATE backups_vaultmanifest SET blob = %s WHERE organization = %s AND account = %s AND blob = %s",
            [(new, organization, self.account, old) for old, new in self.manifests.items() if new],
        )


def _rows(sql: str, values: list) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()

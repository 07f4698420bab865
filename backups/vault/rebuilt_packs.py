"""The packs' part of a rebuild: rows of packs and blobs from slips and footers, and what became of older packs"
" since."""

from collections.abc import Callable, Iterator
from itertools import groupby
from uuid import UUID

from django.db import connection, transaction

from backups.vault import catalogue, copying, layout
from backups.vault.catalogue import NewPack
from backups.vault.errors import KeyDestroyed, NotInStore, VaultError
from backups.vault.history import History, PackFound
from backups.vault.pack import PackRow
from backups.vault.vault import Vault

# Their blobs lie elsewhere from then on, also where a garbage copy of one is left in another pack.
_MOVES_BLOBS = ("collect", "erase")
# What one transaction writes at most.
_PACKS, _BLOBS = 64, 100_000


class PackRebuild:
    """Writes the packs of a history into the catalogue; what cannot be used is added to ``problems``."""

    def __init__(self, vault: Vault, history: History, counts: dict[str, int], problems: list[VaultError]) -> None:
        self.vault, self.history, self.counts, self.problems = vault, history, counts, problems
        self.organization = vault.organization

    def run(self, *, after: int, progress: Callable[[str, int, int], None]) -> None:
        """Bring older packs up to date and add those of the commits numbered above ``after``. Repeating it is safe."""
        if after:
            self._doom()
            self._renew_keys(after)
        for together in _in_lots(self.history.packs(after=after)):
            self._add(together)
            progress("packs", self.counts["packs"], 0)
        self._forget()

    def _add(self, found: list[PackFound]) -> None:
        known = self._known([one.pack.pack_id for one in found])
        self.problems += [one.problem for one in found if one.problem and not isinstance(one.problem, KeyDestroyed)]
        new = [one for one in found if one.pack.pack_id not in known]
        with transaction.atomic(), connection.cursor() as cursor:
            catalogue.patient(cursor)
            for alike, packs in groupby(new, key=_written_alike):
                self._write(cursor, alike, list(packs))
        self.counts["packs"] += len(new)
        self.counts["blobs"] += sum(len(one.rows or ()) for one in new)

    def _write(self, cursor, alike: tuple, found: list[PackFound]) -> None:
        number, kind, slip, has_key = alike[:4]
        if not has_key:
            for one in found:
                self._add_without_key(cursor, number, one)
            return
        if kind in _MOVES_BLOBS:
            for one in found:
                self._let_go(cursor, one.rows or ())
        catalogue.add_packs(cursor, self.organization, number, slip, [self._new_pack(one) for one in found])
        for one in found:
            if one.dropped_at:
                self._mark_doomed(cursor, one)

    def _new_pack(self, found: PackFound) -> NewPack:
        owner, pack, rows = self.organization.bytes, found.pack, found.rows or []
        return NewPack(
            pack_id=pack.pack_id,
            digest=pack.digest,
            size=pack.size,
            key=found.key,
            blobs=len(rows),
            stored_bytes=sum(row.length for row in rows),
            lock_until=self._lock_of(pack.digest),
            rows=b"".join(
                [copying.blob_row(owner, pack.pack_id, start, length, plain_length, flags, blob_id)
                 for blob_id, start, length, plain_length, flags in rows]
            ),
        )  # fmt: skip

    def _lock_of(self, digest: bytes):
        store = self.vault.store
        if store.lock_window is None:
            return None
        try:
            return store.locked_until(layout.pack_name(self.organization, digest))
        except NotInStore:
            return None

    def _add_without_key(self, cursor, number: int, found: PackFound) -> None:
        """Note a pack whose key was destroyed, so that the collector removes it; a lost slip is only a problem."""
        if not isinstance(found.problem, KeyDestroyed) or not self.history.is_in_store(found.pack.digest):
            return
        at = found.dropped_at or self.history.chain.links[-1].made_at
        cursor.execute(
            "INSERT INTO backups_vaultpack (organization, id, commit, size, live_bytes, blobs, epoch, digest, slip,"
            " key_destroyed_at, doomed_at, lock_until) VALUES (%s, %s, %s, %s, 0, 0, 0, %s, %s, %s, %s, %s)",
            [
                self.organization,
                UUID(bytes=found.pack.pack_id),
                number,
                found.pack.size,
                found.pack.digest,
                found.slip,
                at,
                at,
                self._lock_of(found.pack.digest),
            ],
        )

    def _let_go(self, cursor, rows: list[PackRow]) -> None:
        cursor.execute(
            "DELETE FROM backups_vaultblob WHERE organization = %s AND id = ANY(%s::bytea[])",
            [self.organization, copying.byte_array(row.blob_id for row in rows)],
        )

    def _mark_doomed(self, cursor, found: PackFound) -> None:
        cursor.execute(
            "UPDATE backups_vaultpack SET doomed_at = %s, live_bytes = 0 WHERE organization = %s AND id = %s",
            [found.dropped_at, self.organization, UUID(bytes=found.pack.pack_id)],
        )

    def _known(self, pack_ids: list[bytes]) -> set[bytes]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT uuid_send(id) FROM backups_vaultpack WHERE organization = %s AND id = ANY(%s::uuid[])",
                [self.organization, copying.uuid_array(pack_ids)],
            )
            return {bytes(row[0]) for row in cursor.fetchall()}

    def _doom(self) -> None:
        """Give up the packs that commits since have given up."""
        dropped = self.history.chain.dropped
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE backups_vaultpack p SET doomed_at = d.at, live_bytes = 0 FROM unnest(%s::bytea[],"
                " %s::timestamptz[]) AS d (name, at)"
                " WHERE p.organization = %s AND p.digest = d.name AND p.doomed_at IS NULL",
                [copying.byte_array(dropped), list(dropped.values()), self.organization],
            )

    def _renew_keys(self, after: int) -> None:
        """Take the keys of older packs from the slips that replaced theirs; a key that is in none was destroyed."""
        chain = self.history.chain
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT uuid_send(id), slip FROM backups_vaultpack WHERE organization = %s AND slip = ANY(%s::bytea[])",
                [self.organization, copying.byte_array(chain.replaced)],
            )
            rows = [(bytes(pack_id), bytes(slip)) for pack_id, slip in cursor.fetchall()]
            for pack_id, slip in rows:
                newest = chain.newest(slip, after)
                entry = self.history.keys_in(newest).get(pack_id)
                self._renew(cursor, pack_id, newest, entry.key if entry else None)

    def _renew(self, cursor, pack_id: bytes, slip: bytes, key) -> None:
        at = None if key else self.history.chain.links[-1].made_at
        cursor.execute(
            "UPDATE backups_vaultpack SET slip = %s, epoch = COALESCE(%s, epoch), wrapped_key = %s, key_destroyed_at ="
            " %s, doomed_at = COALESCE(doomed_at, %s) WHERE organization = %s AND id = %s",
            [
                slip,
                key.epoch if key else None,
                key.wrapped if key else None,
                at,
                at,
                self.organization,
                UUID(bytes=pack_id),
            ],
        )

    def _forget(self) -> None:
        """Let go of the blobs of packs that were given up, and of those packs that left the store.

        Where something could not be used they are kept: a pack that was given up may hold the only copy that opens.
        """
        gone = [pack_id for digest, pack_id in self._given_up() if not self.history.is_in_store(digest)]
        emptied = gone if self.problems else [pack_id for _, pack_id in self._given_up()]
        with transaction.atomic(), connection.cursor() as cursor:
            for table, column, packs in (("blob", "pack", emptied), ("pack", "id", gone)):
                cursor.execute(
                    f"DELETE FROM backups_vault{table} WHERE organization = %s AND {column} = ANY(%s::uuid[])",  # noqa: S608
                    [self.organization, copying.uuid_array(packs)],
                )

    def _given_up(self) -> list[tuple[bytes, UUID]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT digest, id FROM backups_vaultpack WHERE organization = %s AND doomed_at IS NOT NULL",
                [self.organization],
            )
            return [(bytes(digest), pack_id) for digest, pack_id in cursor.fetchall()]


def _written_alike(found: PackFound) -> tuple:
    """Return what packs have in common that can be written together."""
    return found.commit, found.kind, found.slip, found.key is not None, found.dropped_at


def _in_lots(packs: Iterator[PackFound]) -> Iterator[list[PackFound]]:
    """Group packs into what one transaction writes."""
    lot: list[PackFound] = []
    blobs = 0
    for one in packs:
        lot.append(one)
        blobs += len(one.rows or ())
        if len(lot) >= _PACKS or blobs >= _BLOBS:
            yield lot
            lot, blobs = [], 0
    if lot:
        yield lot

"""A catalogue for the offline reader: one SQLite file made from the store, gone when the reader ends.

Made for any number of objects: nothing but the chain of commits is held in memory.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from backups.vault import ids
from backups.vault.commits import Commit
from backups.vault.errors import KeyDestroyed, VaultError
from backups.vault.history import History, ManifestFound, PackFound
from backups.vault.keys import OrganizationKeys, WrappedKey
from backups.vault.reading import PackPlace, Place
from backups.vault.rereading import PackToRead

STILL = 2**63 - 1
_BATCH = 500
_TABLES = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;
    CREATE TABLE pack (id BLOB PRIMARY KEY, digest BLOB, size INT, epoch INT, wrapped BLOB, dropped INT) WITHOUT ROWID;
    CREATE TABLE blob (id BLOB PRIMARY KEY, pack BLOB, start INT, length INT, plain INT, flags INT) WITHOUT ROWID;
    CREATE TABLE commits (number INT PRIMARY KEY, made_at TEXT, kind TEXT);
    CREATE TABLE object (id INTEGER PRIMARY KEY, account TEXT, external_id TEXT, UNIQUE (account, external_id));
    CREATE TABLE version (object INT, ends INT, begins INT, size INT, sha256 BLOB, recipe BLOB, meta BLOB,
                          PRIMARY KEY (object, ends)) WITHOUT ROWID;
"""


class OfflineVersion(NamedTuple):
    """One version of an object; ``ends`` is `STILL` for the one that stands."""

    account: str
    external_id: str
    begins: int
    ends: int
    size: int
    sha256: bytes
    recipe: bytes
    meta: bytes


class OfflineIndex:
    """What a store says of one organization. It answers a `Reader` and lists versions; for one thread."""

    def __init__(self, file: Path, keys: OrganizationKeys) -> None:
        self.keys = keys
        self._file = sqlite3.connect(file, isolation_level=None)
        self._file.executescript(_TABLES)
        self.problems: list[VaultError] = []

    def close(self) -> None:
        """Close the file; whoever made it removes it."""
        self._file.close()

    def fill(self, history: History, *, progress: Callable[[str, int], None] = lambda what, done: None) -> None:
        """Read every footer and every manifest; what cannot be used is in ``problems``."""
        self.problems += history.chain.problems
        self._file.execute("BEGIN")
        for done, found in enumerate(history.packs(), 1):
            self._add_pack(found)
            progress("packs", done)
        for done, commit in enumerate(history.commits(), 1):
            self._apply(commit, history)
            progress("commits", done)
        self._file.execute("COMMIT")

    def places(self, blob_ids: Collection[bytes]) -> dict[bytes, Place]:
        return {
            row[0]: Place(*row[1:])
            for row in self._in("SELECT id, pack, start, length, plain, flags FROM blob WHERE id IN", blob_ids)
        }

    def packs(self, pack_ids: Collection[bytes]) -> dict[bytes, PackPlace]:
        rows = self._in("SELECT id, digest, epoch, wrapped FROM pack WHERE id IN", pack_ids)
        return {one: PackPlace(digest, WrappedKey(epoch, wrapped)) for one, digest, epoch, wrapped in rows}

    def all_packs(self) -> Iterator[PackToRead]:
        """Yield every pack that something may refer to."""
        rows = self._file.execute("SELECT id, digest, size, epoch, wrapped FROM pack WHERE NOT dropped ORDER BY digest")
        for one, digest, size, epoch, wrapped in rows:
            yield PackToRead(self.keys.organization, one, digest, size, WrappedKey(epoch, wrapped))

    def commits(self) -> Iterator[tuple[int, str, str]]:
        """Yield (number, moment, kind) of every commit."""
        yield from self._file.execute("SELECT number, made_at, kind FROM commits ORDER BY number")

    def count(self, table: str) -> int:
        """Return how many packs, blobs, commits, objects or versions there are, by the name of their table."""
        return self._file.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our own words

    def newest_until(self, moment: str) -> int:
        """Return the newest commit made up to a moment in ISO 8601 and UTC, 0 when there was none."""
        return self._file.execute("SELECT max(number) FROM commits WHERE made_at <= ?", [moment]).fetchone()[0] or 0

    def versions(
        self, *, at: int | None = None, account: str | None = None, external_id: str | None = None, every: bool = False
    ) -> Iterator[OfflineVersion]:
        """Yield what a restore point sees (None: the newest), or ``every`` version, of an account and an object."""
        seen = STILL - 1 if at is None else at
        rows = self._file.execute(
            "SELECT account, external_id, begins, ends, size, sha256, recipe, meta FROM object o"
            " JOIN version v ON v.object = o.id"
            " WHERE (?1 IS NULL OR account = ?1) AND (?2 IS NULL OR external_id = ?2)"
            " AND (?3 OR (begins <= ?4 AND ends > ?4)) ORDER BY account, external_id, begins",
            [account, external_id, every, seen],
        )
        yield from map(OfflineVersion._make, rows)

    def _add_pack(self, found: PackFound) -> None:
        if found.problem and not isinstance(found.problem, KeyDestroyed):
            self.problems.append(found.problem)
        if found.key is None or found.rows is None:
            return
        pack, key = found.pack, found.key
        is_dropped = found.dropped_at is not None
        row = (pack.pack_id, pack.digest, pack.size, key.epoch, key.wrapped, is_dropped)
        self._file.execute("INSERT OR IGNORE INTO pack VALUES (?, ?, ?, ?, ?, ?)", row)
        # A pack that was given up is only asked where no other has the blob.
        self._file.executemany(
            "INSERT INTO blob VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET pack = excluded.pack,"
            " start = excluded.start, length = excluded.length, plain = excluded.plain, flags = excluded.flags"
            " WHERE NOT ?7 AND (SELECT dropped FROM pack p WHERE p.id = blob.pack)",
            [
                (row.blob_id, pack.pack_id, row.offset, row.length, row.plain_length, row.flags, is_dropped)
                for row in found.rows
            ],
        )

    def _apply(self, commit: Commit, history: History) -> None:
        self._file.execute(
            "INSERT INTO commits VALUES (?, ?, ?)", [commit.number, commit.made_at.isoformat(), commit.kind]
        )
        for found in history.manifests(commit, self):
            if isinstance(found, VaultError):
                self.problems.append(found)
            else:
                self._apply_manifest(commit.number, found)
        if commit.kind == "retain":
            self._retain(commit)
        if commit.tombstones:
            self._erase(frozenset(commit.tombstones))

    def _apply_manifest(self, number: int, found: ManifestFound) -> None:
        for external_id, recipe, sha256, size, meta in found.entries:
            named = [found.account, external_id]
            self._file.execute("INSERT OR IGNORE INTO object (account, external_id) VALUES (?, ?)", named)
            (one,) = self._file.execute("SELECT id FROM object WHERE account = ? AND external_id = ?", named).fetchone()
            self._file.execute("UPDATE version SET ends = ? WHERE object = ? AND ends = ?", [number, one, STILL])
            if recipe is not None:
                row = [one, STILL, number, size, sha256, recipe, meta]
                self._file.execute("INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def _retain(self, commit: Commit) -> None:
        """Forget the versions that are over and that no kept restore point sees, but for accounts under a hold."""
        held = {bytes.fromhex(one) for one in commit.extra["held"]}
        until = commit.extra.get("until", STILL - 1)
        accounts = [row[0] for row in self._file.execute("SELECT DISTINCT account FROM object").fetchall()]
        self._file.execute("CREATE TEMP TABLE kept (number INT PRIMARY KEY)")
        self._file.executemany("INSERT OR IGNORE INTO kept VALUES (?)", [(one,) for one in commit.extra["kept"]])
        for account in accounts:
            if ids.tombstone(self.keys.tombstone_key, account) in held:
                continue
            self._file.execute(
                "DELETE FROM version WHERE ends <= ? AND object IN (SELECT id FROM object WHERE account = ?)"
                " AND NOT EXISTS (SELECT 1 FROM kept WHERE number >= begins AND number < ends)",
                [until, account],
            )
        self._file.execute("DROP TABLE kept")

    def _erase(self, tombstones: frozenset[bytes]) -> None:
        key = self.keys.tombstone_key
        with closing(self._file.cursor()) as cursor:
            erased = [
                (one,)
                for one, account, external_id in cursor.execute("SELECT id, account, external_id FROM object")
                if ids.tombstone(key, account) in tombstones or ids.tombstone(key, account, external_id) in tombstones
            ]
        self._file.executemany("DELETE FROM version WHERE object = ?", erased)
        self._file.executemany("DELETE FROM object WHERE id = ?", erased)

    def _in(self, sql: str, values: Collection[bytes]) -> Iterator[tuple]:
        listed = list(values)
        for at in range(0, len(listed), _BATCH):
            batch = listed[at : at + _BATCH]
            yield from self._file.execute(f"{sql} ({','.join('?' * len(batch))})", batch)

"""Rows of objects into PostgreSQL: a commit's transaction beside the COPY of the very same rows.

Both write objects, versions and blobs into tables with the same keys and indexes, and both end with a flushed commit.
Ours also closes older versions, moves the head of the chain, and makes each row out of what the writer holds.
"""

import io
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection, transaction

from portal.benchmarks import Figure
from portal.benchmarks.engine_ours import Ours

if TYPE_CHECKING:
    from backups.vault.catalogue import Additions
    from backups.vault.vault import Vault

OBJECTS, PACKS, TURNS = 50_000, 20, 5
_COLUMNS = {
    "object": "organization, id, account, external_id",
    "version": "organization, object, from_commit, to_commit, size, sha256, recipe, meta",
    "blob": "organization, pack, start, length, plain_length, flags, id",
}
# Which rows one turn wrote.
_WRITTEN = {
    "object": "account = 'mail/person{turn}'",
    "version": "from_commit = {turn} + 1",
    "blob": "pack = ANY('{packs}'::uuid[])",
}


def measure(ours: Ours) -> Iterator[Figure]:
    """Yield objects a second."""
    ours.begin()
    took = ours.do("rows")
    yield Figure(
        "engine.rows", OBJECTS / took["ours"], OBJECTS / took["copy"], "objects/s, and by COPY; at least 0.3", least=0.3
    )


def compare(vault: "Vault") -> dict:
    """Return the seconds of both, the median of some turns."""
    seconds: dict[str, list[float]] = {"ours": [], "copy": []}
    for turn in range(TURNS):
        added = _additions(vault, turn)
        seconds["ours"].append(_accept(vault, added))
        seconds["copy"].append(_copy(vault.organization, turn, added))
    return {name: median(all_turns) for name, all_turns in seconds.items()}


def _accept(vault: "Vault", added: "Additions") -> float:
    from backups.vault import catalogue, lookups
    from backups.vault.commits import Commit, seal_commit

    number, digest = lookups.head(vault.organization)
    commit = Commit(vault.organization, number + 1, digest, datetime.now(UTC), counts={"versions": OBJECTS})
    sealed = seal_commit(vault.keys, commit)
    began = time.perf_counter()
    catalogue.accept(sealed, added, holds=lambda: True, save=None)
    return time.perf_counter() - began


def _copy(organization: UUID, turn: int, added: "Additions") -> float:
    """COPY what that turn wrote into tables of the same shape."""
    packs = "{" + ",".join(pack.pack_id.hex() for pack in added.packs) + "}"
    with connection.cursor() as cursor:
        for table in _COLUMNS:
            cursor.execute(f"CREATE TABLE IF NOT EXISTS bench_{table} (LIKE backups_vault{table} INCLUDING ALL)")
        cursor.execute("ANALYZE")
        rows = {
            table: _rows(cursor, table, f"organization = '{organization}' AND {written.format(turn=turn, packs=packs)}")
            for table, written in _WRITTEN.items()
        }
    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for table, columns in _COLUMNS.items():
            cursor.copy_expert(f"COPY bench_{table} ({columns}) FROM STDIN (FORMAT binary)", rows[table], 1 << 18)
    return time.perf_counter() - began


def _rows(cursor, table: str, which: str) -> io.BytesIO:
    rows = io.BytesIO()
    chosen = f"SELECT {_COLUMNS[table]} FROM backups_vault{table} WHERE {which}"  # noqa: S608 - our own words
    cursor.copy_expert(f"COPY ({chosen}) TO STDOUT (FORMAT binary)", rows)
    rows.seek(0)
    return rows


def _additions(vault: "Vault", turn: int) -> "Additions":
    """Return what a commit of many new objects adds, one blob each, in ids as random as real ones."""
    from backups.vault import copying
    from backups.vault.catalogue import Additions, Change, NewPack
    from backups.vault.recipe import BlobRef, Recipe, write_recipe

    owner, account, packs, changes = vault.organization.bytes, f"mail/person{turn}", [], {}
    for _ in range(PACKS):
        pack_id, at, rows = os.urandom(16), 20, []
        for number in range(OBJECTS // PACKS):
            blob_id = os.urandom(32)
            rows.append(copying.blob_row(owner, pack_id, at, 5_000, 20_000, 2, blob_id))
            at += 5_000
            recipe = write_recipe(Recipe((BlobRef(blob_id, 20_000),)))
            name = f"AAMkAD{turn}{len(packs):04}{number:0140}"
            note = b'{"folder": "Inbox/Projects", "flags": "S"}'
            changes[UUID(bytes=os.urandom(16))] = Change(account, name, recipe, blob_id, 20_000, note)
        key = vault.keys.wrap_pack_key(pack_id, os.urandom(32))
        packs.append(NewPack(pack_id, os.urandom(32), at, key, len(rows), at - 20, rows=b"".join(rows)))
    return Additions(packs, os.urandom(32), changes, [(account, os.urandom(32))], (), turn)

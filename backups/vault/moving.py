"""Carrying the live blobs of packs over into new packs, without decompressing: opened, and sealed under a new key.

A blob is opened with its tag verified, so what is damaged is found here and its pack is left where it is.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from backups.vault import layout
from backups.vault.catalogue import NewPack
from backups.vault.codec import compress
from backups.vault.errors import Damaged, KeyProblem, NotInStore, StoreProblem, VaultError
from backups.vault.intake import Blob
from backups.vault.marking import PackUse
from backups.vault.pack import OpenPack, PackBuilder, PackRow
from backups.vault.stores.base import CutShort
from backups.vault.stowing import put_pack
from backups.vault.vault import Vault

# Live blobs this near to each other come in one request; what lies between them is thrown away.
GAP_BYTES = 256 << 10
_UNREADABLE = (Damaged, KeyProblem, NotInStore, CutShort)


@dataclass
class Moved:
    """What was carried over: the sources that can be given up now, and the packs that stand for them."""

    sources: list[PackUse] = field(default_factory=list)
    packs: list[NewPack] = field(default_factory=list)
    # Blobs by id, with the source they come from.
    blobs: dict[bytes, bytes] = field(default_factory=dict)
    moved_bytes: int = 0
    # Blobs that could not be carried over, from sources that are given up all the same.
    lost: set[bytes] = field(default_factory=set)
    # What was wrong with sources.
    problems: list[VaultError] = field(default_factory=list)

    def covers(self, live: dict[bytes, list[PackRow]]) -> bool:
        """Return whether everything that is live in the sources was carried over, or is lost."""
        return all(row.blob_id in self.blobs or row.blob_id in self.lost for rows in live.values() for row in rows)


class Mover:
    """Fills new packs from old ones; `finish` closes the last of them. For one thread.

    A source with anything damaged is left out; with ``over_gaps`` all that opens is taken from it.
    """

    def __init__(self, vault: Vault, *, over_gaps: bool = False) -> None:
        self.vault, self.over_gaps = vault, over_gaps
        self.moved = Moved()
        self._builder = PackBuilder(vault.organization)

    def move(self, source: PackUse, rows: Sequence[PackRow]) -> None:
        """Carry ``rows`` over from ``source``, or note why it has to stay."""
        blobs: list[tuple[PackRow, bytes]] = []
        problems = []
        for run in _runs(rows):
            try:
                blobs += self._opened(source, run)
            except _UNREADABLE as problem:
                problems.append(problem)
                blobs += self._what_opens(source, run) if self.over_gaps else []
        self.moved.problems += problems
        if problems and not self.over_gaps:
            return
        for row, stored in blobs:
            self._add(row.blob_id, stored, row.plain_length, row.flags, source.pack_id)
        self.moved.lost.update({row.blob_id for row in rows} - self.moved.blobs.keys())
        self.moved.sources.append(source)

    def add(self, blobs: Iterable[Blob]) -> None:
        """Store new content along with what is carried over."""
        for blob in blobs:
            if blob.blob_id not in self.moved.blobs:
                stored, flags = compress(blob.plain)
                self._add(blob.blob_id, stored, len(blob.plain), flags, b"")

    def finish(self) -> Moved:
        """Make the last pack durable and return everything that was moved."""
        if self._builder.rows:
            self.moved.packs.append(put_pack(self.vault, self._builder.finish()))
            self._builder = PackBuilder(self.vault.organization)
        return self.moved

    def _add(self, blob_id: bytes, stored: bytes, plain_length: int, flags: int, source: bytes) -> None:
        self._builder.add(blob_id, stored, plain_length, flags)
        self.moved.blobs[blob_id] = source
        self.moved.moved_bytes += len(stored)
        if self._builder.is_full:
            self.finish()

    def _what_opens(self, source: PackUse, run: Sequence[PackRow]) -> Iterator[tuple[PackRow, bytes]]:
        for row in run:
            with suppress(*_UNREADABLE):
                yield from self._opened(source, [row])

    def _opened(self, source: PackUse, run: Sequence[PackRow]) -> list[tuple[PackRow, bytes]]:
        name = layout.pack_name(self.vault.organization, source.digest)
        key = self.vault.keys.unwrap_pack_key(source.pack_id, source.key)
        opened = OpenPack(self.vault.organization, source.pack_id, key, name=name)
        begin, end = run[0].offset, run[-1].offset + run[-1].length
        fetched = memoryview(self.vault.store.get_range(name, begin, end - begin))
        return [
            (
                row,
                opened.open_blob(
                    row.blob_id, row.offset, fetched[row.offset - begin : row.offset - begin + row.length]
                ),
            )
            for row in run
        ]


def take_back(vault: Vault, packs: Iterable[NewPack], slip: bytes | None = None) -> None:
    """Remove packs that will not count after all, the slip with their keys first. What stays is swept later."""
    if slip is not None:
        with suppress(StoreProblem):
            vault.store.delete(layout.slip_name(vault.organization, vault.keys.epoch, slip))
    for pack in packs:
        with suppress(StoreProblem):
            vault.store.delete(layout.pack_name(vault.organization, pack.digest))


def _runs(rows: Sequence[PackRow]) -> Iterator[list[PackRow]]:
    """Group rows, sorted by offset, into stretches worth one request each."""
    run: list[PackRow] = []
    for row in rows:
        if run and row.offset - run[-1].offset - run[-1].length > GAP_BYTES:
            yield run
            run = []
        run.append(row)
    if run:
        yield run

"""Getting blobs into packs: what is known already is left out, the rest is compressed and sealed by two threads.

The caller's thread asks the catalogue, because a database connection belongs to one thread; the others only compute and
write to the store. What waits to be computed is bounded, so that a fast source cannot fill the memory.
"""

import threading
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from backups.vault import codec, copying, layout, lookups
from backups.vault.catalogue import NewPack
from backups.vault.errors import AlreadyThere
from backups.vault.faults import fault_point
from backups.vault.intake import Blob
from backups.vault.pack import FinishedPack, PackBuilder
from backups.vault.vault import Vault

# One piece of work for a thread, and how many bytes of it may wait.
SHARE_BYTES = 1 << 20
WAITING_BYTES = 12 << 20


class Stowage:
    """The packs of one commit in the making. Its methods are for one thread; ``threads`` do the computing."""

    def __init__(self, vault: Vault, threads: ThreadPoolExecutor) -> None:
        self.vault, self.threads = vault, threads
        self.packs: list[NewPack] = []
        # Packs of others that this commit will refer to.
        self.reused: set[bytes] = set()
        self.blobs_stowed = 0
        self._own: set[bytes] = set()
        self._share: list[Blob] = []
        self._share_bytes = 0
        self._waiting: deque[tuple[Future, int]] = deque()
        self._waiting_bytes = 0
        self._builder = PackBuilder(vault.organization)
        self._filling = threading.Lock()

    def stow(self, blobs: Iterable[Blob]) -> None:
        """Store those blobs that the vault does not have; the others are only referred to."""
        fresh = {blob.blob_id: blob for blob in blobs if blob.blob_id not in self._own}
        known = lookups.packs_of_blobs(self.vault.organization, fresh) if fresh else {}
        self.reused.update(known.values())
        for blob in fresh.values():
            if blob.blob_id in known:
                continue
            self._own.add(blob.blob_id)
            self._share.append(blob)
            self._share_bytes += len(blob.plain)
            if self._share_bytes >= SHARE_BYTES:
                self._hand_out()

    def finish(self) -> list[NewPack]:
        """Wait until everything is sealed and durable, and return all packs of this commit; then begin the next one."""
        self._hand_out()
        while self._waiting:
            self._wait_for_one()
        if self._builder.rows:
            self._put(self._builder.finish())
        packs = self.packs
        self.packs, self.reused, self._own, self.blobs_stowed = [], set(), set(), 0
        self._builder = PackBuilder(self.vault.organization)
        return packs

    def abandon(self) -> None:
        """Give up what waits. Packs that are in the store already are swept later."""
        for work, _ in self._waiting:
            work.cancel()
        self._waiting.clear()

    def _hand_out(self) -> None:
        if not self._share:
            return
        while self._waiting and self._waiting_bytes + self._share_bytes > WAITING_BYTES:
            self._wait_for_one()
        self._waiting.append((self.threads.submit(self._seal, self._share), self._share_bytes))
        self._waiting_bytes += self._share_bytes
        self.blobs_stowed += len(self._share)
        self._share, self._share_bytes = [], 0

    def _wait_for_one(self) -> None:
        work, length = self._waiting.popleft()
        self._waiting_bytes -= length
        work.result()

    def _seal(self, share: list[Blob]) -> None:
        """Compress a share, put it into the open pack, and write the packs that become full."""
        ready = [(blob.blob_id, len(blob.plain), *codec.compress(blob.plain)) for blob in share]
        full = []
        with self._filling:
            for blob_id, plain_length, stored, flags in ready:
                self._builder.add(blob_id, stored, plain_length, flags)
                if self._builder.is_full:
                    full.append(self._builder)
                    self._builder = PackBuilder(self.vault.organization)
        for builder in full:
            self._put(builder.finish())

    def _put(self, pack: FinishedPack) -> None:
        self.packs.append(put_pack(self.vault, pack))


def put_pack(vault: Vault, pack: FinishedPack) -> NewPack:
    """Make a pack durable in the store and return what the catalogue has to know of it."""
    lock_until = None
    fault_point("pack.before_put")
    # A name says what its content is: whoever wrote it, it is the same.
    with suppress(AlreadyThere):
        lock_until = vault.store.put_if_absent(layout.pack_name(vault.organization, pack.digest), pack.parts)
    fault_point("pack.after_put")
    organization = vault.organization.bytes
    rows = [
        copying.blob_row(organization, pack.pack_id, start, length, plain_length, flags, blob_id)
        for blob_id, start, length, plain_length, flags in pack.rows
    ]
    return NewPack(
        pack_id=pack.pack_id,
        digest=pack.digest,
        size=pack.size,
        key=vault.keys.wrap_pack_key(pack.pack_id, pack.key),
        blobs=len(rows),
        stored_bytes=sum(row.length for row in pack.rows),
        lock_until=lock_until,
        rows=b"".join(rows),
    )

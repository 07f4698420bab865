"""One job's writer: puts and deletes become versions, a commit at a time.

    with Writer(vault, holds=claim.still_holds) as writer:
        for change in feed:
            writer.put(account, change.id, change.content, meta)
            writer.cursor(lambda: save(feed.cursor))

Commits happen by themselves every 12 packs, 60 seconds or 50,000 objects, and at the end. Each stores the newest cursor
in its own transaction, so a crash costs what came after the last one and never more.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

from backups.vault import catalogue, committing, ids, lookups
from backups.vault.catalogue import Change
from backups.vault.committing import Accepted
from backups.vault.intake import Blob, Taken
from backups.vault.lookups import VersionRow
from backups.vault.manifest import Entry, write_manifests
from backups.vault.operations import Batch, Operation, Outcome, Placed, check_names, take_all
from backups.vault.stowing import Stowage
from backups.vault.streams import STOW_BYTES, Source, in_hand, take_stream
from backups.vault.vault import Vault

# What others stow is only seen once it is committed: with fewer packs two jobs of a client store less twice.
COMMIT_PACKS, COMMIT_SECONDS, COMMIT_OBJECTS = 12, 60, 50_000
# What may wait to be hashed and cut; one large object waits alone.
WAITING_BYTES = 24 << 20
# One may wait for the disk while the others compute.
THREADS = 3


class Writer:
    """Puts, deletes, cursors and commits of one job, for one thread.

    ``holds`` says, inside the transaction, whether the job is still ours. ``now`` gives the moment written into commits
    and ``clock`` the seconds that decide when one is due. Not inside a transaction of the caller's.
    """

    def __init__(
        self,
        vault: Vault,
        *,
        holds: Callable[[], bool] = lambda: True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
        commit_packs: int = COMMIT_PACKS,
        commit_seconds: float = COMMIT_SECONDS,
        commit_objects: int = COMMIT_OBJECTS,
    ) -> None:
        self.vault = vault
        # How many objects became what, over all commits.
        self.outcomes: Counter[Outcome] = Counter()
        self.commits: list[Accepted] = []
        self._holds, self._now, self._clock = holds, now, clock
        self._limits = commit_packs, commit_seconds, commit_objects
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="vault")
        self._stowage = Stowage(vault, self._threads)
        self._batch = Batch()
        self._waiting: deque[tuple[Future, Batch, dict[UUID, VersionRow]]] = deque()
        self._waiting_bytes = 0
        self._is_over = self._is_streaming = False
        self._begin_window()

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind, *_) -> None:
        try:
            if kind is None:
                self.commit()
        finally:
            self._is_over = True
            self._stowage.abandon()
            self._threads.shutdown(cancel_futures=True)

    def put(self, account: str, external_id: str, content: bytes | Source, meta: bytes = b"") -> Placed:
        """Keep ``content`` as the object's newest version, if it or ``meta`` differ from the one that stands.

        ``content`` is bytes or anything with ``read(length)``, of any length. What became of it is in the answer, once
        it was looked at. May commit what came before. Raises `Unacceptable` for names that cannot be stored, whatever
        the source raises while it is read, and what `commit` raises.
        """
        self._go_on()
        check_names(account, external_id, meta)
        operation = Operation(self._object_id(account, external_id), account, external_id, None, meta)
        held = in_hand(content)
        if isinstance(held, bytes):
            operation.content = held
            self._add(operation)
        else:
            self._put_stream(operation, held)
        self._commit_if_due()
        return operation.placed

    def delete(self, account: str, external_id: str) -> None:
        """End the object's versions: the source does not have it any more. Quiet for what was never stored."""
        self._go_on()
        check_names(account, external_id)
        self._add(Operation(self._object_id(account, external_id), account, external_id, None, b"", is_deletion=True))
        self._commit_if_due()

    def cursor(self, save: Callable[[], None]) -> None:
        """Say how to store the source's cursor that closes everything put and deleted so far.

        ``save`` runs inside the transaction of the next commit; a newer cursor replaces one that waits.
        """
        self._go_on()
        self._save = save
        self._commit_if_due()

    def settle(self) -> None:
        """Look at everything put so far, without committing: afterwards every answer has its outcome."""
        self._go_on()
        with self._whole():
            self._turn()
            while self._waiting:
                self._settle_one()

    def commit(self) -> Accepted | None:
        """Make everything so far count, cursor included; None if nothing changed (the cursor is stored even so).

        Raises `Superseded` or `ReuseLost` when nothing of it may count, a `StoreProblem` when it cannot be stored; then
        this writer is over and the slice runs again from its cursor with a new one.
        """
        self.settle()
        with self._whole():
            accepted = self._commit_changes() if self._changes else self._commit_cursor()
            self._begin_window()
        return accepted

    def _commit_changes(self) -> Accepted:
        manifests = self._stow_manifests()
        reused = self._stowage.reused
        packs = self._stowage.finish()
        accepted = committing.commit(
            self.vault,
            packs=packs,
            reused=reused,
            changes=self._changes,
            manifests=manifests,
            looked_at=self._looked_at,
            now=self._now,
            holds=self._holds,
            save=self._save,
        )
        self.commits.append(accepted)
        if self._is_streaming:
            # The version that will need them comes with a later commit, which has to find them still there.
            self._stowage.reused.update(reused, [pack.pack_id for pack in packs])
        return accepted

    def _commit_cursor(self) -> None:
        self._stowage.abandon()
        self._stowage = Stowage(self.vault, self._threads)
        if self._save is not None:
            catalogue.save_cursor(holds=self._holds, save=self._save)

    def _stow_manifests(self) -> list[tuple[str, bytes]]:
        of_account: dict[str, list[Entry]] = {}
        for change in self._changes.values():
            of_account.setdefault(change.account, []).append(
                Entry(change.external_id, change.recipe, change.sha256, change.size, change.meta)
            )
        named, waiting, waiting_bytes = [], [], 0
        for account, entries in of_account.items():
            for plain in write_manifests(account, entries):
                waiting.append(Blob(ids.blob_id(self.vault.keys.id_key, plain), plain))
                waiting_bytes += len(plain)
                named.append((account, waiting[-1].blob_id))
                # Together, because each stowing asks the catalogue; but never many bytes of them.
                if waiting_bytes >= STOW_BYTES:
                    self._stowage.stow(waiting)
                    waiting, waiting_bytes = [], 0
        self._stowage.stow(waiting)
        return named

    def _add(self, operation: Operation) -> None:
        if self._batch.add(operation):
            with self._whole():
                self._turn()

    def _put_stream(self, operation: Operation, read: Callable[[int], bytes]) -> None:
        self.settle()
        self._is_streaming = True
        try:
            taken = take_stream(self.vault.keys, read, self._stow_on_the_way)
        finally:
            self._is_streaming = False
        known = lookups.current_versions(self.vault.organization, [operation.object_id])
        self._note(operation, known.get(operation.object_id), taken)

    def _stow_on_the_way(self, blobs: list[Blob]) -> None:
        """Stow a part of a large content, and commit when it is time: broken off, it need not be stored again."""
        self._stow(blobs)
        if self._is_due():
            with self._whole():
                self._commit_changes()
                self._begin_window()

    def _turn(self) -> None:
        """Send the batch to be hashed and cut, and settle batches that are, or that wait for too long a line."""
        batch, self._batch = self._batch, Batch()
        if batch.operations:
            known = self._known(batch)
            while self._waiting and self._waiting_bytes + batch.size > WAITING_BYTES:
                self._settle_one()
            self._waiting.append((self._threads.submit(take_all, self.vault.keys, batch, known), batch, known))
            self._waiting_bytes += batch.size
        while self._waiting and self._waiting[0][0].done():
            self._settle_one()

    def _settle_one(self) -> None:
        work, batch, known = self._waiting.popleft()
        self._waiting_bytes -= batch.size
        taken = work.result()
        self._stow([blob for one in taken if one for blob in one.blobs])
        for operation, one in zip(batch.operations, taken, strict=True):
            self._note(operation, known.get(operation.object_id), one)

    def _stow(self, blobs: list[Blob]) -> None:
        with self._whole():
            self._stowage.stow(blobs)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """End this writer if what is done inside fails: no later commit may pretend to have what was lost."""
        try:
            yield
        except BaseException:
            self._is_over = True
            raise

    def _note(self, operation: Operation, current: VersionRow | None, taken: Taken | None) -> None:
        """Remember what the next commit does to an object; ``taken`` is None for a deletion and for no change."""
        outcome, change = operation.decide(current, taken)
        if change is None:
            self._changes.pop(operation.object_id, None)
        else:
            self._changes[operation.object_id] = change
        if operation.placed.outcome is None:
            self.outcomes[outcome] += 1
        operation.placed.outcome = outcome
        operation.content = None

    def _known(self, batch: Batch) -> dict[UUID, VersionRow]:
        """Return the versions that stand; accounts that never had an object are not asked about one by one."""
        new = {one.account for one in batch.operations} - self._is_filled.keys()
        if new:
            filled = lookups.filled_accounts(self.vault.organization, new)
            self._is_filled.update((account, account in filled) for account in new)
        wanted = {one.object_id for one in batch.operations if self._is_filled[one.account]}
        return lookups.current_versions(self.vault.organization, wanted) if wanted else {}

    def _begin_window(self) -> None:
        self._changes: dict[UUID, Change] = {}
        self._save: Callable[[], None] | None = None
        self._since = self._clock()
        self._looked_at = lookups.head(self.vault.organization)[0]
        self._is_filled: dict[str, bool] = {}

    def _commit_if_due(self) -> None:
        if self._is_due():
            self.commit()

    def _is_due(self) -> bool:
        packs, seconds, objects = self._limits
        return (
            len(self._stowage.packs) >= packs or len(self._changes) >= objects or self._clock() - self._since >= seconds
        )

    def _object_id(self, account: str, external_id: str) -> UUID:
        return ids.object_id(self.vault.keys.object_key, account, external_id)

    def _go_on(self) -> None:
        if self._is_over:
            raise RuntimeError("This writer has ended; begin a new one from the last cursor.")

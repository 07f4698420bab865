"""What lies in the store and belongs to nothing: what writers left that died or lost. Swept after the same grace.

A catalogue that was put back to an older state would take everything newer for an orphan. So before anything is given
up or swept the commits in the store are compared with it, and what a commit names that may still count is left alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from backups.vault import layout, lookups
from backups.vault.commits import SealedCommit, open_commit
from backups.vault.copying import byte_array
from backups.vault.errors import CommitDamaged, NotInStore, RolledBack, StoreLocked
from backups.vault.stores.base import Entry, Store
from backups.vault.vault import Vault

_BATCH = 1_000
_TABLES = {layout.PACKS: "backups_vaultpack", layout.KEYS: "backups_vaultpack", layout.COMMITS: "backups_vaultcommit"}
_COLUMNS = {layout.PACKS: "digest", layout.KEYS: "slip", layout.COMMITS: "digest"}


@dataclass
class Swept:
    """What was swept."""

    objects: int = 0
    bytes: int = 0
    # Orphans that a lock keeps for now.
    locked: int = 0


@dataclass(frozen=True)
class Unaccepted:
    """Commits in the store that the catalogue does not know; those directly behind its head may yet count."""

    next: list[SealedCommit] = field(default_factory=list)

    def names(self, digest: bytes) -> bool:
        """Return whether one of them needs the pack or slip of this SHA-256, or is it."""
        return any(
            digest == one.digest
            or digest in one.commit.replaced.values()
            or any(digest in (pack.digest, pack.slip) for pack in one.commit.packs)
            for one in self.next
        )


def unaccepted_commits(vault: Vault) -> Unaccepted:
    """Return the commits that wait behind the catalogue's head, or were left there.

    Raises `RolledBack` when the store has gone on without this catalogue.
    """
    listed = {entry.name: _digest_in(entry.name) for entry in vault.store.list(_commits_of(vault.organization))}
    known = _known(vault.organization, layout.COMMITS, {digest for digest in listed.values() if digest})
    head = lookups.head(vault.organization)[0]
    strange = [name for name, digest in listed.items() if digest is not None and digest not in known]
    opened = [one for name in strange if (one := _open(vault, name, head))]
    strangers = {one.digest for one in opened}
    for one in opened:
        if one.commit.number > head + 1 or one.commit.previous in strangers:
            raise RolledBack(
                f"The store holds commit {one.commit.number} and the catalogue ends at {head} without what came before"
                " it: the database was put back to an older state. Nothing was given up or removed. Run: vault rebuild",
                name=one.name,
            )
    return Unaccepted([one for one in opened if one.commit.number == head + 1])


def sweep(
    vault: Vault, *, now: datetime, grace: timedelta, progress: Callable[[int], None] = lambda seen: None
) -> Swept:
    """Delete packs, slips and commits that the catalogue does not know and that are older than ``grace``."""
    swept = Swept()
    waiting = unaccepted_commits(vault)
    seen = 0
    for folder in (layout.COMMITS, layout.PACKS, layout.KEYS):
        for batch in _old(vault.store, vault.organization, folder, now - grace):
            seen += len(batch)
            known = _known(vault.organization, folder, set(batch))
            for digest, entry in batch.items():
                if digest not in known and not waiting.names(digest):
                    _delete(vault.store, entry, swept)
            progress(seen)
    return swept


def _old(store: Store, organization: UUID, folder: str, until: datetime) -> Iterator[dict[bytes, Entry]]:
    """Yield batches of {SHA-256: entry} of what was written before ``until``; key records have no such name."""
    batch: dict[bytes, Entry] = {}
    for entry in store.list(layout.prefix(organization, folder)):
        digest = _digest_in(entry.name)
        if digest is not None and entry.modified_at < until:
            batch[digest] = entry
        if len(batch) >= _BATCH:
            yield batch
            batch = {}
    if batch:
        yield batch


def _delete(store: Store, entry: Entry, swept: Swept) -> None:
    try:
        store.delete(entry.name)
    except StoreLocked:
        swept.locked += 1
    else:
        swept.objects += 1
        swept.bytes += entry.size


def _known(organization: UUID, folder: str, digests: set[bytes]) -> set[bytes]:
    column = _COLUMNS[folder]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT {column} FROM {_TABLES[folder]}"  # noqa: S608 - our own words
            f" WHERE organization = %s AND {column} = ANY(%s::bytea[])",
            [organization, byte_array(digests)],
        )
        return {bytes(row[0]) for row in cursor.fetchall()}


def _open(vault: Vault, name: str, head: int) -> SealedCommit | None:
    try:
        return open_commit(vault.keys, vault.store.get(name), name=name)
    except NotInStore:
        # Taken back meanwhile.
        return None
    except CommitDamaged:
        if layout.commit_number(name) > head:
            # Nobody can tell any more what it needs.
            raise
        return None


def _commits_of(organization: UUID) -> str:
    return layout.prefix(organization, layout.COMMITS)


def _digest_in(name: str) -> bytes | None:
    try:
        return layout.digest_in(name)
    except ValueError:
        return None

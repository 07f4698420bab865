"""What lies in the store and belongs to nothing: what writers left that died or lost. Swept after the same grace.

A catalogue that was put back to an older state would take everything newer for an orphan. So before anything is given
up or swept the commits in the store are compared with it, and what a commit names that may still count is left alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction

from backups.vault import catalogue, committing, layout, lookups
from backups.vault.commits import Commit, SealedCommit, open_commit
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


class Waiting(NamedTuple):
    """A commit directly behind the catalogue's head that was not accepted: it may yet count, or its writer died."""

    sealed: SealedCommit
    written_at: datetime

    def names(self, digest: bytes) -> bool:
        """Return whether it needs the pack or slip of this SHA-256, or is it."""
        commit = self.sealed.commit
        return (
            digest == self.sealed.digest
            or digest in commit.replaced.values()
            or any(digest in (pack.digest, pack.slip) for pack in commit.packs)
        )


def unaccepted_commits(vault: Vault) -> list[Waiting]:
    """Return the commits that wait behind the catalogue's head.

    Raises `RolledBack` when the store has gone on without this catalogue.
    """
    listed = [(entry, digest) for entry in vault.store.list(_commits_of(vault)) if (digest := _digest_in(entry.name))]
    known = _known(vault.organization, layout.COMMITS, {digest for _, digest in listed})
    head = lookups.head(vault.organization)[0]
    strange = [entry for entry, digest in listed if digest not in known]
    opened = [Waiting(one, entry.modified_at) for entry in strange if (one := _open(vault, entry.name, head))]
    strangers = {one.sealed.digest for one in opened}
    for one in opened:
        if one.sealed.commit.number > head + 1 or one.sealed.commit.previous in strangers:
            raise _gone_on(one.sealed, head)
    return [one for one in opened if one.sealed.commit.number == head + 1]


def sweep(
    vault: Vault, *, now: datetime, grace: timedelta, progress: Callable[[int], None] = lambda seen: None
) -> Swept:
    """Delete packs, slips and commits that the catalogue does not know and that are older than ``grace``."""
    swept = Swept()
    waiting = unaccepted_commits(vault)
    if abandoned := [one for one in waiting if one.written_at < now - grace]:
        _overtake(vault, abandoned, now)
        waiting = unaccepted_commits(vault)
    seen = 0
    for folder in (layout.COMMITS, layout.PACKS, layout.KEYS):
        for batch in _old(vault.store, vault.organization, folder, now - grace):
            seen += len(batch)
            known = _known(vault.organization, folder, set(batch))
            for digest, entry in batch.items():
                if digest not in known and not any(one.names(digest) for one in waiting):
                    _delete(vault.store, entry, swept)
            progress(seen)
    return swept


def _overtake(vault: Vault, abandoned: list[Waiting], now: datetime) -> None:
    """Commit something empty, so that what a dead writer left behind the head can never count.

    Raises `RolledBack` when one of them has counted: what it gave up is gone from the store.
    """
    head = lookups.head(vault.organization)[0]
    for one in abandoned:
        if _has_counted(vault, one.sealed.commit):
            raise _gone_on(one.sealed, head)

    def following(number: int, digest: bytes) -> Commit:
        return Commit(vault.organization, number + 1, digest, now, kind="collect")

    def accept(sealed: SealedCommit) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            catalogue.move_head(cursor, sealed)

    if lookups.head(vault.organization)[0] == head:
        committing.chain(vault, following, accept)


def _has_counted(vault: Vault, commit: Commit) -> bool:
    """Return whether something that a commit gave up is gone, which happens only after it was accepted."""
    dropped = {layout.pack_name(vault.organization, digest) for digest in commit.dropped}
    if dropped:
        dropped -= {entry.name for entry in vault.store.list(layout.prefix(vault.organization, layout.PACKS))}
    keys = [_digest_in(entry.name) for entry in vault.store.list(layout.prefix(vault.organization, layout.KEYS))]
    slips = _known(vault.organization, layout.KEYS, set(commit.replaced))
    return bool(dropped or slips - set(keys))


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


def _commits_of(vault: Vault) -> str:
    return layout.prefix(vault.organization, layout.COMMITS)


def _gone_on(stranger: SealedCommit, head: int) -> RolledBack:
    return RolledBack(
        f"The store holds commit {stranger.commit.number}, which counted, and the catalogue ends at {head} without it:"
        " the database was put back to an older state. Nothing was given up or removed. Run: vault rebuild",
        name=stranger.name,
    )


def _digest_in(name: str) -> bytes | None:
    try:
        return layout.digest_in(name)
    except ValueError:
        return None

"""The second pass: what was given up leaves the store, after a grace, and the keys of what was erased at once."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction

from backups.vault import layout
from backups.vault.commits import open_commit
from backups.vault.copying import byte_array
from backups.vault.errors import StoreLocked
from backups.vault.faults import fault_point
from backups.vault.stores.base import Store
from backups.vault.vault import Vault


class Doomed(NamedTuple):
    """A pack that was given up."""

    pack_id: UUID
    digest: bytes
    size: int
    slip: bytes


class Removed(NamedTuple):
    """How many packs and bytes left the store, and how many stay there because of a lock."""

    packs: int
    bytes: int
    locked: int


def remove_doomed(
    organization: UUID,
    store: Store,
    *,
    now: datetime,
    grace: timedelta,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Removed:
    """Delete packs that were given up at least ``grace`` ago, and those nobody has a key for.

    Two at once share the work. A pack under a lock stays and is tried again the next time.
    """
    removed = locked = freed = 0
    slips: set[bytes] = set()
    doomed = _doomed(organization, now - grace, now)
    for done, pack in enumerate(doomed, 1):
        try:
            is_gone = _remove(organization, store, pack)
        except StoreLocked:
            locked += 1
        else:
            if is_gone:
                removed, freed = removed + 1, freed + pack.size
                slips.add(pack.slip)
        progress(done, len(doomed))
    remove_unused_slips(organization, store, slips)
    return Removed(removed, freed, locked)


def remove_unused_slips(organization: UUID, store: Store, slips: set[bytes]) -> None:
    """Delete those of ``slips`` that no pack of the catalogue needs any more."""
    unused = slips - _used_slips(organization, slips)
    for digest, name in slips_in_store(organization, store).items() if unused else ():
        if digest in unused:
            store.delete(name)


def remove_replaced_slips(vault: Vault) -> int:
    """Delete slips that an accepted commit says another one stands for; return how many there still were.

    This is what is left to do when a process died right after an erasure: then its keys are in the store until here.
    """
    listed = slips_in_store(vault.organization, vault.store)
    unused = listed.keys() - _used_slips(vault.organization, listed)
    stale = unused & _replaced(vault) if unused else unused
    for digest in stale:
        vault.store.delete(listed[digest])
    return len(stale)


def slips_in_store(organization: UUID, store: Store) -> dict[bytes, str]:
    """Return {SHA-256: name} of every slip in the store."""
    found = {}
    for entry in store.list(layout.prefix(organization, layout.KEYS)):
        with suppress(ValueError):
            found[layout.digest_in(entry.name)] = entry.name
    return found


def _doomed(organization: UUID, until: datetime, now: datetime) -> list[Doomed]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, digest, size, slip FROM backups_vaultpack WHERE organization = %s"
            " AND (doomed_at <= %s OR key_destroyed_at IS NOT NULL) AND (lock_until IS NULL OR lock_until <= %s)"
            " ORDER BY doomed_at, id",
            [organization, until, now],
        )
        return [Doomed(one, bytes(digest), size, bytes(slip)) for one, digest, size, slip in cursor.fetchall()]


def _remove(organization: UUID, store: Store, pack: Doomed) -> bool:
    """Delete one pack, then its row; False when somebody else is at it or something still lies in it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM backups_vaultpack p WHERE organization = %s AND id = %s AND doomed_at IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM backups_vaultblob b"
            "   WHERE b.organization = p.organization AND b.pack = p.id)"
            " FOR UPDATE SKIP LOCKED",
            [organization, pack.pack_id],
        )
        if cursor.fetchone() is None:
            return False
        store.delete(layout.pack_name(organization, pack.digest))
        fault_point("remove.after_delete")
        cursor.execute(
            "DELETE FROM backups_vaultpack WHERE organization = %s AND id = %s", [organization, pack.pack_id]
        )
    return True


def _used_slips(organization: UUID, slips) -> set[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT slip FROM backups_vaultpack WHERE organization = %s AND slip = ANY(%s::bytea[])",
            [organization, byte_array(slips)],
        )
        return {bytes(row[0]) for row in cursor.fetchall()}


def _replaced(vault: Vault) -> set[bytes]:
    """Return what accepted commits say is replaced."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, digest FROM backups_vaultcommit WHERE organization = %s AND kind IN ('erase', 'rotate')",
            [vault.organization],
        )
        rows = cursor.fetchall()
    replaced: set[bytes] = set()
    for number, digest in rows:
        name = layout.commit_name(vault.organization, number, bytes(digest))
        replaced.update(open_commit(vault.keys, vault.store.get(name), name=name).commit.replaced)
    return replaced
